#include "tests/unit/engine/engine_fixture.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

Caller MakeCaller(const std::string& tenant) { return {tenant, "tester"}; }

template <typename Detail>
Detail DetailOf(const absl::Status& error) {
  const google::rpc::Status rpc = ToRpcStatus(error);
  Detail detail;
  for (const google::protobuf::Any& any : rpc.details()) {
    if (any.UnpackTo(&detail)) return detail;
  }
  return {};
}

std::string Describe(const v1::Operation& operation) {
  const auto name = [](const std::string& full, absl::string_view prefix) {
    return std::string(absl::StripPrefix(full, prefix));
  };
  return absl::StrCat(name(v1::OperationKind_Name(operation.kind()), "OPERATION_KIND_"), " ",
                      name(v1::OperationDispatch_Name(operation.dispatch()), "OPERATION_DISPATCH_"),
                      " ", name(v1::OperationResult_Name(operation.result()), "OPERATION_RESULT_"));
}

}  // namespace

void RecordingObserver::OnProviderCall(absl::string_view, absl::string_view,
                                       absl::string_view method, absl::string_view result,
                                       absl::string_view, absl::Duration) {
  calls.push_back(absl::StrCat(method, " ", result));
}

void RecordingObserver::OnCallback(absl::string_view, absl::string_view,
                                   absl::string_view verdict) {
  callbacks.emplace_back(verdict);
}

void RecordingObserver::OnContradiction(absl::string_view, absl::string_view detail) {
  contradictions.emplace_back(detail);
}

void RecordingObserver::OnTrouble(absl::string_view what, absl::string_view,
                                  absl::string_view detail) {
  troubles.emplace_back(what);
  trouble_details.emplace_back(detail);
}

void RecordingObserver::OnCheckPostponed(absl::string_view account) {
  postponed.emplace_back(account);
}

void SeededRandom::Fill(absl::Span<uint8_t> bytes) {
  constexpr uint64_t kByteValues = 256;
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(executor_->Random(kByteValues));
}

EngineTest::EngineTest() {
  const Secret master(std::string(KeyRing::kMasterKeyBytes, 'k'));
  keys_ = std::make_unique<KeyRing>(*KeyRing::Create("test", master, &random_));
  policy_.public_base_url = kBaseUrl;
  SaveCard();
  Reconfigure({{kAccount, ScriptedCapabilities()}});
}

EngineTest::~EngineTest() { Crash(); }

void EngineTest::SaveCard() {
  CardWrite write;
  write.record.set_tenant(kTenant);
  write.record.set_sealed_token(keys_->Seal(Secret(kCardToken), kCard));
  v1::Card& card = *write.record.mutable_card();
  card.set_name(kCard);
  card.set_account(kAccount);
  card.set_request_id("request-of-saved-card");
  card.set_state(v1::CARD_STATE_ACTIVE);
  *card.mutable_create_time() = *card.mutable_update_time() = ToTimestamp(executor_.Now());
  MemoryStore::Disk::Log log;
  ASSERT_TRUE(disk_->CreateCard(std::move(write), {}, &log).ok());
}

void EngineTest::Crash() {
  executor_.DropAll();
  http_.Forget();
  engine_ = nullptr;
  store_ = nullptr;
}

void EngineTest::Restart() {
  store_ = std::make_unique<MemoryStore>(disk_, &executor_);
  store_->SetFaults([this] { return NextFault(); });
  engine_ = PaymentEngine::Create({&executor_, &executor_, &random_, store_.get(), &http_,
                                   &observer_, keys_.get(), accounts_.get()},
                                  policy_);
  store_->SetCommitListener(
      [this](const std::vector<CommittedEvent>& events) { engine_->OnCommitted(events); });
  engine_->Start();
  Settle();
}

MemoryStore::Fault EngineTest::NextFault() {
  if (faults_.empty()) return standing_fault_;
  const MemoryStore::Fault fault = faults_.front();
  faults_.pop_front();
  return fault;
}

void EngineTest::Reconfigure(
    const std::vector<std::pair<std::string, v1::Capabilities>>& accounts) {
  Crash();
  std::vector<Account> configured;
  for (const auto& [name, capabilities] : accounts) {
    Account account;
    account.name = name;
    account.tenant = kTenant;
    account.provider_name = kProvider;
    account.checks = checks_;
    account.provider = MakeScriptedProvider(capabilities, numbers_);
    configured.push_back(std::move(account));
  }
  accounts_ = std::make_unique<AccountDirectory>(std::move(configured));
  Restart();
}

// -- Requests --------------------------------------------------------------------

v1::CreatePaymentRequest EngineTest::PaymentRequest(const std::string& request_id,
                                                    v1::CaptureMode mode) {
  v1::CreatePaymentRequest request;
  request.set_request_id(request_id);
  request.mutable_source()->set_card(kCard);
  request.mutable_destination()->mutable_merchant()->set_payer_account("login-1");
  request.mutable_amount()->set_currency_code("UZS");
  request.mutable_amount()->set_amount_minor(1000);
  request.set_capture_mode(mode);
  return request;
}

v1::RegisterCardRequest EngineTest::CardRequest(const std::string& request_id) {
  v1::RegisterCardRequest request;
  request.set_request_id(request_id);
  request.set_phone("998901234567");
  return request;
}

CardSecrets EngineTest::PrintedCard() {
  CardSecrets card;
  card.number = Secret("8600123412341234");
  card.expiry_month = 12;
  card.expiry_year = 2030;
  card.cvc = Secret("123");
  card.holder_name = "A HOLDER";
  return card;
}

CreateCall EngineTest::Create(v1::CreatePaymentRequest request, absl::Duration timeout) {
  CreateCall call;
  engine_->CreatePayment(MakeCaller(kTenant), std::move(request), {}, executor_.Now() + timeout,
                         call.done());
  Settle();
  return call;
}

CaptureCallResult EngineTest::Capture(const std::string& name, absl::Duration timeout) {
  v1::CapturePaymentRequest request;
  request.set_name(name);
  return Capture(std::move(request), timeout);
}

CaptureCallResult EngineTest::Capture(v1::CapturePaymentRequest request, absl::Duration timeout) {
  CaptureCallResult call;
  engine_->CapturePayment(MakeCaller(kTenant), std::move(request), executor_.Now() + timeout,
                          call.done());
  Settle();
  return call;
}

CancelCallResult EngineTest::Cancel(const std::string& name, absl::Duration timeout) {
  v1::CancelPaymentRequest request;
  request.set_name(name);
  return Cancel(std::move(request), timeout);
}

CancelCallResult EngineTest::Cancel(v1::CancelPaymentRequest request, absl::Duration timeout) {
  CancelCallResult call;
  engine_->CancelPayment(MakeCaller(kTenant), std::move(request), executor_.Now() + timeout,
                         call.done());
  Settle();
  return call;
}

CancelCallResult EngineTest::CancelRequestId(const std::string& create_request_id) {
  v1::CancelPaymentRequest request;
  request.set_create_request_id(create_request_id);
  return Cancel(std::move(request));
}

CheckCallResult EngineTest::Check(const std::string& name) {
  v1::CheckPaymentRequest request;
  request.set_name(name);
  CheckCallResult call;
  engine_->CheckPayment(MakeCaller(kTenant), std::move(request), executor_.Now() + absl::Minutes(2),
                        call.done());
  Settle();
  return call;
}

ResolveCall EngineTest::Resolve(const std::string& name, v1::Resolution resolution) {
  const absl::StatusOr<StoredPayment> stored = disk_->GetPayment(kTenant, name);
  return Resolve(name, resolution, stored.ok() ? stored->record.payment().etag() : "");
}

ResolveCall EngineTest::Resolve(const std::string& name, v1::Resolution resolution,
                                const std::string& etag) {
  v1::ResolvePaymentRequest request;
  request.set_name(name);
  request.set_resolution(resolution);
  request.set_reason("asked the bank");
  request.set_etag(etag);
  ResolveCall call;
  engine_->ResolvePayment(MakeCaller(kTenant), std::move(request),
                          executor_.Now() + absl::Minutes(2), call.done());
  Settle();
  return call;
}

RegisterCall EngineTest::Register(v1::RegisterCardRequest request, CardSecrets card,
                                  absl::Duration timeout) {
  RegisterCall call;
  engine_->RegisterCard(MakeCaller(kTenant), std::move(request), std::move(card),
                        executor_.Now() + timeout, call.done());
  Settle();
  return call;
}

DeleteCall EngineTest::Delete(const std::string& name, const std::string& etag) {
  v1::DeleteCardRequest request;
  request.set_name(name);
  request.set_etag(etag);
  DeleteCall call;
  engine_->DeleteCard(MakeCaller(kTenant), std::move(request), call.done());
  Settle();
  return call;
}

int EngineTest::Callback(const std::string& url, const std::string& body) {
  const std::string prefix = absl::StrCat(kBaseUrl, "/callbacks/", kProvider, "/");
  const std::string token(absl::StripPrefix(url, prefix));
  HttpRequest request;
  request.headers = {{"Content-Type", "text/plain"}};
  request.body = Secret(body);
  const auto status = std::make_shared<int>(0);
  engine_->HandleCallback(
      kProvider, token, std::move(request),
      [status](const HttpResponse& response) { *status = response.status_code; });
  Settle();
  return *status;
}

// -- Ways to somewhere -------------------------------------------------------------

std::string EngineTest::Authorized(const std::string& request_id) {
  std::string name = Sent(request_id);
  http_.Answer("authorize", absl::StrCat("ok hold_id=h-", request_id));
  Settle();
  EXPECT_EQ(State(name), "AUTHORIZED");
  return name;
}

std::string EngineTest::Sent(const std::string& request_id, v1::CaptureMode mode) {
  Create(PaymentRequest(request_id, mode));
  EXPECT_TRUE(http_.IsWaiting("authorize"));
  return PaymentNames().back();
}

// -- What is stored ------------------------------------------------------------------

std::vector<std::string> EngineTest::PaymentNames() const {
  std::vector<std::string> names;
  for (const v1::Payment& payment : disk_->ListPayments(kTenant, PaymentQuery()).items) {
    names.push_back(payment.name());
  }
  std::reverse(names.begin(), names.end());
  return names;
}

StoredPayment EngineTest::Stored(const std::string& name) const {
  absl::StatusOr<StoredPayment> stored = disk_->GetPayment(kTenant, name);
  EXPECT_TRUE(stored.ok()) << stored.status();
  return stored.ok() ? *std::move(stored) : StoredPayment();
}

std::string EngineTest::State(const std::string& name) const {
  return StateName(Payment(name).state());
}

v1::Card EngineTest::StoredCardOf(const std::string& name) const {
  absl::StatusOr<StoredCard> stored = disk_->GetCard(kTenant, name);
  EXPECT_TRUE(stored.ok()) << stored.status();
  return stored.ok() ? stored->record.card() : v1::Card();
}

std::string EngineTest::Operations(const std::string& name) const {
  std::vector<std::string> all;
  const v1::Payment payment = Payment(name);
  for (const v1::Operation& operation : payment.operations()) {
    all.push_back(Describe(operation));
  }
  return absl::StrJoin(all, ", ");
}

std::vector<v1::Event> EngineTest::EventsOf(const std::string& name) const {
  constexpr int kAll = 10000;
  std::vector<v1::Event> events;
  for (const auto& event : disk_->ReadEvents(kTenant, 0, kAll).events) {
    if (event->resource() == name) events.push_back(*event);
  }
  return events;
}

std::string StateName(v1::PaymentState state) {
  return std::string(absl::StripPrefix(v1::PaymentState_Name(state), "PAYMENT_STATE_"));
}

std::string StateName(v1::CardState state) {
  return std::string(absl::StripPrefix(v1::CardState_Name(state), "CARD_STATE_"));
}

std::string Metadata(const absl::Status& error, const std::string& key) {
  const auto info = DetailOf<google::rpc::ErrorInfo>(error);
  const auto it = info.metadata().find(key);
  return it == info.metadata().end() ? "(none)" : it->second;
}

std::vector<std::string> ViolatedFields(const absl::Status& error) {
  const auto bad_request = DetailOf<google::rpc::BadRequest>(error);
  std::vector<std::string> fields;
  for (const auto& violation : bad_request.field_violations()) {
    fields.push_back(violation.field());
  }
  return fields;
}

}  // namespace payments
