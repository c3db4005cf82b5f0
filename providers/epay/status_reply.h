#ifndef PAYMENTS_PROVIDERS_EPAY_STATUS_REPLY_H_
#define PAYMENTS_PROVIDERS_EPAY_STATUS_REPLY_H_

#include "absl/strings/string_view.h"
#include "providers/epay/own_secrets.h"
#include "providers/http_message.h"
#include "providers/provider.h"

namespace payments::epay {

struct StatusReply {
  StatusReading reading;
  bool token_refused = false;  // HTTP 401.
};

// The answer to the status query of `order_id`, as it is written for P2P and as it is
// written for card payments. What is no answer, is about another order, contradicts itself,
// or tells of a success without an amount, is no evidence.
StatusReply ReadStatusReply(absl::string_view order_id, bool order_is_reference,
                            const OwnSecrets& secrets, const HttpResponse& response);

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_STATUS_REPLY_H_
