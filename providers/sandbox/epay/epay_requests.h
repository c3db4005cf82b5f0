#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_REQUESTS_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_REQUESTS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "providers/secret.h"

namespace payments::sandbox {

// Epay's requests as the guide prints them, read strictly: no unknown member, every
// value of its type and length. They hold card data and credentials, so they live only
// as long as the call. Errors are kInvalidArgument and name the field, never a value.
// All functions are thread-safe.

inline constexpr char kTransferScope[] = "transfer";

struct EpayTokenRequest {
  std::string scope;
  std::string client_id;
  Secret client_secret;
  std::string terminal;
  // Of the scope "transfer" only:
  std::string invoice_id;
  std::string amount;  // As it was written.
  int64_t amount_minor = 0;
  std::string currency;
  std::string secret_hash;

  bool is_for_transfer() const { return scope == kTransferScope; }
};
absl::StatusOr<EpayTokenRequest> ReadEpayTokenRequest(absl::string_view form);

// One side of a transfer.
struct EpaySide {
  bool save = false;
  bool by_card_id = false;
  Secret credential;  // The card's number, or a saved card's id.
  // The sender's:
  std::string month;
  std::string year;
  Secret cvc;
  std::string name;
};

struct EpayTransferRequest {
  std::string amount;  // As it was written.
  int64_t amount_minor = 0;
  std::string currency;
  std::string description;
  std::string order_id;
  std::string email;
  std::string terminal;
  std::string post_link;
  std::string failure_post_link;
  EpaySide sender;
  EpaySide receiver;
};
absl::StatusOr<EpayTransferRequest> ReadEpayTransferRequest(absl::string_view body);

struct EpayConfirmRequest {
  std::string id;
  std::string pa_res;
  std::string md;
};
absl::StatusOr<EpayConfirmRequest> ReadEpayConfirmRequest(absl::string_view body);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_REQUESTS_H_
