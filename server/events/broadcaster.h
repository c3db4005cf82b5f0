#ifndef PAYMENTS_SERVER_EVENTS_BROADCASTER_H_
#define PAYMENTS_SERVER_EVENTS_BROADCASTER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "server/base/done.h"
#include "server/base/executor.h"
#include "server/engine/store.h"
#include "server/events/cursor.h"
#include "server/events/published_event.h"

namespace payments {

// Tells subscribers that the event log has grown; they then read it themselves,
// each from its own cursor. No subscriber has a queue here, so a slow one costs
// nothing but its own delay, and "live" and "catching up" are the same code.
//
// The newest events of all tenants are kept in one ring, so that a subscriber that
// keeps up never touches the store, and each is serialised once for all of them.
// Thread-safe.
class Broadcaster {
 public:
  struct Options {
    int ring_events_max = 4096;
    size_t ring_bytes_max = size_t{16} << 20;  // Of its events, serialised.
  };

  // Destroying it ends the subscription: once the destructor has returned, no call to
  // `wake` begins and none is running (it waits for one that is).
  // So it must not be destroyed inside its `wake`, nor under a lock that this takes.
  // May outlive the Broadcaster.
  class Subscription {
   public:
    virtual ~Subscription() = default;
  };

  // `executor`, where subscribers are woken, `store` and `cursors` are not owned.
  static std::unique_ptr<Broadcaster> Create(Options options, Executor* executor, Store* store,
                                             const CursorCodec* cursors);
  virtual ~Broadcaster() = default;

  // Called after each commit, in order of revision, by one thread at a time. Costs it one task
  // a tenant, however many subscribers there are.
  virtual void Publish(const std::vector<CommittedEvent>& events) = 0;

  // The tenant's events before `oldest_revision` were deleted from the log: TryRead() knows
  // of them no more, either.
  virtual void Forget(absl::string_view tenant, int64_t oldest_revision) = 0;

  // `wake` is called on the executor whenever the tenant may have something new. The others
  // wait until it returns; see also Subscription.
  // Whoever subscribes first and reads then misses nothing. How many there may be is the
  // caller's to say.
  virtual std::unique_ptr<Subscription> Subscribe(std::string tenant,
                                                  absl::AnyInvocable<void()> wake) = 0;

  // The events after `after_revision`, at most `limit`, as Store::ReadEvents() would
  // give them, but at once; nullopt if the ring cannot know: they are too old, or
  // newer than anything published here. Then Read() can.
  virtual std::optional<PublishedPage> TryRead(absl::string_view tenant, int64_t after_revision,
                                               int limit) const = 0;

  // Store::ReadEvents(): whatever the ring has, the log has. Nobody else shares them. `done`
  // is called on the executor.
  virtual void Read(std::string tenant, int64_t after_revision, int limit,
                    Done<PublishedPage> done) = 0;

  // The newest revision published here; 0 if there was none.
  virtual int64_t NewestRevision(absl::string_view tenant) const = 0;

  virtual int subscriber_count() const = 0;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_EVENTS_BROADCASTER_H_
