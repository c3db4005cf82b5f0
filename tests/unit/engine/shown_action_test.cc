#include <gtest/gtest.h>

#include "payments/storage/v1/records.pb.h"
#include "server/engine/payer_action.h"
#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

constexpr absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// Of a payment whose payer has a minute left.
storage::v1::PaymentRecord RecordIn(v1::PaymentState state) {
  storage::v1::PaymentRecord record;
  record.set_return_url("https://shop.test/back");
  record.set_payer_language("kk");
  v1::Payment& payment = *record.mutable_payment();
  payment.set_state(state);
  payment.mutable_next_action()->mutable_form_post()->set_url("https://bank.test/acs");
  *payment.mutable_expire_time() = ToTimestamp(kNow + absl::Minutes(1));
  return record;
}

// What the payer is told, and so whether he thinks that he should pay again.
TEST(ShownActionTest, EveryStateIsToldAsItIs) {
  for (int i = v1::PaymentState_MIN; i <= v1::PaymentState_MAX; ++i) {
    if (!v1::PaymentState_IsValid(i) || i == v1::PAYMENT_STATE_UNSPECIFIED) continue;
    const auto state = static_cast<v1::PaymentState>(i);
    const bool acts = state == v1::PAYMENT_STATE_ACTION_REQUIRED;
    const PayerAction action = ShownAction(RecordIn(state), kNow);
    EXPECT_EQ(action.form.has_value(), acts) << ShortStateName(state);
    EXPECT_EQ(action.is_pending, !acts && !IsFinal(state)) << ShortStateName(state);
    EXPECT_EQ(action.return_url, "https://shop.test/back");
    EXPECT_EQ(action.language, "kk");
  }
}

TEST(ShownActionTest, WhileAConfirmationRunsOrIsLostItIsPending) {
  EXPECT_TRUE(ShownAction(RecordIn(v1::PAYMENT_STATE_PROCESSING), kNow).is_pending);
  EXPECT_TRUE(ShownAction(RecordIn(v1::PAYMENT_STATE_UNKNOWN), kNow).is_pending);
  EXPECT_FALSE(ShownAction(RecordIn(v1::PAYMENT_STATE_SUCCEEDED), kNow).is_pending);
}

TEST(ShownActionTest, OnceThePayersTimeIsOverThereIsNothingForHim) {
  const PayerAction action =
      ShownAction(RecordIn(v1::PAYMENT_STATE_ACTION_REQUIRED), kNow + absl::Minutes(1));
  EXPECT_FALSE(action.form.has_value());
  EXPECT_FALSE(action.is_pending) << "he never acted";
}

}  // namespace
}  // namespace payments
