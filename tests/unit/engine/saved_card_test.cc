#include <gtest/gtest.h>

#include "server/engine/apply_evidence.h"

namespace payments {
namespace {

StoredPayment Transferring() {
  StoredPayment stored;
  v1::Payment& payment = *stored.record.mutable_payment();
  payment.set_name("payments/one");
  payment.set_state(v1::PAYMENT_STATE_PROCESSING);
  AppendOperation(stored.record, v1::OPERATION_KIND_TRANSFER, EnginePolicy(), absl::UnixEpoch());
  return stored;
}

Evidence DoneWithCards() {
  Evidence evidence;
  evidence.learned = Learned::kTransferred;
  evidence.saved_cards = {"cards/source", "cards/destination"};
  return evidence;
}

Change Apply(const StoredPayment& stored) {
  return ApplyEvidence(stored, DoneWithCards(), EnginePolicy(), CheckPolicy(), absl::UnixEpoch());
}

TEST(SavedCard, IsNamedInThePayment) {
  const Change change = Apply(Transferring());
  ASSERT_TRUE(change.commit);
  EXPECT_EQ(change.write.record.payment().saved_source_card(), "cards/source");
  EXPECT_EQ(change.write.record.payment().saved_destination_card(), "cards/destination");
}

// An answer, a callback and a check may all tell of it: one event.
TEST(SavedCard, IsNewsOnce) {
  StoredPayment stored = Transferring();
  stored.record = Apply(stored).write.record;
  EXPECT_FALSE(Apply(stored).commit);
}

}  // namespace
}  // namespace payments
