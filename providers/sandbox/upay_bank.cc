#include "providers/sandbox/upay_bank.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "providers/sandbox/bank_state.h"
#include "providers/sandbox/limits.h"
#include "providers/sandbox/soap_writer.h"

namespace payments::sandbox {
namespace {

constexpr int kHttpOk = 200;
constexpr int kHttpError = 500;
constexpr int64_t kWrongAmountExtraMinor = 100;

v1::CallbackPolicy PolicyOfKind(v1::CallbackKind kind) {
  v1::CallbackPolicy policy;
  policy.set_kind(kind);
  return policy;
}

void OverwriteAmount(const v1::Fault& fault, SoapResult& result) {
  for (auto& [name, value] : result.fields) {
    if (absl::string_view(name) != "PaymentAmount") continue;
    int64_t amount = fault.payment_amount_minor();
    if (amount == 0 && absl::SimpleAtoi(value, &amount)) amount += kWrongAmountExtraMinor;
    value = absl::StrCat(amount);
  }
}

SoapResult BusinessError(const v1::Fault& fault, const SoapCall& call) {
  return {fault.code(), fault.description().empty() ? DescriptionOf(fault.code(), call.Get("Lang"))
                                                    : fault.description()};
}

// True if the call is executed although its answer goes wrong.
bool AppliesBefore(const v1::Fault& fault, v1::Method method) {
  switch (fault.kind()) {
    case v1::FAULT_KIND_UNSPECIFIED:
    case v1::FAULT_KIND_APPLY_THEN_DROP:
    case v1::FAULT_KIND_WRONG_AMOUNT:
      return true;
    case v1::FAULT_KIND_DROP_BEFORE_APPLY:
      return false;
    case v1::FAULT_KIND_IN_PROCESS:
      return method == v1::METHOD_HOLD_CREATE || method == v1::METHOD_HOLD_PAYMENT;
    default:
      return fault.apply_first();
  }
}

// Replaces the answer by what the fault asks for.
void Distort(const v1::Fault& fault, const SoapCall& call, int64_t server_time_ms,
             BankAnswer& answer) {
  const MethodRule& rule = call.rule();
  switch (fault.kind()) {
    case v1::FAULT_KIND_BUSINESS_ERROR: {
      SoapResult result = BusinessError(fault, call);
      result.server_time_ms = server_time_ms;
      answer.body = WriteResponse(rule, result);
      return;
    }
    case v1::FAULT_KIND_APPLY_THEN_DROP:
    case v1::FAULT_KIND_DROP_BEFORE_APPLY:
      answer.http_status = 0;
      return;
    case v1::FAULT_KIND_GARBAGE:
      answer.body = "\x01\x02 <<not xml&&";
      return;
    case v1::FAULT_KIND_HTTP_STATUS:
      answer.http_status =
          fault.http_status() == 0 ? FaultPlan::kHttpStatusDefault : fault.http_status();
      answer.body = "the sandbox was asked for this status\n";
      return;
    case v1::FAULT_KIND_SOAP_FAULT:
      answer.http_status = kHttpError;
      answer.body = WriteFault("the sandbox was asked for this fault");
      return;
    case v1::FAULT_KIND_EMPTY_RETURN:
      answer.body = WriteEmptyReturn(rule);
      return;
    case v1::FAULT_KIND_NO_RETURN:
      answer.body = WriteWithoutReturn(rule);
      return;
    case v1::FAULT_KIND_ENTITY_BOMB:
      answer.body = WriteEntityBomb(rule);
      return;
    case v1::FAULT_KIND_HUGE_ANSWER:
      answer.body.clear();
      answer.huge_bytes = static_cast<size_t>(
          fault.body_bytes() == 0 ? FaultPlan::kAnswerBytesDefault : fault.body_bytes());
      return;
    default:
      return;
  }
}

// By what the merchant's side may never send twice.
void CountAttempt(const SoapCall& call, AttemptLog& log) {
  if (call.method() == v1::METHOD_HOLD_CREATE) {
    log.Count(call.method(), call.Get("NotifyUrl"), absl::string_view());
  } else if (call.method() == v1::METHOD_HOLD_PAYMENT) {
    log.Count(call.method(), call.Get("PartnerTrxId"), call.Get("HoldId"));
  }
}

}  // namespace

UpayBank::UpayBank(Options options, Clock* clock, Random* random)
    : options_(std::move(options)), clock_(clock), random_(random) {
  Reset();
}

UpayBank::~UpayBank() = default;

void UpayBank::Reset() {
  const std::lock_guard<std::mutex> lock(mu_);
  const UpayMethods::Options methods = state_ ? state_->methods.options() : options_.upay;
  state_ = std::make_unique<BankState>(methods, random_);
  state_->latency = options_.latency;
  state_->registration_policy = PolicyOfKind(v1::CALLBACK_KIND_NORMAL);
  state_->hold_policy =
      PolicyOfKind(options_.hold_callbacks ? v1::CALLBACK_KIND_NORMAL : v1::CALLBACK_KIND_NONE);
}

void UpayBank::SetConfirmBaseUrl(std::string url) {
  const std::lock_guard<std::mutex> lock(mu_);
  state_->methods.SetConfirmBaseUrl(std::move(url));
}

BankAnswer UpayBank::Handle(const SoapCall& call) {
  const std::lock_guard<std::mutex> lock(mu_);
  const absl::Time now = NowLocked();
  std::vector<CallbackOrder> due;
  AppendDueLocked(now, due);

  v1::MethodCounts& counts = state_->counts[call.method()];
  counts.set_received(counts.received() + 1);
  CountAttempt(call, state_->attempts);
  SoapResult refusal = state_->methods.Refuse(call);
  BankAnswer answer;
  if (!refusal.code.empty()) {
    counts.set_refused(counts.refused() + 1);
    refusal.server_time_ms = absl::ToUnixMillis(now);
    answer.body = WriteResponse(call.rule(), refusal);
    answer.code = refusal.code;
    answer.verdict = "refused";
  } else {
    answer = ExecuteLocked(call, FaultOfLocked(call), now);
  }
  answer.rule = &call.rule();
  answer.delay += state_->latency;
  answer.callbacks.insert(answer.callbacks.end(), due.begin(), due.end());
  return answer;
}

BankAnswer UpayBank::ExecuteLocked(const SoapCall& call, std::optional<v1::Fault> fault,
                                   absl::Time now) {
  v1::MethodCounts& counts = state_->counts[call.method()];
  BankAnswer answer;
  answer.http_status = kHttpOk;
  if (fault.has_value()) answer.delay = ToDuration(fault->delay());
  if (fault.has_value() && !AppliesBefore(*fault, call.method())) {
    const bool declined = fault->kind() == v1::FAULT_KIND_BUSINESS_ERROR;
    declined ? counts.set_declined(counts.declined() + 1) : counts.set_lost(counts.lost() + 1);
    answer.verdict = declined ? "declined" : "lost";
    answer.code = fault->code();
    if (fault->kind() == v1::FAULT_KIND_IN_PROCESS) {  // Of a method that is never in process.
      fault->set_kind(v1::FAULT_KIND_BUSINESS_ERROR);
      fault->set_code(kCodeInProcess);
    }
    Distort(*fault, call, absl::ToUnixMillis(now), answer);
    return answer;
  }
  const bool in_process = fault.has_value() && fault->kind() == v1::FAULT_KIND_IN_PROCESS;
  MethodOutcome outcome = state_->methods.Execute(call, in_process ? &*fault : nullptr, now);
  outcome.applied ? counts.set_applied(counts.applied() + 1)
                  : counts.set_declined(counts.declined() + 1);
  answer.verdict = outcome.applied ? "applied" : "declined";
  answer.code = outcome.result.code;
  outcome.result.server_time_ms = absl::ToUnixMillis(now);
  if (fault.has_value() && fault->kind() == v1::FAULT_KIND_WRONG_AMOUNT) {
    OverwriteAmount(*fault, outcome.result);
  }
  answer.body = WriteResponse(call.rule(), outcome.result);
  if (outcome.card_changed != nullptr) {
    answer.callbacks.push_back(CardCallbackLocked(*outcome.card_changed));
  }
  if (outcome.hold_changed != nullptr) {
    answer.callbacks.push_back(HoldCallbackLocked(*outcome.hold_changed, now));
  }
  if (fault.has_value()) Distort(*fault, call, absl::ToUnixMillis(now), answer);
  return answer;
}

std::optional<v1::Fault> UpayBank::FaultOfLocked(const SoapCall& call) {
  const v1::Method method = call.method();
  HoldEntry* hold = state_->methods.HoldOf(call);
  const uint32_t methods_called = hold == nullptr ? 0 : hold->methods_called;
  if (hold != nullptr) hold->methods_called |= 1U << method;
  if (auto planned = state_->faults.Take(method); planned.has_value()) return planned;

  int64_t amount = 0;
  if (method == v1::METHOD_HOLD_CREATE) {
    if (!absl::SimpleAtoi(call.Get("AmountInTiyin"), &amount)) return std::nullopt;
  } else if (hold != nullptr) {
    amount = hold->hold.amount_minor();
  }
  return state_->faults.ForAmount(method, amount, methods_called);
}

void UpayBank::CountUnreadable() {
  const std::lock_guard<std::mutex> lock(mu_);
  ++state_->unreadable_requests;
}

std::vector<CallbackOrder> UpayBank::Tick() {
  const std::lock_guard<std::mutex> lock(mu_);
  std::vector<CallbackOrder> callbacks;
  AppendDueLocked(NowLocked(), callbacks);
  return callbacks;
}

absl::StatusOr<ConfirmationView> UpayBank::View(absl::string_view confirm_id) {
  const std::lock_guard<std::mutex> lock(mu_);
  const CardEntry* entry = state_->ledger.FindCardByConfirmId(confirm_id);
  if (entry == nullptr) return absl::NotFoundError("no such confirmation");
  return ConfirmationView{entry->card.masked_pan(), entry->card.state()};
}

absl::StatusOr<UpayBank::Decision> UpayBank::Decide(absl::string_view confirm_id, bool refuse,
                                                    absl::string_view code) {
  const std::lock_guard<std::mutex> lock(mu_);
  CardEntry* entry = state_->ledger.FindCardByConfirmId(confirm_id);
  if (entry == nullptr) return absl::NotFoundError("no such confirmation");
  Decision decision;
  decision.view.masked_pan = entry->card.masked_pan();
  if (entry->card.state() == v1::CARD_STATE_PENDING) {
    const bool wrong_code = !refuse && code == kWrongCode;
    if (wrong_code && ++entry->wrong_codes < kWrongCodesMax) {
      decision.view.wrong_code = true;
    } else {
      DecideLocked(*entry, refuse || wrong_code, decision.callbacks);
    }
  }
  decision.view.state = entry->card.state();
  return decision;
}

void UpayBank::DecideLocked(CardEntry& entry, bool refuse, std::vector<CallbackOrder>& callbacks) {
  const bool refused = refuse || entry.bank_refuses;
  entry.card.set_state(refused ? v1::CARD_STATE_REFUSED : v1::CARD_STATE_ACTIVE);
  callbacks.push_back(CardCallbackLocked(entry));
}

absl::Time UpayBank::NowLocked() const { return clock_->Now() + state_->skew; }

void UpayBank::AppendDueLocked(absl::Time now, std::vector<CallbackOrder>& callbacks) {
  for (const HoldEntry* entry : state_->ledger.TakeDue(now)) {
    CallbackOrder order = HoldCallbackLocked(*entry, now);
    const v1::HoldState state = entry->hold.state();
    const bool capture_failed = state == v1::HOLD_STATE_HELD && entry->resolve_as_failed;
    if (state == v1::HOLD_STATE_FAILED || state == v1::HOLD_STATE_EXPIRED || capture_failed) {
      order.status = kCallbackFailed;
      order.message = state == v1::HOLD_STATE_EXPIRED ? "Expired" : "Failed";
    }
    callbacks.push_back(std::move(order));
  }
}

CallbackOrder UpayBank::CardCallbackLocked(const CardEntry& entry) const {
  CallbackOrder order;
  order.subject = CallbackOrder::Subject::kCard;
  order.id = entry.card.card_token();
  order.masked_pan = entry.card.masked_pan();
  order.url = entry.card.notify_url();
  if (entry.card.state() != v1::CARD_STATE_ACTIVE) {
    order.status = kCallbackFailed;
    order.message = "Failed";
  }
  order.date = NowLocked();
  order.policy = state_->registration_policy;
  return order;
}

CallbackOrder UpayBank::HoldCallbackLocked(const HoldEntry& entry, absl::Time now) const {
  CallbackOrder order;
  order.subject = CallbackOrder::Subject::kHold;
  order.id = entry.hold.hold_id();
  order.service_id = entry.hold.service_id();
  order.url = entry.hold.notify_url();
  order.date = now;
  const auto magic = state_->faults.CallbacksForAmount(entry.hold.amount_minor());
  order.policy = magic.value_or(state_->hold_policy);
  return order;
}

}  // namespace payments::sandbox
