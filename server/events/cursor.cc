#include "server/events/cursor.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/events/opaque_token.h"

namespace payments {
namespace {

constexpr char kVersion = 1;
constexpr size_t kVersionBytes = 1;
constexpr size_t kHeadBytes = kVersionBytes + kTokenNumberBytes + kTokenDigestBytes;
constexpr size_t kCursorBytes = kHeadBytes + kTokenDigestBytes;
constexpr char kPurpose[] = "cursor";

}  // namespace

CursorCodec::CursorCodec(absl::string_view log_incarnation)
    : incarnation_digest_(TokenDigest({"log incarnation", log_incarnation})) {}

std::string CursorCodec::Digest(absl::string_view tenant, absl::string_view head) const {
  return TokenDigest({kPurpose, tenant, head});
}

std::string CursorCodec::Encode(absl::string_view tenant, int64_t revision) const {
  const std::string head = absl::StrCat(absl::string_view(&kVersion, kVersionBytes),
                                        EncodeTokenNumber(revision), incarnation_digest_);
  return EncodeToken(absl::StrCat(head, Digest(tenant, head)));
}

absl::StatusOr<int64_t> CursorCodec::Decode(absl::string_view tenant, absl::string_view field,
                                            absl::string_view cursor) const {
  const absl::Status invalid = InvalidToken(field, "not a cursor of this caller's");
  std::string bytes;
  if (cursor.size() != kCursorChars || !DecodeToken(cursor, bytes)) return invalid;
  const absl::string_view all = bytes;
  if (all.size() != kCursorBytes || all.front() != kVersion) return invalid;
  if (all.substr(kHeadBytes) != Digest(tenant, all.substr(0, kHeadBytes))) return invalid;
  const int64_t revision = DecodeTokenNumber(all.substr(kVersionBytes, kTokenNumberBytes));
  if (revision < 0) return invalid;
  const absl::string_view incarnation =
      all.substr(kVersionBytes + kTokenNumberBytes, kTokenDigestBytes);
  if (incarnation != incarnation_digest_) return CursorAhead();
  return revision;
}

absl::Status CursorAhead() {
  return MakeError(absl::StatusCode::kOutOfRange, v1::ERROR_REASON_CURSOR_AHEAD,
                   "the cursor is ahead of the event log, or of another log: a backup was "
                   "restored; list, then watch from the list's cursor");
}

absl::Status CursorPruned(const std::string& oldest_cursor) {
  return MakeError(absl::StatusCode::kOutOfRange, v1::ERROR_REASON_CURSOR_PRUNED,
                   "the events after the cursor are gone; list, then watch from the list's cursor",
                   {{"oldest_cursor", oldest_cursor}});
}

}  // namespace payments
