#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_CALLBACK_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_CALLBACK_H_

#include <string>

#include "providers/sandbox/callback_order.h"
#include "providers/sandbox/epay/transfer_ledger.h"

namespace payments::sandbox {

// What a postLink or failurePostLink claims, where that is not the truth.
struct EpayClaim {
  bool succeeded = false;
  std::string reason;       // The code's own text if empty.
  std::string secret_hash;  // The right one if empty.
  std::string url;          // The transfer's own if empty.
};

// The truth about a transfer that has ended; of one that has not, that it failed.
EpayClaim TruthOf(const TransferEntry& entry);

// The callback as `policy` asks for it, forgeries included. Thread-safe.
CallbackOrder WriteEpayCallback(const TransferEntry& entry, EpayClaim claim,
                                const v1::CallbackPolicy& policy);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_CALLBACK_H_
