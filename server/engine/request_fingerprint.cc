#include "server/engine/request_fingerprint.h"

#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"

namespace payments {
namespace {

// Collects the digests of one request.
class Fingerprinter {
 public:
  Fingerprinter(const KeyRing& keys, absl::string_view request_id)
      : keys_(keys), request_id_(request_id) {
    fingerprint_.set_key_id(keys.key_id());
  }

  // An unset field is left out, so that fields added later do not make old requests differ.
  void Add(absl::string_view path, absl::string_view value) {
    if (value.empty()) return;
    // Lengths keep "ab"+"c" and "a"+"bc" apart. The text may hold a PAN: wiped.
    Secret text(absl::StrCat(request_id_.size(), ":", request_id_, path.size(), ":", path, value));
    (*fingerprint_.mutable_fields())[std::string(path)] = keys_.FingerprintMac(text.Reveal());
  }
  void Add(absl::string_view path, int64_t value) {
    if (value != 0) Add(path, absl::StrCat(value));
  }
  template <typename Map>
  void AddMap(absl::string_view path, const Map& map) {
    for (const auto& [key, value] : map) {
      Add(absl::StrCat(path, "[\"", key, "\"]"), absl::StrCat("=", value));
    }
  }

  // All but the CVC, which is not remembered in any form.
  void AddCard(absl::string_view path, const CardSecrets& card) {
    Add(absl::StrCat(path, ".number"), card.number.Reveal());
    Add(absl::StrCat(path, ".expiry.month"), card.expiry_month);
    Add(absl::StrCat(path, ".expiry.year"), card.expiry_year);
    Add(absl::StrCat(path, ".holder_name"), card.holder_name);
  }

  storage::v1::RequestFingerprint Take() { return std::move(fingerprint_); }

 private:
  const KeyRing& keys_;
  const absl::string_view request_id_;
  storage::v1::RequestFingerprint fingerprint_;
};

}  // namespace

storage::v1::RequestFingerprint FingerprintOf(const KeyRing& keys,
                                              const v1::CreatePaymentRequest& request,
                                              const PaymentCards& cards) {
  Fingerprinter print(keys, request.request_id());
  print.Add("account", request.account());
  print.Add("source.card", request.source().card());
  if (cards.source.has_value()) print.AddCard("source.card_data", *cards.source);
  print.Add("destination.card", request.destination().card());
  if (cards.destination_number.has_value()) {
    print.Add("destination.card_number.number", cards.destination_number->Reveal());
  }
  print.Add("destination.merchant.payer_account", request.destination().merchant().payer_account());
  print.Add("amount.currency_code", request.amount().currency_code());
  print.Add("amount.amount_minor", request.amount().amount_minor());
  print.Add("capture_mode", request.capture_mode());
  print.Add("hold_duration", request.hold_duration().seconds());
  print.Add("payer.language", request.payer().language());
  print.Add("payer.ip_address", request.payer().ip_address());
  print.Add("payer.email", request.payer().email());
  print.Add("payer.phone", request.payer().phone());
  print.Add("payer.address", request.payer().address());
  print.Add("merchant_reference", request.merchant_reference());
  print.Add("description", request.description());
  print.AddMap("metadata", request.metadata());
  print.AddMap("provider_options", request.provider_options());
  print.Add("merchant_customer_id", request.merchant_customer_id());
  print.Add("return_url", request.return_url());
  print.Add("failure_return_url", request.failure_return_url());
  print.Add("challenge_return_url", request.challenge_return_url());
  print.Add("save_source", int64_t{request.save_source()});
  print.Add("save_destination", int64_t{request.save_destination()});
  print.Add("receiver.first_name", request.receiver().first_name());
  print.Add("receiver.last_name", request.receiver().last_name());
  print.Add("receiver.country_code", request.receiver().country_code());
  return print.Take();
}

storage::v1::RequestFingerprint FingerprintOf(const KeyRing& keys,
                                              const v1::RegisterCardRequest& request,
                                              const CardSecrets& card) {
  Fingerprinter print(keys, request.request_id());
  print.Add("account", request.account());
  print.AddCard("card", card);
  print.Add("phone", request.phone());
  print.Add("language", request.language());
  print.Add("merchant_customer_id", request.merchant_customer_id());
  return print.Take();
}

std::vector<std::string> DifferingFields(const storage::v1::RequestFingerprint& a,
                                         const storage::v1::RequestFingerprint& b) {
  if (a.key_id() != b.key_id()) return {};
  std::set<std::string> differing;
  for (const auto& [path, digest] : a.fields()) {
    auto other = b.fields().find(path);
    if (other == b.fields().end() || other->second != digest) differing.insert(path);
  }
  for (const auto& [path, digest] : b.fields()) {
    if (!a.fields().contains(path)) differing.insert(path);
  }
  return {differing.begin(), differing.end()};
}

absl::Status RequestIdReused(const std::vector<std::string>& differing_fields) {
  const std::string fields = absl::StrJoin(differing_fields, ",");
  return MakeError(absl::StatusCode::kAlreadyExists, v1::ERROR_REASON_REQUEST_ID_REUSED,
                   absl::StrCat("request_id was used for a request with another ", fields),
                   {{"differing_fields", fields}, {"provider_called", "false"}});
}

absl::Status RequestIdCanceled() {
  return MakeError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_REQUEST_ID_CANCELED,
                   "request_id was canceled before this request came; nothing was begun",
                   {{"provider_called", "false"}, {"safe_to_retry", "true"}});
}

}  // namespace payments
