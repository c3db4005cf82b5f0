// MemoryDisk's log of events.

#include <algorithm>

#include "tests/fakes/memory_disk.h"

namespace payments {

EventPage MemoryDisk::ReadEvents(const std::string& tenant, int64_t after_revision,
                                 int limit) const {
  EventPage page;
  const Tenant* data = FindTenant(tenant);
  if (data == nullptr) return page;
  page.newest_revision = data->newest_revision;
  const auto size = static_cast<int64_t>(data->events.size());
  const int64_t begin = std::clamp<int64_t>(after_revision + 1 - data->oldest_revision(), 0, size);
  const int64_t end = std::min(begin + limit, size);
  page.events.assign(data->events.begin() + begin, data->events.begin() + end);
  return page;
}

FoundRevision MemoryDisk::FindRevision(const std::string& tenant, absl::Time time) const {
  const Tenant* data = FindTenant(tenant);
  if (data == nullptr) return {};
  const int64_t oldest = data->oldest_revision();
  return FindRevisionIn({data->newest_revision, oldest, data->pruned_time_us}, ToMicros(time),
                        [&](int64_t revision) { return data->newest_times_us[revision - oldest]; });
}

bool MemoryDisk::IsBeyond(const EventLimits& limits, const Tenant& tenant) {
  if (tenant.events.size() <= 1) return false;
  return tenant.newest_times_us.front() < ToMicros(limits.oldest) ||
         tenant.events_bytes > limits.bytes_max;
}

PrunedEvents MemoryDisk::PruneEvents(const EventLimits& limits, int events_max) {
  PrunedEvents pruned;
  for (auto& [name, tenant] : tenants_) {
    if (tenant.events.empty()) continue;
    const int64_t before = pruned.events;
    for (; pruned.events < events_max && IsBeyond(limits, tenant); ++pruned.events) {
      v1::Event event = *tenant.events.front();
      event.clear_revision();
      tenant.events_bytes -= static_cast<int64_t>(event.ByteSizeLong());
      tenant.pruned_time_us = tenant.newest_times_us.front();
      tenant.events.pop_front();
      tenant.newest_times_us.pop_front();
    }
    if (pruned.events > before) pruned.begins.push_back({name, tenant.oldest_revision()});
    pruned.more = pruned.more || IsBeyond(limits, tenant);
    const absl::Time oldest = absl::FromUnixMicros(tenant.newest_times_us.front());
    if (tenant.events.size() > 1 || oldest >= limits.oldest) {
      pruned.oldest_time = std::min(oldest, pruned.oldest_time.value_or(oldest));
    }
    pruned.bytes_max = std::max(pruned.bytes_max, tenant.events_bytes);
  }
  return pruned;
}

}  // namespace payments
