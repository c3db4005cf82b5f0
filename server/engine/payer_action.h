#ifndef PAYMENTS_SERVER_ENGINE_PAYER_ACTION_H_
#define PAYMENTS_SERVER_ENGINE_PAYER_ACTION_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "payments/storage/v1/records.pb.h"
#include "server/engine/engine_core.h"

namespace payments {

// "{public_base_url}/actions/{token}": the server's own page of a payment, and where the
// bank's page posts its result to.
std::string ActionUrl(const EngineCore& core, const storage::v1::PaymentRecord& record);
std::string ActionResultUrl(absl::string_view action_url);

// Whose page it is.
struct ActionTarget {
  std::string tenant;
  std::string payment;  // "payments/{id}".
};

// kNotFound for every token that is not ours.
absl::StatusOr<ActionTarget> ReadActionToken(const KeyRing& keys, absl::string_view token);

// What the payer is shown now: the bank's form while he may act; that it is pending while
// it has not ended, for then he must not pay again.
PayerAction ShownAction(const storage::v1::PaymentRecord& record, absl::Time now);

// What is handed on to the provider once the payer has acted.
ConfirmCall MakeConfirmCall(const storage::v1::PaymentRecord& record,
                            std::map<std::string, Secret> posted);

// kInvalidArgument if a field that went out with the form came back changed. A blank where a
// '+' was is no change: browsers and frameworks decode forms once too often.
absl::Status CheckPostedFields(const storage::v1::PaymentRecord& record,
                               const std::map<std::string, Secret>& posted);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_PAYER_ACTION_H_
