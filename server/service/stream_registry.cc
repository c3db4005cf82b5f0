#include "server/service/stream_registry.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace payments {
namespace {

constexpr absl::Duration kTooManyOpenRetryDelay = absl::Seconds(5);

// `field` is the limit's in the configuration.
absl::Status TooManyOpen(absl::string_view whose, absl::string_view field, int limit) {
  return WithRetryDelay(
      MakeError(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_TOO_MANY_OPEN,
                absl::StrCat(whose, " has ", limit, " event streams open, as many as it may (",
                             field, ")"),
                {{"limit", std::string(field)}}),
      kTooManyOpenRetryDelay);
}

}  // namespace

// Held weakly by the timer's task, so that a task that comes late finds nothing.
class StreamRegistry::State : public std::enable_shared_from_this<State> {
 public:
  State(Executor* executor, Limits limits) : executor_(executor), limits_(limits) {}

  absl::Status Add(const std::string& principal, const std::shared_ptr<OpenStream>& stream) {
    const std::lock_guard lock(mu_);
    if (draining_) return ShuttingDown();
    if (absl::Status room = CheckRoomLocked(principal); !room.ok()) return room;
    streams_.emplace(stream.get(), Entry{stream, principal});
    ++of_principal_[principal];
    if (!std::exchange(ticking_, true)) PostTick();
    return absl::OkStatus();
  }

  void Remove(const OpenStream* stream) {
    const std::lock_guard lock(mu_);
    const auto found = streams_.find(stream);
    if (found == streams_.end()) return;
    const auto count = of_principal_.find(found->second.principal);
    if (--count->second == 0) of_principal_.erase(count);
    streams_.erase(found);
  }

  // All but what the streams themselves know.
  Stats Counts() const {
    const std::lock_guard lock(mu_);
    Stats stats;
    stats.refused_in_all = refused_in_all_;
    stats.refused_of_principal = refused_of_principal_;
    return stats;
  }

  void Drain() {
    {
      const std::lock_guard lock(mu_);
      draining_ = true;
    }
    for (const std::shared_ptr<OpenStream>& stream : Open()) stream->Drain();
  }

  // Copied: streams are never called under the lock, as they take their own, and
  // call Remove().
  std::vector<std::shared_ptr<OpenStream>> Open() const {
    const std::lock_guard lock(mu_);
    std::vector<std::shared_ptr<OpenStream>> open;
    open.reserve(streams_.size());
    for (const auto& [key, entry] : streams_) {
      if (std::shared_ptr<OpenStream> stream = entry.stream.lock()) {
        open.push_back(std::move(stream));
      }
    }
    return open;
  }

 private:
  struct Entry {
    std::weak_ptr<OpenStream> stream;
    std::string principal;
  };

  absl::Status CheckRoomLocked(const std::string& principal) {
    if (static_cast<int>(streams_.size()) >= limits_.streams_max) {
      ++refused_in_all_;
      return TooManyOpen("the server", "limits.streams_max", limits_.streams_max);
    }
    const auto count = of_principal_.find(principal);
    if (count == of_principal_.end() || count->second < limits_.streams_per_principal_max) {
      return absl::OkStatus();
    }
    ++refused_of_principal_;
    return TooManyOpen(absl::StrCat("the principal \"", principal, "\""),
                       "limits.streams_per_principal_max", limits_.streams_per_principal_max);
  }

  void PostTick() {
    executor_->PostAfter(kTickInterval, [weak = weak_from_this()] {
      if (const std::shared_ptr<State> state = weak.lock()) state->OnTick();
    });
  }

  void OnTick() {
    for (const std::shared_ptr<OpenStream>& stream : Open()) stream->OnTick();
    const std::lock_guard lock(mu_);
    // Without streams there is nothing to tick for; the next Add() begins anew.
    ticking_ = !streams_.empty();
    if (ticking_) PostTick();
  }

  Executor* const executor_;
  const Limits limits_;
  mutable std::mutex mu_;
  bool draining_ = false;
  bool ticking_ = false;
  int64_t refused_in_all_ = 0;
  int64_t refused_of_principal_ = 0;
  absl::flat_hash_map<const OpenStream*, Entry> streams_;
  absl::flat_hash_map<std::string, int> of_principal_;  // Those that have any.
};

StreamRegistry::StreamRegistry(Executor* executor, Limits limits)
    : state_(std::make_shared<State>(executor, limits)) {}
StreamRegistry::~StreamRegistry() = default;

absl::Status StreamRegistry::Add(const std::string& principal,
                                 const std::shared_ptr<OpenStream>& stream) {
  return state_->Add(principal, stream);
}
void StreamRegistry::Remove(const OpenStream* stream) { state_->Remove(stream); }
void StreamRegistry::Drain() { state_->Drain(); }

StreamRegistry::Stats StreamRegistry::GetStats() const {
  Stats stats = state_->Counts();
  for (const std::shared_ptr<OpenStream>& stream : state_->Open()) {
    ++stats.open;
    stats.lag_revisions_max = std::max(stats.lag_revisions_max, stream->Lag());
    stats.buffered_max = std::max(stats.buffered_max, stream->Buffered());
  }
  return stats;
}

}  // namespace payments
