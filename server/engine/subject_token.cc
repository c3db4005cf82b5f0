#include "server/engine/subject_token.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "providers/secret.h"

namespace payments {
namespace {

// "p.{tenant}.{id}": what the MAC is over.
std::string SubjectText(const TokenSubject& subject) {
  return absl::StrCat(std::string(1, subject.kind), ".", subject.tenant, ".", subject.id);
}

}  // namespace

std::string MakeSubjectToken(const KeyRing& keys, const TokenSubject& subject) {
  const std::string text = SubjectText(subject);
  return absl::StrCat(text, ".", keys.CallbackMac(text));
}

absl::StatusOr<TokenSubject> ReadSubjectToken(const KeyRing& keys, absl::string_view token) {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  constexpr size_t kParts = 4;
  if (parts.size() != kParts || parts[0].size() != 1) {
    return absl::NotFoundError("not a token of ours");
  }
  const TokenSubject subject = {parts[0][0], std::string(parts[1]), std::string(parts[2])};
  if (!Secret(keys.CallbackMac(SubjectText(subject))).EqualsInConstantTime(parts[3])) {
    return absl::NotFoundError("not a token of ours");
  }
  return subject;
}

}  // namespace payments
