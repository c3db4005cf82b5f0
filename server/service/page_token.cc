#include "server/service/page_token.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "server/events/opaque_token.h"

namespace payments {
namespace {

constexpr char kVersion = 1;
constexpr size_t kVersionBytes = 1;
constexpr size_t kFixedBytes = kVersionBytes + kTokenDigestBytes + kTokenNumberBytes;
constexpr char kPurpose[] = "page token";
constexpr char kField[] = "page_token";

// Deterministic, so that the same filter is the same text on every server.
std::string Serialize(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

}  // namespace

PageTokenCodec::PageTokenCodec(absl::string_view tenant, const google::protobuf::Message& request)
    : list_(TokenDigest({tenant, request.GetDescriptor()->full_name(), Serialize(request)})) {}

std::string PageTokenCodec::Digest(absl::string_view head) const {
  return TokenDigest({kPurpose, list_, head});
}

std::string PageTokenCodec::Encode(const ListPosition& position) const {
  const std::string place =
      absl::StrCat(EncodeTokenNumber(absl::ToUnixNanos(position.time)), position.name);
  return EncodeToken(
      absl::StrCat(absl::string_view(&kVersion, kVersionBytes), Digest(place), place));
}

absl::StatusOr<std::optional<ListPosition>> PageTokenCodec::Decode(absl::string_view token) const {
  if (token.empty()) return std::optional<ListPosition>();
  const absl::Status invalid =
      InvalidToken(kField, "not a page token of this caller's and this filter");
  std::string bytes;
  if (token.size() > kTokenCharsMax || !DecodeToken(token, bytes)) return invalid;
  const absl::string_view all = bytes;
  if (all.size() <= kFixedBytes || all.front() != kVersion) return invalid;
  const absl::string_view place = all.substr(kVersionBytes + kTokenDigestBytes);
  if (all.substr(kVersionBytes, kTokenDigestBytes) != Digest(place)) return invalid;
  return ListPosition{
      .time = absl::FromUnixNanos(DecodeTokenNumber(place.substr(0, kTokenNumberBytes))),
      .name = std::string(place.substr(kTokenNumberBytes))};
}

}  // namespace payments
