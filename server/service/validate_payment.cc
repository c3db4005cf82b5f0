#include "server/service/validate_payment.h"

#include "server/engine/proto_time.h"
#include "server/service/validate_fields.h"

namespace payments {
namespace {

constexpr size_t kPayerAccountCharsMax = 64;
constexpr size_t kDescriptionCharsMax = 250;
constexpr absl::Duration kHoldDurationMin = absl::Minutes(1);
// Only keeps arithmetic safe; each account's own limit is far below.
constexpr absl::Duration kHoldDurationMax = absl::Hours(24 * 366);
constexpr char kOneRequired[] = "exactly one is required";

void CheckSource(const v1::PaymentSource& source, FieldChecker& check) {
  switch (source.source_case()) {
    case v1::PaymentSource::kCard:
      return check.Name("source.card", source.card(), kCardPrefix);
    case v1::PaymentSource::SOURCE_NOT_SET:
      return check.Add("source", kOneRequired);
  }
}

void CheckDestination(const v1::PaymentDestination& destination, FieldChecker& check) {
  switch (destination.destination_case()) {
    case v1::PaymentDestination::kMerchant:
      return check.RequiredText("destination.merchant.payer_account",
                                destination.merchant().payer_account(), kPayerAccountCharsMax);
    case v1::PaymentDestination::DESTINATION_NOT_SET:
      return check.Add("destination", kOneRequired);
  }
}

void CheckHoldDuration(const google::protobuf::Duration& hold, FieldChecker& check) {
  if (!check.Duration("hold_duration", hold, kHoldDurationMin, kHoldDurationMax)) return;
  if (ToDuration(hold) % absl::Minutes(1) == absl::ZeroDuration()) return;
  check.Add("hold_duration", "must be whole minutes");
}

void CheckFilter(const v1::PaymentFilter& filter, FieldChecker& check) {
  check.Count("filter.names", filter.names_size(), kFilterNamesMax);
  for (int i = 0; i < filter.names_size() && i < kFilterNamesMax; ++i) {
    check.Name(IndexedField("filter.names", i), filter.names(i), kPaymentPrefix);
  }
  check.States("filter.states", filter.states(), v1::PaymentState_IsValid, kFilterStatesMax);
  check.Accounts("filter.accounts", filter.accounts());
  check.OptionalText("filter.merchant_reference", filter.merchant_reference(), kMerchantIdCharsMax);
  check.OptionalText("filter.provider_reference", filter.provider_reference(),
                     kProviderReferenceCharsMax);
  const bool min_ok = !filter.has_create_time_min() ||
                      check.Timestamp("filter.create_time_min", filter.create_time_min());
  const bool max_ok = !filter.has_create_time_max() ||
                      check.Timestamp("filter.create_time_max", filter.create_time_max());
  if (min_ok && max_ok && filter.has_create_time_min() && filter.has_create_time_max() &&
      ToTime(filter.create_time_min()) >= ToTime(filter.create_time_max())) {
    check.Add("filter.create_time_max", "must be after filter.create_time_min");
  }
}

}  // namespace

absl::Status ValidateCreatePayment(const v1::CreatePaymentRequest& request) {
  FieldChecker check;
  check.RequestId("request_id", request.request_id());
  check.OptionalAccount("account", request.account());
  CheckSource(request.source(), check);
  CheckDestination(request.destination(), check);
  check.Amount("amount", request.amount());
  if (request.capture_mode() == v1::CAPTURE_MODE_UNSPECIFIED ||
      !v1::CaptureMode_IsValid(request.capture_mode())) {
    check.Add("capture_mode", "must be CAPTURE_MODE_MANUAL or CAPTURE_MODE_AUTOMATIC");
  }
  if (request.has_hold_duration()) CheckHoldDuration(request.hold_duration(), check);
  check.OptionalLanguage("payer.language", request.payer().language());
  check.OptionalText("merchant_reference", request.merchant_reference(), kMerchantIdCharsMax);
  check.OptionalLines("description", request.description(), kDescriptionCharsMax);
  check.TextMap("metadata", request.metadata());
  check.TextMap("provider_options", request.provider_options());
  check.OptionalText("merchant_customer_id", request.merchant_customer_id(), kMerchantIdCharsMax);
  return check.Result();
}

absl::Status ValidateGetPayment(const v1::GetPaymentRequest& request) {
  FieldChecker check;
  switch (request.key_case()) {
    case v1::GetPaymentRequest::kName:
      check.Name("name", request.name(), kPaymentPrefix);
      break;
    case v1::GetPaymentRequest::kRequestId:
      check.RequestId("request_id", request.request_id());
      break;
    case v1::GetPaymentRequest::KEY_NOT_SET:
      check.Add("key", "exactly one of name and request_id is required");
      break;
  }
  return check.Result();
}

absl::Status ValidateListPayments(const v1::ListPaymentsRequest& request) {
  FieldChecker check;
  check.PageSize(request.page_size());
  CheckFilter(request.filter(), check);
  return check.Result();
}

absl::Status ValidateCapturePayment(const v1::CapturePaymentRequest& request) {
  FieldChecker check;
  check.Name("name", request.name(), kPaymentPrefix);
  if (request.has_amount()) check.Amount("amount", request.amount());
  check.OptionalText("request_id", request.request_id(), kRequestIdCharsMax);
  check.OptionalText("etag", request.etag(), kEtagCharsMax);
  return check.Result();
}

absl::Status ValidateCancelPayment(const v1::CancelPaymentRequest& request) {
  FieldChecker check;
  switch (request.key_case()) {
    case v1::CancelPaymentRequest::kName:
      check.Name("name", request.name(), kPaymentPrefix);
      break;
    case v1::CancelPaymentRequest::kCreateRequestId:
      check.RequestId("create_request_id", request.create_request_id());
      break;
    case v1::CancelPaymentRequest::KEY_NOT_SET:
      check.Add("key", "exactly one of name and create_request_id is required");
      break;
  }
  check.OptionalText("request_id", request.request_id(), kRequestIdCharsMax);
  check.OptionalText("etag", request.etag(), kEtagCharsMax);
  return check.Result();
}

absl::Status ValidateCheckPayment(const v1::CheckPaymentRequest& request) {
  FieldChecker check;
  check.Name("name", request.name(), kPaymentPrefix);
  return check.Result();
}

}  // namespace payments
