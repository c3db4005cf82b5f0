#include "tests/simulation/engine_simulation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"
#include "tests/simulation/ledger_provider.h"

namespace payments::simulation {
namespace {

constexpr char kBaseUrl[] = "https://pay.test";
constexpr char kPrincipal[] = "test";
constexpr int kHttpOk = 200;
constexpr int kHttpServiceUnavailable = 503;
constexpr int kDownSecondsMax = 60;
constexpr int kAll = 1'000'000;

// An enum value's name without what all of its enum begin with.
std::string Word(const std::string& name, absl::string_view prefix) {
  return name.substr(prefix.size());
}

std::string StateWord(v1::PaymentState state) {
  return Word(v1::PaymentState_Name(state), "PAYMENT_STATE_");
}

}  // namespace

EnginePolicy SimulatedPolicy() {
  EnginePolicy policy;
  policy.reconcile_tick_interval = absl::Seconds(5);
  policy.public_base_url = kBaseUrl;
  return policy;
}

CheckPolicy SimulatedChecks() {
  CheckPolicy checks;
  checks.check_interval_max = absl::Minutes(1);
  return checks;
}

void SimulatedRandom::Fill(absl::Span<uint8_t> bytes) {
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(executor_->Random(256));
}

EngineSimulation::EngineSimulation(uint64_t seed, SimulationOptions options)
    : executor_(seed),
      random_(&executor_),
      options_(options),
      story_(&executor_, options.tell_story),
      world_(&executor_, &story_, options.faults) {
  const Secret master(std::string(KeyRing::kMasterKeyBytes, 'k'));
  keys_ = std::make_unique<KeyRing>(*KeyRing::Create("test", master, &random_));
  CheckPolicy checks = SimulatedChecks();
  checks.checks_per_second_max = options.checks_per_second_max;
  std::vector<Account> accounts;
  for (const AccountName& name : kAccounts) {
    accounts.push_back(
        {name.account, name.tenant, "ledger", MakeLedgerProvider(name.label), kHold, checks});
    SaveCard(name);
  }
  accounts_ = std::make_unique<AccountDirectory>(std::move(accounts));
  record_.clock_start = executor_.Now();
  record_.clock_offsets[absl::ZeroDuration()] = absl::ZeroDuration();
  record_.quiet_period = SimulatedChecks().negative_check_quiet_period;
  world_.SetGate([this](const LedgerMessage& message) { return OnSend(message); });
  world_.SetCallbackSink([this](const std::string& url, const std::string& body, int attempt) {
    DeliverCallback(url, body, attempt);
  });
  Restart();
}

EngineSimulation::~EngineSimulation() { Crash(); }

void EngineSimulation::SaveCard(const AccountName& account) {
  CardWrite write;
  write.record.set_tenant(account.tenant);
  write.record.set_sealed_token(keys_->Seal(Secret("card-token"), account.card));
  v1::Card& card = *write.record.mutable_card();
  card.set_name(account.card);
  card.set_account(account.account);
  card.set_request_id(account.card);
  card.set_state(v1::CARD_STATE_ACTIVE);
  *card.mutable_create_time() = *card.mutable_update_time() = ToTimestamp(executor_.Now());
  MemoryStore::Disk::Log log;
  (void)disk_->CreateCard(std::move(write), {}, &log);
}

// -- The server --------------------------------------------------------------------

void EngineSimulation::Crash() {
  executor_.DropAll();
  engine_ = nullptr;
  store_ = nullptr;
  dying_ = false;
  world_.AfterCrash();
}

void EngineSimulation::Restart() {
  if (is_up()) return;
  story_.Tell("server starts");
  store_ = std::make_unique<MemoryStore>(disk_, &executor_);
  store_->SetFaultsByAccess([this](MemoryStore::Access access) { return NextFault(access); });
  engine_ = PaymentEngine::Create({&executor_, &executor_, &random_, store_.get(), &world_,
                                   &observer_, keys_.get(), accounts_.get()},
                                  SimulatedPolicy());
  store_->SetCommitListener(
      [this](const std::vector<CommittedEvent>& events) { OnCommitted(events); });
  engine_->Start();
}

void EngineSimulation::CrashForAWhile() {
  if (!is_up()) return;
  story_.Tell("server crashes");
  Crash();
  executor_.PostAfter(absl::Seconds(executor_.Random(kDownSecondsMax)), [this] { Restart(); });
}

void EngineSimulation::SetClock(absl::Duration offset) {
  story_.Tell("clock is set: ", absl::FormatDuration(offset), " off");
  record_.clock_jumped = true;
  record_.clock_offsets[executor_.Monotonic()] = offset;
  executor_.SetWallOffset(offset);
}

void EngineSimulation::Heal() {
  story_.Tell("from now on nothing fails");
  healed_ = true;
  world_.Heal();
  Restart();
}

bool EngineSimulation::DiesHere(absl::string_view where, absl::string_view what) {
  const int point = crash_points_++;
  const bool drawn = !healed_ && options_.crashes_per_mille > 0 &&
                     static_cast<int>(executor_.Random(1000)) < options_.crashes_per_mille;
  if (!drawn && options_.crash_at != point) return false;
  story_.Tell("server dies ", where, " ", what, " (crash point ", point, ")");
  dying_ = true;
  return true;
}

void EngineSimulation::AfterTask() {
  if (dying_) CrashForAWhile();
}

void EngineSimulation::RunFor(absl::Duration duration) {
  const absl::Duration end = executor_.Monotonic() + duration;
  while (executor_.RunOneUntil(end)) AfterTask();
}

void EngineSimulation::RunTasks(uint64_t count) {
  for (; count > 0 && executor_.RunOne(); --count) AfterTask();
}

MemoryStore::Fault EngineSimulation::NextFault(MemoryStore::Access access) {
  if (dying_) return MemoryStore::Fault::kFailBefore;
  if (access == MemoryStore::Access::kWrite) {
    if (DiesHere("before", "a write")) return MemoryStore::Fault::kFailBefore;
    if (DiesHere("after", "a write")) return MemoryStore::Fault::kNone;
  }
  if (healed_) return MemoryStore::Fault::kNone;
  const int draw = static_cast<int>(executor_.Random(100));
  if (draw < options_.store_failures_percent) return MemoryStore::Fault::kFailBefore;
  if (draw < options_.store_failures_percent + options_.lost_commits_percent) {
    return MemoryStore::Fault::kLoseReply;
  }
  return MemoryStore::Fault::kNone;
}

// -- The wire ----------------------------------------------------------------------

bool EngineSimulation::OnSend(const LedgerMessage& message) {
  if (dying_ || DiesHere("before sending", message.verb)) return false;
  CheckIntent(message);
  DiesHere("after sending", message.verb);
  return true;
}

// Rule 1: when the wire is touched, the disk says that it may have been.
void EngineSimulation::CheckIntent(const LedgerMessage& message) {
  if (message.verb == "check" || message.verb == "register") return;
  const std::string key = OperationKey(message.fields.at("account"), message.fields.at("number"));
  const auto place = places_.find(key);
  if (place != places_.end()) {
    const StoredPayment stored = Stored(place->second.name);
    const v1::Payment& payment = stored.record.payment();
    if (payment.operations_size() > place->second.index &&
        IsInFlight(payment.operations(place->second.index))) {
      return;
    }
  }
  record_.sent_without_intent.push_back(absl::StrCat(message.verb, " ", key));
}

// -- The log -----------------------------------------------------------------------

void EngineSimulation::OnCommitted(const std::vector<CommittedEvent>& events) {
  for (const CommittedEvent& committed : events) {
    if (committed.event->has_payment()) OnPaymentCommitted(committed);
  }
  engine_->OnCommitted(events);
}

void EngineSimulation::OnPaymentCommitted(const CommittedEvent& committed) {
  const v1::Payment& payment = committed.event->payment();
  const std::string& name = payment.name();
  if (tenants_.try_emplace(name, committed.tenant).second) names_.push_back(name);
  const StoredPayment stored = Stored(name);
  const auto* account = std::find_if(kAccounts.begin(), kAccounts.end(), [&](const AccountName& a) {
    return committed.tenant == a.tenant && payment.account() == a.account;
  });
  std::vector<std::string>& keys = record_.operation_keys[name];
  keys.clear();
  for (int i = 0; i < stored.record.operations_size(); ++i) {
    keys.push_back(
        OperationKey(account->label, absl::StrCat(stored.record.operations(i).number())));
    places_[keys.back()] = {name, i};
  }
  const bool settled = IsFinal(payment.state()) || PhaseOf(stored.record) == Phase::kDisputed;
  settled ? (void)open_.erase(name) : (void)open_.insert(name);
  record_.commits.push_back(
      {committed.tenant, committed.event, executor_.Monotonic(), world_.IsAlive(keys.front())});
  if (story_.on()) TellCommit(*committed.event);
}

void EngineSimulation::TellCommit(const v1::Event& event) {
  const v1::Payment& payment = event.payment();
  std::string operations;
  for (const v1::Operation& operation : payment.operations()) {
    absl::StrAppend(&operations, " ",
                    Word(v1::OperationKind_Name(operation.kind()), "OPERATION_KIND_"), "=",
                    Word(v1::OperationDispatch_Name(operation.dispatch()), "OPERATION_DISPATCH_"),
                    "/", Word(v1::OperationResult_Name(operation.result()), "OPERATION_RESULT_"));
  }
  story_.Tell(" event: ", Story::ShortName(payment.name()), " #", payment.sequence(), " ",
              StateWord(event.previous_payment_state()), " -> ", StateWord(payment.state()), " by ",
              Word(v1::CauseKind_Name(event.cause().kind()), "CAUSE_KIND_"),
              payment.cancel_requested() ? ", cancel_requested" : "",
              payment.needs_review() ? ", needs_review" : "",
              event.cause().detail().empty() ? "" : ": ", event.cause().detail(), ";", operations);
}

// -- Calls -------------------------------------------------------------------------

Caller EngineSimulation::CallerOf(const std::string& name) const {
  return {tenants_.at(name), kPrincipal};
}

template <typename Response>
void EngineSimulation::Hear(Told told, const absl::StatusOr<Response>& response) {
  // A server that is gone tells nobody anything.
  if (dying_) return;
  told.time = executor_.Monotonic();
  told.code = response.status().code();
  if (response.ok()) told.payment = response->payment();
  if constexpr (std::is_same_v<Response, v1::CancelPaymentResponse>) {
    told.tombstoned = response.ok() && response->tombstoned();
  }
  story_.Tell("caller: ", told.call, " ", told.request_id, " is answered ",
              absl::StatusCodeToString(told.code), " ", Story::ShortName(told.payment.name()), " ",
              told.tombstoned ? "tombstoned" : StateWord(told.payment.state()));
  record_.told.push_back(std::move(told));
}

void EngineSimulation::Create(const Order& order) {
  if (!is_up()) return;
  const AccountName& account = kAccounts.at(order.account);
  story_.Tell("caller: CreatePayment ", order.request_id, " of ", account.tenant, "/",
              account.label, ", ", order.amount_minor, " ",
              Word(v1::CaptureMode_Name(order.mode), "CAPTURE_MODE_"));
  v1::CreatePaymentRequest request;
  request.set_request_id(order.request_id);
  request.set_account(account.account);
  request.mutable_source()->set_card(account.card);
  request.mutable_destination()->mutable_merchant()->set_payer_account(order.request_id);
  request.mutable_amount()->set_currency_code("UZS");
  request.mutable_amount()->set_amount_minor(order.amount_minor);
  request.set_capture_mode(order.mode);
  Told told{{}, "CreatePayment", account.tenant, order.request_id, order.amount_minor};
  engine_->CreatePayment({account.tenant, kPrincipal}, std::move(request), {}, Deadline(),
                         [this, told](const absl::StatusOr<v1::CreatePaymentResponse>& response) {
                           Hear(told, response);
                         });
}

void EngineSimulation::Capture(const std::string& name) {
  if (!is_up()) return;
  story_.Tell("caller: CapturePayment ", Story::ShortName(name));
  v1::CapturePaymentRequest request;
  request.set_name(name);
  Told told{{}, "CapturePayment", tenants_.at(name)};
  engine_->CapturePayment(CallerOf(name), std::move(request), Deadline(),
                          [this, told](const absl::StatusOr<v1::CapturePaymentResponse>& response) {
                            Hear(told, response);
                          });
}

void EngineSimulation::Cancel(const std::string& name) {
  if (!is_up()) return;
  story_.Tell("caller: CancelPayment ", Story::ShortName(name));
  v1::CancelPaymentRequest request;
  request.set_name(name);
  Told told{{}, "CancelPayment", tenants_.at(name)};
  engine_->CancelPayment(CallerOf(name), std::move(request), Deadline(),
                         [this, told](const absl::StatusOr<v1::CancelPaymentResponse>& response) {
                           Hear(told, response);
                         });
}

void EngineSimulation::CancelByRequestId(const std::string& tenant, const std::string& request_id) {
  if (!is_up()) return;
  story_.Tell("caller: CancelPayment ", request_id, " of ", tenant);
  v1::CancelPaymentRequest request;
  request.set_create_request_id(request_id);
  Told told{{}, "CancelPayment", tenant, request_id};
  engine_->CancelPayment({tenant, kPrincipal}, std::move(request), Deadline(),
                         [this, told](const absl::StatusOr<v1::CancelPaymentResponse>& response) {
                           Hear(told, response);
                         });
}

void EngineSimulation::Check(const std::string& name) {
  if (!is_up()) return;
  story_.Tell("caller: CheckPayment ", Story::ShortName(name));
  v1::CheckPaymentRequest request;
  request.set_name(name);
  Told told{{}, "CheckPayment", tenants_.at(name)};
  engine_->CheckPayment(CallerOf(name), std::move(request), Deadline(),
                        [this, told](const absl::StatusOr<v1::CheckPaymentResponse>& response) {
                          Hear(told, response);
                        });
}

v1::Resolution EngineSimulation::WhatTheLedgerShows(const std::string& name) {
  const StoredPayment stored = Stored(name);
  const v1::Payment& payment = stored.record.payment();
  const std::vector<std::string>& keys = record_.operation_keys.at(name);
  if (IsFinal(payment.state()) || payment.state() == v1::PAYMENT_STATE_AUTHORIZED) {
    return v1::RESOLUTION_ACKNOWLEDGED;
  }
  const bool moving = std::any_of(
      keys.begin(), keys.end(), [this](const std::string& key) { return world_.IsOnItsWay(key); });
  if (moving) return v1::RESOLUTION_UNSPECIFIED;
  const LedgerWorld::Hold* hold = world_.HoldOf(keys.front());
  if (hold != nullptr && hold->captures > 0) return v1::RESOLUTION_SUCCEEDED;
  if (!world_.IsAlive(keys.front())) {
    return executor_.Random(2) == 0 ? v1::RESOLUTION_DECLINED : v1::RESOLUTION_CANCELED;
  }
  return hold->state == LedgerWorld::HoldState::kHeld ? v1::RESOLUTION_AUTHORIZED
                                                      : v1::RESOLUTION_UNSPECIFIED;
}

void EngineSimulation::Resolve(const std::string& name) {
  if (!is_up()) return;
  v1::ResolvePaymentRequest request;
  request.set_name(name);
  request.set_resolution(WhatTheLedgerShows(name));
  if (request.resolution() == v1::RESOLUTION_UNSPECIFIED) return;
  request.set_etag(disk_->GetPayment(tenants_.at(name), name)->record.payment().etag());
  request.set_reason(absl::StrCat("reason ", record_.reasons.size() + 1));
  record_.reasons[request.reason()] = name;
  story_.Tell("operator: ResolvePayment ", Story::ShortName(name), " ",
              Word(v1::Resolution_Name(request.resolution()), "RESOLUTION_"), ", ",
              request.reason());
  Told told{{}, "ResolvePayment", tenants_.at(name)};
  engine_->ResolvePayment(CallerOf(name), std::move(request), Deadline(),
                          [this, told](const absl::StatusOr<v1::ResolvePaymentResponse>& response) {
                            Hear(told, response);
                          });
}

void EngineSimulation::DeliverCallback(const std::string& url, const std::string& body,
                                       int attempt) {
  if (!is_up()) return world_.DeliverAgain(url, body, attempt);
  const std::string token(absl::StripPrefix(url, absl::StrCat(kBaseUrl, "/callbacks/ledger/")));
  story_.Tell("callback: ", Story::ShortName(token), " ", Decode(body).fields["hold_id"],
              " status ", Decode(body).fields["status"]);
  HttpRequest request;
  request.body = Secret(body);
  engine_->HandleCallback("ledger", token, std::move(request),
                          [this, url, body, attempt](const HttpResponse& response) {
                            if (dying_) return;
                            record_.callbacks_acknowledged += response.status_code == kHttpOk;
                            if (response.status_code != kHttpServiceUnavailable) return;
                            world_.DeliverAgain(url, body, attempt);
                          });
}

// -- What there is -------------------------------------------------------------------

StoredPayment EngineSimulation::Stored(const std::string& name) const {
  return *disk_->GetPayment(tenants_.at(name), name);
}

int EngineSimulation::unhandled_callbacks() const {
  return static_cast<int>(disk_->ListUnfinishedCallbacks(0, kAll).size());
}

RunRecord EngineSimulation::Record() const {
  RunRecord record = record_;
  for (const AccountName& account : kAccounts) {
    record.logs[account.tenant] = disk_->ReadEvents(account.tenant, 0, kAll).events;
  }
  for (const std::string& name : names_) record.payments[name] = Stored(name);
  record.holds = world_.holds();
  record.sends = world_.sends();
  record.authorizations = world_.authorizations();
  record.heard = world_.heard();
  record.callbacks_recorded = disk_->callbacks();
  record.callbacks_unhandled = unhandled_callbacks();
  return record;
}

}  // namespace payments::simulation
