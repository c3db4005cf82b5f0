#ifndef PAYMENTS_SERVER_ENGINE_COMMIT_EVIDENCE_H_
#define PAYMENTS_SERVER_ENGINE_COMMIT_EVIDENCE_H_

#include "server/engine/apply_evidence.h"
#include "server/engine/engine_core.h"

namespace payments {

// Evidence, as it went into the store.
struct EvidenceCommitted {
  StoredPayment stored;
  bool committed = false;   // False: it was nothing new, or it was overtaken.
  bool overtaken = false;   // Somebody was faster, and what it said may not be so any more.
  bool ask_again = false;   // It contradicts what somebody who was faster said, if it is still so.
  int send_operation = -1;  // This commit created it: whoever gets this sends it.
};
using DoneEvidence = absl::AnyInvocable<void(EvidenceCommitted) &&>;

// Works `evidence` into the payment and commits, however often somebody else is
// faster and however long the store is away: no answer is dropped (API.md, rule 3).
// `known` is the payment as last seen. The evidence was found out when the payment's sequence was
// `found_at`: if somebody was faster, what ProvesNothingLater() is given up, and the payment
// stays due; and what MayBeOverSince() is no contradiction, but has to be asked again.
// Calls `done` once it is durable.
void CommitEvidence(EngineCore* core, StoredPayment known, int64_t found_at, Evidence evidence,
                    DoneEvidence done);
// The same, found out by `known`.
void CommitEvidence(EngineCore* core, StoredPayment known, Evidence evidence, DoneEvidence done);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_COMMIT_EVIDENCE_H_
