#include "tests/simulation/engine_simulation.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/engine/proto_time.h"
#include "tests/simulation/ledger_provider.h"

namespace payments::simulation {
namespace {

constexpr char kBaseUrl[] = "https://pay.test";

EnginePolicy MakePolicy() {
  EnginePolicy policy;
  policy.reconcile_tick_interval = absl::Seconds(5);
  policy.public_base_url = kBaseUrl;
  return policy;
}

CheckPolicy MakeChecks() {
  CheckPolicy checks;
  checks.check_interval_max = absl::Minutes(1);
  return checks;
}

Caller MakeCaller() { return {EngineSimulation::kTenant, "test"}; }

}  // namespace

void SimulatedRandom::Fill(absl::Span<uint8_t> bytes) {
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(executor_->Random(256));
}

EngineSimulation::EngineSimulation(uint64_t seed, SimulationOptions options)
    : executor_(seed), random_(&executor_), options_(options), world_(&executor_, options.faults) {
  const Secret master(std::string(KeyRing::kMasterKeyBytes, 'k'));
  keys_ = std::make_unique<KeyRing>(*KeyRing::Create("test", master, &random_));
  std::vector<Account> accounts(1);
  accounts[0] = {kAccount, kTenant, "ledger", MakeLedgerProvider(), kHold, MakeChecks()};
  accounts_ = std::make_unique<AccountDirectory>(std::move(accounts));
  SaveCard();
  world_.SetSpy([this](const LedgerMessage& message) { OnSend(message); });
  Restart();
}

EngineSimulation::~EngineSimulation() { Crash(); }

void EngineSimulation::SaveCard() {
  CardWrite write;
  write.record.set_tenant(kTenant);
  write.record.set_sealed_token(keys_->Seal(Secret("card-token"), kCard));
  v1::Card& card = *write.record.mutable_card();
  card.set_name(kCard);
  card.set_account(kAccount);
  card.set_request_id("card");
  card.set_state(v1::CARD_STATE_ACTIVE);
  *card.mutable_create_time() = *card.mutable_update_time() = ToTimestamp(executor_.Now());
  MemoryStore::Disk::Log log;
  (void)disk_->CreateCard(std::move(write), {}, &log);
}

void EngineSimulation::Crash() {
  executor_.DropAll();
  engine_ = nullptr;
  store_ = nullptr;
  world_.AfterCrash();
}

void EngineSimulation::Restart() {
  store_ = std::make_unique<MemoryStore>(disk_, &executor_);
  store_->SetFaults([this] { return NextFault(); });
  engine_ = PaymentEngine::Create({&executor_, &executor_, &random_, store_.get(), &world_,
                                   &observer_, keys_.get(), accounts_.get()},
                                  MakePolicy());
  store_->SetCommitListener(
      [this](const std::vector<CommittedEvent>& events) { engine_->OnCommitted(events); });
  world_.SetCallbackSink(
      [this](const std::string& url, const std::string& body) { DeliverCallback(url, body); });
  engine_->Start();
}

// Rule 1: when the wire is touched, the disk says that it may have been.
void EngineSimulation::OnSend(const LedgerMessage& message) {
  if (message.verb != "authorize" && message.verb != "capture") return;
  const std::string& number = message.fields.at("number");
  for (const std::string& name : PaymentNames()) {
    const storage::v1::PaymentRecord record = Stored(name).record;
    for (int i = 0; i < record.operations_size(); ++i) {
      const v1::Operation& operation = record.payment().operations(i);
      if (absl::StrCat(record.operations(i).number()) != number) continue;
      if (operation.dispatch() == v1::OPERATION_DISPATCH_SENT) return;
    }
  }
  sent_too_early_.push_back(absl::StrCat(message.verb, " ", number));
}

MemoryStore::Fault EngineSimulation::NextFault() {
  if (healed_) return MemoryStore::Fault::kNone;
  const int draw = static_cast<int>(executor_.Random(100));
  if (draw < options_.store_failures_percent) return MemoryStore::Fault::kFailBefore;
  if (draw < options_.store_failures_percent + options_.lost_commits_percent) {
    return MemoryStore::Fault::kLoseReply;
  }
  return MemoryStore::Fault::kNone;
}

void EngineSimulation::RunToTheEnd() {
  const int requests = 1 + static_cast<int>(executor_.Random(3));
  const int calls = 3 + static_cast<int>(executor_.Random(8));
  for (int i = 0; i < calls; ++i) {
    if (is_up()) RandomCall(requests);
    // A few tasks, or a while, until the next call or the crash.
    if (executor_.Random(2) == 0) {
      for (uint64_t n = executor_.Random(60); n > 0 && executor_.RunOne(); --n) {
      }
    } else {
      executor_.RunFor(absl::Seconds(executor_.Random(100)));
    }
    if (executor_.Random(6) == 0) {
      Crash();
      executor_.RunFor(absl::Seconds(executor_.Random(60)));
      Restart();
    }
  }
  healed_ = true;
  world_.Heal();
  executor_.RunFor(kHold + absl::Minutes(40));
}

void EngineSimulation::RandomCall(int requests) {
  const std::string request_id = absl::StrCat("request-", executor_.Random(requests));
  const std::vector<std::string> names = PaymentNames();
  const std::string name = names.empty() ? "" : names[executor_.Random(names.size())];
  switch (executor_.Random(8)) {
    case 0:
      return name.empty() ? CancelByRequestId(request_id) : Cancel(name);
    case 1:
    case 2:
      return name.empty() ? void() : Capture(name);
    case 3:
      return executor_.Random(4) == 0 ? CancelByRequestId(request_id) : void();
    case 4:
      return name.empty() ? void() : Check(name);
    default:
      break;
  }
  // The same id always means the same request, but once in a while a caller errs.
  const bool automatic = request_id.back() % 2 == 0;
  const int64_t amount = executor_.Random(20) == 0 ? 7 : 1000;
  Create(request_id, automatic ? v1::CAPTURE_MODE_AUTOMATIC : v1::CAPTURE_MODE_MANUAL, amount);
}

void EngineSimulation::Create(const std::string& request_id, v1::CaptureMode mode,
                              int64_t amount_minor) {
  v1::CreatePaymentRequest request;
  request.set_request_id(request_id);
  request.mutable_source()->set_card(kCard);
  request.mutable_destination()->mutable_merchant()->set_payer_account(request_id);
  request.mutable_amount()->set_currency_code("UZS");
  request.mutable_amount()->set_amount_minor(amount_minor);
  request.set_capture_mode(mode);
  engine_->CreatePayment(MakeCaller(), std::move(request), Deadline(),
                         [this](absl::StatusOr<v1::CreatePaymentResponse> response) {
                           if (response.ok()) answered_.insert(response->payment().name());
                         });
}

void EngineSimulation::Capture(const std::string& name) {
  v1::CapturePaymentRequest request;
  request.set_name(name);
  engine_->CapturePayment(MakeCaller(), std::move(request), Deadline(),
                          [](const absl::StatusOr<v1::CapturePaymentResponse>&) {});
}

void EngineSimulation::Cancel(const std::string& name) {
  v1::CancelPaymentRequest request;
  request.set_name(name);
  engine_->CancelPayment(MakeCaller(), std::move(request), Deadline(),
                         [](const absl::StatusOr<v1::CancelPaymentResponse>&) {});
}

void EngineSimulation::CancelByRequestId(const std::string& request_id) {
  v1::CancelPaymentRequest request;
  request.set_create_request_id(request_id);
  engine_->CancelPayment(MakeCaller(), std::move(request), Deadline(),
                         [](const absl::StatusOr<v1::CancelPaymentResponse>&) {});
}

void EngineSimulation::Check(const std::string& name) {
  v1::CheckPaymentRequest request;
  request.set_name(name);
  engine_->CheckPayment(MakeCaller(), std::move(request), Deadline(),
                        [](const absl::StatusOr<v1::CheckPaymentResponse>&) {});
}

void EngineSimulation::DeliverCallback(const std::string& url, const std::string& body) {
  if (!is_up()) return;
  const std::string token(absl::StripPrefix(url, absl::StrCat(kBaseUrl, "/callbacks/ledger/")));
  HttpRequest request;
  request.body = Secret(body);
  engine_->HandleCallback("ledger", token, std::move(request), [](const HttpResponse&) {});
}

std::vector<std::string> EngineSimulation::PaymentNames() const {
  std::vector<std::string> names;
  PaymentQuery query;
  query.limit = 1000;
  for (const v1::Payment& payment : disk_->ListPayments(kTenant, query).items) {
    names.push_back(payment.name());
  }
  return names;
}

StoredPayment EngineSimulation::Stored(const std::string& name) const {
  return *disk_->GetPayment(kTenant, name);
}

std::vector<std::shared_ptr<const v1::Event>> EngineSimulation::Events() const {
  constexpr int kAll = 1'000'000;
  return disk_->ReadEvents(kTenant, 0, kAll).events;
}

}  // namespace payments::simulation
