#ifndef PAYMENTS_TESTS_CONFORMANCE_PROVIDER_PROVIDER_CASE_H_
#define PAYMENTS_TESTS_CONFORMANCE_PROVIDER_PROVIDER_CASE_H_

#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "payments/sandbox/v1/fault.pb.h"
#include "providers/plugin.h"
#include "tests/conformance/provider/in_process_sandbox.h"
#include "tests/conformance/provider/operations.h"

namespace payments {

// A refusal that the provider knows, and what the plugin makes of it.
struct KnownRefusal {
  std::string code;  // As the provider writes it.
  v1::FailureCategory category = v1::FAILURE_CATEGORY_UNSPECIFIED;
};

// What the suite must be told about one provider; everything else it knows from the plugin
// and its capabilities. One object lives as long as one test.
class ProviderCase {
 public:
  explicit ProviderCase(InProcessSandbox* sandbox) : sandbox_(sandbox) {}
  virtual ~ProviderCase() = default;

  // An account at the sandbox, with every setting and secret there is, the optional ones too.
  virtual AccountSettings Account() const = 0;
  // Where a fault of this operation is planned: the method that does it.
  virtual sandbox::v1::Method MethodOf(Operation operation) const = 0;
  // Of operations that are no checks.
  virtual KnownRefusal RefusalOf(Operation operation) const = 0;
  // Whether an answer says which operation or payment it is about, so that another one's
  // can be told from it.
  virtual bool AnswersNameTheirSubject(Operation operation) const = 0;

  // The payer agrees at the bank's page that a registration led to; the callback is sent.
  virtual void ConfirmRegistration(const RegistrationOutcome& /*registered*/) {}
  // The payer agrees at the bank's page of a transfer: what that page posts back.
  virtual std::map<std::string, Secret> ConfirmTransfer(int64_t /*number*/,
                                                        const v1::NextAction& /*action*/) {
    return {};
  }

 protected:
  InProcessSandbox& sandbox() const { return *sandbox_; }

 private:
  InProcessSandbox* const sandbox_;
};

// A provider in the suite. A new one adds itself in provider_cases.cc.
struct ProviderRow {
  std::string name;  // The plugin's.
  std::unique_ptr<ProviderCase> (*make)(InProcessSandbox* sandbox) = nullptr;
};
std::vector<ProviderRow> AllProviderRows();
// How a failed test shows its parameter.
void PrintTo(const ProviderRow& row, std::ostream* out);

// The plugin of that name.
ProviderPlugin PluginNamed(const std::string& name);
// The capabilities of the row's account.
v1::Capabilities CapabilitiesOf(const ProviderRow& row);

// "Upay", as a part of a test's name.
std::string TestNameOf(const ProviderRow& row);

}  // namespace payments

#endif  // PAYMENTS_TESTS_CONFORMANCE_PROVIDER_PROVIDER_CASE_H_
