#include "tests/unit/service/service_fixture.h"

#include <condition_variable>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

// A provider of which only the capabilities are asked.
class CapabilitiesOnly final : public Provider {
 public:
  CapabilitiesOnly() {
    capabilities_.set_card_registration(true);
    capabilities_.set_saves_cards(true);
    capabilities_.set_transfers_abroad(true);
    capabilities_.add_payer_actions(v1::PAYER_ACTION_KIND_FORM_POST_AT_PAYMENT);
  }
  const v1::Capabilities& capabilities() const override { return capabilities_; }
  std::unique_ptr<Exchange<RegistrationOutcome>> RegisterCard(RegisterCardCall) const override {
    return nullptr;
  }
  std::unique_ptr<Exchange<OperationOutcome>> Authorize(AuthorizeCall) const override {
    return nullptr;
  }
  std::unique_ptr<Exchange<OperationOutcome>> Capture(CaptureCall) const override {
    return nullptr;
  }
  std::unique_ptr<Exchange<OperationOutcome>> Cancel(CancelCall) const override { return nullptr; }
  std::unique_ptr<Exchange<OperationOutcome>> Transfer(TransferCall) const override {
    return nullptr;
  }
  std::unique_ptr<Exchange<OperationOutcome>> Confirm(ConfirmCall) const override {
    return nullptr;
  }
  std::unique_ptr<Exchange<StatusReading>> Check(CheckCall) const override { return nullptr; }
  absl::StatusOr<CallbackNotice> ReadCallback(CallbackSubject, const HttpRequest&) const override {
    return absl::UnimplementedError("no callbacks");
  }
  absl::StatusOr<std::string> RedactCallback(absl::string_view /*body*/) const override {
    return absl::InvalidArgumentError("test");
  }
  NumberRange numbers() const override { return {}; }
  HttpResponse AcknowledgeCallback() const override { return {}; }

 private:
  v1::Capabilities capabilities_;
};

std::vector<Account> TestAccounts() {
  std::vector<Account> accounts;
  for (const auto& [name, tenant] :
       {std::pair(kAccount, kDevTenant), std::pair("accounts/second", kDevTenant),
        std::pair("accounts/foreign", "other")}) {
    Account account;
    account.name = name;
    account.tenant = tenant;
    account.provider_name = "fake";
    account.provider = std::make_unique<CapabilitiesOnly>();
    accounts.push_back(std::move(account));
  }
  return accounts;
}

// gRPC's threads for callbacks end with the last server or channel that uses them,
// and not without races: one channel that has used them keeps them for good.
void KeepCallbackThreads() {
  struct Kept {
    std::shared_ptr<grpc::Channel> channel =
        grpc::CreateChannel("unix:nobody-listens-here", grpc::InsecureChannelCredentials());
    std::unique_ptr<v1::PaymentsService::Stub> stub = v1::PaymentsService::NewStub(channel);
    grpc::ClientContext context;
    v1::ListProvidersRequest request;
    v1::ListProvidersResponse response;
    Kept() {
      stub->async()->ListProviders(&context, &request, &response, [](const grpc::Status&) {});
    }
  };
  static const auto* const kept = new Kept();
  ASSERT_NE(kept, nullptr);
}

// Runs one store call and waits for its end.
template <typename T>
class Waiter {
 public:
  Done<T> done() {
    return [this](absl::StatusOr<T> result) {
      const std::lock_guard lock(mu_);
      result_ = std::move(result);
      changed_.notify_one();
    };
  }
  absl::StatusOr<T> Wait() {
    std::unique_lock lock(mu_);
    changed_.wait(lock, [this] { return result_.has_value(); });
    return *std::move(result_);
  }

 private:
  std::mutex mu_;
  std::condition_variable changed_;
  std::optional<absl::StatusOr<T>> result_;
};

}  // namespace

void LogLines::Log(LogLevel /*level*/, absl::string_view event,
                   std::initializer_list<LogField> fields) {
  const std::lock_guard lock(mu_);
  absl::StrAppend(&text_, event);
  for (const LogField& field : fields) absl::StrAppend(&text_, " ", field.key, "=", field.value);
  absl::StrAppend(&text_, "\n");
}

std::string LogLines::text() const {
  const std::lock_guard lock(mu_);
  return text_;
}

ErrorDetails DetailsOf(const grpc::Status& status) {
  ErrorDetails details;
  google::rpc::Status rpc;
  EXPECT_TRUE(rpc.ParseFromString(status.error_details()));
  EXPECT_EQ(rpc.code(), static_cast<int>(status.error_code()));
  EXPECT_EQ(rpc.message(), status.error_message());
  for (const google::protobuf::Any& any : rpc.details()) {
    any.UnpackTo(&details.info);
    any.UnpackTo(&details.bad_request);
    if (any.UnpackTo(&details.retry)) details.has_retry = true;
  }
  return details;
}

std::vector<std::string> FieldsOf(const grpc::Status& status) {
  std::vector<std::string> fields;
  const ErrorDetails details = DetailsOf(status);
  for (const auto& violation : details.bad_request.field_violations()) {
    fields.push_back(violation.field());
  }
  return fields;
}

ServiceFixture::ServiceFixture(StreamRegistry::Limits streams)
    : accounts_(TestAccounts()), cursors_(store_.LogIncarnation()), streams_(&executor_, streams) {
  KeepCallbackThreads();
  // Set here, as the store wants it before its first call.
  store_.SetCommitListener([this](const std::vector<CommittedEvent>& events) {
    if (broadcaster_ != nullptr) broadcaster_->Publish(events);
  });
}

ServiceFixture::~ServiceFixture() {
  // What calls wait for must still run while the server ends; nothing runs later.
  server_.reset();
  executor_.Stop();
}

void ServiceFixture::StartServer(Setup setup) {
  broadcaster_ = Broadcaster::Create(setup.broadcaster, &executor_, &store_, &cursors_);
  if (setup.principals.empty()) {
    authenticator_ = std::make_unique<DevAuthenticator>();
  } else {
    auto bearer = BearerAuthenticator::Create(setup.principals);
    ASSERT_TRUE(bearer.ok()) << bearer.status();
    authenticator_ = *std::move(bearer);
  }
  service_ = std::make_unique<PaymentsService>(
      setup.service, PaymentsService::Dependencies{.engine_executor = &executor_,
                                                   .engine = &engine_,
                                                   .stream_executor = &executor_,
                                                   .streams = &streams_,
                                                   .store = &store_,
                                                   .broadcaster = broadcaster_.get(),
                                                   .accounts = &accounts_,
                                                   .authenticator = authenticator_.get(),
                                                   .cursors = &cursors_,
                                                   .errors = &errors_,
                                                   .clock = &executor_});
  operations_ = std::make_unique<OperationsService>(
      setup.service,
      OperationsService::Dependencies{.calls = {.engine_executor = &executor_,
                                                .engine = &engine_,
                                                .authenticator = authenticator_.get(),
                                                .errors = &errors_,
                                                .clock = &executor_},
                                      .store = &store_,
                                      .cursors = &cursors_});
  setup.server.address = "127.0.0.1:0";
  auto server = GrpcServer::Start(setup.server, {service_.get(), operations_.get()});
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                 grpc::InsecureChannelCredentials());
  stub_ = NewStub();
}

std::unique_ptr<v1::PaymentsService::Stub> ServiceFixture::NewStub() const {
  return v1::PaymentsService::NewStub(channel_);
}

void ServiceFixture::CommitPayment(const std::string& name, v1::PaymentState state,
                                   const std::string& tenant) {
  PaymentWrite write;
  Waiter<StoredPayment> read;
  store_.GetPayment(tenant, name, read.done());
  const absl::StatusOr<StoredPayment> stored = read.Wait();
  if (stored.ok()) write.record = stored->record;
  write.record.set_tenant(tenant);
  v1::Payment& payment = *write.record.mutable_payment();
  payment.set_name(name);
  payment.set_account(kAccount);
  payment.set_request_id(name);
  payment.set_merchant_reference("order");
  payment.set_state(state);
  *payment.mutable_update_time() = ToTimestamp(executor_.Now());
  if (stored.ok()) {
    Waiter<StoredPayment> waiter;
    store_.CommitPayment(std::move(write), waiter.done());
    EXPECT_TRUE(waiter.Wait().ok());
    return;
  }
  *payment.mutable_create_time() = payment.update_time();
  Waiter<Claim<StoredPayment>> waiter;
  store_.CreatePayment(std::move(write), {}, waiter.done());
  EXPECT_TRUE(waiter.Wait()->created);
}

void ServiceFixture::PruneAllBut(int64_t events) {
  Waiter<EventPage> read;
  store_.ReadEvents(kDevTenant, 0, 1'000'000, read.done());
  const auto kept = static_cast<int64_t>(read.Wait()->events.size());
  Waiter<PrunedEvents> waiter;
  store_.PruneEvents({absl::InfiniteFuture(), 0}, static_cast<int>(kept - events), waiter.done());
  const absl::StatusOr<PrunedEvents> pruned = waiter.Wait();
  ASSERT_TRUE(pruned.ok()) << pruned.status();
  for (const PrunedEvents::Begin& begin : pruned->begins) {
    broadcaster_->Forget(begin.tenant, begin.oldest_revision);
  }
}

void ServiceFixture::CommitManyPayments(int count, size_t bytes_each) {
  const std::string description(bytes_each, 'd');
  for (int i = 0; i < count; ++i) {
    PaymentWrite write;
    write.record.set_tenant(kDevTenant);
    v1::Payment& payment = *write.record.mutable_payment();
    payment.set_name(absl::StrCat("payments/many-", i));
    payment.set_account(kAccount);
    payment.set_request_id(absl::StrCat("many-", i));
    payment.set_description(description);
    payment.set_state(v1::PAYMENT_STATE_PROCESSING);
    *payment.mutable_update_time() = ToTimestamp(executor_.Now());
    *payment.mutable_create_time() = payment.update_time();
    store_.CreatePayment(std::move(write), {},
                         [](const auto& claim) { EXPECT_TRUE(claim.ok()) << claim.status(); });
  }
  executor_.Flush();
}

void ServiceFixture::CommitCard(const std::string& name, v1::CardState state,
                                const std::string& tenant) {
  CardWrite write;
  Waiter<StoredCard> read;
  store_.GetCard(tenant, name, read.done());
  const absl::StatusOr<StoredCard> stored = read.Wait();
  if (stored.ok()) write.record = stored->record;
  write.record.set_tenant(tenant);
  v1::Card& card = *write.record.mutable_card();
  card.set_name(name);
  card.set_account(kAccount);
  card.set_request_id(name);
  card.set_state(state);
  *card.mutable_update_time() = ToTimestamp(executor_.Now());
  if (stored.ok()) {
    Waiter<StoredCard> waiter;
    store_.CommitCard(std::move(write), waiter.done());
    EXPECT_TRUE(waiter.Wait().ok());
    return;
  }
  *card.mutable_create_time() = card.update_time();
  Waiter<Claim<StoredCard>> waiter;
  store_.CreateCard(std::move(write), {}, waiter.done());
  EXPECT_TRUE(waiter.Wait()->created);
}

}  // namespace payments
