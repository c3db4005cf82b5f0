#include "server/service/validate_payment.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/engine/proto_time.h"
#include "server/service/validate_card.h"
#include "server/service/validate_fields.h"

namespace payments {
namespace {

constexpr size_t kPayerAccountCharsMax = 64;
constexpr size_t kDescriptionCharsMax = 250;
constexpr absl::Duration kHoldDurationMin = absl::Minutes(1);
// Only keeps arithmetic safe; each account's own limit is far below.
constexpr absl::Duration kHoldDurationMax = absl::Hours(24 * 366);
constexpr size_t kEmailCharsMax = 254;
constexpr size_t kAddressCharsMax = 200;
constexpr size_t kReceiverNameCharsMax = 64;
constexpr size_t kCountryCodeChars = 2;
constexpr size_t kConfirmFieldsMax = 16;
constexpr size_t kConfirmNameBytesMax = 64;
constexpr size_t kConfirmValueBytesMax = 32'768;  // All values together.
constexpr char kOneRequired[] = "exactly one is required";
constexpr char kOutputOnly[] = "is for answers only";
constexpr char kLatinOnly[] = "must be in Latin letters";

// A masked card that did not take the place of card data came from the caller.
void CheckSource(const v1::PaymentSource& source, const PaymentCards& cards, absl::Time now,
                 FieldChecker& check) {
  if (cards.source.has_value()) {
    return CheckCardData("source.card_data", *cards.source, now, check);
  }
  switch (source.source_case()) {
    case v1::PaymentSource::kCard:
      return check.Name("source.card", source.card(), kCardPrefix);
    case v1::PaymentSource::kCardData:
    case v1::PaymentSource::kMaskedCard:
      return check.Add("source.masked_card", kOutputOnly);
    case v1::PaymentSource::SOURCE_NOT_SET:
      return check.Add("source", kOneRequired);
  }
}

void CheckDestination(const v1::PaymentDestination& destination, const PaymentCards& cards,
                      FieldChecker& check) {
  if (cards.destination_number.has_value()) {
    return CheckCardNumber("destination.card_number.number", *cards.destination_number, check);
  }
  switch (destination.destination_case()) {
    case v1::PaymentDestination::kMerchant:
      return check.RequiredText("destination.merchant.payer_account",
                                destination.merchant().payer_account(), kPayerAccountCharsMax);
    case v1::PaymentDestination::kCard:
      return check.Name("destination.card", destination.card(), kCardPrefix);
    case v1::PaymentDestination::kCardNumber:
    case v1::PaymentDestination::kMaskedCard:
      return check.Add("destination.masked_card", kOutputOnly);
    case v1::PaymentDestination::DESTINATION_NOT_SET:
      return check.Add("destination", kOneRequired);
  }
}

void CheckPayer(const v1::Payer& payer, FieldChecker& check) {
  check.OptionalLanguage("payer.language", payer.language());
  check.OptionalIpAddress("payer.ip_address", payer.ip_address());
  check.OptionalText("payer.email", payer.email(), kEmailCharsMax);
  if (!payer.email().empty() && !absl::StrContains(payer.email(), '@')) {
    check.Add("payer.email", "must have an @");
  }
  check.OptionalPhone("payer.phone", payer.phone());
  check.OptionalText("payer.address", payer.address(), kAddressCharsMax);
}

void CheckReceiver(const v1::Receiver& receiver, FieldChecker& check) {
  const auto is_latin = [](const std::string& name) {
    return std::all_of(name.begin(), name.end(), absl::ascii_isprint);
  };
  check.RequiredText("receiver.first_name", receiver.first_name(), kReceiverNameCharsMax);
  if (!is_latin(receiver.first_name())) check.Add("receiver.first_name", kLatinOnly);
  check.RequiredText("receiver.last_name", receiver.last_name(), kReceiverNameCharsMax);
  if (!is_latin(receiver.last_name())) check.Add("receiver.last_name", kLatinOnly);
  const std::string& country = receiver.country_code();
  if (country.size() != kCountryCodeChars ||
      !std::all_of(country.begin(), country.end(), absl::ascii_isupper)) {
    check.Add("receiver.country_code", "must be two capital letters, as ISO 3166-1 has them");
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

absl::Status ValidateCreatePayment(const v1::CreatePaymentRequest& request,
                                   const PaymentCards& cards, absl::Time now) {
  FieldChecker check;
  check.RequestId("request_id", request.request_id());
  check.OptionalAccount("account", request.account());
  CheckSource(request.source(), cards, now, check);
  CheckDestination(request.destination(), cards, check);
  check.Amount("amount", request.amount());
  if (request.capture_mode() == v1::CAPTURE_MODE_UNSPECIFIED ||
      !v1::CaptureMode_IsValid(request.capture_mode())) {
    check.Add("capture_mode", "must be CAPTURE_MODE_MANUAL or CAPTURE_MODE_AUTOMATIC");
  }
  if (request.has_hold_duration()) CheckHoldDuration(request.hold_duration(), check);
  CheckPayer(request.payer(), check);
  check.OptionalText("merchant_reference", request.merchant_reference(), kMerchantIdCharsMax);
  check.OptionalLines("description", request.description(), kDescriptionCharsMax);
  check.TextMap("metadata", request.metadata());
  check.TextMap("provider_options", request.provider_options());
  check.OptionalText("merchant_customer_id", request.merchant_customer_id(), kMerchantIdCharsMax);
  check.OptionalUrl("return_url", request.return_url());
  check.OptionalUrl("failure_return_url", request.failure_return_url());
  check.OptionalUrl("challenge_return_url", request.challenge_return_url());
  if (request.has_receiver()) CheckReceiver(request.receiver(), check);
  if (request.save_source() && !cards.source.has_value()) {
    check.Add("save_source", "is for source.card_data only");
  }
  if (request.save_destination() && !cards.destination_number.has_value()) {
    check.Add("save_destination", "is for destination.card_number only");
  }
  return check.Result();
}

absl::Status ValidateConfirmPayment(const v1::ConfirmPaymentRequest& request,
                                    const std::map<std::string, Secret>& fields,
                                    absl::Time /*now*/) {
  FieldChecker check;
  check.Name("name", request.name(), kPaymentPrefix);
  if (fields.empty()) check.Add("fields", "is required");
  check.Count("fields", static_cast<int>(fields.size()), static_cast<int>(kConfirmFieldsMax));
  size_t bytes = 0;
  for (const auto& [name, value] : fields) {
    bytes += value.size();
    if (name.empty() || name.size() > kConfirmNameBytesMax) {
      check.Add("fields", absl::StrCat("names must be 1 to ", kConfirmNameBytesMax, " bytes"));
    }
  }
  if (bytes > kConfirmValueBytesMax) {
    check.Add("fields",
              absl::StrCat("values must be at most ", kConfirmValueBytesMax, " bytes in all"));
  }
  check.OptionalText("request_id", request.request_id(), kRequestIdCharsMax);
  check.OptionalText("etag", request.etag(), kEtagCharsMax);
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
