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
  int send_operation = -1;  // This commit created it: whoever gets this sends it.
};
using DoneEvidence = absl::AnyInvocable<void(EvidenceCommitted) &&>;

// Works `evidence` into the payment and commits, however often somebody else is
// faster and however long the store is away: no answer is dropped (API.md, rule 3).
// `known` is the payment as last seen, and by which the evidence was judged: if somebody
// was faster, evidence that ProvesNothingLater() is given up, and the payment stays due.
// Calls `done` once it is durable.
void CommitEvidence(EngineCore* core, StoredPayment known, Evidence evidence, DoneEvidence done);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_COMMIT_EVIDENCE_H_
