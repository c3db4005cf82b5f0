#ifndef PAYMENTS_SERVER_ENGINE_CHANGE_PAYMENT_H_
#define PAYMENTS_SERVER_ENGINE_CHANGE_PAYMENT_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/apply_evidence.h"
#include "server/engine/engine_core.h"
#include "server/engine/payment_phase.h"
#include "server/engine/rpc_table.h"
#include "server/engine/run_operation.h"
#include "server/engine/steps.h"

namespace payments {

// What calls on a payment that exists have in common: judge the payment by the rpc table, commit
// the wish (again, if somebody was faster; an operator's only once), send what the commit created,
// wait for the end, answer.
class ChangePayment : public Steps<ChangePayment> {
 public:
  struct Wish {
    PaymentRpc rpc;
    Learned learned;
    v1::Cause cause;
    std::string etag;      // Empty: unconditional.
    OperationInput input;  // For the operation that the wish creates, if it needs any.
  };
  struct Answer {
    v1::Payment payment;
    bool replayed = false;
  };

  // Somebody else may be faster this often; then ABORTED.
  static constexpr int kAttemptsMax = 16;

  static void Run(EngineCore* core, StoredPayment stored, Wish wish, absl::Time deadline,
                  Done<Answer> done);

  ChangePayment(EngineCore* core, StoredPayment stored, Wish wish, absl::Time deadline,
                Done<Answer> done)
      : core_(core),
        mark_(std::make_unique<WorkMark>(core)),
        stored_(std::move(stored)),
        wish_(std::move(wish)),
        deadline_(deadline),
        done_(std::move(done)) {}

 private:
  const v1::Payment& payment() const { return stored_.record.payment(); }

  void Judge();
  void Begin();
  void Overtaken(absl::string_view why);
  void OnCommitted(absl::StatusOr<StoredPayment> stored);
  void OnReread(absl::StatusOr<StoredPayment> stored);
  void WaitUntilSettled();
  void OnSettled(const std::shared_ptr<const v1::Event>& event);
  void OnLastRead(absl::StatusOr<StoredPayment> stored);
  void Finish(absl::StatusOr<Answer> answer);

  EngineCore* const core_;
  std::unique_ptr<WorkMark> mark_;
  StoredPayment stored_;
  Wish wish_;
  const absl::Time deadline_;
  Done<Answer> done_;
  int attempts_ = 0;
  int send_operation_ = -1;
  bool deadline_passed_ = false;
  bool replayed_ = false;
};

// NOT_FOUND for callers, or what the store said.
absl::Status PaymentNotFound(absl::string_view name, const absl::Status& status);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CHANGE_PAYMENT_H_
