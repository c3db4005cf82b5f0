#include "server/service/validate_operations.h"

#include "server/service/validate_fields.h"

namespace payments {
namespace {

constexpr size_t kReasonCharsMax = 500;
constexpr absl::Duration kUnknownOlderThanMax = absl::Hours(24 * 366);

}  // namespace

absl::Status ValidateResolvePayment(const v1::ResolvePaymentRequest& request) {
  FieldChecker check;
  check.Name("name", request.name(), kPaymentPrefix);
  if (request.resolution() == v1::RESOLUTION_UNSPECIFIED ||
      !v1::Resolution_IsValid(request.resolution())) {
    check.Add("resolution", "must be one of the enum's values, and not UNSPECIFIED");
  }
  check.RequiredText("reason", request.reason(), kReasonCharsMax);
  check.OptionalText("etag", request.etag(), kEtagCharsMax);
  return check.Result();
}

absl::Status ValidateListAttention(const v1::ListAttentionRequest& request) {
  FieldChecker check;
  check.PageSize(request.page_size());
  if (request.has_unknown_older_than()) {
    check.Duration("unknown_older_than", request.unknown_older_than(), absl::ZeroDuration(),
                   kUnknownOlderThanMax);
  }
  return check.Result();
}

absl::Status ValidateListCallbacks(const v1::ListCallbacksRequest& request) {
  FieldChecker check;
  check.PageSize(request.page_size());
  const v1::CallbackFilter& filter = request.filter();
  if (!filter.resource().empty() && !IsResourceName(filter.resource(), kPaymentPrefix) &&
      !IsResourceName(filter.resource(), kCardPrefix)) {
    check.Add("filter.resource", R"(must be "payments/{id}" or "cards/{id}")");
  }
  check.States("filter.verdicts", filter.verdicts(), v1::CallbackVerdict_IsValid, kFilterStatesMax);
  check.Accounts("filter.accounts", filter.accounts());
  if (filter.has_receive_time_min()) {
    check.Timestamp("filter.receive_time_min", filter.receive_time_min());
  }
  if (filter.has_receive_time_max()) {
    check.Timestamp("filter.receive_time_max", filter.receive_time_max());
  }
  return check.Result();
}

absl::Status ValidateGetCallback(const v1::GetCallbackRequest& request) {
  FieldChecker check;
  check.Name("name", request.name(), kCallbackPrefix);
  return check.Result();
}

absl::Status ValidateReplayCallback(const v1::ReplayCallbackRequest& request) {
  FieldChecker check;
  check.Name("name", request.name(), kCallbackPrefix);
  return check.Result();
}

absl::Status ValidateAcknowledgeCallback(const v1::AcknowledgeCallbackRequest& request) {
  FieldChecker check;
  check.Name("name", request.name(), kCallbackPrefix);
  check.RequiredText("reason", request.reason(), kReasonCharsMax);
  return check.Result();
}

}  // namespace payments
