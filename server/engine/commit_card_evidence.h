#ifndef PAYMENTS_SERVER_ENGINE_COMMIT_CARD_EVIDENCE_H_
#define PAYMENTS_SERVER_ENGINE_COMMIT_CARD_EVIDENCE_H_

#include "server/engine/card_rules.h"
#include "server/engine/engine_core.h"

namespace payments {

// As CommitEvidence, for a card.
void CommitCardEvidence(EngineCore* core, StoredCard known, CardEvidence evidence,
                        absl::AnyInvocable<void(StoredCard) &&> done);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_COMMIT_CARD_EVIDENCE_H_
