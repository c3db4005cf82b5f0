#ifndef PAYMENTS_TESTS_SUPPORT_PENDING_H_
#define PAYMENTS_TESTS_SUPPORT_PENDING_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace payments {

// The result of an asynchronous call that another thread will give:
//
//   Pending<absl::StatusOr<StoredPayment>> payment;
//   store->GetPayment("acme", "payments/1", payment.done());
//   EXPECT_TRUE(payment.Wait().ok());
//
// Thread-safe. Waits for ever: CTest's timeout ends a test whose answer never comes.
template <typename Result>
class Pending {
 public:
  // For one call.
  absl::AnyInvocable<void(Result) &&> done() {
    return [state = state_](Result result) { state->Set(std::move(result)); };
  }

  const Result& Wait() const { return state_->Wait(); }

 private:
  class State {
   public:
    void Set(Result result) {
      const std::lock_guard lock(mutex_);
      result_.emplace(std::move(result));
      changed_.notify_all();
    }
    const Result& Wait() {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return result_.has_value(); });
      return *result_;
    }

   private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Result> result_;  // Guarded by mutex_; never changes once it is set.
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

template <typename T>
using PendingOr = Pending<absl::StatusOr<T>>;

}  // namespace payments

#endif  // PAYMENTS_TESTS_SUPPORT_PENDING_H_
