#ifndef PAYMENTS_TESTS_SUPPORT_STORE_RECORDS_H_
#define PAYMENTS_TESTS_SUPPORT_STORE_RECORDS_H_

#include <string>

#include "absl/time/time.h"
#include "server/engine/store.h"

namespace payments {

// What tests write into a store: valid, and filled in as a server would.

inline constexpr char kTestAccount[] = "accounts/shop";

// The moment `seconds` after the start of the tests' time.
absl::Time TestTime(double seconds);

// A payment of `tenant`, PROCESSING, with one operation that has no number yet.
// Its request_id is "request-of-{id}", its name "payments/{id}".
PaymentWrite NewPayment(const std::string& tenant, const std::string& id,
                        absl::Time create_time = TestTime(0));
// As it was stored, in another state, a second later.
PaymentWrite ChangedPayment(const StoredPayment& stored, v1::PaymentState state);
// One more operation, about to be sent.
void AddOperation(v1::OperationKind kind, PaymentWrite* write);

// A card, PENDING_CONFIRMATION.
CardWrite NewCard(const std::string& tenant, const std::string& id,
                  absl::Time create_time = TestTime(0));
CardWrite ChangedCard(const StoredCard& stored, v1::CardState state);

storage::v1::RequestFingerprint TestFingerprint(const std::string& digest);

// A schedule with this due time.
storage::v1::CheckSchedule DueAt(absl::Time due_time, int checks_done = 0);

}  // namespace payments

#endif  // PAYMENTS_TESTS_SUPPORT_STORE_RECORDS_H_
