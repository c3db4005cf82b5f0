#ifndef PAYMENTS_SERVER_ENGINE_APPLY_EVIDENCE_H_
#define PAYMENTS_SERVER_ENGINE_APPLY_EVIDENCE_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "providers/provider.h"
#include "server/engine/engine_policy.h"
#include "server/engine/store.h"
#include "server/engine/transition_table.h"

namespace payments {

// Cards that were saved along with a payment, by name; empty for those that were not.
struct SavedCardNames {
  std::string source;
  std::string destination;
};

// Something learned about a payment, or asked for, on its way into the record.
struct Evidence {
  Learned learned = Learned::kMismatch;
  // The operation whose own answer this is, as an index; -1: a check, a callback,
  // a timer or a caller.
  int operation = -1;
  // Only time tells it: the provider was not asked, as there was nothing to ask by.
  bool unasked = false;
  // The payment has changed since it was found out.
  bool overtaken = false;
  ProviderReferences references;
  std::optional<v1::Money> amount;
  ProviderAnswer answer;
  v1::NextAction next_action;  // With hosted_url, without expire_time.
  SavedCardNames saved_cards;
  v1::Cause cause;
};

// What follows from it.
struct Change {
  bool commit = false;  // `write` is to be committed; otherwise nothing is new.
  PaymentWrite write;
  int send_operation = -1;  // The operation that the commit creates and its winner sends.
  // What contradicts the record and was not told before; empty if nothing does. To be
  // counted even without `commit`: then no more is remembered of the payment.
  std::string contradiction;
  // It would contradict the record, if what was so before the last change still is.
  bool ask_again = false;
};

// Pure: no I/O, no clock. The same stored payment and evidence give the same change.
Change ApplyEvidence(const StoredPayment& stored, const Evidence& evidence,
                     const EnginePolicy& policy, const CheckPolicy& checks, absl::Time now);

// Adds an operation that is about to be sent, as the write-ahead rule wants it.
void AppendOperation(storage::v1::PaymentRecord& record, v1::OperationKind kind,
                     const EnginePolicy& policy, absl::Time now);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_APPLY_EVIDENCE_H_
