#include "tests/simulation/engine_simulation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"
#include "tests/simulation/canaries.h"

namespace payments::simulation {
namespace {

constexpr int kDownSecondsMax = 60;
constexpr int kAll = 1'000'000;
constexpr int64_t kFirstNumber = 100'000;

}  // namespace

EnginePolicy SimulatedPolicy() {
  EnginePolicy policy;
  policy.reconcile_tick_interval = absl::Seconds(5);
  policy.public_base_url = EngineSimulation::kBaseUrl;
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
    NumberRange numbers;
    if (name.label == absl::string_view(kTerminal)) {
      numbers = {kTerminal, kFirstNumber, kFirstNumber + options.terminal_numbers - 1,
                 options.terminal_at_end};
    }
    accounts.push_back({name.account, name.tenant, "ledger",
                        MakeLedgerProvider(name.label, name.shape, numbers), kHold, checks});
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
  write.record.set_sealed_token(
      keys_->Seal(Secret(absl::StrCat(kCardTokenCanary, "seeded")), account.card));
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
  if (message.verb == "check" || message.verb == "check_transfer" || message.verb == "register") {
    return;
  }
  std::string key = OperationKey(message.fields.at("account"), message.fields.at("number"));
  if (message.verb == "confirm") key = ConfirmKey(key);
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
  const std::vector<std::string>& keys = record_.operation_keys[name] = KeysOf(stored.record);
  for (size_t i = 0; i < keys.size(); ++i) places_[keys[i]] = {name, static_cast<int>(i)};
  const bool settled = IsFinal(payment.state()) || PhaseOf(stored.record) == Phase::kDisputed;
  settled ? (void)open_.erase(name) : (void)open_.insert(name);
  bool alive = world_.IsAlive(keys.front());
  if (payment.operations(0).kind() == v1::OPERATION_KIND_TRANSFER) {
    const LedgerWorld::Transfer* transfer = world_.TransferOf(keys.front());
    // What the bank does after it had refused is no fault of the server's.
    const bool moved = transfer != nullptr && transfer->moves > (transfer->undead ? 1 : 0);
    alive = world_.MayStillMove(keys.front()) ||
            (moved && payment.state() != v1::PAYMENT_STATE_SUCCEEDED);
  }
  record_.commits.push_back({committed.tenant, committed.event, executor_.Monotonic(), alive});
  if (story_.on()) TellCommit(*committed.event);
}

std::vector<std::string> EngineSimulation::KeysOf(const storage::v1::PaymentRecord& record) const {
  const v1::Payment& payment = record.payment();
  const auto* account = std::find_if(kAccounts.begin(), kAccounts.end(), [&](const AccountName& a) {
    return record.tenant() == a.tenant && payment.account() == a.account;
  });
  std::vector<std::string> keys;
  for (int i = 0; i < record.operations_size(); ++i) {
    keys.push_back(OperationKey(account->label, absl::StrCat(record.operations(i).number())));
    const bool confirm = payment.operations(i).kind() == v1::OPERATION_KIND_CONFIRM;
    if (confirm) keys.back() = ConfirmKey(keys.back());
  }
  return keys;
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

// -- What there is -------------------------------------------------------------------

StoredPayment EngineSimulation::Stored(const std::string& name) const {
  return *disk_->GetPayment(tenants_.at(name), name);
}

int EngineSimulation::unhandled_callbacks() const {
  return static_cast<int>(disk_->ListPendingCallbacks(0, kAll).size());
}

RunRecord EngineSimulation::Record() const {
  RunRecord record = record_;
  for (const AccountName& account : kAccounts) {
    record.logs[account.tenant] = disk_->ReadEvents(account.tenant, 0, kAll).events;
  }
  for (const std::string& name : names_) record.payments[name] = Stored(name);
  record.holds = world_.holds();
  record.transfers = world_.transfers();
  record.refusals = world_.refusals();
  record.arrivals = world_.arrivals();
  record.kept_cards = KeptCards();
  record.words.insert(observer_.words.begin(), observer_.words.end());
  record.sends = world_.sends();
  record.authorizations = world_.authorizations();
  record.heard = world_.heard();
  record.callbacks_recorded = disk_->callbacks();
  record.callbacks_unhandled = unhandled_callbacks();
  return record;
}

std::vector<KeptCard> EngineSimulation::KeptCards() const {
  std::vector<KeptCard> kept;
  std::set<std::string> tenants;
  for (const AccountName& account : kAccounts) tenants.insert(account.tenant);
  for (const std::string& tenant : tenants) {
    CardQuery all;
    all.limit = kAll;
    for (const v1::Card& card : disk_->ListCards(tenant, all).items) {
      const bool seeded = std::any_of(kAccounts.begin(), kAccounts.end(),
                                      [&card](const auto& one) { return card.name() == one.card; });
      if (seeded) continue;
      KeptCard one{tenant, disk_->GetCard(tenant, card.name())->record, ""};
      one.token = std::string(keys_->Open(one.record.sealed_token(), card.name())->Reveal());
      kept.push_back(std::move(one));
    }
  }
  return kept;
}

}  // namespace payments::simulation
