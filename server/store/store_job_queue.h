#ifndef PAYMENTS_SERVER_STORE_STORE_JOB_QUEUE_H_
#define PAYMENTS_SERVER_STORE_STORE_JOB_QUEUE_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

#include "server/store/store_job.h"

namespace payments {

// What waits for a thread of the store: first in, first out, in batches. Thread-safe.
class StoreJobQueue {
 public:
  explicit StoreJobQueue(size_t jobs_max) : jobs_max_(jobs_max) {}

  // False, and the job stays the caller's, if the queue is full.
  bool Push(std::unique_ptr<StoreJob>* job);
  // Waits for jobs and takes at most `count_max`. Empty once the queue is closed and
  // there are none left.
  StoreJobs Take(size_t count_max);
  // The same, but also empty if none come within `patience`.
  StoreJobs TakeWithin(std::chrono::milliseconds patience, size_t count_max);
  // Closed, and there are none left.
  bool IsOver() const;
  void Close();

 private:
  StoreJobs TakeLocked(size_t count_max);

  const size_t jobs_max_;
  mutable std::mutex mutex_;
  std::condition_variable not_empty_;
  std::deque<std::unique_ptr<StoreJob>> jobs_;  // Guarded by mutex_.
  bool closed_ = false;                         // Guarded by mutex_.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_STORE_JOB_QUEUE_H_
