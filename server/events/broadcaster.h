#ifndef PAYMENTS_SERVER_EVENTS_BROADCASTER_H_
#define PAYMENTS_SERVER_EVENTS_BROADCASTER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "server/base/done.h"
#include "server/engine/store.h"

namespace payments {

// Tells subscribers that the event log has grown; they then read it themselves,
// each from its own cursor. No subscriber has a queue here, so a slow one costs
// nothing but its own delay, and "live" and "catching up" are the same code.
//
// The newest events are kept in a ring, so that a subscriber that keeps up never
// touches the store. Thread-safe.
class Broadcaster {
 public:
  struct Options {
    int ring_events_max = 4096;
    int subscribers_max = 20000;
  };

  // Destroying it ends the subscription; no call to `wake` begins after that.
  class Subscription {
   public:
    virtual ~Subscription() = default;
  };

  // `store` is not owned.
  static std::unique_ptr<Broadcaster> Create(Options options, Store* store);
  virtual ~Broadcaster() = default;

  // Called after each commit, in order of revision.
  virtual void Publish(const std::vector<CommittedEvent>& events) = 0;

  // `wake` is called, on any thread, whenever the tenant may have something new. It
  // must return at once and must not call the Broadcaster. kResourceExhausted
  // (TOO_MANY_OPEN) beyond subscribers_max.
  virtual absl::StatusOr<std::unique_ptr<Subscription>> Subscribe(
      std::string tenant, absl::AnyInvocable<void()> wake) = 0;

  // Like Store::ReadEvents(): answers from the ring if it can, else from the store.
  // `done` never runs inside this call.
  virtual void Read(std::string tenant, int64_t after_revision, int limit,
                    Done<EventPage> done) = 0;

  virtual int subscriber_count() const = 0;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_EVENTS_BROADCASTER_H_
