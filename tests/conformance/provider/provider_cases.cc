#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "providers/builtin_providers.h"
#include "tests/conformance/provider/epay_case.h"
#include "tests/conformance/provider/provider_case.h"
#include "tests/conformance/provider/upay_case.h"

namespace payments {
namespace {

template <typename Case>
std::unique_ptr<ProviderCase> Make(InProcessSandbox* sandbox) {
  return std::make_unique<Case>(sandbox);
}

}  // namespace

std::vector<ProviderRow> AllProviderRows() {
  return {{"epay", &Make<EpayCase>}, {"upay", &Make<UpayCase>}};
}

void PrintTo(const ProviderRow& row, std::ostream* out) { *out << row.name; }

ProviderPlugin PluginNamed(const std::string& name) {
  for (ProviderPlugin& plugin : BuiltinProviders()) {
    if (plugin.name == name) return std::move(plugin);
  }
  ADD_FAILURE() << "no plugin " << name;
  return {};
}

v1::Capabilities CapabilitiesOf(const ProviderRow& row) {
  InProcessSandbox sandbox;
  const auto provider = PluginNamed(row.name).create(row.make(&sandbox)->Account());
  EXPECT_TRUE(provider.ok()) << provider.status();
  return provider.ok() ? (*provider)->capabilities() : v1::Capabilities();
}

std::string TestNameOf(const ProviderRow& row) {
  std::string name = row.name;
  name.front() = absl::ascii_toupper(static_cast<unsigned char>(name.front()));
  return name;
}

}  // namespace payments
