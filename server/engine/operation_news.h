#ifndef PAYMENTS_SERVER_ENGINE_OPERATION_NEWS_H_
#define PAYMENTS_SERVER_ENGINE_OPERATION_NEWS_H_

#include "payments/v1/payment.pb.h"
#include "server/engine/transition_table.h"

namespace payments {

// What a piece of evidence says about one operation; kind is UNSPECIFIED if nothing.
struct OperationNews {
  v1::OperationKind kind = v1::OPERATION_KIND_UNSPECIFIED;
  v1::OperationDispatch dispatch = v1::OPERATION_DISPATCH_ANSWERED;
  v1::OperationResult result = v1::OPERATION_RESULT_PENDING;
};
OperationNews NewsOf(Learned learned);

// It says what has not happened, or what is due. That was so when it was found out, and is
// nothing to go by once something else has happened to the payment.
bool ProvesNothingLater(Learned learned);

// It says how things stand, which may be over since: it contradicts nothing that came after.
bool MayBeOverSince(Learned learned);

// What the provider gave a reference for: these bring references that are recorded.
bool IsPositive(Learned learned);

// The outcome is known for good.
bool IsConclusive(v1::OperationResult result);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_OPERATION_NEWS_H_
