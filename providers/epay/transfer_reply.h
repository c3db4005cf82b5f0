#ifndef PAYMENTS_PROVIDERS_EPAY_TRANSFER_REPLY_H_
#define PAYMENTS_PROVIDERS_EPAY_TRANSFER_REPLY_H_

#include <string>

#include "providers/epay/own_secrets.h"
#include "providers/http_message.h"
#include "providers/provider.h"

namespace payments::epay {

// What an answer is read against.
struct TransferQuestion {
  std::string order_id;
  std::string challenge_url;  // TermUrl.
  bool save_source = false;
  bool save_destination = false;
  bool order_is_reference = false;  // As in ReferenceReader.
};

struct TransferReply {
  OperationOutcome outcome;
  // HTTP 401 and nothing that tells of a transfer: it was not looked at.
  bool token_refused = false;
};

// The answer to a transfer, judged by its body before its HTTP status, in this order:
//   1. any of paReq, md and action: the payer must act, or unknown if one is missing; where
//      an amount of money is stated, the host compares it;
//   2. `id`, code 0 or none, status AUTH or CHARGE, our order, and an amount of money: it
//      succeeded, and the host compares the amount;
//   3. a code that the table calls final, and that cannot be an HTTP status: declined;
//   4. anything else is unknown.
TransferReply ReadTransferReply(const TransferQuestion& question, const OwnSecrets& secrets,
                                const HttpResponse& response);

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_TRANSFER_REPLY_H_
