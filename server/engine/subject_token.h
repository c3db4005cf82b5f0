#ifndef PAYMENTS_SERVER_ENGINE_SUBJECT_TOKEN_H_
#define PAYMENTS_SERVER_ENGINE_SUBJECT_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/key_ring.h"

namespace payments {

// What a token in a public URL is for.
struct TokenSubject {
  char kind = 0;  // A lower-case letter: tokens of one kind are no good as another's.
  std::string tenant;
  std::string id;  // Of a resource, without its prefix.
};

// The subject and a MAC of it under the server's key (ADR 5). Such a token cannot be
// guessed, needs no table, and a stranger's is turned away before anything is looked up.
// Made of [A-Za-z0-9._-], at most 128 characters.
std::string MakeSubjectToken(const KeyRing& keys, const TokenSubject& subject);

// kNotFound for every token that is not ours, whatever is wrong with it.
absl::StatusOr<TokenSubject> ReadSubjectToken(const KeyRing& keys, absl::string_view token);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_SUBJECT_TOKEN_H_
