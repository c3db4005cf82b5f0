#include "providers/sandbox/conduct.h"

#include "providers/sandbox/limits.h"
#include "providers/sandbox/paging.h"

namespace payments::sandbox {
namespace {

constexpr absl::Duration kSkewMax = absl::Hours(24 * 366 * 10);

}  // namespace

const char* NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kRefused:
      return "refused";
    case Verdict::kDeclined:
      return "declined";
    case Verdict::kApplied:
      return "applied";
    case Verdict::kLost:
      return "lost";
  }
  return "";
}

Conduct::Conduct(absl::Duration latency, Clock* clock) : first_latency_(latency), clock_(clock) {
  Reset();
}

void Conduct::Reset() {
  const std::lock_guard<std::mutex> lock(mu_);
  faults_.Clear(v1::METHOD_UNSPECIFIED);
  for (size_t i = 0; i < counts_.size(); ++i) {
    counts_[i].Clear();
    counts_[i].set_method(static_cast<v1::Method>(i));
  }
  attempts_ = AttemptLog();
  unreadable_requests_ = 0;
  latency_ = first_latency_;
  skew_ = absl::ZeroDuration();
}

absl::Time Conduct::Now() {
  const std::lock_guard<std::mutex> lock(mu_);
  return NowLocked();
}

absl::Duration Conduct::latency() {
  const std::lock_guard<std::mutex> lock(mu_);
  return latency_;
}

std::optional<v1::Fault> Conduct::TakeFault(v1::Method method) {
  const std::lock_guard<std::mutex> lock(mu_);
  return faults_.Take(method);
}

void Conduct::Count(v1::Method method, Verdict verdict) {
  const std::lock_guard<std::mutex> lock(mu_);
  v1::MethodCounts& counts = counts_[method];
  counts.set_received(counts.received() + 1);
  switch (verdict) {
    case Verdict::kRefused:
      counts.set_refused(counts.refused() + 1);
      return;
    case Verdict::kDeclined:
      counts.set_declined(counts.declined() + 1);
      return;
    case Verdict::kApplied:
      counts.set_applied(counts.applied() + 1);
      return;
    case Verdict::kLost:
      counts.set_lost(counts.lost() + 1);
      return;
  }
}

void Conduct::CountAttempt(const v1::Attempt& attempt) {
  const std::lock_guard<std::mutex> lock(mu_);
  attempts_.Count(attempt);
}

void Conduct::CountUnreadable() {
  const std::lock_guard<std::mutex> lock(mu_);
  ++unreadable_requests_;
}

void Conduct::AddTotals(v1::Totals& totals) {
  const std::lock_guard<std::mutex> lock(mu_);
  totals.set_unreadable_requests(unreadable_requests_);
  for (size_t i = 1; i < counts_.size(); ++i) *totals.add_methods() = counts_[i];
}

absl::Status Conduct::PlanFault(const v1::PlanFaultRequest& request) {
  const std::lock_guard<std::mutex> lock(mu_);
  return faults_.Plan(request);
}

void Conduct::ClearFaults(v1::Method method) {
  const std::lock_guard<std::mutex> lock(mu_);
  faults_.Clear(method);
}

absl::StatusOr<v1::ListAttemptsResponse> Conduct::ListAttempts(
    const v1::ListAttemptsRequest& request) {
  const auto page = ReadPage(request);
  if (!page.ok()) return page.status();
  const std::lock_guard<std::mutex> lock(mu_);
  v1::ListAttemptsResponse response;
  const auto& attempts = attempts_.attempts();
  const size_t end = EndOfPage(*page, attempts.size(), response);
  for (size_t i = page->begin; i < end; ++i) *response.add_attempts() = attempts[i];
  return response;
}

absl::Status Conduct::SetLatency(const v1::SetLatencyRequest& request) {
  if (!request.has_latency()) return absl::InvalidArgumentError("latency: required");
  if (auto status = ValidateDelay("latency", request.latency()); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(mu_);
  latency_ = ToDuration(request.latency());
  return absl::OkStatus();
}

absl::StatusOr<v1::SetClockSkewResponse> Conduct::SetClockSkew(
    const v1::SetClockSkewRequest& request) {
  if (!request.has_skew()) return absl::InvalidArgumentError("skew: required");
  const absl::Duration skew = ToDuration(request.skew());
  if (skew < -kSkewMax || skew > kSkewMax) {
    return absl::InvalidArgumentError("skew: at most 10 years either way");
  }
  const std::lock_guard<std::mutex> lock(mu_);
  skew_ = skew;
  v1::SetClockSkewResponse response;
  SetTimestamp(NowLocked(), response.mutable_time());
  return response;
}

}  // namespace payments::sandbox
