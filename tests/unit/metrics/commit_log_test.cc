#include "server/metrics/commit_log.h"

#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/metrics/recording_logger.h"

namespace payments {
namespace {

using testing::ElementsAre;

CommittedEvent PaymentEvent() {
  v1::Event event;
  event.set_revision(12);
  event.set_resource("payments/1");
  event.set_sequence(3);
  event.set_previous_payment_state(v1::PAYMENT_STATE_PROCESSING);
  event.mutable_cause()->set_kind(v1::CAUSE_KIND_CALLBACK);
  event.mutable_cause()->set_id("callbacks/7");
  event.mutable_cause()->set_detail("held");
  v1::Payment& payment = *event.mutable_payment();
  payment.set_name("payments/1");
  payment.set_request_id("order-1");
  payment.set_account("accounts/shop");
  payment.set_state(v1::PAYMENT_STATE_AUTHORIZED);
  return {"default", std::make_shared<const v1::Event>(event)};
}

TEST(CommitLogTest, SaysWhatBecameOfAPayment) {
  RecordingLogger logger;
  CommitLog(&logger).OnCommitted({PaymentEvent()});
  EXPECT_THAT(logger.lines(),
              ElementsAre("info payment_changed payment=payments/1 request_id=order-1 "
                          "tenant=default account=accounts/shop state=authorized "
                          "previous=processing cause=callback cause_id=callbacks/7 detail=held "
                          "needs_review=false sequence=3 revision=12"));
}

TEST(CommitLogTest, WarnsOfWhatAPersonMustSee) {
  CommittedEvent committed = PaymentEvent();
  v1::Event event = *committed.event;
  event.mutable_payment()->set_needs_review(true);
  committed.event = std::make_shared<const v1::Event>(event);
  RecordingLogger logger;
  CommitLog(&logger).OnCommitted({committed});
  ASSERT_EQ(logger.lines().size(), 1);
  EXPECT_THAT(logger.lines()[0], testing::StartsWith("warning payment_changed "));
  EXPECT_THAT(logger.lines()[0], testing::HasSubstr(" needs_review=true "));
}

TEST(CommitLogTest, SaysWhatBecameOfACard) {
  v1::Event event;
  event.set_revision(1);
  event.set_sequence(1);
  event.mutable_cause()->set_kind(v1::CAUSE_KIND_RPC);
  event.mutable_cause()->set_id("card-1");
  event.mutable_card()->set_name("cards/1");
  event.mutable_card()->set_request_id("card-1");
  event.mutable_card()->set_account("accounts/shop");
  event.mutable_card()->set_state(v1::CARD_STATE_PENDING_CONFIRMATION);
  RecordingLogger logger;
  CommitLog(&logger).OnCommitted({{"default", std::make_shared<const v1::Event>(event)}});
  EXPECT_THAT(logger.lines(),
              ElementsAre("info card_changed card=cards/1 request_id=card-1 tenant=default "
                          "account=accounts/shop state=pending_confirmation previous=none "
                          "cause=rpc cause_id=card-1 detail= sequence=1 revision=1"));
}

TEST(CommitLogTest, WritesALineForEachEvent) {
  RecordingLogger logger;
  CommitLog(&logger).OnCommitted({PaymentEvent(), PaymentEvent(), PaymentEvent()});
  EXPECT_EQ(logger.lines().size(), 3);
}

}  // namespace
}  // namespace payments
