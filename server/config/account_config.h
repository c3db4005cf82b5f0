#ifndef PAYMENTS_SERVER_CONFIG_ACCOUNT_CONFIG_H_
#define PAYMENTS_SERVER_CONFIG_ACCOUNT_CONFIG_H_

#include <vector>

#include "payments/config/v1/config.pb.h"
#include "server/config/config.h"
#include "server/config/config_fields.h"
#include "server/engine/account_directory.h"

namespace payments {

// Makes the accounts of a configuration: merges preset and settings, reads the
// secrets, narrows the limits, and asks each plugin for its provider. What is wrong
// goes to `errors` under "accounts[i]…"; an account with findings is left out.
std::vector<Account> MakeAccounts(const config::v1::ServerConfig& message, bool dev,
                                  const ConfigContext& context, FieldErrors& errors);

}  // namespace payments

#endif  // PAYMENTS_SERVER_CONFIG_ACCOUNT_CONFIG_H_
