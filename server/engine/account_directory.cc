#include "server/engine/account_directory.h"

namespace payments {

const Account* AccountDirectory::Find(absl::string_view tenant, absl::string_view name) const {
  for (const Account& account : accounts_) {
    if (account.tenant == tenant && account.name == name) return &account;
  }
  return nullptr;
}

std::vector<const Account*> AccountDirectory::OfTenant(absl::string_view tenant) const {
  std::vector<const Account*> found;
  for (const Account& account : accounts_) {
    if (account.tenant == tenant) found.push_back(&account);
  }
  return found;
}

}  // namespace payments
