#include "tests/unit/engine/transfer_fixture.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/engine/restored_payment.h"

namespace payments {
namespace {

std::map<std::string, Secret> AsSecrets(const PostedFields& fields) {
  std::map<std::string, Secret> secrets;
  for (const auto& [name, value] : fields) secrets.emplace(name, Secret(value));
  return secrets;
}

std::string TokenOf(const std::string& url, const std::string& base) {
  const std::string prefix = base + "/actions/";
  EXPECT_TRUE(absl::StartsWith(url, prefix)) << url;
  return std::string(absl::StripPrefix(url, prefix));
}

}  // namespace

v1::CreatePaymentRequest TransferTest::TransferRequest(const std::string& request_id) {
  v1::CreatePaymentRequest request;
  request.set_request_id(request_id);
  request.mutable_source()->mutable_masked_card()->set_masked_number("440043******0001");
  request.mutable_destination()->mutable_masked_card()->set_masked_number("516949******0002");
  request.mutable_amount()->set_currency_code("KZT");
  request.mutable_amount()->set_amount_minor(1000);
  request.set_capture_mode(v1::CAPTURE_MODE_AUTOMATIC);
  request.set_return_url(kReturnUrl);
  request.set_failure_return_url(kFailureUrl);
  request.mutable_payer()->set_language("kk");
  return request;
}

PaymentCards TransferTest::Cards() {
  PaymentCards cards = PayeeOnly();
  CardSecrets& source = cards.source.emplace();
  source.number = Secret(kPan);
  source.expiry_month = 12;
  source.expiry_year = 2030;
  source.cvc = Secret(kCvc);
  source.holder_name = kHolder;
  return cards;
}

v1::CreatePaymentRequest TransferTest::FromSavedCard(const std::string& request_id) {
  v1::CreatePaymentRequest request = TransferRequest(request_id);
  request.mutable_source()->set_card(kCard);
  return request;
}

PaymentCards TransferTest::PayeeOnly() {
  PaymentCards cards;
  cards.destination_number = Secret(kPayee);
  return cards;
}

CreateCall TransferTest::Transfer(v1::CreatePaymentRequest request, PaymentCards cards,
                                  absl::Duration timeout) {
  CreateCall call;
  engine_->CreatePayment({kTenant, "tester"}, std::move(request), std::move(cards),
                         executor_.Now() + timeout, call.done());
  Settle();
  return call;
}

PostedFields TransferTest::Posted() { return {{"MD", "md-1"}, {"PaRes", kPares}}; }

ConfirmCallResult TransferTest::Confirm(const std::string& name, const PostedFields& fields) {
  v1::ConfirmPaymentRequest request;
  request.set_name(name);
  return Confirm(std::move(request), fields);
}

ConfirmCallResult TransferTest::Confirm(v1::ConfirmPaymentRequest request,
                                        const PostedFields& fields, absl::Duration timeout) {
  ConfirmCallResult call;
  engine_->ConfirmPayment({kTenant, "tester"}, std::move(request), AsSecrets(fields),
                          executor_.Now() + timeout, call.done());
  Settle();
  return call;
}

ActionCall TransferTest::Open(const std::string& url) {
  ActionCall call;
  engine_->OpenAction(TokenOf(url, kBaseUrl), call.done());
  Settle();
  return call;
}

ActionCall TransferTest::Finish(const std::string& url, const PostedFields& fields) {
  ActionCall call;
  engine_->FinishAction(TokenOf(url, kBaseUrl), AsSecrets(fields), call.done());
  Settle();
  return call;
}

std::string TransferTest::SentTransfer(const std::string& request_id) {
  Transfer(TransferRequest(request_id));
  EXPECT_TRUE(http_.IsWaiting("transfer"));
  return PaymentNames().back();
}

std::string TransferTest::AnsweredTransfer(const std::string& reply,
                                           const std::string& request_id) {
  std::string name = SentTransfer(request_id);
  http_.Answer("transfer", reply);
  Settle();
  return name;
}

std::string TransferTest::Waiting(const std::string& request_id) {
  std::string name = AnsweredTransfer(absl::StrCat("action md=md-1 tx=t-", request_id), request_id);
  EXPECT_EQ(State(name), "ACTION_REQUIRED");
  return name;
}

std::string TransferTest::Confirming(const std::string& request_id) {
  std::string name = Waiting(request_id);
  Confirm(name);
  EXPECT_TRUE(http_.IsWaiting("confirm"));
  return name;
}

void TransferTest::RestoreFrom(const MemoryStore::Disk& backup) {
  Crash();
  *disk_ = backup;
  for (const std::string& name : PaymentNames()) {
    std::optional<PaymentWrite> write = RestoredPayment(Stored(name), executor_.Now());
    if (!write.has_value()) continue;
    MemoryDisk::Log ignored;
    ASSERT_TRUE(disk_->CommitPayment(*std::move(write), &ignored).ok());
  }
  Restart();
}

std::string TransferTest::FailureOf(const std::string& name) const {
  return std::string(absl::StripPrefix(v1::FailureCategory_Name(Payment(name).failure().category()),
                                       "FAILURE_CATEGORY_"));
}

}  // namespace payments
