// Claims of request_ids: repeats, retries, tombstones.

#include <utility>

#include "tests/conformance/store/store_conformance.h"
#include "tests/support/proto_matchers.h"

namespace payments {
namespace {

PaymentWrite Retry(const StoredPayment& failed, const std::string& id) {
  PaymentWrite write = NewPayment(failed.record.tenant(), id);
  write.record.mutable_payment()->set_request_id(failed.record.payment().request_id());
  write.record.mutable_payment()->set_retry_of(failed.record.payment().name());
  return write;
}

TEST_P(StoreConformance, ATakenRequestIdGivesThePaymentThatHasIt) {
  const StoredPayment a = Create(NewPayment("acme", "a"));
  PaymentWrite again = NewPayment("acme", "b");
  again.record.mutable_payment()->set_request_id("request-of-a");
  const auto claim = call().CreatePayment(std::move(again), TestFingerprint("other"));
  ASSERT_TRUE(claim.ok()) << claim.status();
  EXPECT_FALSE(claim->created);
  EXPECT_FALSE(claim->tombstoned);
  EXPECT_THAT(claim->stored.record, EqualsProto(a.record));
  EXPECT_THAT(claim->fingerprint, EqualsProto(TestFingerprint("1500")));
  EXPECT_EQ(claim->stored.revision, 1);
  EXPECT_EQ(call().GetPayment("acme", "payments/b").status().code(), absl::StatusCode::kNotFound);
}

TEST_P(StoreConformance, ARepeatSeesThePaymentAsItIsNow) {
  const StoredPayment a = Create(NewPayment("acme", "a"));
  ASSERT_TRUE(call().CommitPayment(ChangedPayment(a, v1::PAYMENT_STATE_DECLINED)).ok());
  const auto claim = call().CreatePayment(NewPayment("acme", "a"));
  ASSERT_TRUE(claim.ok()) << claim.status();
  EXPECT_EQ(claim->stored.record.payment().state(), v1::PAYMENT_STATE_DECLINED);
  EXPECT_EQ(claim->stored.revision, 2);
}

TEST_P(StoreConformance, PaymentsAreFoundByRequestId) {
  const StoredPayment a = Create(NewPayment("acme", "a"));
  const auto read = call().GetPaymentByRequestId("acme", "request-of-a");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->record, EqualsProto(a.record));
  EXPECT_EQ(read->revision, 1);
  EXPECT_EQ(call().GetPaymentByRequestId("acme", "never").status().code(),
            absl::StatusCode::kNotFound);
}

TEST_P(StoreConformance, ARetryTakesTheRequestIdOver) {
  const StoredPayment a = Create(NewPayment("acme", "a"));
  const auto claim = call().CreatePayment(Retry(a, "b"), TestFingerprint("retry"));
  ASSERT_TRUE(claim.ok()) << claim.status();
  EXPECT_TRUE(claim->created);
  EXPECT_EQ(claim->stored.record.payment().name(), "payments/b");
  const auto read = call().GetPaymentByRequestId("acme", "request-of-a");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->record.payment().name(), "payments/b");
  // The failed one is still there, and the fingerprint is the retry's.
  EXPECT_TRUE(call().GetPayment("acme", "payments/a").ok());
  const auto repeat = call().CreatePayment(NewPayment("acme", "a"));
  ASSERT_TRUE(repeat.ok());
  EXPECT_THAT(repeat->fingerprint, EqualsProto(TestFingerprint("retry")));
}

TEST_P(StoreConformance, ACanceledPaymentsRequestIdIsNotHandedOver) {
  StoredPayment a = Create(NewPayment("acme", "a"));
  PaymentWrite cancel = ChangedPayment(a, v1::PAYMENT_STATE_FAILED);
  cancel.record.mutable_payment()->set_cancel_requested(true);
  ASSERT_TRUE(call().CommitPayment(std::move(cancel)).ok());
  const auto claim = call().CreatePayment(Retry(a, "b"));
  ASSERT_TRUE(claim.ok()) << claim.status();
  EXPECT_FALSE(claim->created);
  EXPECT_EQ(claim->stored.record.payment().name(), "payments/a");
}

// Somebody learned that it may not have failed, between the retry's reading and its claim.
TEST_P(StoreConformance, AContradictedPaymentKeepsItsRequestId) {
  const StoredPayment a = Create(NewPayment("acme", "a"));
  PaymentWrite contradicted = ChangedPayment(a, v1::PAYMENT_STATE_FAILED);
  contradicted.record.add_contradictions()->set_detail("contradicts FAILED: held");
  ASSERT_TRUE(call().CommitPayment(std::move(contradicted)).ok());
  const auto claim = call().CreatePayment(Retry(a, "b"));
  ASSERT_TRUE(claim.ok()) << claim.status();
  EXPECT_FALSE(claim->created);
  EXPECT_EQ(claim->stored.record.payment().name(), "payments/a");
  EXPECT_EQ(call().GetPayment("acme", "payments/b").status().code(), absl::StatusCode::kNotFound);
}

TEST_P(StoreConformance, OfTwoRetriesOneWins) {
  const StoredPayment a = Create(NewPayment("acme", "a"));
  ASSERT_TRUE(call().CreatePayment(Retry(a, "b"))->created);
  const auto late = call().CreatePayment(Retry(a, "c"));
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_FALSE(late->created);
  EXPECT_EQ(late->stored.record.payment().name(), "payments/b");
  EXPECT_EQ(call().GetPayment("acme", "payments/c").status().code(), absl::StatusCode::kNotFound);
}

TEST_P(StoreConformance, ATombstoneKeepsALateOriginalOut) {
  const auto tombstone = call().TombstoneRequestId("acme", "request-of-a", TestTime(0));
  ASSERT_TRUE(tombstone.ok()) << tombstone.status();
  EXPECT_TRUE(tombstone->tombstoned);
  EXPECT_FALSE(tombstone->created);
  const auto late = call().CreatePayment(NewPayment("acme", "a"));
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_TRUE(late->tombstoned);
  EXPECT_FALSE(late->created);
  EXPECT_EQ(call().GetPayment("acme", "payments/a").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(call().GetPaymentByRequestId("acme", "request-of-a").status().code(),
            absl::StatusCode::kNotFound);
  const auto events = call().ReadEvents("acme", 0, 10);
  ASSERT_TRUE(events.ok());
  EXPECT_EQ(events->newest_revision, 0);
}

TEST_P(StoreConformance, ATombstoneIsDurableAndMayBeRepeated) {
  ASSERT_TRUE(call().TombstoneRequestId("acme", "request-of-a", TestTime(0)).ok());
  Reopen();
  const auto again = call().TombstoneRequestId("acme", "request-of-a", TestTime(9));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->tombstoned);
  EXPECT_TRUE(call().CreatePayment(NewPayment("acme", "a"))->tombstoned);
  // Of its own tenant only.
  EXPECT_TRUE(call().CreatePayment(NewPayment("other", "a"))->created);
}

TEST_P(StoreConformance, ATombstoneThatComesLateGivesThePayment) {
  const StoredPayment a = Create(NewPayment("acme", "a"));
  const auto late = call().TombstoneRequestId("acme", "request-of-a", TestTime(1));
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_FALSE(late->tombstoned);
  EXPECT_FALSE(late->created);
  EXPECT_THAT(late->stored.record, EqualsProto(a.record));
  EXPECT_THAT(late->fingerprint, EqualsProto(TestFingerprint("1500")));
}

TEST_P(StoreConformance, PaymentsAndCardsHaveTheirOwnRequestIds) {
  ASSERT_TRUE(call().TombstoneRequestId("acme", "request-of-a", TestTime(0)).ok());
  Create(NewCard("acme", "a"));
  Create(NewCard("acme", "b"));
  Create(NewPayment("acme", "b"));
}

}  // namespace
}  // namespace payments
