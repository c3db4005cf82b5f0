#ifndef PAYMENTS_SERVER_CONFIG_RECONCILIATION_CONFIG_H_
#define PAYMENTS_SERVER_CONFIG_RECONCILIATION_CONFIG_H_

#include "payments/config/v1/config.pb.h"
#include "server/config/config.h"
#include "server/config/config_fields.h"

namespace payments {

// Reads how unknown outcomes are found out into config.policy and into each of
// config.accounts, which are there already. What is wrong goes to `errors` under
// "reconciliation…".
void ReadReconciliation(const config::v1::Reconciliation& message, const ConfigContext& context,
                        Config& config, FieldErrors& errors);

}  // namespace payments

#endif  // PAYMENTS_SERVER_CONFIG_RECONCILIATION_CONFIG_H_
