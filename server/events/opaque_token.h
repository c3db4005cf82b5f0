#ifndef PAYMENTS_SERVER_EVENTS_OPAQUE_TOKEN_H_
#define PAYMENTS_SERVER_EVENTS_OPAQUE_TOKEN_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace payments {

// What cursors and page tokens are made of. They are opaque, not secret: a digest
// tells one that was altered, or that belongs to somebody else, from a good one. It
// has no key, because a caller who computes it reaches only what is their own anyway:
// the tenant is taken from the caller, never from the token.

inline constexpr size_t kTokenDigestBytes = 8;
inline constexpr size_t kTokenNumberBytes = 8;

// SHA-256 over the parts, each with its length, cut to kTokenDigestBytes.
std::string TokenDigest(std::initializer_list<absl::string_view> parts);

// Big-endian. `bytes` has kTokenNumberBytes.
std::string EncodeTokenNumber(int64_t number);
int64_t DecodeTokenNumber(absl::string_view bytes);

// Base64url without padding. False if `text` is not exactly what EncodeToken() makes.
std::string EncodeToken(absl::string_view bytes);
bool DecodeToken(absl::string_view text, std::string& bytes);

// kInvalidArgument, CURSOR_INVALID, with a BadRequest that names `field`.
absl::Status InvalidToken(absl::string_view field, absl::string_view description);

}  // namespace payments

#endif  // PAYMENTS_SERVER_EVENTS_OPAQUE_TOKEN_H_
