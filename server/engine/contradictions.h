#ifndef PAYMENTS_SERVER_ENGINE_CONTRADICTIONS_H_
#define PAYMENTS_SERVER_ENGINE_CONTRADICTIONS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "payments/storage/v1/records.pb.h"

namespace payments {

// A payment's memory of what contradicted it: each different contradiction is told once,
// however often the provider repeats it, also after an operator has seen it. Two with
// the same words are the same. Pure functions.

// Remembered of one payment; records.proto and operations_service.proto state it.
inline constexpr int kContradictionsMax = 32;

bool WasTold(const storage::v1::PaymentRecord& record, absl::string_view detail);

// It was told, and an operator has seen it since.
bool WasAcknowledged(const storage::v1::PaymentRecord& record, absl::string_view detail);

// Remembers it, as not seen by an operator. False: there is no room for another.
bool RememberContradiction(absl::string_view detail, absl::Time now,
                           storage::v1::PaymentRecord& record);

// An operator has seen them all.
void AcknowledgeContradictions(storage::v1::PaymentRecord& record);

// Of a reference that is not ours, what a person needs to find it: "hold_id: 4711".
std::string ToldReference(absl::string_view key, absl::string_view value);

// Those that no operator has seen, oldest first.
std::vector<std::string> OpenContradictions(const storage::v1::PaymentRecord& record);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CONTRADICTIONS_H_
