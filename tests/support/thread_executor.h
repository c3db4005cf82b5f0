#ifndef PAYMENTS_TESTS_SUPPORT_THREAD_EXECUTOR_H_
#define PAYMENTS_TESTS_SUPPORT_THREAD_EXECUTOR_H_

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "absl/time/time.h"
#include "server/base/executor.h"

namespace payments {

// An Executor with a thread of its own, for tests of what really has threads.
// Destroying it runs what was posted. It has no timer: what is posted with a delay
// ends the process.
class ThreadExecutor : public Executor {
 public:
  ThreadExecutor();
  ~ThreadExecutor() override;
  ThreadExecutor(const ThreadExecutor&) = delete;
  ThreadExecutor& operator=(const ThreadExecutor&) = delete;

  void Post(Task task) override;
  void PostAfter(absl::Duration delay, Task task) override;

  bool IsExecutorThread() const { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  void Loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;  // Guarded by mutex_.
  bool closed_ = false;     // Guarded by mutex_.
  std::thread thread_;      // Last: it uses all of the above.
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_SUPPORT_THREAD_EXECUTOR_H_
