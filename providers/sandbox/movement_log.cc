#include "providers/sandbox/movement_log.h"

#include <utility>

#include "providers/sandbox/limits.h"
#include "providers/sandbox/paging.h"

namespace payments::sandbox {

void MovementLog::Record(v1::Movement movement, absl::Time now) {
  const std::lock_guard<std::mutex> lock(mu_);
  movement.set_number(static_cast<int64_t>(movements_.size()) + 1);
  SetTimestamp(now, movement.mutable_time());
  movements_.push_back(std::move(movement));
}

absl::StatusOr<v1::ListMovementsResponse> MovementLog::List(
    const v1::ListMovementsRequest& request) {
  const auto page = ReadPage(request);
  if (!page.ok()) return page.status();
  const std::lock_guard<std::mutex> lock(mu_);
  v1::ListMovementsResponse response;
  const size_t end = EndOfPage(*page, movements_.size(), response);
  for (size_t i = page->begin; i < end; ++i) *response.add_movements() = movements_[i];
  return response;
}

int64_t MovementLog::size() {
  const std::lock_guard<std::mutex> lock(mu_);
  return static_cast<int64_t>(movements_.size());
}

void MovementLog::Clear() {
  const std::lock_guard<std::mutex> lock(mu_);
  movements_.clear();
}

}  // namespace payments::sandbox
