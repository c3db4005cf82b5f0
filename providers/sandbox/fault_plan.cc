#include "providers/sandbox/fault_plan.h"

#include <google/protobuf/text_format.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "providers/sandbox/limits.h"
#include "providers/sandbox/soap_writer.h"

namespace payments::sandbox {
namespace {

constexpr int kEndingModulus = 100;
constexpr size_t kCodeBytesMax = 64;
constexpr size_t kDescriptionBytesMax = 256;

constexpr v1::Method kCreate = v1::METHOD_HOLD_CREATE;
constexpr v1::Method kCapture = v1::METHOD_HOLD_PAYMENT;
constexpr v1::Method kCheck = v1::METHOD_HOLD_CHECK;
constexpr v1::Method kCancel = v1::METHOD_HOLD_CANCEL;

// docs/sandbox.md shows this table to people.
constexpr std::array kMagicAmounts = {
    MagicAmount{1, kCreate, false, "kind: FAULT_KIND_BUSINESS_ERROR code: 'STPIMS-ERR-112'"},
    MagicAmount{2, kCreate, false,
                "kind: FAULT_KIND_IN_PROCESS resolve_after { nanos: 500000000 }"},
    MagicAmount{3, kCreate, false, "kind: FAULT_KIND_BUSINESS_ERROR code: 'ERROR'"},
    MagicAmount{4, kCreate, false, "kind: FAULT_KIND_APPLY_THEN_DROP"},
    MagicAmount{5, kCreate, false, "kind: FAULT_KIND_DROP_BEFORE_APPLY"},
    MagicAmount{6, kCreate, false,
                "kind: FAULT_KIND_IN_PROCESS resolve_after { nanos: 500000000 } "
                "resolve_as_failed: true"},
    MagicAmount{7, kCreate, false, "kind: FAULT_KIND_BUSINESS_ERROR code: 'STPIMS-ERR-001'"},
    MagicAmount{8, kCreate, false, "kind: FAULT_KIND_SOAP_FAULT"},
    MagicAmount{9, kCreate, false, "kind: FAULT_KIND_GARBAGE apply_first: true"},
    MagicAmount{10, kCreate, false, "kind: FAULT_KIND_HTTP_STATUS http_status: 503"},
    MagicAmount{11, kCreate, false, "kind: FAULT_KIND_EMPTY_RETURN apply_first: true"},
    MagicAmount{12, kCreate, false,
                "kind: FAULT_KIND_IN_PROCESS resolve_after { nanos: 500000000 } "
                "omit_hold_id: true"},
    MagicAmount{13, kCreate, false, "kind: FAULT_KIND_IN_PROCESS"},
    MagicAmount{14, kCreate, false, "delay { seconds: 30 }"},

    MagicAmount{21, kCapture, false, "kind: FAULT_KIND_BUSINESS_ERROR code: 'ERROR'"},
    MagicAmount{22, kCapture, true, "kind: FAULT_KIND_APPLY_THEN_DROP"},
    MagicAmount{23, kCapture, true, "kind: FAULT_KIND_DROP_BEFORE_APPLY"},
    MagicAmount{24, kCapture, true,
                "kind: FAULT_KIND_IN_PROCESS resolve_after { nanos: 500000000 }"},
    MagicAmount{25, kCapture, false, "kind: FAULT_KIND_WRONG_AMOUNT"},
    MagicAmount{26, kCapture, true, "kind: FAULT_KIND_BUSINESS_ERROR code: 'STPIMS-ERR-001'"},
    MagicAmount{27, kCapture, true,
                "kind: FAULT_KIND_IN_PROCESS resolve_after { nanos: 500000000 } "
                "resolve_as_failed: true"},

    MagicAmount{31, kCancel, false, "kind: FAULT_KIND_BUSINESS_ERROR code: 'ERROR'"},
    MagicAmount{32, kCancel, true, "kind: FAULT_KIND_APPLY_THEN_DROP"},
    MagicAmount{33, kCancel, true, "kind: FAULT_KIND_DROP_BEFORE_APPLY"},

    MagicAmount{41, kCheck, false, "kind: FAULT_KIND_BUSINESS_ERROR code: 'STPIMS-ERR-001'"},
    MagicAmount{42, kCheck, false, "kind: FAULT_KIND_WRONG_AMOUNT"},
};

constexpr std::array kMagicCallbacks = {
    MagicCallback{51, "kind: CALLBACK_KIND_NONE"},
    MagicCallback{52, "kind: CALLBACK_KIND_DUPLICATE copies: 2"},
    MagicCallback{53, "kind: CALLBACK_KIND_LATE delay { seconds: 2 }"},
    MagicCallback{54, "kind: CALLBACK_KIND_EARLY"},
    MagicCallback{55, "kind: CALLBACK_KIND_FORGED_TOKEN"},
    MagicCallback{56, "kind: CALLBACK_KIND_FORGED_STATUS"},
    MagicCallback{57, "encoding: CALLBACK_ENCODING_FORM"},
    MagicCallback{58, "encoding: CALLBACK_ENCODING_JSON_WRONG_CONTENT_TYPE"},
    MagicCallback{59, "encoding: CALLBACK_ENCODING_JSON_STRINGS"},
};

constexpr std::array kMagicCards = {
    MagicCard{"0001", kCodeInternal},
    MagicCard{"0004", kCodeCardNotFound},
    MagicCard{"0067", kCodeWrongCard},
    MagicCard{"0133", kCodeCardAlreadyBound},
};

template <typename Message>
Message Parse(const char* text) {
  Message message;
  // The tables above are wrong, not the input: nothing can go on.
  if (!google::protobuf::TextFormat::ParseFromString(text, &message)) std::abort();
  return message;
}

absl::Status ValidateFault(const v1::Fault& fault) {
  if (!v1::FaultKind_IsValid(fault.kind())) {
    return absl::InvalidArgumentError("fault.kind: not a known kind");
  }
  if (auto status = ValidateDelay("fault.delay", fault.delay()); !status.ok()) return status;
  if (auto status = ValidateDelay("fault.resolve_after", fault.resolve_after()); !status.ok()) {
    return status;
  }
  if (fault.kind() == v1::FAULT_KIND_BUSINESS_ERROR && fault.code().empty()) {
    return absl::InvalidArgumentError("fault.code: required for BUSINESS_ERROR");
  }
  if (fault.code().size() > kCodeBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("fault.code: at most ", kCodeBytesMax, " bytes"));
  }
  if (fault.description().size() > kDescriptionBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("fault.description: at most ", kDescriptionBytesMax, " bytes"));
  }
  const int status = fault.http_status();
  // 1xx would not end the request, whatever the client thinks of it.
  if (status != 0 && (status < 200 || status > 599)) {
    return absl::InvalidArgumentError("fault.http_status: 200 to 599");
  }
  if (fault.body_bytes() < 0 || fault.body_bytes() > FaultPlan::kAnswerBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("fault.body_bytes: 0 to ", FaultPlan::kAnswerBytesMax));
  }
  if (fault.payment_amount_minor() < 0) {
    return absl::InvalidArgumentError("fault.payment_amount_minor: must not be negative");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Span<const MagicAmount> MagicAmounts() { return kMagicAmounts; }
absl::Span<const MagicCallback> MagicCallbacks() { return kMagicCallbacks; }
absl::Span<const MagicCard> MagicCards() { return kMagicCards; }

FaultPlan::FaultPlan() {
  for (const MagicAmount& row : kMagicAmounts) {
    amounts_.push_back({row, Parse<v1::Fault>(row.fault)});
  }
  for (const MagicCallback& row : kMagicCallbacks) {
    callbacks_.emplace_back(row.ending, Parse<v1::CallbackPolicy>(row.policy));
  }
}

absl::Status FaultPlan::Plan(const v1::PlanFaultRequest& request) {
  if (!v1::Method_IsValid(request.method()) || request.method() == v1::METHOD_UNSPECIFIED) {
    return absl::InvalidArgumentError("method: required, one of Method");
  }
  if (!request.has_fault()) return absl::InvalidArgumentError("fault: required");
  if (auto status = ValidateFault(request.fault()); !status.ok()) return status;
  if (request.calls() < 0 || request.calls() > kCallsMax) {
    return absl::InvalidArgumentError(absl::StrCat("calls: 0 to ", kCallsMax));
  }
  if (request.until_cleared() && request.calls() != 0) {
    return absl::InvalidArgumentError("calls: must be 0 with until_cleared");
  }
  std::deque<Planned>& planned = planned_[request.method()];
  if (planned.size() >= kPlansPerMethodMax) {
    return absl::ResourceExhaustedError(
        absl::StrCat("at most ", kPlansPerMethodMax, " plans a method"));
  }
  planned.push_back(
      {request.fault(), request.calls() == 0 ? 1 : request.calls(), request.until_cleared()});
  return absl::OkStatus();
}

void FaultPlan::Clear(v1::Method method) {
  for (size_t i = 0; i < planned_.size(); ++i) {
    if (method == v1::METHOD_UNSPECIFIED || i == static_cast<size_t>(method)) planned_[i].clear();
  }
}

std::optional<v1::Fault> FaultPlan::Take(v1::Method method) {
  std::deque<Planned>& planned = planned_[method];
  if (planned.empty()) return std::nullopt;
  v1::Fault fault = planned.front().fault;
  if (!planned.front().until_cleared && --planned.front().calls_left == 0) planned.pop_front();
  return fault;
}

std::optional<v1::Fault> FaultPlan::ForAmount(v1::Method method, int64_t amount_minor,
                                              uint32_t methods_called) const {
  const bool first = (methods_called & (1U << method)) == 0;
  for (const ParsedAmount& amount : amounts_) {
    if (amount.row.method == method && amount_minor % kEndingModulus == amount.row.ending &&
        (first || !amount.row.first_call_only)) {
      return amount.fault;
    }
  }
  return std::nullopt;
}

std::optional<v1::CallbackPolicy> FaultPlan::CallbacksForAmount(int64_t amount_minor) const {
  for (const auto& [ending, policy] : callbacks_) {
    if (amount_minor % kEndingModulus == ending) return policy;
  }
  return std::nullopt;
}

}  // namespace payments::sandbox
