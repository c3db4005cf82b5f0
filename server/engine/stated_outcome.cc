#include "server/engine/stated_outcome.h"

#include "providers/provider.h"
#include "server/engine/operation_news.h"
#include "server/engine/payer_message.h"
#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

constexpr auto kSucceeded = v1::OPERATION_RESULT_SUCCEEDED;
constexpr auto kDeclined = v1::OPERATION_RESULT_DECLINED;
constexpr auto kNotDone = v1::OPERATION_RESULT_NOT_DONE;
constexpr auto kUnknown = v1::OPERATION_RESULT_UNKNOWN;

// Money moved: it was held and captured, or transferred, so it was not released. It is held: it was
// neither captured nor released. And so on; whether a hold that is no more was ever
// made, and whether it was released or ended by itself, is not implied.
v1::OperationResult ImpliedResult(v1::PaymentState stated, v1::OperationKind kind) {
  const bool capture = kind == v1::OPERATION_KIND_CAPTURE || kind == v1::OPERATION_KIND_TRANSFER ||
                       kind == v1::OPERATION_KIND_CONFIRM;
  const bool release = kind == v1::OPERATION_KIND_CANCEL;
  switch (stated) {
    case v1::PAYMENT_STATE_SUCCEEDED:
      return release ? kNotDone : kSucceeded;
    case v1::PAYMENT_STATE_AUTHORIZED:
      return capture || release ? kNotDone : kSucceeded;
    case v1::PAYMENT_STATE_CANCELED:
      return capture ? kNotDone : release ? kSucceeded : kUnknown;
    case v1::PAYMENT_STATE_DECLINED:
      return release ? kUnknown : kDeclined;
    case v1::PAYMENT_STATE_EXPIRED:
      return capture ? kNotDone : kUnknown;
    default:
      return kUnknown;
  }
}

}  // namespace

Learned LearnedFrom(v1::Resolution resolution) {
  switch (resolution) {
    case v1::RESOLUTION_AUTHORIZED:
      return Learned::kStatedAuthorized;
    case v1::RESOLUTION_SUCCEEDED:
      return Learned::kStatedSucceeded;
    case v1::RESOLUTION_CANCELED:
      return Learned::kStatedCanceled;
    case v1::RESOLUTION_DECLINED:
      return Learned::kStatedDeclined;
    case v1::RESOLUTION_EXPIRED:
      return Learned::kStatedExpired;
    default:
      return Learned::kAcknowledged;
  }
}

v1::PaymentState StatedState(Learned learned) {
  switch (learned) {
    case Learned::kStatedAuthorized:
      return v1::PAYMENT_STATE_AUTHORIZED;
    case Learned::kStatedSucceeded:
      return v1::PAYMENT_STATE_SUCCEEDED;
    case Learned::kStatedCanceled:
      return v1::PAYMENT_STATE_CANCELED;
    case Learned::kStatedDeclined:
      return v1::PAYMENT_STATE_DECLINED;
    case Learned::kStatedExpired:
      return v1::PAYMENT_STATE_EXPIRED;
    default:
      return v1::PAYMENT_STATE_UNSPECIFIED;
  }
}

void EndOperationsAsStated(v1::PaymentState stated, absl::Time now,
                           storage::v1::PaymentRecord& record) {
  v1::Payment& payment = *record.mutable_payment();
  for (int i = 0; i < payment.operations_size(); ++i) {
    v1::Operation& operation = *payment.mutable_operations(i);
    if (IsConclusive(operation.result())) continue;
    v1::OperationResult result = ImpliedResult(stated, operation.kind());
    // Money moves once: of several captures, only the newest can be meant.
    if (result == kSucceeded && LastOperationOfKind(payment, operation.kind()) != i) {
      result = kUnknown;
    }
    if (operation.result() == result) continue;
    operation.set_result(result);
    *operation.mutable_end_time() = ToTimestamp(now);
    if (result != kDeclined && result != kNotDone) continue;
    ProviderAnswer said;
    said.code = operation.provider_code();
    said.message = operation.provider_message();
    *record.mutable_operations(i)->mutable_failure() =
        MakeFailure(said, result == kDeclined ? v1::FAILURE_CATEGORY_PROVIDER_DECLINED
                                              : v1::FAILURE_CATEGORY_NOT_EXECUTED);
  }
}

}  // namespace payments
