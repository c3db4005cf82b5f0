#include "server/events/opaque_token.h"

#include <openssl/sha.h>

#include <array>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "server/base/error.h"

namespace payments {
namespace {

constexpr char kBadRequestUrl[] = "type.googleapis.com/google.rpc.BadRequest";
constexpr int kBitsPerByte = 8;

}  // namespace

std::string TokenDigest(std::initializer_list<absl::string_view> parts) {
  std::string text;
  for (const absl::string_view part : parts) absl::StrAppend(&text, part.size(), ":", part);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  // The data may be empty, but never null: std::string sees to it.
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return std::string(digest.begin(), digest.begin() + kTokenDigestBytes);
}

std::string EncodeTokenNumber(int64_t number) {
  auto rest = static_cast<uint64_t>(number);
  std::string bytes(kTokenNumberBytes, '\0');
  for (size_t i = bytes.size(); i > 0; --i, rest >>= kBitsPerByte) {
    bytes[i - 1] = static_cast<char>(rest & 0xff);
  }
  return bytes;
}

int64_t DecodeTokenNumber(absl::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes) number = (number << kBitsPerByte) | static_cast<uint8_t>(byte);
  return static_cast<int64_t>(number);
}

std::string EncodeToken(absl::string_view bytes) { return absl::WebSafeBase64Escape(bytes); }

bool DecodeToken(absl::string_view text, std::string& bytes) {
  // Encoding it again refuses what the decoder lets pass: padding, spaces, stray bits.
  return absl::WebSafeBase64Unescape(text, &bytes) && EncodeToken(bytes) == text;
}

absl::Status InvalidToken(absl::string_view field, absl::string_view description) {
  absl::Status error =
      MakeError(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_CURSOR_INVALID,
                absl::StrCat(field, ": ", description));
  const absl::optional<absl::Cord> bad_request =
      InvalidField(field, description).GetPayload(kBadRequestUrl);
  if (bad_request.has_value()) error.SetPayload(kBadRequestUrl, *bad_request);
  return error;
}

}  // namespace payments
