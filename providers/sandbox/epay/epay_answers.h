#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_ANSWERS_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_ANSWERS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "providers/http_message.h"
#include "providers/sandbox/epay/transfer_ledger.h"

namespace payments::sandbox {

// What a call did, and what it answers.
struct EpayOutcome {
  int http_status = 200;
  HttpHeaders headers = {{"Content-Type", "application/json"}};
  std::string body;
  std::string code;                // For the log.
  bool applied = false;            // False: declined.
  TransferEntry* ended = nullptr;  // Set if its callback is due.
};

// The answers in the shapes of the guide; `other_spelling` as payments.sandbox.v1.Fault
// has it. Thread-safe.

EpayOutcome TokenAnswer(absl::string_view value, absl::string_view scope, absl::Duration lifetime,
                        bool other_spelling);
// 401 for invalid_client and invalid_token, else 400.
EpayOutcome OAuthError(absl::string_view error, absl::string_view why);

EpayOutcome TransferAnswer(const TransferEntry& entry, int64_t amount_minor, bool other_spelling);
// `action` may be empty, which is not what the guide says.
EpayOutcome ThreeDSecureAnswer(const TransferEntry& entry, absl::string_view action, bool flat);
// An empty message: the code's own text.
EpayOutcome EpayRefusal(int code, absl::string_view message, absl::string_view order_id);

// Where the payer's browser would go: a redirect, or, in the other spelling, a page.
EpayOutcome ConfirmSuccess(const TransferEntry& entry, bool other_spelling);
EpayOutcome ConfirmError(int code, absl::string_view message, absl::string_view order_id,
                         bool other_spelling);

// What the status says; `status_name` in place of the true one unless empty.
EpayOutcome StatusAnswer(const TransferEntry& entry, int64_t amount_minor,
                         absl::string_view status_name, bool other_spelling);
// A result without a transaction, such as 102.
EpayOutcome StatusWithoutTransfer(absl::string_view code, absl::string_view message,
                                  bool other_spelling);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_ANSWERS_H_
