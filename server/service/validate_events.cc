#include "server/service/validate_events.h"

#include "absl/strings/str_cat.h"
#include "server/service/validate_fields.h"

namespace payments {
namespace {

// Both requests say in the same words where to start.
template <typename Request>
void CheckStart(const Request& request, FieldChecker& check) {
  switch (request.start_case()) {
    case Request::kAfterCursor:
      return;
    case Request::kStartTime:
      check.Timestamp("start_time", request.start_time());
      return;
    case Request::kNow:
      if (!request.now()) check.Add("now", "must be true where it is given");
      return;
    case Request::kBeginning:
      if (!request.beginning()) check.Add("beginning", "must be true where it is given");
      return;
    case Request::START_NOT_SET:
      check.Add("start", "exactly one of after_cursor, start_time, now and beginning is required");
      return;
  }
}

void CheckFilter(const v1::EventFilter& filter, FieldChecker& check) {
  check.Count("filter.names", filter.names_size(), kFilterNamesMax);
  for (int i = 0; i < filter.names_size() && i < kFilterNamesMax; ++i) {
    if (IsResourceName(filter.names(i), kPaymentPrefix)) continue;
    if (IsResourceName(filter.names(i), kCardPrefix)) continue;
    check.Add(IndexedField("filter.names", i),
              absl::StrCat("must be \"", kPaymentPrefix, "{id}\" or \"", kCardPrefix, "{id}\""));
  }
  check.States("filter.payment_states", filter.payment_states(), v1::PaymentState_IsValid,
               kFilterStatesMax);
  check.States("filter.card_states", filter.card_states(), v1::CardState_IsValid, kFilterStatesMax);
  if (filter.payment_states_size() > 0 && filter.card_states_size() > 0) {
    check.Add("filter.card_states", "with filter.payment_states nothing would ever match");
  }
  check.Accounts("filter.accounts", filter.accounts());
  check.States("filter.kinds", filter.kinds(), v1::ResourceKind_IsValid, kFilterKindsMax);
  check.OptionalText("filter.merchant_reference", filter.merchant_reference(), kMerchantIdCharsMax);
}

}  // namespace

absl::Status ValidateWatchEvents(const v1::WatchEventsRequest& request) {
  FieldChecker check;
  CheckStart(request, check);
  CheckFilter(request.filter(), check);
  if (request.has_heartbeat_interval()) {
    check.Duration("heartbeat_interval", request.heartbeat_interval(), kHeartbeatIntervalMin,
                   kHeartbeatIntervalMax);
  }
  if (request.stop_when_final() && request.filter().names().empty()) {
    check.Add("filter.names", "is required with stop_when_final");
  }
  return check.Result();
}

absl::Status ValidateListEvents(const v1::ListEventsRequest& request) {
  FieldChecker check;
  CheckStart(request, check);
  CheckFilter(request.filter(), check);
  check.PageSize(request.page_size());
  return check.Result();
}

}  // namespace payments
