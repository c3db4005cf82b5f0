#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "server/base/error.h"
#include "server/service/read_responses.h"
#include "server/service/request_secrets.h"
#include "tests/unit/service/service_fixture.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kPan[] = "4111111111111111";
constexpr char kCvc[] = "987";

v1::RegisterCardRequest GoodCard() {
  v1::RegisterCardRequest request;
  request.set_request_id("r-1");
  request.mutable_card()->set_number(kPan);
  request.mutable_card()->set_cvc(kCvc);
  request.mutable_card()->mutable_expiry()->set_month(12);
  request.mutable_card()->mutable_expiry()->set_year(2099);
  request.mutable_card()->set_holder_name("A CARDHOLDER");
  return request;
}

v1::CreatePaymentRequest GoodPayment(const std::string& request_id = "p-1") {
  v1::CreatePaymentRequest request;
  request.set_request_id(request_id);
  request.mutable_source()->set_card("cards/01abc");
  request.mutable_destination()->mutable_merchant()->set_payer_account("998");
  request.mutable_amount()->set_currency_code("UZS");
  request.mutable_amount()->set_amount_minor(150000);
  request.set_capture_mode(v1::CAPTURE_MODE_MANUAL);
  return request;
}

class UnaryTest : public ServiceFixture {
 protected:
  // Calls one rpc; `response` may be looked at afterwards.
  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (v1::PaymentsService::Stub::*rpc)(grpc::ClientContext*,
                                                                   const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    return (stub_.get()->*rpc)(&context, request, response);
  }
  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (v1::PaymentsService::Stub::*rpc)(grpc::ClientContext*,
                                                                   const Request&, Response*),
                    const Request& request) {
    Response response;
    return Call(rpc, request, &response);
  }
};

using Stub = v1::PaymentsService::Stub;

// -- What the engine answers -----------------------------------------------------------

TEST_F(UnaryTest, CardDataReachesTheEngineAsSecretsOnly) {
  StartServer();
  v1::RegisterCardResponse response;
  ASSERT_TRUE(Call(&Stub::RegisterCard, GoodCard(), &response).ok());
  EXPECT_EQ(response.card().name(), "cards/r-1");
  ASSERT_EQ(engine_.calls().size(), 1U);
  const FakeEngine::Call call = engine_.calls().front();
  EXPECT_EQ(call.caller.principal, "dev");
  EXPECT_EQ(call.caller.tenant, kDevTenant);
  EXPECT_EQ(call.card.number.Reveal(), kPan);
  EXPECT_EQ(call.card.cvc.Reveal(), kCvc);
  EXPECT_EQ(call.card.expiry_month, 12);
  EXPECT_EQ(call.card.expiry_year, 2099);
  EXPECT_EQ(call.card.holder_name, "A CARDHOLDER");
  EXPECT_EQ(call.request, "request_id: \"r-1\"\ncard {\n}\n");  // Nothing of it is left.
}

TEST_F(UnaryTest, TakingTheCardWipesTheRequest) {
  v1::RegisterCardRequest request = GoodCard();
  const CardSecrets card = TakeSecrets(&request);
  EXPECT_EQ(card.number.Reveal(), kPan);
  EXPECT_EQ(request.card().ByteSizeLong(), 0U);
  EXPECT_TRUE(TakeSecrets(&request).number.empty());
}

TEST_F(UnaryTest, ARefusedCardIsNotRepeatedAnywhere) {
  StartServer();
  v1::RegisterCardRequest request = GoodCard();
  request.mutable_card()->set_number(std::string(kPan) + "-");
  request.mutable_card()->set_cvc(std::string(kCvc) + "77");
  const grpc::Status status = Call(&Stub::RegisterCard, request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(FieldsOf(status), ElementsAre("card.number", "card.cvc"));
  for (const std::string& text : {status.error_message(), status.error_details(), log_.text()}) {
    EXPECT_THAT(text, Not(HasSubstr(kPan)));
    EXPECT_THAT(text, Not(HasSubstr(kCvc)));
  }
  EXPECT_TRUE(engine_.calls().empty());
}

TEST_F(UnaryTest, AMissingCardIsNamed) {
  StartServer();
  v1::RegisterCardRequest request;
  request.set_request_id("r-1");
  EXPECT_THAT(FieldsOf(Call(&Stub::RegisterCard, request)), ElementsAre("card"));
}

TEST_F(UnaryTest, EveryEngineRpcReachesItsMethod) {
  StartServer();
  v1::CreatePaymentResponse created;
  ASSERT_TRUE(Call(&Stub::CreatePayment, GoodPayment(), &created).ok());
  EXPECT_EQ(created.payment().name(), "payments/p-1");
  v1::CapturePaymentRequest capture;
  capture.set_name("payments/a");
  v1::CapturePaymentResponse captured;
  ASSERT_TRUE(Call(&Stub::CapturePayment, capture, &captured).ok());
  EXPECT_EQ(captured.payment().name(), "payments/a");
  v1::CancelPaymentRequest cancel;
  cancel.set_create_request_id("p-9");
  v1::CancelPaymentResponse canceled;
  ASSERT_TRUE(Call(&Stub::CancelPayment, cancel, &canceled).ok());
  EXPECT_TRUE(canceled.tombstoned());
  v1::CheckPaymentRequest check;
  check.set_name("payments/a");
  v1::CheckPaymentResponse checked;
  ASSERT_TRUE(Call(&Stub::CheckPayment, check, &checked).ok());
  v1::DeleteCardRequest remove;
  remove.set_name("cards/a");
  v1::DeleteCardResponse removed;
  ASSERT_TRUE(Call(&Stub::DeleteCard, remove, &removed).ok());
  EXPECT_EQ(removed.card().name(), "cards/a");
  std::vector<std::string> methods;
  for (const FakeEngine::Call& call : engine_.calls()) methods.push_back(call.method);
  EXPECT_THAT(methods, ElementsAre("CreatePayment", "CapturePayment", "CancelPayment",
                                   "CheckPayment", "DeleteCard"));
}

TEST_F(UnaryTest, EveryRpcValidates) {
  StartServer();
  EXPECT_THAT(FieldsOf(Call(&Stub::CreatePayment, v1::CreatePaymentRequest())),
              testing::Contains("amount.amount_minor"));
  EXPECT_THAT(FieldsOf(Call(&Stub::CapturePayment, v1::CapturePaymentRequest())),
              ElementsAre("name"));
  EXPECT_THAT(FieldsOf(Call(&Stub::CancelPayment, v1::CancelPaymentRequest())), ElementsAre("key"));
  EXPECT_THAT(FieldsOf(Call(&Stub::CheckPayment, v1::CheckPaymentRequest())), ElementsAre("name"));
  EXPECT_THAT(FieldsOf(Call(&Stub::DeleteCard, v1::DeleteCardRequest())), ElementsAre("name"));
  EXPECT_THAT(FieldsOf(Call(&Stub::GetCard, v1::GetCardRequest())), ElementsAre("name"));
  EXPECT_THAT(FieldsOf(Call(&Stub::GetPayment, v1::GetPaymentRequest())), ElementsAre("key"));
  v1::ListCardsRequest cards;
  cards.set_page_size(-1);
  EXPECT_THAT(FieldsOf(Call(&Stub::ListCards, cards)), ElementsAre("page_size"));
  v1::ListPaymentsRequest payments;
  payments.set_page_size(1001);
  EXPECT_THAT(FieldsOf(Call(&Stub::ListPayments, payments)), ElementsAre("page_size"));
  EXPECT_TRUE(engine_.calls().empty());
}

TEST_F(UnaryTest, TheDeadlineIsTheCallersLessAMarginOrTheDefault) {
  StartServer({.service = {.call_timeout_default = absl::Seconds(40)}});
  const absl::Time began = executor_.Now();  // Stands still.
  for (const absl::Duration timeout :
       {absl::InfiniteDuration(), absl::Hours(1), absl::Seconds(20)}) {
    grpc::ClientContext context;
    if (timeout != absl::InfiniteDuration()) {
      context.set_deadline(absl::ToChronoTime(began + timeout));
    }
    v1::CreatePaymentResponse response;
    ASSERT_TRUE(stub_->CreatePayment(&context, GoodPayment(), &response).ok());
  }
  const std::vector<FakeEngine::Call> calls = engine_.calls();
  EXPECT_EQ(calls[0].deadline, began + absl::Seconds(40));
  EXPECT_EQ(calls[1].deadline, began + absl::Seconds(40));
  // The deadline travels as a rounded time left, so it is not exact.
  EXPECT_GT(calls[2].deadline, began + absl::Seconds(10));
  EXPECT_LT(calls[2].deadline, began + absl::Seconds(20));
}

TEST_F(UnaryTest, ErrorsOfOursArriveWithAllDetails) {
  StartServer();
  engine_.FailWith(WithRetryDelay(
      MakeError(absl::StatusCode::kUnavailable, v1::ERROR_REASON_PROVIDER_UNAVAILABLE,
                "not reached", {{"payment", "payments/a"}, {"provider_called", "false"}}),
      absl::Milliseconds(1500)));
  const grpc::Status status = Call(&Stub::CreatePayment, GoodPayment());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "not reached");
  const ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.info.domain(), "payments.v1");
  EXPECT_EQ(details.info.reason(), "PROVIDER_UNAVAILABLE");
  EXPECT_EQ(details.info.metadata().at("payment"), "payments/a");
  EXPECT_EQ(details.retry.retry_delay().seconds(), 1);
  EXPECT_EQ(details.retry.retry_delay().nanos(), 500'000'000);
}

TEST_F(UnaryTest, ADefectIsInternalAndItsTextIsInTheLogOnly) {
  StartServer();
  engine_.FailWith(absl::FailedPreconditionError("a detail of ours"));
  const grpc::Status status = Call(&Stub::CreatePayment, GoodPayment());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  const ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.info.reason(), "INTERNAL");
  EXPECT_THAT(status.error_message(), Not(HasSubstr("a detail of ours")));
  EXPECT_THAT(log_.text(), HasSubstr("a detail of ours"));
  EXPECT_THAT(log_.text(), HasSubstr("incident=" + details.info.metadata().at("incident")));
}

TEST_F(UnaryTest, MoreCallsThanTheLimitAreRefused) {
  StartServer({.service = {.calls_in_flight_max = 2}});
  engine_.Hold();
  std::vector<std::thread> callers;
  for (const std::string id : {"p-1", "p-2"}) {
    callers.emplace_back(
        [this, id] { EXPECT_TRUE(Call(&Stub::CreatePayment, GoodPayment(id)).ok()); });
  }
  while (engine_.calls().size() != 2) std::this_thread::yield();
  const grpc::Status refused = Call(&Stub::CreatePayment, GoodPayment("p-3"));
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(DetailsOf(refused).info.reason(), "RATE_LIMITED");
  EXPECT_TRUE(DetailsOf(refused).has_retry);
  engine_.Release();
  for (std::thread& caller : callers) caller.join();
  while (service_->calls_in_flight() != 0) std::this_thread::yield();
  EXPECT_TRUE(Call(&Stub::CreatePayment, GoodPayment("p-4")).ok());
}

TEST_F(UnaryTest, ACallerThatGoesAwayIsStillCountedUntilTheEngineAnswers) {
  StartServer();
  engine_.Hold();
  grpc::ClientContext context;
  std::thread caller([&] {
    v1::CreatePaymentResponse response;
    EXPECT_EQ(stub_->CreatePayment(&context, GoodPayment(), &response).error_code(),
              grpc::StatusCode::CANCELLED);
  });
  while (engine_.calls().empty()) std::this_thread::yield();
  context.TryCancel();
  caller.join();
  EXPECT_EQ(service_->calls_in_flight(), 1);
  engine_.Release();
  while (service_->calls_in_flight() != 0) std::this_thread::yield();
}

// An executor that has stopped drops what is posted; no call may wait for ever.
TEST_F(UnaryTest, AStoppedExecutorMeansDraining) {
  StartServer();
  executor_.Stop();
  const grpc::Status status = Call(&Stub::CreatePayment, GoodPayment());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailsOf(status).info.reason(), "DRAINING");
}

// -- Credentials -------------------------------------------------------------------------

TEST_F(UnaryTest, WithoutCredentialsNothingIsAnswered) {
  StartServer(
      {.principals = {{"shop", kDevTenant,
                       // SHA-256 of "key-one".
                       "9b346041bc9a49574eb2665b2ad2a0a3f9f9cce4e42f5d1f26deb8a256b5966a"}}});
  const grpc::Status none = Call(&Stub::ListProviders, v1::ListProvidersRequest());
  EXPECT_EQ(none.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(DetailsOf(none).info.reason(), "CREDENTIALS");
  // Before anything is said about the request.
  EXPECT_EQ(Call(&Stub::CreatePayment, v1::CreatePaymentRequest()).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Call(&Stub::RegisterCard, v1::RegisterCardRequest()).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer key-one");
  v1::CreatePaymentResponse response;
  EXPECT_TRUE(stub_->CreatePayment(&context, GoodPayment(), &response).ok());
  EXPECT_EQ(engine_.calls().front().caller.principal, "shop");
}

// -- What the store answers ----------------------------------------------------------------

TEST_F(UnaryTest, GetsByNameAndByRequestId) {
  StartServer();
  CommitPayment("payments/a", v1::PAYMENT_STATE_AUTHORIZED);
  CommitCard("cards/c", v1::CARD_STATE_ACTIVE);
  v1::GetPaymentRequest request;
  request.set_name("payments/a");
  v1::GetPaymentResponse response;
  ASSERT_TRUE(Call(&Stub::GetPayment, request, &response).ok());
  EXPECT_EQ(response.payment().state(), v1::PAYMENT_STATE_AUTHORIZED);
  EXPECT_EQ(response.cursor(), cursors_.Encode(kDevTenant, 2));
  v1::GetCardRequest card;
  card.set_name("cards/c");
  v1::GetCardResponse found;
  ASSERT_TRUE(Call(&Stub::GetCard, card, &found).ok());
  EXPECT_EQ(found.card().state(), v1::CARD_STATE_ACTIVE);
  EXPECT_EQ(found.cursor(), cursors_.Encode(kDevTenant, 2));
}

TEST_F(UnaryTest, WhatIsNotTheCallersIsNotFound) {
  StartServer();
  CommitPayment("payments/theirs", v1::PAYMENT_STATE_PROCESSING, "other");
  CommitCard("cards/theirs", v1::CARD_STATE_ACTIVE, "other");
  v1::GetPaymentRequest payment;
  payment.set_name("payments/theirs");
  const grpc::Status status = Call(&Stub::GetPayment, payment);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(DetailsOf(status).info.reason(), "PAYMENT_NOT_FOUND");
  payment.set_request_id("never");
  EXPECT_EQ(DetailsOf(Call(&Stub::GetPayment, payment)).info.reason(), "PAYMENT_NOT_FOUND");
  v1::GetCardRequest card;
  card.set_name("cards/theirs");
  EXPECT_EQ(DetailsOf(Call(&Stub::GetCard, card)).info.reason(), "CARD_NOT_FOUND");
}

TEST_F(UnaryTest, AStoreThatFailsIsUnavailable) {
  store_.SetFaults([] { return MemoryStore::Fault::kFailBefore; });
  StartServer();
  v1::GetPaymentRequest request;
  request.set_name("payments/a");
  for (const grpc::Status& status :
       {Call(&Stub::GetPayment, request), Call(&Stub::ListPayments, v1::ListPaymentsRequest()),
        Call(&Stub::ListCards, v1::ListCardsRequest())}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(DetailsOf(status).info.reason(), "STORE_UNAVAILABLE");
    EXPECT_TRUE(DetailsOf(status).has_retry);
  }
}

TEST_F(UnaryTest, ListsInPagesNewestFirst) {
  StartServer();
  for (int i = 0; i < 7; ++i) {
    CommitPayment(absl::StrCat("payments/", i), v1::PAYMENT_STATE_PROCESSING);
    executor_.Advance(absl::Milliseconds(1));
  }
  v1::ListPaymentsRequest request;
  request.set_page_size(3);
  std::string names;
  for (int page = 0; page < 3; ++page) {
    v1::ListPaymentsResponse response;
    ASSERT_TRUE(Call(&Stub::ListPayments, request, &response).ok());
    for (const v1::Payment& payment : response.payments()) names += payment.name().back();
    EXPECT_EQ(response.next_page_token().empty(), page == 2);
    EXPECT_EQ(response.cursor(), cursors_.Encode(kDevTenant, 7));
    request.set_page_token(response.next_page_token());
  }
  EXPECT_EQ(names, "6543210");
}

TEST_F(UnaryTest, PageTokensAreBoundToTheFilterAndNamedWhenWrong) {
  StartServer();
  for (int i = 0; i < 3; ++i) {
    CommitCard(absl::StrCat("cards/", i), v1::CARD_STATE_ACTIVE);
  }
  v1::ListCardsRequest request;
  request.set_page_size(1);
  v1::ListCardsResponse response;
  ASSERT_TRUE(Call(&Stub::ListCards, request, &response).ok());
  request.set_page_token(response.next_page_token());
  request.set_page_size(2);  // The size may change, the filter may not.
  v1::ListCardsResponse rest;
  ASSERT_TRUE(Call(&Stub::ListCards, request, &rest).ok());
  EXPECT_EQ(rest.cards_size(), 2);
  request.set_show_deleted(true);
  const grpc::Status status = Call(&Stub::ListCards, request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(status).info.reason(), "CURSOR_INVALID");
  EXPECT_THAT(FieldsOf(status), ElementsAre("page_token"));
  v1::ListPaymentsRequest payments;
  payments.set_page_token("garbage");
  EXPECT_THAT(FieldsOf(Call(&Stub::ListPayments, payments)), ElementsAre("page_token"));
}

TEST_F(UnaryTest, AccountsOfAFilterMustBeTheCallers) {
  StartServer();
  v1::ListPaymentsRequest payments;
  payments.mutable_filter()->add_accounts(kAccount);
  EXPECT_TRUE(Call(&Stub::ListPayments, payments).ok());
  payments.mutable_filter()->add_accounts("accounts/foreign");
  v1::ListCardsRequest cards;
  cards.set_account("accounts/none");
  for (const grpc::Status& status :
       {Call(&Stub::ListPayments, payments), Call(&Stub::ListCards, cards)}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(DetailsOf(status).info.reason(), "ACCOUNT_NOT_FOUND");
  }
}

TEST_F(UnaryTest, APageIsCutBeforeItIsTooLargeForAClient) {
  const CursorCodec cursors("log");
  const PageTokenCodec tokens("t", v1::ListPaymentsRequest());
  Page<v1::Payment> page;
  for (int i = 0; i < 10; ++i) {
    v1::Payment& payment = page.items.emplace_back();
    payment.set_name(absl::StrCat("payments/", i));
    payment.set_description(std::string(1 << 20, 'x'));
  }
  const auto response = ToListPaymentsResponse(cursors, "t", tokens, page);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->payments_size(), 2);
  EXPECT_LE(response->ByteSizeLong(), kPageBytesMax);
  EXPECT_EQ((*tokens.Decode(response->next_page_token()))->name, "payments/1");
}

TEST_F(UnaryTest, ProvidersAreTheCallersAccountsInOrder) {
  StartServer();
  v1::ListProvidersResponse response;
  ASSERT_TRUE(Call(&Stub::ListProviders, v1::ListProvidersRequest(), &response).ok());
  ASSERT_EQ(response.accounts_size(), 2);
  EXPECT_EQ(response.accounts(0).name(), kAccount);
  EXPECT_EQ(response.accounts(0).provider(), "fake");
  const v1::Capabilities& can = response.accounts(0).capabilities();
  EXPECT_TRUE(can.card_registration());
  EXPECT_TRUE(can.saves_cards());
  EXPECT_TRUE(can.transfers_abroad());
  EXPECT_THAT(can.payer_actions(), ElementsAre(v1::PAYER_ACTION_KIND_FORM_POST_AT_PAYMENT));
  EXPECT_EQ(response.accounts(1).name(), "accounts/second");
}

}  // namespace
}  // namespace payments
