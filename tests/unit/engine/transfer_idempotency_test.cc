#include "absl/functional/function_ref.h"
#include "tests/unit/engine/transfer_fixture.h"

namespace payments {
namespace {

// API.md, "Idempotency", where requests have card data.
class TransferIdempotencyTest : public TransferTest {
 protected:
  // What a request that differs so from TransferRequest() is refused with.
  std::string Differing(absl::FunctionRef<void(v1::CreatePaymentRequest&, PaymentCards&)> change) {
    v1::CreatePaymentRequest request = TransferRequest();
    PaymentCards cards = Cards();
    change(request, cards);
    const CreateCall call = Transfer(request, std::move(cards));
    EXPECT_THAT(call.status(), IsError(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED"));
    return Metadata(call.status(), "differing_fields");
  }
};

TEST_F(TransferIdempotencyTest, AFinishedOneIsReplayed) {
  const std::string name = AnsweredTransfer("ok");
  const CreateCall again = Transfer(TransferRequest());
  EXPECT_TRUE(again.value().replayed());
  EXPECT_EQ(again.value().payment().name(), name);
  EXPECT_EQ(http_.Count("transfer"), 1);
}

TEST_F(TransferIdempotencyTest, ARunningOneIsAttachedTo) {
  const CreateCall first = Transfer(TransferRequest());
  const CreateCall second = Transfer(TransferRequest());
  http_.Answer("transfer", "action md=md-1");
  Settle();
  EXPECT_EQ(StateName(first.value().payment().state()), "ACTION_REQUIRED");
  EXPECT_TRUE(second.value().replayed());
  EXPECT_TRUE(second.value().payment().has_next_action());
  EXPECT_EQ(http_.Count("transfer"), 1);
}

TEST_F(TransferIdempotencyTest, OneOfAnEarlierProcessIsNotSentAgain) {
  SentTransfer();
  Crash();
  Restart();
  const CreateCall again = Transfer(TransferRequest());
  RunFor(absl::Seconds(45));
  EXPECT_EQ(StateName(again.value().payment().state()), "UNKNOWN");
  EXPECT_EQ(http_.Count("transfer"), 1);
}

TEST_F(TransferIdempotencyTest, ADifferentRequestIsRefusedByFieldPath) {
  AnsweredTransfer("ok");
  using Request = v1::CreatePaymentRequest;
  EXPECT_EQ(
      Differing([](Request&, PaymentCards& c) { c.source->number = Secret("4400430000000009"); }),
      "source.card_data.number");
  EXPECT_EQ(Differing([](Request&, PaymentCards& c) { c.source->expiry_month = 11; }),
            "source.card_data.expiry.month");
  EXPECT_EQ(Differing([](Request&, PaymentCards& c) { c.source->expiry_year = 2031; }),
            "source.card_data.expiry.year");
  EXPECT_EQ(Differing([](Request&, PaymentCards& c) { c.source->holder_name = "X"; }),
            "source.card_data.holder_name");
  EXPECT_EQ(Differing([](Request&, PaymentCards& c) {
              c.destination_number = Secret("4400430000000009");
            }),
            "destination.card_number.number");
  EXPECT_EQ(Differing([](Request& r, PaymentCards&) { r.set_return_url("https://x.test/"); }),
            "return_url");
  EXPECT_EQ(Differing([](Request& r, PaymentCards&) { r.clear_failure_return_url(); }),
            "failure_return_url");
  EXPECT_EQ(Differing([](Request& r, PaymentCards&) { r.mutable_payer()->set_email("a@b"); }),
            "payer.email");
  EXPECT_EQ(http_.Count("transfer"), 1);
}

TEST_F(TransferIdempotencyTest, TheNewFieldsAreComparedToo) {
  v1::CreatePaymentRequest request = TransferRequest();
  request.set_merchant_customer_id("c1");
  Transfer(request);
  http_.Answer("transfer", "ok");
  Settle();
  request.set_save_source(true);
  request.set_save_destination(true);
  request.set_challenge_return_url("https://shop.test/3ds");
  request.mutable_payer()->set_ip_address("192.0.2.1");
  request.mutable_payer()->set_phone("77010000000");
  request.mutable_payer()->set_address("Street 1");
  request.mutable_receiver()->set_first_name("A");
  request.mutable_receiver()->set_last_name("B");
  request.mutable_receiver()->set_country_code("UZ");
  EXPECT_EQ(Metadata(Transfer(request).status(), "differing_fields"),
            "challenge_return_url,payer.address,payer.ip_address,payer.phone,"
            "receiver.country_code,receiver.first_name,receiver.last_name,save_destination,"
            "save_source");
}

TEST_F(TransferIdempotencyTest, ASavedCardInPlaceOfCardDataIsDifferent) {
  AnsweredTransfer("ok");
  const CreateCall call = Transfer(FromSavedCard(), PayeeOnly());
  EXPECT_EQ(Metadata(call.status(), "differing_fields"),
            "source.card,source.card_data.expiry.month,source.card_data.expiry.year,"
            "source.card_data.holder_name,source.card_data.number");
}

// It is not remembered in any form.
TEST_F(TransferIdempotencyTest, TheCvcIsNeverCompared) {
  const std::string name = AnsweredTransfer("ok");
  PaymentCards cards = Cards();
  cards.source->cvc = Secret("000");
  const CreateCall again = Transfer(TransferRequest(), std::move(cards));
  EXPECT_TRUE(again.value().replayed());
  EXPECT_EQ(again.value().payment().name(), name);
}

TEST_F(TransferIdempotencyTest, AfterFailedTheSameIdIsSentWithItsCardData) {
  const std::string failed = AnsweredTransfer(ScriptedHttp::kRefused);
  const CreateCall again = Transfer(TransferRequest());
  EXPECT_EQ(http_.Last("transfer").Field("from"), kPan);
  EXPECT_EQ(http_.Last("transfer").Field("cvc"), kCvc);
  http_.Answer("transfer", "ok");
  Settle();
  EXPECT_EQ(again.value().payment().retry_of(), failed);
  EXPECT_EQ(StateName(again.value().payment().state()), "SUCCEEDED");
}

TEST_F(TransferIdempotencyTest, AfterRefusedCredentialsTheSameIdRunsAgain) {
  const std::string failed = AnsweredTransfer("not_sent category=14");
  const CreateCall again = Transfer(TransferRequest());
  http_.Answer("transfer", "ok");
  Settle();
  EXPECT_EQ(again.value().payment().retry_of(), failed);
}

TEST_F(TransferIdempotencyTest, ATombstoneRefusesALateOriginal) {
  EXPECT_TRUE(CancelRequestId("r1").value().tombstoned());
  EXPECT_THAT(Transfer(TransferRequest()).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "REQUEST_ID_CANCELED"));
  EXPECT_TRUE(http_.sent().empty());
}

}  // namespace
}  // namespace payments
