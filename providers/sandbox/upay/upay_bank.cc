#include "providers/sandbox/upay/upay_bank.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "providers/sandbox/limits.h"
#include "providers/sandbox/upay/soap_writer.h"
#include "providers/sandbox/upay/upay_magic.h"
#include "providers/sandbox/upay/upay_state.h"

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
      answer.huge = WriteHugeAnswer(
          rule, static_cast<size_t>(fault.body_bytes() == 0 ? FaultPlan::kAnswerBytesDefault
                                                            : fault.body_bytes()));
      return;
    default:
      return;
  }
}

// By what the merchant's side may never send twice.
void CountAttempt(const SoapCall& call, Conduct& conduct) {
  v1::Attempt attempt;
  attempt.set_method(call.method());
  if (call.method() == v1::METHOD_HOLD_CREATE) {
    attempt.set_key(std::string(call.Get("NotifyUrl")));
  } else if (call.method() == v1::METHOD_HOLD_PAYMENT) {
    attempt.set_key(std::string(call.Get("PartnerTrxId")));
    attempt.set_hold_id(std::string(call.Get("HoldId")));
  } else {
    return;
  }
  conduct.CountAttempt(attempt);
}

}  // namespace

UpayBank::UpayBank(Options options, Conduct* conduct, MovementLog* movements, Random* random)
    : options_(std::move(options)),
      magic_(UpayMagicAmounts(), UpayMagicCallbacks()),
      conduct_(conduct),
      movements_(movements),
      random_(random) {
  Reset();
}

UpayBank::~UpayBank() = default;

void UpayBank::Reset() {
  const std::lock_guard<std::mutex> lock(mu_);
  const UpayMethods::Options methods = state_ ? state_->methods.options() : options_.upay;
  state_ = std::make_unique<UpayState>(methods, random_, movements_);
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
  const absl::Time now = conduct_->Now();
  std::vector<CallbackOrder> due;
  AppendDueLocked(now, due);

  CountAttempt(call, *conduct_);
  SoapResult refusal = state_->methods.Refuse(call);
  BankAnswer answer;
  if (!refusal.code.empty()) {
    conduct_->Count(call.method(), Verdict::kRefused);
    refusal.server_time_ms = absl::ToUnixMillis(now);
    answer.body = WriteResponse(call.rule(), refusal);
    answer.code = refusal.code;
    answer.verdict = NameOf(Verdict::kRefused);
  } else {
    answer = ExecuteLocked(call, FaultOfLocked(call), now);
  }
  answer.headers = {{"Content-Type", "text/xml; charset=utf-8"}};
  answer.delay += conduct_->latency();
  answer.callbacks.insert(answer.callbacks.end(), due.begin(), due.end());
  return answer;
}

BankAnswer UpayBank::ExecuteLocked(const SoapCall& call, std::optional<v1::Fault> fault,
                                   absl::Time now) {
  BankAnswer answer;
  answer.http_status = kHttpOk;
  if (fault.has_value()) answer.delay = ToDuration(fault->delay());
  if (fault.has_value() && !AppliesBefore(*fault, call.method())) {
    const bool declined = fault->kind() == v1::FAULT_KIND_BUSINESS_ERROR;
    const Verdict verdict = declined ? Verdict::kDeclined : Verdict::kLost;
    conduct_->Count(call.method(), verdict);
    answer.verdict = NameOf(verdict);
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
  const Verdict verdict = outcome.applied ? Verdict::kApplied : Verdict::kDeclined;
  conduct_->Count(call.method(), verdict);
  answer.verdict = NameOf(verdict);
  answer.code = outcome.result.code;
  outcome.result.server_time_ms = absl::ToUnixMillis(now);
  if (fault.has_value() && fault->kind() == v1::FAULT_KIND_WRONG_AMOUNT) {
    OverwriteAmount(*fault, outcome.result);
  }
  answer.body = WriteResponse(call.rule(), outcome.result);
  if (outcome.card_changed != nullptr) {
    answer.callbacks.push_back(CardOrderLocked(*outcome.card_changed));
  }
  if (outcome.hold_changed != nullptr) {
    const HoldEntry& hold = *outcome.hold_changed;
    answer.callbacks.push_back(HoldOrderLocked(hold, HoldCallbackLocked(hold, now)));
  }
  if (fault.has_value()) Distort(*fault, call, absl::ToUnixMillis(now), answer);
  return answer;
}

std::optional<v1::Fault> UpayBank::FaultOfLocked(const SoapCall& call) {
  const v1::Method method = call.method();
  HoldEntry* hold = state_->methods.HoldOf(call);
  const uint32_t methods_called = hold == nullptr ? 0 : hold->methods_called;
  if (hold != nullptr) hold->methods_called |= 1U << method;
  if (auto planned = conduct_->TakeFault(method); planned.has_value()) return planned;

  int64_t amount = 0;
  if (method == v1::METHOD_HOLD_CREATE) {
    if (!absl::SimpleAtoi(call.Get("AmountInTiyin"), &amount)) return std::nullopt;
  } else if (hold != nullptr) {
    amount = hold->hold.amount_minor();
  }
  return magic_.FaultOf(method, amount, methods_called);
}

std::vector<CallbackOrder> UpayBank::Tick() {
  const std::lock_guard<std::mutex> lock(mu_);
  std::vector<CallbackOrder> callbacks;
  AppendDueLocked(conduct_->Now(), callbacks);
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
  callbacks.push_back(CardOrderLocked(entry));
}

void UpayBank::AppendDueLocked(absl::Time now, std::vector<CallbackOrder>& callbacks) {
  for (const HoldEntry* entry : state_->ledger.TakeDue(now)) {
    UpayCallback callback = HoldCallbackLocked(*entry, now);
    const v1::HoldState state = entry->hold.state();
    const bool capture_failed = state == v1::HOLD_STATE_HELD && entry->resolve_as_failed;
    if (state == v1::HOLD_STATE_FAILED || state == v1::HOLD_STATE_EXPIRED || capture_failed) {
      callback.status = kCallbackFailed;
      callback.message = state == v1::HOLD_STATE_EXPIRED ? "Expired" : "Failed";
    }
    callbacks.push_back(HoldOrderLocked(*entry, callback));
  }
}

UpayCallback UpayBank::CardCallbackLocked(const CardEntry& entry) const {
  UpayCallback callback;
  callback.subject = UpayCallback::Subject::kCard;
  callback.id = entry.card.card_token();
  callback.masked_pan = entry.card.masked_pan();
  callback.url = entry.card.notify_url();
  if (entry.card.state() != v1::CARD_STATE_ACTIVE) {
    callback.status = kCallbackFailed;
    callback.message = "Failed";
  }
  callback.date = conduct_->Now();
  return callback;
}

CallbackOrder UpayBank::CardOrderLocked(const CardEntry& entry) const {
  return WriteUpayCallback(CardCallbackLocked(entry), state_->registration_policy,
                           options_.upay.credentials);
}

UpayCallback UpayBank::HoldCallbackLocked(const HoldEntry& entry, absl::Time now) const {
  UpayCallback callback;
  callback.subject = UpayCallback::Subject::kHold;
  callback.id = entry.hold.hold_id();
  callback.service_id = entry.hold.service_id();
  callback.url = entry.hold.notify_url();
  callback.date = now;
  return callback;
}

CallbackOrder UpayBank::HoldOrderLocked(const HoldEntry& entry,
                                        const UpayCallback& callback) const {
  const auto magic = magic_.CallbacksOf(entry.hold.amount_minor());
  return WriteUpayCallback(callback, magic.value_or(state_->hold_policy),
                           options_.upay.credentials);
}

}  // namespace payments::sandbox
