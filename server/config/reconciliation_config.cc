#include "server/config/reconciliation_config.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/engine/check_policy.h"

namespace payments {
namespace {

constexpr absl::Duration kInstant = absl::Milliseconds(10);
constexpr absl::Duration kDay = absl::Hours(24);
// The quiet period and the margin decide when money counts as not moved: shorter ones
// are for tests only.
constexpr absl::Duration kEvidenceTimeMin = absl::Seconds(30);

// Reads the fields that Reconciliation and ProviderReconciliation have both.
// `delay_max`: how long a request may be on its way to being carried out.
CheckPolicy ReadChecks(const FieldReader& fields, bool dev, absl::Duration delay_max,
                       const CheckPolicy& unset, FieldErrors& errors) {
  const absl::Duration evidence_min = dev ? kInstant : kEvidenceTimeMin;
  CheckPolicy checks;
  checks.check_interval_min =
      fields.Duration("check_interval_min",
                      {.unset = unset.check_interval_min, .min = kInstant, .max = absl::Hours(1)});
  checks.check_interval_max = fields.Duration(
      "check_interval_max", {.unset = unset.check_interval_max, .min = kInstant, .max = kDay});
  checks.check_jitter_percent = fields.Int(
      "check_jitter_percent", {.unset = unset.check_jitter_percent, .min = 1, .max = 100});
  checks.negative_check_quiet_period =
      fields.Duration("negative_check_quiet_period",
                      {.unset = std::max(unset.negative_check_quiet_period, delay_max),
                       .min = dev ? kInstant : std::max(kEvidenceTimeMin, delay_max),
                       .max = kDay});
  checks.hold_expiry_margin = fields.Duration(
      "hold_expiry_margin", {.unset = unset.hold_expiry_margin, .min = evidence_min, .max = kDay});
  checks.orphan_margin = fields.Duration(
      "orphan_margin", {.unset = unset.orphan_margin, .min = kInstant, .max = absl::Hours(1)});
  checks.release_attempts_max = fields.Int(
      "release_attempts_max", {.unset = unset.release_attempts_max, .min = 1, .max = 1000});
  checks.checks_per_second_max = fields.Int(
      "checks_per_second_max", {.unset = unset.checks_per_second_max, .min = 1, .max = 10'000});
  if (checks.check_interval_max < checks.check_interval_min) {
    errors.Add(fields.Path("check_interval_max"),
               absl::StrCat("must be at least check_interval_min, ",
                            absl::FormatDuration(checks.check_interval_min), ", is ",
                            absl::FormatDuration(checks.check_interval_max)));
  }
  return checks;
}

absl::Duration DelayMax(absl::string_view provider, const ConfigContext& context) {
  for (const ProviderPlugin& plugin : context.plugins) {
    if (plugin.name == provider) return plugin.execution_delay_max;
  }
  return absl::ZeroDuration();
}

// Reports a provider that there is no plugin of.
void CheckProvider(const std::string& name, const std::string& field, const ConfigContext& context,
                   FieldErrors& errors) {
  std::vector<std::string> known;
  for (const ProviderPlugin& plugin : context.plugins) known.push_back(plugin.name);
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  const std::string is = name.empty() ? "is required" : absl::StrCat("unknown ", Quoted(name));
  errors.Add(field, absl::StrCat(is, "; known: ", absl::StrJoin(known, ", ")));
}

std::map<std::string, CheckPolicy> ReadProviders(const config::v1::Reconciliation& message,
                                                 const CheckPolicy& unset, bool dev,
                                                 const ConfigContext& context,
                                                 FieldErrors& errors) {
  std::map<std::string, CheckPolicy> policies;
  for (int i = 0; i < message.providers_size(); ++i) {
    const config::v1::ProviderReconciliation& one = message.providers(i);
    const FieldReader fields(one, absl::StrCat("reconciliation.providers[", i, "]"), errors);
    CheckProvider(one.provider(), fields.Path("provider"), context, errors);
    const CheckPolicy checks =
        ReadChecks(fields, dev, DelayMax(one.provider(), context), unset, errors);
    if (!policies.emplace(one.provider(), checks).second) {
      errors.Add(fields.Path("provider"),
                 absl::StrCat("has ", Quoted(one.provider()), " a second time"));
    }
  }
  return policies;
}

}  // namespace

void ReadReconciliation(const config::v1::Reconciliation& message, const ConfigContext& context,
                        Config& config, FieldErrors& errors) {
  const FieldReader fields(message, "reconciliation", errors);
  config.policy.reconcile_tick_interval =
      fields.Duration("tick_interval",
                      {.unset = absl::Milliseconds(500), .min = kInstant, .max = absl::Minutes(1)});
  config.policy.checks_per_tick_max =
      fields.Int("checks_per_tick_max", {.unset = 64, .min = 1, .max = 1000});
  const CheckPolicy common =
      ReadChecks(fields, config.dev, absl::ZeroDuration(), CheckPolicy(), errors);
  config.policy.checks_without_account = common;
  const std::map<std::string, CheckPolicy> of_provider =
      ReadProviders(message, common, config.dev, context, errors);
  for (Account& account : config.accounts) {
    const auto own = of_provider.find(account.provider_name);
    account.checks = own != of_provider.end() ? own->second : common;
    if (own != of_provider.end()) continue;
    absl::Duration& quiet = account.checks.negative_check_quiet_period;
    quiet = std::max(quiet, DelayMax(account.provider_name, context));
  }
}

}  // namespace payments
