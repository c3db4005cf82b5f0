#ifndef PAYMENTS_SERVER_SERVICE_STREAM_REGISTRY_H_
#define PAYMENTS_SERVER_SERVICE_STREAM_REGISTRY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/executor.h"

namespace payments {

// What the registry needs to know of an open event stream. Thread-safe.
class OpenStream {
 public:
  virtual ~OpenStream() = default;

  // Time has passed: the moment to send a heartbeat, if one is due.
  virtual void OnTick() = 0;
  // Tell the client the last cursor, and end.
  virtual void Drain() = 0;
  // Revisions that are in the log and were not sent or skipped yet.
  virtual int64_t Lag() const = 0;
  // Events and snapshots held in memory for it; bounded.
  virtual size_t Buffered() const = 0;
};

// The open event streams of a server: how many there may be, their heartbeats (one timer for all of
// them, so that streams which come and go leave no timers behind), their end when the server
// drains, and figures for operators. Thread-safe; outlives its streams.
class StreamRegistry {
 public:
  // How late a heartbeat can be.
  static constexpr absl::Duration kTickInterval = absl::Milliseconds(500);

  // How many may be open at once.
  struct Limits {
    int streams_max = 20'000;
    int streams_per_principal_max = 2'000;
  };

  struct Stats {
    int open = 0;
    // Since the start: those that found too many open, in all or of their principal.
    int64_t refused_in_all = 0;
    int64_t refused_of_principal = 0;
    int64_t lag_revisions_max = 0;
    size_t buffered_max = 0;
  };

  // `executor` is not owned; it may end first.
  StreamRegistry(Executor* executor, Limits limits);
  ~StreamRegistry();
  StreamRegistry(const StreamRegistry&) = delete;
  StreamRegistry& operator=(const StreamRegistry&) = delete;

  // kUnavailable while draining. kResourceExhausted, TOO_MANY_OPEN, with the limit's name in
  // the configuration as metadata `limit`.
  absl::Status Add(const std::string& principal, const std::shared_ptr<OpenStream>& stream);
  // Those that were not added are nothing to it.
  void Remove(const OpenStream* stream);

  // No stream opens any more, and those that are open end. For good.
  void Drain();

  Stats GetStats() const;

 private:
  class State;

  const std::shared_ptr<State> state_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_STREAM_REGISTRY_H_
