#include "server/config/account_config.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/config/small_file.h"

namespace payments {
namespace {

constexpr char kDefaultTenant[] = "default";
constexpr size_t kSecretBytesMax = 4 << 10;
constexpr size_t kSettingBytesMax = 1 << 10;
constexpr size_t kAccountsMax = 1000;
constexpr size_t kCurrencyCodeLetters = 3;
constexpr absl::Duration kHoldDurationDefault = absl::Minutes(60);
constexpr absl::Duration kHoldDurationMax = absl::Hours(24 * 30);

std::string Indexed(absl::string_view list, int index) {
  return absl::StrCat(list, "[", index, "]");
}

std::string Keyed(absl::string_view map, absl::string_view key) {
  return absl::StrCat(map, "[", Quoted(key), "]");
}

// "a, b, c" of the names of settings, presets or plugins; "none" if there are none.
std::string Known(const std::vector<std::string>& names) {
  return names.empty() ? "none" : absl::StrJoin(names, ", ");
}

std::vector<std::string> Names(const std::vector<SettingSpec>& specs) {
  std::vector<std::string> names;
  for (const SettingSpec& spec : specs) names.push_back(spec.name);
  return names;
}

bool Has(const std::vector<SettingSpec>& specs, absl::string_view name) {
  return std::any_of(specs.begin(), specs.end(),
                     [name](const SettingSpec& spec) { return spec.name == name; });
}

template <typename Value>
std::vector<std::string> Keys(const std::map<std::string, Value>& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

// Makes one account; used once.
class AccountMaker {
 public:
  // Not owned.
  AccountMaker(const config::v1::Account& message, std::string path, bool dev,
               const ConfigContext& context, FieldErrors& errors)
      : message_(message), path_(std::move(path)), dev_(dev), context_(context), errors_(errors) {}

  // Nothing if there were findings.
  std::optional<Account> Make();

 private:
  std::string Path(absl::string_view field) const { return absl::StrCat(path_, ".", field); }

  const ProviderPlugin* FindPlugin() const;
  // Settings of the preset under those of the account.
  std::map<std::string, std::string> Settings(const ProviderPlugin& plugin) const;
  std::map<std::string, Secret> Secrets(const ProviderPlugin& plugin) const;
  std::optional<Secret> ReadSecret(const config::v1::SecretSource& source,
                                   const std::string& field) const;
  std::optional<Secret> ReadSecretFile(const std::string& file, const std::string& field) const;
  std::vector<v1::CurrencyLimits> Limits() const;
  std::optional<v1::CurrencyLimits> OneLimit(const config::v1::AmountLimits& limits,
                                             const std::string& field) const;
  absl::Duration HoldDuration(const Provider& provider) const;
  // Plugins say "{setting}: {what}".
  void AddPluginFinding(const ProviderPlugin& plugin, absl::string_view finding) const;

  // Reports keys that `specs` do not have, and required ones that are not in `given`.
  template <typename Given>
  void CheckKeys(const Given& given, const std::vector<SettingSpec>& specs,
                 const std::string& field) const;

  const config::v1::Account& message_;
  const std::string path_;
  const bool dev_;
  const ConfigContext& context_;
  FieldErrors& errors_;
};

std::optional<Account> AccountMaker::Make() {
  const size_t findings_before = errors_.size();
  CheckId(message_.id(), Path("id"), errors_);
  if (!message_.tenant().empty()) CheckId(message_.tenant(), Path("tenant"), errors_);
  const ProviderPlugin* plugin = FindPlugin();
  if (plugin == nullptr) return std::nullopt;

  AccountSettings settings{Settings(*plugin), Secrets(*plugin), Limits()};
  if (errors_.size() != findings_before) return std::nullopt;
  absl::StatusOr<std::unique_ptr<Provider>> provider = plugin->create(settings);
  if (!provider.ok()) {
    AddPluginFinding(*plugin, provider.status().message());
    return std::nullopt;
  }
  Account account;
  account.name = absl::StrCat("accounts/", message_.id());
  account.tenant = message_.tenant().empty() ? kDefaultTenant : message_.tenant();
  account.provider_name = plugin->name;
  account.hold_duration_default = HoldDuration(**provider);
  account.provider = *std::move(provider);
  if (errors_.size() != findings_before) return std::nullopt;
  return account;
}

void AccountMaker::AddPluginFinding(const ProviderPlugin& plugin, absl::string_view finding) const {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(finding, absl::MaxSplits(": ", 1));
  if (Has(plugin.settings, parts.first)) {
    errors_.Add(Keyed(Path("settings"), parts.first), parts.second);
  } else if (Has(plugin.secrets, parts.first)) {
    errors_.Add(Keyed(Path("secrets"), parts.first), parts.second);
  } else {
    errors_.Add(path_, finding);
  }
}

const ProviderPlugin* AccountMaker::FindPlugin() const {
  std::vector<std::string> names;
  for (const ProviderPlugin& plugin : context_.plugins) {
    if (plugin.name == message_.provider()) return &plugin;
    names.push_back(plugin.name);
  }
  const std::string is = message_.provider().empty()
                             ? "is required"
                             : absl::StrCat("unknown ", Quoted(message_.provider()));
  errors_.Add(Path("provider"), absl::StrCat(is, "; known: ", Known(names)));
  return nullptr;
}

template <typename Given>
void AccountMaker::CheckKeys(const Given& given, const std::vector<SettingSpec>& specs,
                             const std::string& field) const {
  for (const std::string& key : Keys(std::map(given.begin(), given.end()))) {
    if (Has(specs, key)) continue;
    errors_.Add(Keyed(field, key),
                absl::StrCat("unknown; ", message_.provider(), " knows: ", Known(Names(specs))));
  }
  for (const SettingSpec& spec : specs) {
    if (!spec.required || given.contains(spec.name)) continue;
    errors_.Add(Keyed(field, spec.name), absl::StrCat("is required: ", spec.description));
  }
}

std::map<std::string, std::string> AccountMaker::Settings(const ProviderPlugin& plugin) const {
  std::map<std::string, std::string> merged;
  if (!message_.preset().empty()) {
    const auto preset = plugin.presets.find(message_.preset());
    if (preset != plugin.presets.end()) {
      merged = preset->second;
    } else {
      errors_.Add(Path("preset"), absl::StrCat("unknown ", Quoted(message_.preset()), "; ",
                                               plugin.name, " has: ", Known(Keys(plugin.presets))));
    }
  }
  for (const auto& [key, value] : message_.settings()) {
    if (value.size() > kSettingBytesMax) {
      errors_.Add(Keyed(Path("settings"), key), absl::StrCat("must have at most ", kSettingBytesMax,
                                                             " bytes, has ", value.size()));
    }
    merged[key] = value;
  }
  CheckKeys(merged, plugin.settings, Path("settings"));
  return merged;
}

std::map<std::string, Secret> AccountMaker::Secrets(const ProviderPlugin& plugin) const {
  CheckKeys(message_.secrets(), plugin.secrets, Path("secrets"));
  // In order of the keys: a protobuf map has none, and messages should not change places.
  const std::map<std::string, config::v1::SecretSource> sources(message_.secrets().begin(),
                                                                message_.secrets().end());
  std::map<std::string, Secret> secrets;
  for (const auto& [key, source] : sources) {
    std::optional<Secret> secret = ReadSecret(source, Keyed(Path("secrets"), key));
    if (secret.has_value()) secrets.emplace(key, *std::move(secret));
  }
  return secrets;
}

std::optional<Secret> AccountMaker::ReadSecret(const config::v1::SecretSource& source,
                                               const std::string& field) const {
  switch (source.source_case()) {
    case config::v1::SecretSource::kFile:
      return ReadSecretFile(source.file(), absl::StrCat(field, ".file"));
    case config::v1::SecretSource::kEnvironment: {
      const auto variable = context_.environment.find(source.environment());
      if (variable != context_.environment.end() && !variable->second.empty()) {
        return Secret(variable->second);
      }
      errors_.Add(absl::StrCat(field, ".environment"),
                  absl::StrCat("the variable ", Quoted(source.environment()), " is not set"));
      return std::nullopt;
    }
    case config::v1::SecretSource::kDevValue:
      if (dev_) return Secret(source.dev_value());
      errors_.Add(absl::StrCat(field, ".dev_value"),
                  "is for --dev only; use `file` or `environment`");
      return std::nullopt;
    case config::v1::SecretSource::SOURCE_NOT_SET:
      break;
  }
  errors_.Add(field, dev_ ? "one of `file`, `environment` and `dev_value` must be set"
                          : "one of `file` and `environment` must be set");
  return std::nullopt;
}

std::optional<Secret> AccountMaker::ReadSecretFile(const std::string& file,
                                                   const std::string& field) const {
  const absl::StatusOr<SmallFile> read = ReadSmallFile(file, kSecretBytesMax);
  if (!read.ok()) {
    errors_.Add(field, read.status().message());
    return std::nullopt;
  }
  const absl::string_view text = absl::StripSuffix(read->content.Reveal(), "\n");
  if (!text.empty()) return Secret(text);
  errors_.Add(field, absl::StrCat(file, " is empty"));
  return std::nullopt;
}

std::vector<v1::CurrencyLimits> AccountMaker::Limits() const {
  std::vector<v1::CurrencyLimits> all;
  std::set<std::string> seen;
  for (int i = 0; i < message_.amount_limits_size(); ++i) {
    const std::string field = Indexed(Path("amount_limits"), i);
    std::optional<v1::CurrencyLimits> one = OneLimit(message_.amount_limits(i), field);
    if (!one.has_value()) continue;
    if (!seen.insert(one->currency_code()).second) {
      errors_.Add(field, absl::StrCat("has ", one->currency_code(), " a second time"));
    }
    all.push_back(*std::move(one));
  }
  return all;
}

std::optional<v1::CurrencyLimits> AccountMaker::OneLimit(const config::v1::AmountLimits& limits,
                                                         const std::string& field) const {
  const v1::Money& min = limits.min();
  const v1::Money& max = limits.max();
  const std::string& currency = min.currency_code();
  const size_t findings_before = errors_.size();
  if (currency.size() != kCurrencyCodeLetters ||
      !std::all_of(currency.begin(), currency.end(), absl::ascii_isupper)) {
    errors_.Add(absl::StrCat(field, ".min.currency_code"),
                absl::StrCat("must be three upper-case letters, is ", Quoted(currency)));
  }
  if (max.currency_code() != currency) {
    errors_.Add(absl::StrCat(field, ".max.currency_code"),
                absl::StrCat("must be that of min, is ", Quoted(max.currency_code())));
  }
  if (min.amount_minor() < 1) {
    errors_.Add(absl::StrCat(field, ".min.amount_minor"),
                absl::StrCat("must be at least 1, is ", min.amount_minor()));
  }
  if (max.amount_minor() < min.amount_minor()) {
    errors_.Add(
        absl::StrCat(field, ".max.amount_minor"),
        absl::StrCat("must be at least min, ", min.amount_minor(), ", is ", max.amount_minor()));
  }
  if (errors_.size() != findings_before) return std::nullopt;
  v1::CurrencyLimits result;
  result.set_currency_code(currency);
  result.set_amount_minor_min(min.amount_minor());
  result.set_amount_minor_max(max.amount_minor());
  return result;
}

absl::Duration AccountMaker::HoldDuration(const Provider& provider) const {
  const v1::Capabilities& can = provider.capabilities();
  absl::Duration max = kHoldDurationMax;
  if (can.has_hold_duration_max()) {
    max = std::min(max, absl::Seconds(can.hold_duration_max().seconds()));
  }
  const FieldReader fields(message_, path_, errors_);
  const absl::Duration hold = fields.Duration(
      "hold_duration_default",
      {.unset = std::min(kHoldDurationDefault, max), .min = absl::Minutes(1), .max = max});
  if (hold % absl::Minutes(1) != absl::ZeroDuration()) {
    errors_.Add(Path("hold_duration_default"),
                absl::StrCat("must be whole minutes, is ", absl::FormatDuration(hold)));
  }
  return hold;
}

bool Same(const NumberRange& a, const NumberRange& b) {
  return a.first == b.first && a.last == b.last && a.at_end == b.at_end;
}

std::string Describe(const NumberRange& range) {
  const bool again = range.at_end == NumberRange::AtEnd::kStartAgain;
  return absl::StrCat(range.first, " to ", range.last, again ? ", starting again" : "");
}

// Accounts that share a counter and have other ranges would send one another's numbers
// into the range of the other, or find it used up.
void CheckSequences(const std::vector<Account>& accounts, FieldErrors& errors) {
  std::map<std::pair<std::string, std::string>, const Account*> owners;
  for (const Account& account : accounts) {
    const NumberRange range = account.provider->numbers();
    if (range.sequence.empty()) continue;
    const auto [it, is_new] =
        owners.emplace(std::pair(account.provider_name, range.sequence), &account);
    const NumberRange first = it->second->provider->numbers();
    if (is_new || Same(first, range)) continue;
    errors.Add("accounts",
               absl::StrCat(it->second->name, " and ", account.name,
                            " share the operation numbers of ", account.provider_name, " ",
                            Quoted(range.sequence), " and must have the same range, but have ",
                            Describe(first), " and ", Describe(range)));
  }
}

}  // namespace

std::vector<Account> MakeAccounts(const config::v1::ServerConfig& message, bool dev,
                                  const ConfigContext& context, FieldErrors& errors) {
  std::vector<Account> accounts;
  std::set<std::string> ids;
  const int count = message.accounts_size();
  if (count < 1 || static_cast<size_t>(count) > kAccountsMax) {
    errors.Add("accounts", absl::StrCat("must be 1 to ", kAccountsMax, ", are ", count));
    return accounts;
  }
  for (int i = 0; i < count; ++i) {
    const config::v1::Account& one = message.accounts(i);
    const std::string path = Indexed("accounts", i);
    if (!one.id().empty() && !ids.insert(one.id()).second) {
      errors.Add(absl::StrCat(path, ".id"),
                 absl::StrCat("another account has the id ", Quoted(one.id())));
    }
    std::optional<Account> account = AccountMaker(one, path, dev, context, errors).Make();
    if (account.has_value()) accounts.push_back(*std::move(account));
  }
  CheckSequences(accounts, errors);
  return accounts;
}

}  // namespace payments
