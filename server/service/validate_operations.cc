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

}  // namespace payments
