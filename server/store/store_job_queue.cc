#include "server/store/store_job_queue.h"

#include <algorithm>
#include <utility>

namespace payments {

bool StoreJobQueue::Push(std::unique_ptr<StoreJob>* job) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || jobs_.size() == jobs_max_) return false;
    was_empty = jobs_.empty();
    jobs_.push_back(std::move(*job));
  }
  // One thread takes, and it does not wait while there are jobs.
  if (was_empty) not_empty_.notify_one();
  return true;
}

StoreJobs StoreJobQueue::Take(size_t count_max) {
  std::unique_lock lock(mutex_);
  not_empty_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
  return TakeLocked(count_max);
}

StoreJobs StoreJobQueue::TakeWithin(std::chrono::milliseconds patience, size_t count_max) {
  std::unique_lock lock(mutex_);
  not_empty_.wait_for(lock, patience, [this] { return closed_ || !jobs_.empty(); });
  return TakeLocked(count_max);
}

bool StoreJobQueue::IsOver() const {
  const std::lock_guard lock(mutex_);
  return closed_ && jobs_.empty();
}

StoreJobs StoreJobQueue::TakeLocked(size_t count_max) {
  StoreJobs batch;
  const size_t count = std::min(count_max, jobs_.size());
  batch.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    batch.push_back(std::move(jobs_.front()));
    jobs_.pop_front();
  }
  return batch;
}

void StoreJobQueue::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  not_empty_.notify_all();
}

}  // namespace payments
