#ifndef PAYMENTS_SERVER_ENGINE_REQUEST_FINGERPRINT_H_
#define PAYMENTS_SERVER_ENGINE_REQUEST_FINGERPRINT_H_

#include <string>
#include <vector>

#include "payments/storage/v1/records.pb.h"
#include "payments/v1/payments_service.pb.h"
#include "providers/provider.h"
#include "server/base/key_ring.h"
#include "server/engine/payment_engine.h"

namespace payments {

// What is remembered of a request, so that the same request_id with another request
// is noticed and explained: a keyed digest a field, salted by the request_id, and no
// value. CVC is neither remembered nor compared.
storage::v1::RequestFingerprint FingerprintOf(const KeyRing& keys,
                                              const v1::CreatePaymentRequest& request,
                                              const PaymentCards& cards);
storage::v1::RequestFingerprint FingerprintOf(const KeyRing& keys,
                                              const v1::RegisterCardRequest& request,
                                              const CardSecrets& card);

// The paths of the fields that differ; empty if the requests are the same. With
// fingerprints of different keys nothing can be told, and nothing differs.
std::vector<std::string> DifferingFields(const storage::v1::RequestFingerprint& a,
                                         const storage::v1::RequestFingerprint& b);

// ALREADY_EXISTS for a request_id that was used for another request.
absl::Status RequestIdReused(const std::vector<std::string>& differing_fields);

// FAILED_PRECONDITION for a request_id that was canceled before it was seen.
absl::Status RequestIdCanceled();

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_REQUEST_FINGERPRINT_H_
