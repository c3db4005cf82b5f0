#include "providers/sandbox/fault_plan.h"

#include "absl/strings/str_cat.h"
#include "providers/sandbox/limits.h"

namespace payments::sandbox {
namespace {

constexpr size_t kCodeBytesMax = 64;
constexpr size_t kDescriptionBytesMax = 256;

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
  if (fault.status_name().size() > kCodeBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("fault.status_name: at most ", kCodeBytesMax, " bytes"));
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

}  // namespace payments::sandbox
