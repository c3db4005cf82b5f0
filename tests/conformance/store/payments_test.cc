// Payments: creating, committing, schedules, numbers, references.

#include <set>
#include <utility>

#include "server/engine/proto_time.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/proto_matchers.h"

namespace payments {
namespace {

using testing::HasSubstr;

TEST_P(StoreConformance, CreatedPaymentIsStoredAsItWasGiven) {
  PaymentWrite write = NewPayment("acme", "a");
  write.schedule = DueAt(TestTime(30), 0);
  const PaymentWrite given = write;
  const auto claim = call().CreatePayment(std::move(write), TestFingerprint("1500"));
  ASSERT_TRUE(claim.ok()) << claim.status();
  EXPECT_TRUE(claim->created);
  EXPECT_FALSE(claim->tombstoned);
  EXPECT_THAT(claim->fingerprint, EqualsProto(TestFingerprint("1500")));

  const v1::Payment& payment = claim->stored.record.payment();
  EXPECT_EQ(payment.sequence(), 1);
  EXPECT_FALSE(payment.etag().empty());
  EXPECT_EQ(claim->stored.revision, 1);
  EXPECT_THAT(claim->stored.schedule, EqualsProto(given.schedule));
  EXPECT_THAT(payment.operations(0).next_check_time(), EqualsProto(given.schedule.due_time()));

  storage::v1::PaymentRecord expected = given.record;
  expected.mutable_payment()->set_sequence(1);
  expected.mutable_payment()->set_etag(payment.etag());
  expected.mutable_operations(0)->set_number(1);
  *expected.mutable_payment()->mutable_operations(0)->mutable_next_check_time() =
      given.schedule.due_time();
  EXPECT_THAT(claim->stored.record, EqualsProto(expected));

  const auto read = call().GetPayment("acme", "payments/a");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->record, EqualsProto(expected));
  EXPECT_THAT(read->schedule, EqualsProto(given.schedule));
  EXPECT_EQ(read->revision, 1);
}

TEST_P(StoreConformance, PaymentNameIsTakenOnce) {
  Create(NewPayment("acme", "a"));
  PaymentWrite again = NewPayment("acme", "a");
  again.record.mutable_payment()->set_request_id("another");
  const auto claim = call().CreatePayment(std::move(again));
  EXPECT_EQ(claim.status().code(), absl::StatusCode::kAlreadyExists);
  // The request_id it came with is still free.
  PaymentWrite other = NewPayment("acme", "b");
  other.record.mutable_payment()->set_request_id("another");
  Create(std::move(other));
}

TEST_P(StoreConformance, CommitReplacesThePayment) {
  const StoredPayment created = Create(NewPayment("acme", "a"));
  PaymentWrite change = ChangedPayment(created, v1::PAYMENT_STATE_AUTHORIZED);
  change.record.mutable_payment()->mutable_operations(0)->set_provider_code("OK");
  const auto committed = call().CommitPayment(std::move(change));
  ASSERT_TRUE(committed.ok()) << committed.status();
  EXPECT_EQ(committed->record.payment().sequence(), 2);
  EXPECT_NE(committed->record.payment().etag(), created.record.payment().etag());
  EXPECT_EQ(committed->revision, 2);
  const auto read = call().GetPayment("acme", "payments/a");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->record, EqualsProto(committed->record));
  EXPECT_EQ(read->record.payment().state(), v1::PAYMENT_STATE_AUTHORIZED);
  EXPECT_EQ(read->record.payment().operations(0).provider_code(), "OK");
}

TEST_P(StoreConformance, CommitOfAnOldSequenceIsAborted) {
  const StoredPayment created = Create(NewPayment("acme", "a"));
  ASSERT_TRUE(call().CommitPayment(ChangedPayment(created, v1::PAYMENT_STATE_AUTHORIZED)).ok());
  const auto late = call().CommitPayment(ChangedPayment(created, v1::PAYMENT_STATE_DECLINED));
  EXPECT_EQ(late.status().code(), absl::StatusCode::kAborted);
  const auto read = call().GetPayment("acme", "payments/a");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->record.payment().state(), v1::PAYMENT_STATE_AUTHORIZED);
  EXPECT_EQ(read->revision, 2);
}

TEST_P(StoreConformance, CommitOfAFutureSequenceIsAborted) {
  StoredPayment created = Create(NewPayment("acme", "a"));
  created.record.mutable_payment()->set_sequence(7);
  const auto early = call().CommitPayment(ChangedPayment(created, v1::PAYMENT_STATE_DECLINED));
  EXPECT_EQ(early.status().code(), absl::StatusCode::kAborted);
}

TEST_P(StoreConformance, UnknownPaymentsAreNotFound) {
  Create(NewPayment("acme", "a"));
  const StoredPayment none{NewPayment("acme", "none").record, {}, 0};
  const auto commit = call().CommitPayment(ChangedPayment(none, v1::PAYMENT_STATE_DECLINED));
  EXPECT_EQ(commit.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(call().SaveSchedule("acme", "payments/none", 1, {}).code(),
            absl::StatusCode::kNotFound);
  const auto read = call().GetPayment("acme", "payments/none");
  EXPECT_EQ(read.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(read.status().message()), HasSubstr("payments/none"));
}

TEST_P(StoreConformance, AnotherTenantSeesNoPayment) {
  const StoredPayment created = Create(NewPayment("acme", "a"));
  Create(NewPayment("other", "b"));
  EXPECT_EQ(call().GetPayment("other", "payments/a").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(call().GetPaymentByRequestId("other", "request-of-a").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(call().SaveSchedule("other", "payments/a", 1, {}).code(), absl::StatusCode::kNotFound);
  PaymentWrite foreign = ChangedPayment(created, v1::PAYMENT_STATE_DECLINED);
  foreign.record.set_tenant("other");
  EXPECT_EQ(call().CommitPayment(std::move(foreign)).status().code(), absl::StatusCode::kNotFound);
  const auto list = call().ListPayments("other", {});
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->items.size(), 1);
  EXPECT_EQ(list->items[0].name(), "payments/b");
}

TEST_P(StoreConformance, TenantsMayUseTheSameNamesAndRequestIds) {
  Create(NewPayment("acme", "a"));
  Create(NewPayment("other", "a"));
}

TEST_P(StoreConformance, RecordsThatBreakTheContractAreRefused) {
  PaymentWrite no_tenant = NewPayment("", "a");
  EXPECT_EQ(call().CreatePayment(std::move(no_tenant)).status().code(),
            absl::StatusCode::kInvalidArgument);
  PaymentWrite unpaired = NewPayment("acme", "a");
  unpaired.record.clear_operations();
  EXPECT_EQ(call().CreatePayment(std::move(unpaired)).status().code(),
            absl::StatusCode::kInvalidArgument);
  PaymentWrite no_account = NewPayment("acme", "a");
  no_account.record.mutable_payment()->clear_account();
  EXPECT_EQ(call().CommitPayment(std::move(no_account)).status().code(),
            absl::StatusCode::kInvalidArgument);
  CardWrite no_name = NewCard("acme", "a");
  no_name.record.mutable_card()->clear_name();
  EXPECT_EQ(call().CreateCard(std::move(no_name)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// -- Schedules -------------------------------------------------------------------

TEST_P(StoreConformance, SaveScheduleMakesNoEventAndNoSequence) {
  const StoredPayment created = Create(NewPayment("acme", "a"));
  ASSERT_TRUE(call().SaveSchedule("acme", "payments/a", 1, DueAt(TestTime(9), 3)).ok());
  const auto read = call().GetPayment("acme", "payments/a");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->record.payment().sequence(), 1);
  EXPECT_EQ(read->record.payment().etag(), created.record.payment().etag());
  EXPECT_EQ(read->revision, 1);
  EXPECT_THAT(read->schedule, EqualsProto(DueAt(TestTime(9), 3)));
  EXPECT_EQ(read->record.payment().operations(0).checks_done(), 3);
  EXPECT_THAT(read->record.payment().operations(0).next_check_time(),
              EqualsProto(ToTimestamp(TestTime(9))));
  const auto events = call().ReadEvents("acme", 0, 10);
  ASSERT_TRUE(events.ok());
  EXPECT_EQ(events->events.size(), 1);
}

TEST_P(StoreConformance, ScheduleWithoutDueTimeShowsNoNextCheck) {
  PaymentWrite write = NewPayment("acme", "a");
  write.schedule = DueAt(TestTime(5), 1);
  Create(std::move(write));
  ASSERT_TRUE(call().SaveSchedule("acme", "payments/a", 1, {}).ok());
  const auto read = call().GetPayment("acme", "payments/a");
  ASSERT_TRUE(read.ok());
  EXPECT_FALSE(read->record.payment().operations(0).has_next_check_time());
  EXPECT_EQ(read->record.payment().operations(0).checks_done(), 0);
}

TEST_P(StoreConformance, SaveScheduleOfAnOldSequenceIsAborted) {
  const StoredPayment created = Create(NewPayment("acme", "a"));
  ASSERT_TRUE(call().CommitPayment(ChangedPayment(created, v1::PAYMENT_STATE_UNKNOWN)).ok());
  EXPECT_EQ(call().SaveSchedule("acme", "payments/a", 1, DueAt(TestTime(1))).code(),
            absl::StatusCode::kAborted);
  const auto due = call().ListDuePayments(TestTime(100), 10);
  ASSERT_TRUE(due.ok());
  EXPECT_TRUE(due->empty());
}

// -- Numbers ---------------------------------------------------------------------

TEST_P(StoreConformance, OperationsGetNumbersOfTheirAccount) {
  const StoredPayment a = Create(NewPayment("acme", "a"));
  const StoredPayment b = Create(NewPayment("acme", "b"));
  PaymentWrite elsewhere = NewPayment("acme", "c");
  elsewhere.record.mutable_payment()->set_account("accounts/other");
  const StoredPayment c = Create(std::move(elsewhere));
  EXPECT_EQ(a.record.operations(0).number(), 1);
  EXPECT_EQ(b.record.operations(0).number(), 2);
  EXPECT_EQ(c.record.operations(0).number(), 1);

  PaymentWrite capture = ChangedPayment(a, v1::PAYMENT_STATE_PROCESSING);
  AddOperation(v1::OPERATION_KIND_CAPTURE, &capture);
  const auto captured = call().CommitPayment(std::move(capture));
  ASSERT_TRUE(captured.ok()) << captured.status();
  EXPECT_EQ(captured->record.operations(0).number(), 1);
  EXPECT_EQ(captured->record.operations(1).number(), 3);
}

TEST_P(StoreConformance, NumbersAreNotGivenOutAgainAfterARestart) {
  Create(NewPayment("acme", "a"));
  Reopen();
  EXPECT_EQ(Create(NewPayment("acme", "b")).record.operations(0).number(), 2);
}

TEST_P(StoreConformance, ARefusedCommitTakesNoNumber) {
  const StoredPayment a = Create(NewPayment("acme", "a"));
  PaymentWrite late = ChangedPayment(a, v1::PAYMENT_STATE_PROCESSING);
  late.record.mutable_payment()->set_sequence(9);
  AddOperation(v1::OPERATION_KIND_CAPTURE, &late);
  EXPECT_EQ(call().CommitPayment(std::move(late)).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Create(NewPayment("acme", "b")).record.operations(0).number(), 2);
}

PaymentWrite Numbered(const std::string& name, NumberRange range) {
  PaymentWrite write = NewPayment("acme", name);
  write.numbers = std::move(range);
  return write;
}

int64_t NumberOf(const StoredPayment& stored) { return stored.record.operations(0).number(); }

TEST_P(StoreConformance, NumbersAreWithinTheirRange) {
  const NumberRange range = {.first = 100'000, .last = 100'001};
  EXPECT_EQ(NumberOf(Create(Numbered("a", range))), 100'000);
  Reopen();
  EXPECT_EQ(NumberOf(Create(Numbered("b", range))), 100'001);
}

TEST_P(StoreConformance, AtTheEndOfTheirRangeNoneIsGivenOut) {
  const NumberRange range = {.first = 1, .last = 1};
  Create(Numbered("a", range));
  const auto refused = call().CreatePayment(Numbered("b", range), {});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kOutOfRange) << refused.status();
  // Nothing of it is there: neither the payment nor its request_id.
  EXPECT_TRUE(absl::IsNotFound(call().GetPayment("acme", "payments/b").status()));
  EXPECT_EQ(NumberOf(Create(Numbered("b", {.first = 1, .last = 2}))), 2);
}

TEST_P(StoreConformance, OnlyWhatIsAboutToBeSentTakesANumber) {
  const StoredPayment a = Create(NewPayment("acme", "a"));
  PaymentWrite capture = ChangedPayment(a, v1::PAYMENT_STATE_PROCESSING);
  AddOperation(v1::OPERATION_KIND_CAPTURE, &capture);
  v1::Operation* operation = capture.record.mutable_payment()->mutable_operations(1);
  operation->set_dispatch(v1::OPERATION_DISPATCH_NOT_SENT);
  operation->set_result(v1::OPERATION_RESULT_NOT_DONE);
  const auto waiting = call().CommitPayment(std::move(capture));
  ASSERT_TRUE(waiting.ok()) << waiting.status();
  EXPECT_EQ(waiting->record.operations(1).number(), 0);

  PaymentWrite again = ChangedPayment(*waiting, v1::PAYMENT_STATE_PROCESSING);
  operation = again.record.mutable_payment()->mutable_operations(1);
  operation->set_dispatch(v1::OPERATION_DISPATCH_SENT);
  operation->set_result(v1::OPERATION_RESULT_PENDING);
  const auto sent = call().CommitPayment(std::move(again));
  ASSERT_TRUE(sent.ok()) << sent.status();
  EXPECT_EQ(sent->record.operations(1).number(), 2);

  PaymentWrite release = ChangedPayment(*sent, v1::PAYMENT_STATE_PROCESSING);
  AddOperation(v1::OPERATION_KIND_CANCEL, &release);
  release.numbers = std::nullopt;  // As of an account that is not configured.
  const auto released = call().CommitPayment(std::move(release));
  ASSERT_TRUE(released.ok()) << released.status();
  EXPECT_EQ(released->record.operations(2).number(), 0);
}

TEST_P(StoreConformance, ARangeThatMayStartsAgain) {
  const NumberRange range = {.first = 7, .last = 8, .at_end = NumberRange::AtEnd::kStartAgain};
  EXPECT_EQ(NumberOf(Create(Numbered("a", range))), 7);
  EXPECT_EQ(NumberOf(Create(Numbered("b", range))), 8);
  EXPECT_EQ(NumberOf(Create(Numbered("c", range))), 7);
}

TEST_P(StoreConformance, ARangeThatBeginsLaterSkipsAndNeverGoesBack) {
  Create(Numbered("a", {}));
  EXPECT_EQ(NumberOf(Create(Numbered("b", {.first = 500}))), 500);
  EXPECT_EQ(NumberOf(Create(Numbered("c", {}))), 501);
}

TEST_P(StoreConformance, ASequenceIsSharedByAccountsAndTenants) {
  const NumberRange shared = {.sequence = "epay/terminal-1"};
  EXPECT_EQ(NumberOf(Create(Numbered("a", shared))), 1);
  PaymentWrite elsewhere = NewPayment("other", "b");
  elsewhere.record.mutable_payment()->set_account("accounts/other");
  elsewhere.numbers = shared;
  EXPECT_EQ(NumberOf(Create(std::move(elsewhere))), 2);
  EXPECT_EQ(NumberOf(Create(Numbered("c", {}))), 1);
}

// -- References --------------------------------------------------------------------

PaymentWrite WithReference(PaymentWrite write, const std::string& key, const std::string& value) {
  (*write.record.mutable_payment()->mutable_provider_references())[key] = value;
  return write;
}

TEST_P(StoreConformance, AReferenceBelongsToOnePayment) {
  const StoredPayment a = Create(NewPayment("acme", "a"));
  const StoredPayment b = Create(NewPayment("acme", "b"));
  const auto first = call().CommitPayment(
      WithReference(ChangedPayment(a, v1::PAYMENT_STATE_AUTHORIZED), "hold_id", "77"));
  ASSERT_TRUE(first.ok()) << first.status();
  // Its owner may keep it.
  const auto kept = call().CommitPayment(ChangedPayment(*first, v1::PAYMENT_STATE_SUCCEEDED));
  ASSERT_TRUE(kept.ok()) << kept.status();

  const auto second = call().CommitPayment(
      WithReference(ChangedPayment(b, v1::PAYMENT_STATE_AUTHORIZED), "hold_id", "77"));
  EXPECT_EQ(second.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("payments/a"));
  const auto read = call().GetPayment("acme", "payments/b");
  ASSERT_TRUE(read.ok());
  EXPECT_THAT(read->record, EqualsProto(b.record));
  EXPECT_EQ(read->revision, 4);

  PaymentWrite created = WithReference(NewPayment("acme", "c"), "hold_id", "77");
  EXPECT_EQ(call().CreatePayment(std::move(created)).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(call().GetPaymentByRequestId("acme", "request-of-c").status().code(),
            absl::StatusCode::kNotFound);
}

TEST_P(StoreConformance, OtherKeysAccountsAndTenantsMayHaveTheSameReference) {
  Create(WithReference(NewPayment("acme", "a"), "hold_id", "77"));
  Create(WithReference(NewPayment("acme", "b"), "capture_id", "77"));
  PaymentWrite account = WithReference(NewPayment("acme", "c"), "hold_id", "77");
  account.record.mutable_payment()->set_account("accounts/other");
  Create(std::move(account));
  Create(WithReference(NewPayment("other", "d"), "hold_id", "77"));
}

TEST_P(StoreConformance, EmptyReferencesBelongToNobody) {
  Create(WithReference(NewPayment("acme", "a"), "hold_id", ""));
  Create(WithReference(NewPayment("acme", "b"), "hold_id", ""));
}

TEST_P(StoreConformance, AReferenceStaysOwnedWhenItIsReplaced) {
  const StoredPayment a = Create(WithReference(NewPayment("acme", "a"), "capture_id", "1"));
  ASSERT_TRUE(call()
                  .CommitPayment(WithReference(ChangedPayment(a, v1::PAYMENT_STATE_UNKNOWN),
                                               "capture_id", "2"))
                  .ok());
  for (const char* value : {"1", "2"}) {
    EXPECT_EQ(call()
                  .CreatePayment(WithReference(NewPayment("acme", "b"), "capture_id", value))
                  .status()
                  .code(),
              absl::StatusCode::kAlreadyExists);
  }
}

}  // namespace
}  // namespace payments
