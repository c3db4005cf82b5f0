#ifndef PAYMENTS_SERVER_SERVICE_WATCH_STREAM_H_
#define PAYMENTS_SERVER_SERVICE_WATCH_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "payments/v1/payments_service.pb.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/engine/payment_engine.h"
#include "server/engine/store.h"
#include "server/events/broadcaster.h"
#include "server/events/cursor.h"
#include "server/events/published_event.h"
#include "server/service/error_encoding.h"
#include "server/service/event_filter.h"
#include "server/service/log_place.h"
#include "server/service/stream_registry.h"

namespace payments {

// One open WatchEvents: a cursor into the log, one write in flight, at most one page of
// events, and with stop_when_final the snapshots that are not sent yet. It asks for more only
// when what it has is written, so a slow client costs a page, not a queue. Live and catching up are
// the same steps:
//
//   Open -> [snapshots] -> read a page -> write what the filter lets through -> …
//
// Every step ends in Advance(), which does the one thing to be done next. Woken by
// the Broadcaster, by the store's answers, by gRPC (a write is done, the client has
// gone), and by the registry (a tick, the drain), on any thread; all state is under
// one lock. The stream owns itself until gRPC's OnDone(), and others hold it weakly,
// so whatever comes late finds nothing; a
// wake comes never late, as OnDone() ends the subscription first. gRPC calls no reaction from
// inside StartWrite() or Finish(), so both are called under the lock; and OnDone() only after every
// other reaction has returned.
class WatchStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                          public OpenStream,
                          public std::enable_shared_from_this<WatchStream> {
 public:
  // Events held in memory at most, and their bytes, serialised; one event may have more.
  static constexpr int kPageEventsMax = 64;
  static constexpr size_t kPageBytesMax = size_t{64} << 10;

  // Not owned; outlive the stream.
  struct Dependencies {
    Executor* executor;
    Store* store;
    Broadcaster* broadcaster;
    const CursorCodec* cursors;
    const Clock* clock;
    StreamRegistry* registry;
    const ErrorEncoder* errors;
  };

  // `request` is valid. Returns what gRPC is to be given; it takes care of itself.
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(const Dependencies& deps, Caller caller,
                                                           const v1::WatchEventsRequest& request);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  void OnTick() override;
  void Drain() override;
  int64_t Lag() const override;
  size_t Buffered() const override;

 private:
  WatchStream(const Dependencies& deps, Caller caller, const v1::WatchEventsRequest& request);

  // -- Opening -------------------------------------------------------------------
  void Open(const v1::WatchEventsRequest& request);
  void OnPlaceFound(absl::StatusOr<LogPlace> place);
  void ReadNextSnapshotLocked();
  void OnPaymentSnapshot(absl::StatusOr<StoredPayment> stored);
  void OnCardSnapshot(absl::StatusOr<StoredCard> stored);

  // -- Running -------------------------------------------------------------------
  void OnWake();
  void OnPage(absl::StatusOr<PublishedPage> page);
  void TakePageLocked(PublishedPage page);
  // Does what can be done now.
  void AdvanceLocked();
  // One step of it; false if there is nothing to do until something happens.
  bool StepLocked();
  bool SendNextEventLocked();
  void ReadLocked();
  // Sends `response`, whose item is set, with the cursor.
  void SendLocked(v1::WatchEventsResponse response);
  void WriteLocked(grpc::ByteBuffer message);
  // The first call decides how the stream ends; a write in flight is waited for.
  void EndLocked(const absl::Status& status);
  void EndLocked(const grpc::Status& status);

  // -- Constant ------------------------------------------------------------------
  const Dependencies deps_;
  const std::string tenant_;
  const std::string principal_;
  const EventMatcher matcher_;
  const absl::Duration heartbeat_interval_;
  const bool stop_when_final_;

  // -- Between Start() and OnDone(), which gRPC orders -----------------------------
  std::shared_ptr<WatchStream> self_;
  std::unique_ptr<Broadcaster::Subscription> subscription_;

  // -- Guarded by mu_ --------------------------------------------------------------
  mutable std::mutex mu_;
  LogPlace place_;
  bool running_ = false;  // The place is known, and the snapshots are read.
  bool stale_ = true;     // The log may have more than we have read.
  bool reading_ = false;
  bool writing_ = false;
  bool caught_up_sent_ = false;
  bool heartbeat_due_ = false;
  bool draining_ = false;
  bool draining_sent_ = false;
  std::optional<grpc::Status> end_;  // Set: it has ended, or does so after the write.
  absl::Duration last_write_;        // Clock::Monotonic().
  std::deque<std::shared_ptr<const PublishedEvent>> page_;
  int read_events_max_ = kPageEventsMax;  // Fewer where events are large.
  int64_t newest_seen_ = 0;               // The newest revision that a page spoke of.
  std::vector<std::string> names_;        // stop_when_final: whose snapshots are not read yet.
  absl::flat_hash_set<std::string> not_final_;
  std::deque<v1::CurrentSnapshot> snapshots_;
  grpc::ByteBuffer message_;  // The one in flight.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_WATCH_STREAM_H_
