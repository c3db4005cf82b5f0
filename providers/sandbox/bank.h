#ifndef PAYMENTS_PROVIDERS_SANDBOX_BANK_H_
#define PAYMENTS_PROVIDERS_SANDBOX_BANK_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "payments/sandbox/v1/ledger.pb.h"
#include "providers/http_message.h"
#include "providers/sandbox/callback_order.h"

namespace payments::sandbox {

// A body too large to keep while it waits: made when it is sent.
struct HugeBody {
  std::string head;
  char filler = 'x';
  size_t filler_bytes = 0;  // 0: there is none.
  std::string tail;
};

// What goes back over the wire, and what follows it.
struct BankAnswer {
  int http_status = 200;  // 0: close the connection without an answer.
  HttpHeaders headers;
  std::string body;
  HugeBody huge;  // Sent instead of `body` if it has filler.
  absl::Duration delay;
  std::vector<CallbackOrder> callbacks;
  std::string code;          // For the log: the result before any fault.
  const char* verdict = "";  // For the log: refused, declined, applied or lost.
};

// A provider and the bank behind it, as far as the sandbox treats all of them alike.
// Implementations are thread-safe and do no I/O.
class Bank {
 public:
  virtual ~Bank() = default;

  // What became due since the last call: the callbacks of resolutions and expiries.
  virtual std::vector<CallbackOrder> Tick() = 0;

  // Forgets everything but how it was started.
  virtual void Reset() = 0;

  // Fills in what it has of the sums.
  virtual void AddTotals(v1::Totals& totals) = 0;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_BANK_H_
