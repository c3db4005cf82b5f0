#include "server/service/stream_registry.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace payments {

// Held weakly by the timer's task, so that a task that comes late finds nothing.
class StreamRegistry::State : public std::enable_shared_from_this<State> {
 public:
  explicit State(Executor* executor) : executor_(executor) {}

  bool Add(const std::shared_ptr<OpenStream>& stream) {
    const std::lock_guard lock(mu_);
    if (draining_) return false;
    streams_.emplace(stream.get(), stream);
    if (!std::exchange(ticking_, true)) PostTick();
    return true;
  }

  void Remove(const OpenStream* stream) {
    const std::lock_guard lock(mu_);
    streams_.erase(stream);
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
    for (const auto& [key, weak] : streams_) {
      if (std::shared_ptr<OpenStream> stream = weak.lock()) open.push_back(std::move(stream));
    }
    return open;
  }

 private:
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
  mutable std::mutex mu_;
  bool draining_ = false;
  bool ticking_ = false;
  absl::flat_hash_map<const OpenStream*, std::weak_ptr<OpenStream>> streams_;
};

StreamRegistry::StreamRegistry(Executor* executor) : state_(std::make_shared<State>(executor)) {}
StreamRegistry::~StreamRegistry() = default;

bool StreamRegistry::Add(const std::shared_ptr<OpenStream>& stream) { return state_->Add(stream); }
void StreamRegistry::Remove(const OpenStream* stream) { state_->Remove(stream); }
void StreamRegistry::Drain() { state_->Drain(); }

StreamRegistry::Stats StreamRegistry::GetStats() const {
  Stats stats;
  for (const std::shared_ptr<OpenStream>& stream : state_->Open()) {
    ++stats.open;
    stats.lag_revisions_max = std::max(stats.lag_revisions_max, stream->Lag());
    stats.buffered_max = std::max(stats.buffered_max, stream->Buffered());
  }
  return stats;
}

}  // namespace payments
