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

// Who is to be woken. Shared by the broadcaster and its subscriptions, so that
// either may end first. The lock is held while `wake`s run: that is what makes a
// subscription's destructor wait for them.
class Subscribers {
 public:
  struct Entry {
    std::string tenant;
    absl::AnyInvocable<void()> wake;
  };

  void Add(Entry* entry) {
    const std::lock_guard lock(mu_);
    ++count_;
    by_tenant_[entry->tenant].insert(entry);
  }

  void Remove(Entry* entry) {
    const std::lock_guard lock(mu_);
    --count_;
    const auto found = by_tenant_.find(entry->tenant);
    found->second.erase(entry);
    if (found->second.empty()) by_tenant_.erase(found);
  }

  void Wake(const std::string& tenant) {
    const std::lock_guard lock(mu_);
    const auto found = by_tenant_.find(tenant);
    if (found == by_tenant_.end()) return;
    for (Entry* entry : found->second) entry->wake();
  }

  int count() const {
    const std::lock_guard lock(mu_);
    return count_;
  }

 private:
  mutable std::mutex mu_;
  int count_ = 0;
  absl::flat_hash_map<std::string, absl::flat_hash_set<Entry*>> by_tenant_;
};

class SubscriptionInSet final : public Broadcaster::Subscription {
 public:
  SubscriptionInSet(std::shared_ptr<Subscribers> subscribers,
                    std::unique_ptr<Subscribers::Entry> entry)
      : subscribers_(std::move(subscribers)), entry_(std::move(entry)) {}
  SubscriptionInSet(const SubscriptionInSet&) = delete;
  SubscriptionInSet& operator=(const SubscriptionInSet&) = delete;
  ~SubscriptionInSet() override { subscribers_->Remove(entry_.get()); }

 private:
  const std::shared_ptr<Subscribers> subscribers_;
  const std::unique_ptr<Subscribers::Entry> entry_;
};

// The newest events of all tenants, at most `limit` of them. Thread-compatible.
class EventRing {
 public:
  explicit EventRing(int limit) : limit_(static_cast<size_t>(limit)) {}

  void Append(const std::string& tenant, std::shared_ptr<const PublishedEvent> event) {
    TenantLog& log = logs_[tenant];
    // What is kept of a tenant has no gaps, or a reader would skip them.
    if (event->revision() != log.newest_revision + 1) Forget(log);
    log.newest_revision = event->revision();
    log.events.push_back(std::move(event));
    order_.push_back(&log);
    while (order_.size() > limit_) {
      order_.front()->events.pop_front();
      order_.pop_front();
    }
  }

  void ForgetBefore(absl::string_view tenant, int64_t revision) {
    const auto found = logs_.find(std::string(tenant));
    if (found == logs_.end()) return;
    TenantLog& log = found->second;
    while (!log.events.empty() && log.events.front()->revision() < revision) {
      log.events.pop_front();
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

  void Forget(TenantLog& log) {
    log.events.clear();
    order_.erase(std::remove(order_.begin(), order_.end(), &log), order_.end());
  }

  const size_t limit_;
  // Tenants come from the configuration, so there are few. Nodes stay where they are.
  std::unordered_map<std::string, TenantLog> logs_;
  std::deque<TenantLog*> order_;  // Whose event is next to go; one entry an event.
};

class RingBroadcaster final : public Broadcaster {
 public:
  RingBroadcaster(Options options, Store* store, const CursorCodec* cursors)
      : store_(store),
        cursors_(cursors),
        subscribers_(std::make_shared<Subscribers>()),
        ring_(options.ring_events_max) {}

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
    for (const std::string& tenant : tenants) subscribers_->Wake(tenant);
  }

  void Forget(absl::string_view tenant, int64_t oldest_revision) override {
    const std::lock_guard lock(ring_mu_);
    ring_.ForgetBefore(tenant, oldest_revision);
  }

  std::unique_ptr<Subscription> Subscribe(std::string tenant,
                                          absl::AnyInvocable<void()> wake) override {
    auto entry = std::make_unique<Subscribers::Entry>();
    entry->tenant = std::move(tenant);
    entry->wake = std::move(wake);
    subscribers_->Add(entry.get());
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
                       [tenant, cursors = cursors_, done = std::move(done)](auto page) mutable {
                         if (!page.ok()) return std::move(done)(page.status());
                         std::move(done)(ToPublished(tenant, *std::move(page), cursors));
                       });
  }

  int64_t NewestRevision(absl::string_view tenant) const override {
    const std::lock_guard lock(ring_mu_);
    return ring_.NewestRevision(tenant);
  }

  int subscriber_count() const override { return subscribers_->count(); }

 private:
  Store* const store_;
  const CursorCodec* const cursors_;
  const std::shared_ptr<Subscribers> subscribers_;
  mutable std::mutex ring_mu_;
  EventRing ring_;
};

}  // namespace

std::unique_ptr<Broadcaster> Broadcaster::Create(Options options, Store* store,
                                                 const CursorCodec* cursors) {
  return std::make_unique<RingBroadcaster>(options, store, cursors);
}

}  // namespace payments
