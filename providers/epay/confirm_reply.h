#ifndef PAYMENTS_PROVIDERS_EPAY_CONFIRM_REPLY_H_
#define PAYMENTS_PROVIDERS_EPAY_CONFIRM_REPLY_H_

#include "absl/strings/string_view.h"
#include "providers/epay/own_secrets.h"
#include "providers/http_message.h"
#include "providers/provider.h"

namespace payments::epay {

struct ConfirmReply {
  // kInProcess or kUnknown: only the status proves an end. saved_source is what the answer
  // tells of the card, which counts only with a success.
  OperationOutcome outcome;
  bool token_refused = false;  // HTTP 401.
};

// The answer to confirm: a redirect meant for a browser, whose address tells the result, or
// a page, or JSON. It is read and never followed.
ConfirmReply ReadConfirmReply(absl::string_view order_id, const OwnSecrets& secrets,
                              const HttpResponse& response);

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_CONFIRM_REPLY_H_
