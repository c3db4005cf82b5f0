#ifndef PAYMENTS_SERVER_ENGINE_ACCOUNT_DIRECTORY_H_
#define PAYMENTS_SERVER_ENGINE_ACCOUNT_DIRECTORY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "providers/provider.h"
#include "server/engine/check_policy.h"

namespace payments {

// A merchant's account at a provider, as configured.
struct Account {
  std::string name;  // "accounts/{id}".
  std::string tenant;
  std::string provider_name;
  std::unique_ptr<const Provider> provider;
  absl::Duration hold_duration_default = absl::Minutes(60);
  CheckPolicy checks;
};

// The configured accounts, in the order of the configuration. Immutable, so thread-safe.
class AccountDirectory {
 public:
  explicit AccountDirectory(std::vector<Account> accounts) : accounts_(std::move(accounts)) {}

  // nullptr if the tenant has no such account.
  const Account* Find(absl::string_view tenant, absl::string_view name) const;
  std::vector<const Account*> OfTenant(absl::string_view tenant) const;
  const std::vector<Account>& all() const { return accounts_; }

 private:
  std::vector<Account> accounts_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_ACCOUNT_DIRECTORY_H_
