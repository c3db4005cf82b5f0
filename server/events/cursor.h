#ifndef PAYMENTS_SERVER_EVENTS_CURSOR_H_
#define PAYMENTS_SERVER_EVENTS_CURSOR_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace payments {

// Writes and reads cursors: places in one tenant's part of one event log, good on
// every server that has that log. Opaque to callers, of a fixed length:
//   version (1 byte) | revision (8) | digest of the log's incarnation (8) |
//   digest of all of it and the tenant (8), as base64url.
//
// Immutable, so thread-safe.
class CursorCodec {
 public:
  static constexpr size_t kCursorChars = 34;

  // `log_incarnation` is Store::LogIncarnation().
  explicit CursorCodec(absl::string_view log_incarnation);

  std::string Encode(absl::string_view tenant, int64_t revision) const;

  // The revision, 0 or more. `field` is the request's, for the error:
  //   kInvalidArgument  CURSOR_INVALID: not a cursor, or of another tenant; which of the
  //                     two is not said.
  //   kOutOfRange       CURSOR_AHEAD: of another log.
  // Whether the log reaches that far is the caller's to check: see CursorAhead().
  absl::StatusOr<int64_t> Decode(absl::string_view tenant, absl::string_view field,
                                 absl::string_view cursor) const;

 private:
  std::string Digest(absl::string_view tenant, absl::string_view head) const;

  std::string incarnation_digest_;
};

// kOutOfRange, CURSOR_AHEAD: the log never had what the cursor stands behind.
absl::Status CursorAhead();

// kOutOfRange, CURSOR_PRUNED: the events after the cursor are gone.
absl::Status CursorPruned(const std::string& oldest_cursor);

}  // namespace payments

#endif  // PAYMENTS_SERVER_EVENTS_CURSOR_H_
