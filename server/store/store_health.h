#ifndef PAYMENTS_SERVER_STORE_STORE_HEALTH_H_
#define PAYMENTS_SERVER_STORE_STORE_HEALTH_H_

#include <array>
#include <mutex>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace payments {

// What keeps the store from working, for operators; docs/hostile-machine.md says what to
// do about each. In the order of importance.
enum class StoreTrouble {
  kNone,
  kLocked,       // Another process has locked the database.
  kInputOutput,  // The disk or the memory fails.
  kReadOnly,
  kDiskFull,
  kDamaged,  // The database contradicts itself: no use is made of it any more.
};

// "disk_full"; "none".
absl::string_view StoreTroubleName(StoreTrouble trouble);

// An error can carry its trouble, unseen by callers.
absl::Status WithTrouble(absl::Status error, StoreTrouble trouble);
StoreTrouble TroubleOf(const absl::Status& status);

struct StoreHealth {
  StoreTrouble trouble = StoreTrouble::kNone;
  std::string detail;  // What SQLite said.
};

// Keeps what the store's threads experience, and tells when it changes: once when the
// store falls ill and once when it is well again, however many calls fail between.
// Damage stays. Thread-safe.
class StoreHealthMonitor {
 public:
  // Called on a thread of the store, one call at a time; must not block.
  using Listener = absl::AnyInvocable<void(const StoreHealth&)>;
  enum class Side { kWriting, kReading };

  explicit StoreHealthMonitor(Listener listener) : listener_(std::move(listener)) {}

  // What the last transaction of one side came to: OK, or an error with its trouble. A
  // transaction that works tells nothing of a disk that fails: it may have read nothing but
  // memory. So kInputOutput is ended by a probe only.
  void Report(Side side, const absl::Status& outcome);
  // What came of a probe, which has read the disk.
  void ReportProbe(Side side, const absl::Status& outcome);

  StoreHealth Snapshot() const;
  bool IsIll(Side side) const;
  // Whether only a probe can find out that this side is well again.
  bool NeedsProbe(Side side) const;
  // OK, or why nothing may be read or written any more.
  absl::Status Damage() const;

 private:
  const absl::Status& WorstLocked() const;
  StoreTrouble TroubleLocked(Side side) const;
  void ReportLocked(Side side, const absl::Status& outcome);

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  Listener listener_;
  std::array<absl::Status, 2> outcomes_;  // By side.
  absl::Status damage_;
  StoreTrouble told_ = StoreTrouble::kNone;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_STORE_HEALTH_H_
