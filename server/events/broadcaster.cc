#include "server/events/broadcaster.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace payments {
namespace {

// Who is to be woken. Shared by the broadcaster, its subscriptions and the tasks it posts, so
// that each may end first. No lock is held while all are woken: who publishes, subscribes or
// leaves waits for one `wake` at most.
class Subscribers : public std::enable_shared_from_this<Subscribers> {
 public:
  // Its lock is held while its `wake` runs: that is what makes a subscription's destructor
  // wait for it.
  struct Entry {
    std::string tenant;
    std::mutex mu;
    absl::AnyInvocable<void()> wake;  // Null: it has ended.
  };

  explicit Subscribers(Executor* executor) : executor_(executor) {}

  void Add(const std::shared_ptr<Entry>& entry) {
    const std::lock_guard lock(mu_);
    ++count_;
    by_tenant_[entry->tenant].insert(entry);
  }

  void Remove(const std::shared_ptr<Entry>& entry) {
    {
      const std::lock_guard lock(mu_);
      --count_;
      const auto found = by_tenant_.find(entry->tenant);
      found->second.erase(entry);
      if (found->second.empty()) by_tenant_.erase(found);
    }
    const std::lock_guard lock(entry->mu);
    entry->wake = nullptr;
  }

  // One task for all of the tenant's, and for all that is published before it runs.
  void PostWake(const std::string& tenant) {
    {
      const std::lock_guard lock(mu_);
      if (!by_tenant_.contains(tenant) || !posted_.insert(tenant).second) return;
    }
    executor_->Post([self = shared_from_this(), tenant] { self->Wake(tenant); });
  }

  int count() const {
    const std::lock_guard lock(mu_);
    return count_;
  }

 private:
  using Entries = absl::flat_hash_set<std::shared_ptr<Entry>>;

  void Wake(const std::string& tenant) {
    for (const std::shared_ptr<Entry>& entry : TakePosted(tenant)) {
      const std::lock_guard lock(entry->mu);
      if (entry->wake != nullptr) entry->wake();
    }
  }

  std::vector<std::shared_ptr<Entry>> TakePosted(const std::string& tenant) {
    const std::lock_guard lock(mu_);
    posted_.erase(tenant);  // What is published from here on wakes again.
    const auto found = by_tenant_.find(tenant);
    if (found == by_tenant_.end()) return {};
    return {found->second.begin(), found->second.end()};
  }

  Executor* const executor_;
  mutable std::mutex mu_;
  int count_ = 0;
  absl::flat_hash_map<std::string, Entries> by_tenant_;
  absl::flat_hash_set<std::string> posted_;  // The tenants with a task that has not begun.
};

class SubscriptionInSet final : public Broadcaster::Subscription {
 public:
  SubscriptionInSet(std::shared_ptr<Subscribers> subscribers,
                    std::shared_ptr<Subscribers::Entry> entry)
      : subscribers_(std::move(subscribers)), entry_(std::move(entry)) {}
  SubscriptionInSet(const SubscriptionInSet&) = delete;
  SubscriptionInSet& operator=(const SubscriptionInSet&) = delete;
  ~SubscriptionInSet() override { subscribers_->Remove(entry_); }

 private:
  const std::shared_ptr<Subscribers> subscribers_;
  const std::shared_ptr<Subscribers::Entry> entry_;
};

// The newest events of all tenants, within the options' limits. Thread-compatible.
class EventRing {
 public:
  explicit EventRing(const Broadcaster::Options& options)
      : events_max_(static_cast<size_t>(options.ring_events_max)),
        bytes_max_(options.ring_bytes_max) {}

  void Append(const std::string& tenant, std::shared_ptr<const PublishedEvent> event) {
    TenantLog& log = logs_[tenant];
    // What is kept of a tenant has no gaps, or a reader would skip them.
    if (event->revision() != log.newest_revision + 1) Forget(log);
    log.newest_revision = event->revision();
    bytes_ += event->bytes();
    log.events.push_back(std::move(event));
    order_.push_back(&log);
    while (order_.size() > events_max_ || bytes_ > bytes_max_) {
      DropOldest(*order_.front());
      order_.pop_front();
    }
  }

  void ForgetBefore(absl::string_view tenant, int64_t revision) {
    const auto found = logs_.find(std::string(tenant));
    if (found == logs_.end()) return;
    TenantLog& log = found->second;
    while (!log.events.empty() && log.events.front()->revision() < revision) {
      DropOldest(log);
      order_.erase(std::find(order_.begin(), order_.end(), &log));
    }
  }

  std::optional<PublishedPage> Read(absl::string_view tenant, int64_t after_revision,
                                    int limit) const {
    const auto found = logs_.find(std::string(tenant));
    if (found == logs_.end()) return std::nullopt;
    const TenantLog& log = found->second;
    if (after_revision > log.newest_revision) return std::nullopt;
    PublishedPage page;
    page.newest_revision = log.newest_revision;
    const auto missing = static_cast<size_t>(log.newest_revision - after_revision);
    if (missing > log.events.size()) return std::nullopt;
    const auto begin = log.events.end() - static_cast<std::ptrdiff_t>(missing);
    const auto end = begin + std::min<std::ptrdiff_t>(log.events.end() - begin, limit);
    page.events.assign(begin, end);
    return page;
  }

  int64_t NewestRevision(absl::string_view tenant) const {
    const auto found = logs_.find(std::string(tenant));
    return found == logs_.end() ? 0 : found->second.newest_revision;
  }

 private:
  struct TenantLog {
    std::deque<std::shared_ptr<const PublishedEvent>> events;  // Dense.
    int64_t newest_revision = 0;
  };

  void DropOldest(TenantLog& log) {
    bytes_ -= log.events.front()->bytes();
    log.events.pop_front();
  }

  void Forget(TenantLog& log) {
    while (!log.events.empty()) DropOldest(log);
    order_.erase(std::remove(order_.begin(), order_.end(), &log), order_.end());
  }

  const size_t events_max_;
  const size_t bytes_max_;
  size_t bytes_ = 0;  // Of all events here.
  // Tenants come from the configuration, so there are few. Nodes stay where they are.
  std::unordered_map<std::string, TenantLog> logs_;
  std::deque<TenantLog*> order_;  // Whose event is next to go; one entry an event.
};

// One Read(): what the store answers on its executor goes on on the broadcaster's.
class StoreRead {
 public:
  StoreRead(Executor* executor, std::string tenant, const CursorCodec* cursors,
            Done<PublishedPage> done)
      : executor_(executor),
        tenant_(std::move(tenant)),
        cursors_(cursors),
        done_(std::move(done)) {}

  void operator()(absl::StatusOr<EventPage> page) && {
    Executor* const executor = executor_;
    executor->Post([self = std::move(*this), page = std::move(page)]() mutable {
      std::move(self).OnPage(std::move(page));
    });
  }

 private:
  void OnPage(absl::StatusOr<EventPage> page) && {
    if (!page.ok()) return std::move(done_)(page.status());
    std::move(done_)(ToPublished(tenant_, *std::move(page), cursors_));
  }

  Executor* executor_;
  std::string tenant_;
  const CursorCodec* cursors_;
  Done<PublishedPage> done_;
};

class RingBroadcaster final : public Broadcaster {
 public:
  RingBroadcaster(Options options, Executor* executor, Store* store, const CursorCodec* cursors)
      : executor_(executor),
        store_(store),
        cursors_(cursors),
        subscribers_(std::make_shared<Subscribers>(executor)),
        ring_(options) {}

  void Publish(const std::vector<CommittedEvent>& events) override {
    std::vector<std::shared_ptr<const PublishedEvent>> published;
    published.reserve(events.size());
    for (const CommittedEvent& event : events) {
      published.push_back(
          std::make_shared<const PublishedEvent>(event.tenant, event.event, cursors_));
      // Just made, it is in the processor's cache: to serialise it later costs far more.
      published.back()->Message();
    }
    std::vector<std::string> tenants;
    {
      const std::lock_guard lock(ring_mu_);
      for (size_t i = 0; i < events.size(); ++i) {
        const std::string& tenant = events[i].tenant;
        ring_.Append(tenant, std::move(published[i]));
        if (std::find(tenants.begin(), tenants.end(), tenant) == tenants.end()) {
          tenants.push_back(tenant);
        }
      }
    }
    // After the ring is filled, so that whoever is woken finds what is new.
    for (const std::string& tenant : tenants) subscribers_->PostWake(tenant);
  }

  void Forget(absl::string_view tenant, int64_t oldest_revision) override {
    const std::lock_guard lock(ring_mu_);
    ring_.ForgetBefore(tenant, oldest_revision);
  }

  std::unique_ptr<Subscription> Subscribe(std::string tenant,
                                          absl::AnyInvocable<void()> wake) override {
    auto entry = std::make_shared<Subscribers::Entry>();
    entry->tenant = std::move(tenant);
    entry->wake = std::move(wake);
    subscribers_->Add(entry);
    return std::make_unique<SubscriptionInSet>(subscribers_, std::move(entry));
  }

  std::optional<PublishedPage> TryRead(absl::string_view tenant, int64_t after_revision,
                                       int limit) const override {
    const std::lock_guard lock(ring_mu_);
    return ring_.Read(tenant, after_revision, limit);
  }

  void Read(std::string tenant, int64_t after_revision, int limit,
            Done<PublishedPage> done) override {
    store_->ReadEvents(tenant, after_revision, limit,
                       StoreRead(executor_, tenant, cursors_, std::move(done)));
  }

  int64_t NewestRevision(absl::string_view tenant) const override {
    const std::lock_guard lock(ring_mu_);
    return ring_.NewestRevision(tenant);
  }

  int subscriber_count() const override { return subscribers_->count(); }

 private:
  Executor* const executor_;
  Store* const store_;
  const CursorCodec* const cursors_;
  const std::shared_ptr<Subscribers> subscribers_;
  mutable std::mutex ring_mu_;
  EventRing ring_;
};

}  // namespace

std::unique_ptr<Broadcaster> Broadcaster::Create(Options options, Executor* executor, Store* store,
                                                 const CursorCodec* cursors) {
  return std::make_unique<RingBroadcaster>(options, executor, store, cursors);
}

}  // namespace payments
