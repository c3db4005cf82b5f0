#include "tests/conformance/provider/hosted_provider.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

// By the path in Capabilities.required_fields.
void Fill(const std::string& field, v1::CreatePaymentRequest& request) {
  const std::map<std::string, std::string*> fields = {
      {"create_payment.payer.ip_address", request.mutable_payer()->mutable_ip_address()},
      {"create_payment.payer.email", request.mutable_payer()->mutable_email()},
      {"create_payment.payer.phone", request.mutable_payer()->mutable_phone()},
      {"create_payment.payer.address", request.mutable_payer()->mutable_address()},
      {"create_payment.return_url", request.mutable_return_url()},
      {"create_payment.description", request.mutable_description()},
      {"create_payment.merchant_customer_id", request.mutable_merchant_customer_id()},
  };
  const auto found = fields.find(field);
  if (found == fields.end()) return;
  *found->second = field == "create_payment.return_url" ? "https://shop.example/done" : "x";
}

}  // namespace

void HostedProvider::Bytes::Fill(absl::Span<uint8_t> bytes) {
  constexpr uint64_t kByteValues = 256;
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(executor_->Random(kByteValues));
}

void HostedProvider::Http::Send(HttpRequest request, absl::Duration /*timeout*/, DoneHttp done) {
  sent_.push_back(request.effect);
  HttpResponse response = sandbox_->Send(request);
  executor_->Post([done = std::move(done), response = std::move(response)]() mutable {
    std::move(done)(std::move(response));
  });
}

HostedProvider::HostedProvider(const ProviderRow& row)
    : ProviderConformance(row),
      keys_(
          *KeyRing::Create("test", Secret(std::string(KeyRing::kMasterKeyBytes, 'k')), &random_)) {
  Account account;
  account.name = kAccount;
  account.tenant = kTenant;
  account.provider_name = row.name;
  account.provider = *plugin_.create(case_->Account());
  std::vector<Account> accounts;
  accounts.push_back(std::move(account));
  accounts_ = std::make_unique<AccountDirectory>(std::move(accounts));
  EnginePolicy policy;
  policy.public_base_url = "https://pay.example";
  engine_ = PaymentEngine::Create(
      {&executor_, &executor_, &random_, &store_, &http_, &observer_, &keys_, accounts_.get()},
      policy);
  store_.SetCommitListener(
      [this](const std::vector<CommittedEvent>& events) { engine_->OnCommitted(events); });
  engine_->Start();
  Settle();
}

HostedProvider::~HostedProvider() {
  executor_.DropAll();
  engine_ = nullptr;
}

void HostedProvider::SaveCard(const Secret& token) {
  CardWrite write;
  write.record.set_tenant(kTenant);
  write.record.set_sealed_token(keys_.Seal(token, kCard));
  v1::Card& card = *write.record.mutable_card();
  card.set_name(kCard);
  card.set_account(kAccount);
  card.set_request_id("request-of-saved-card");
  card.set_state(v1::CARD_STATE_ACTIVE);
  *card.mutable_create_time() = *card.mutable_update_time() = ToTimestamp(executor_.Now());
  MemoryStore::Disk::Log log;
  const auto created = disk_->CreateCard(std::move(write), {}, &log);
  ASSERT_TRUE(created.ok()) << created.status();
}

WantedPayment HostedProvider::Wanted() const {
  return WantedOf(static_cast<v1::SourceKind>(can().source_kinds(0)),
                  static_cast<v1::DestinationKind>(can().destination_kinds(0)),
                  static_cast<v1::CaptureMode>(can().capture_modes(0)));
}

WantedPayment HostedProvider::WantedOf(v1::SourceKind source, v1::DestinationKind destination,
                                       v1::CaptureMode mode) const {
  WantedPayment wanted;
  v1::CreatePaymentRequest& request = wanted.request;
  request.set_request_id("r1");
  request.set_account(kAccount);
  *request.mutable_amount() = Amount();
  request.set_capture_mode(mode);
  if (source == v1::SOURCE_KIND_CARD_DATA) {
    request.mutable_source()->mutable_masked_card()->set_masked_number("4719********3250");
    wanted.cards.source = PrintedCard();
  } else {
    request.mutable_source()->set_card(kCard);
  }
  v1::PaymentDestination& to = *request.mutable_destination();
  if (destination == v1::DESTINATION_KIND_MERCHANT) {
    to.mutable_merchant()->set_payer_account("login-1");
  } else if (destination == v1::DESTINATION_KIND_CARD_DATA) {
    to.mutable_masked_card()->set_masked_number("5578********0002");
    wanted.cards.destination_number = Secret(kDestinationPan);
  } else {
    to.set_card(kCard);
  }
  for (const std::string& field : can().required_fields()) Fill(field, request);
  return wanted;
}

absl::StatusOr<v1::Payment> HostedProvider::Create(WantedPayment wanted) {
  Answer<v1::CreatePaymentResponse> answer;
  engine_->CreatePayment(caller(), std::move(wanted.request), std::move(wanted.cards), deadline(),
                         answer.done());
  Settle();
  const auto response = answer.Take();
  if (!response.ok()) return response.status();
  return response->payment();
}

absl::StatusOr<v1::Card> HostedProvider::Register(v1::RegisterCardRequest request) {
  Answer<v1::RegisterCardResponse> answer;
  engine_->RegisterCard(caller(), std::move(request), PrintedCard(), deadline(), answer.done());
  Settle();
  const auto response = answer.Take();
  if (!response.ok()) return response.status();
  return response->card();
}

absl::Status HostedProvider::Capture(const std::string& name, int64_t amount_minor) {
  v1::CapturePaymentRequest request;
  request.set_name(name);
  *request.mutable_amount() = Amount();
  request.mutable_amount()->set_amount_minor(amount_minor);
  Answer<v1::CapturePaymentResponse> answer;
  engine_->CapturePayment(caller(), std::move(request), deadline(), answer.done());
  Settle();
  return answer.Take().status();
}

absl::Status HostedProvider::Confirm(const std::string& name, const std::string& field) {
  v1::ConfirmPaymentRequest request;
  request.set_name(name);
  Answer<v1::ConfirmPaymentResponse> answer;
  engine_->ConfirmPayment(caller(), std::move(request), {{field, Secret("posted")}}, deadline(),
                          answer.done());
  Settle();
  return answer.Take().status();
}

absl::Status HostedProvider::Cancel(const std::string& name) {
  v1::CancelPaymentRequest request;
  request.set_name(name);
  Answer<v1::CancelPaymentResponse> answer;
  engine_->CancelPayment(caller(), std::move(request), deadline(), answer.done());
  Settle();
  return answer.Take().status();
}

}  // namespace payments
