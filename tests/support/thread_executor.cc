#include "tests/support/thread_executor.h"

#include <cstdlib>
#include <utility>

namespace payments {

ThreadExecutor::ThreadExecutor() : thread_(&ThreadExecutor::Loop, this) {}

ThreadExecutor::~ThreadExecutor() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ThreadExecutor::Post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void ThreadExecutor::PostAfter(absl::Duration /*delay*/, Task /*task*/) { std::abort(); }

void ThreadExecutor::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closed_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    std::move(task)();
    task = nullptr;  // What it held goes before the next one runs.
    lock.lock();
  }
}

}  // namespace payments
