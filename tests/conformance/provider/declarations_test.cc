// What a plugin declares before anything is called: its name, settings, presets, limits and
// capabilities; and that its documentation tells all of it.

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "providers/builtin_providers.h"
#include "tests/conformance/provider/provider_conformance.h"
#include "tests/support/source_tree.h"

namespace payments {
namespace {

using testing::HasSubstr;

bool IsSnakeCase(const std::string& name) {
  return !name.empty() && absl::ascii_islower(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
         });
}

template <typename Values>
bool AreDistinct(const Values& values) {
  using Value = typename Values::value_type;
  return std::set<Value>(values.begin(), values.end()).size() == static_cast<size_t>(values.size());
}

// Known, each once, and at least one of them.
template <typename Kinds>
bool AreKinds(const Kinds& kinds) {
  return !kinds.empty() && AreDistinct(kinds) &&
         std::all_of(kinds.begin(), kinds.end(), [](int kind) { return kind != 0; });
}

std::string DocumentOf(const std::string& provider) {
  std::ifstream file(absl::StrCat(SourceTree(), "/docs/providers/", provider, ".md"));
  EXPECT_TRUE(file.is_open()) << "docs/providers/" << provider << ".md";
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(ProviderRows, AreTheListOfProviders) {
  std::vector<std::string> rows;
  std::vector<std::string> plugins;
  for (const ProviderRow& row : AllProviderRows()) rows.push_back(row.name);
  for (const ProviderPlugin& plugin : BuiltinProviders()) plugins.push_back(plugin.name);
  EXPECT_THAT(rows, testing::UnorderedElementsAreArray(plugins));
}

class Declarations : public ProviderConformance, public testing::WithParamInterface<ProviderRow> {
 protected:
  Declarations() : ProviderConformance(GetParam()) {}

  std::vector<SettingSpec> Specs() const {
    std::vector<SettingSpec> specs = plugin_.settings;
    specs.insert(specs.end(), plugin_.secrets.begin(), plugin_.secrets.end());
    return specs;
  }
  absl::Status CreateWith(const AccountSettings& account) const {
    return plugin_.create(account).status();
  }
  absl::Status CreateWithLimits(const std::string& currency, int64_t min, int64_t max) const {
    AccountSettings account = case_->Account();
    v1::CurrencyLimits limits;
    limits.set_currency_code(currency);
    limits.set_amount_minor_min(min);
    limits.set_amount_minor_max(max);
    account.limits = {limits};
    return CreateWith(account);
  }
};

TEST_P(Declarations, NamesAreStableOnes) {
  EXPECT_TRUE(IsSnakeCase(plugin_.name)) << plugin_.name;
  std::vector<std::string> names;
  for (const SettingSpec& spec : Specs()) {
    EXPECT_TRUE(IsSnakeCase(spec.name)) << spec.name;
    EXPECT_FALSE(spec.description.empty()) << spec.name;
    EXPECT_FALSE(absl::StrContains(spec.description, '\n')) << spec.name;
    names.push_back(spec.name);
  }
  EXPECT_TRUE(AreDistinct(names));
  EXPECT_GE(plugin_.execution_delay_max, absl::ZeroDuration());
  EXPECT_LT(plugin_.execution_delay_max, absl::InfiniteDuration());
}

// So that nothing which can be configured is left out of this suite.
TEST_P(Declarations, TheSuitesAccountHasEverySetting) {
  const AccountSettings account = case_->Account();
  for (const SettingSpec& spec : plugin_.settings) {
    EXPECT_TRUE(account.settings.contains(spec.name)) << spec.name;
  }
  for (const SettingSpec& spec : plugin_.secrets) {
    EXPECT_TRUE(account.secrets.contains(spec.name)) << spec.name;
  }
  EXPECT_EQ(account.settings.size(), plugin_.settings.size());
  EXPECT_EQ(account.secrets.size(), plugin_.secrets.size());
}

TEST_P(Declarations, WhatIsOptionalMayBeAbsent) {
  AccountSettings account = case_->Account();
  for (const SettingSpec& spec : plugin_.settings) {
    if (!spec.required) account.settings.erase(spec.name);
  }
  for (const SettingSpec& spec : plugin_.secrets) {
    if (!spec.required) account.secrets.erase(spec.name);
  }
  EXPECT_TRUE(CreateWith(account).ok()) << CreateWith(account);
}

TEST_P(Declarations, AWrongSettingIsNamed) {
  for (const SettingSpec& spec : plugin_.settings) {
    AccountSettings account = case_->Account();
    account.settings[spec.name] = "a\nb";
    const absl::Status status = CreateWith(account);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << spec.name;
    EXPECT_THAT(std::string(status.message()), HasSubstr(spec.name));
  }
}

TEST_P(Declarations, AWrongSecretIsNamedAndNotShown) {
  for (const SettingSpec& spec : plugin_.secrets) {
    AccountSettings account = case_->Account();
    account.secrets[spec.name] = Secret("not-to-be-shown\n");
    const absl::Status status = CreateWith(account);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << spec.name;
    EXPECT_THAT(std::string(status.message()), HasSubstr(spec.name));
    ExpectNoSecrets(std::string(status.message()), {"not-to-be-shown"});
  }
}

TEST_P(Declarations, PresetsAreCompleteAddresses) {
  for (const auto& [preset, settings] : plugin_.presets) {
    EXPECT_TRUE(IsSnakeCase(preset)) << preset;
    AccountSettings account = case_->Account();
    for (const auto& [name, value] : settings) {
      EXPECT_TRUE(account.settings.contains(name)) << preset << " sets " << name;
      account.settings[name] = value;
    }
    EXPECT_TRUE(CreateWith(account).ok()) << preset << ": " << CreateWith(account);
    for (const auto& [name, value] : account.settings) {
      EXPECT_FALSE(absl::StartsWith(value, InProcessSandbox::kBaseUrl))
          << preset << " does not set " << name;
    }
  }
}

TEST_P(Declarations, CapabilitiesAreWellFormed) {
  EXPECT_TRUE(AreKinds(can().source_kinds()));
  EXPECT_TRUE(AreKinds(can().destination_kinds()));
  EXPECT_TRUE(AreKinds(can().capture_modes()));
  EXPECT_TRUE(can().payer_actions().empty() || AreKinds(can().payer_actions()));
  EXPECT_TRUE(AreDistinct(can().required_fields()));
  EXPECT_TRUE(AreDistinct(can().languages()));
  for (const std::string& language : can().languages()) {
    EXPECT_EQ(language.size(), 2U) << language;
    EXPECT_TRUE(IsSnakeCase(language)) << language;
  }
  std::vector<std::string> keys;
  for (const v1::ProviderOption& option : can().provider_options()) {
    EXPECT_TRUE(IsSnakeCase(option.key())) << option.key();
    EXPECT_NE(option.type(), v1::PROVIDER_OPTION_TYPE_UNSPECIFIED) << option.key();
    EXPECT_FALSE(option.description().empty()) << option.key();
    EXPECT_GT(option.length_max(), 0) << option.key();
    keys.push_back(option.key());
  }
  EXPECT_TRUE(AreDistinct(keys));
}

TEST_P(Declarations, CurrenciesHaveLimits) {
  std::vector<std::string> currencies;
  EXPECT_GT(can().currencies_size(), 0);
  for (const v1::CurrencyLimits& limits : can().currencies()) {
    const std::string& code = limits.currency_code();
    EXPECT_TRUE(code.size() == 3 && std::all_of(code.begin(), code.end(), absl::ascii_isupper))
        << code;
    EXPECT_GE(limits.amount_minor_min(), 1) << code;
    EXPECT_GE(limits.amount_minor_max(), limits.amount_minor_min()) << code;
    currencies.push_back(code);
  }
  EXPECT_TRUE(AreDistinct(currencies));
}

// Declarations that would contradict each other.
TEST_P(Declarations, CapabilitiesBelongTogether) {
  const bool holds = PaysTo(can(), v1::DESTINATION_KIND_MERCHANT);
  EXPECT_EQ(can().has_hold_duration_max(), holds);
  EXPECT_GE(can().hold_duration_max().seconds(), 0);
  EXPECT_TRUE(holds || !Captures(can(), v1::CAPTURE_MODE_MANUAL)) << "nothing is held to capture";
  EXPECT_TRUE(holds || !can().partial_capture());
  const bool takes_saved = TakesFrom(can(), v1::SOURCE_KIND_SAVED_CARD) ||
                           PaysTo(can(), v1::DESTINATION_KIND_SAVED_CARD);
  EXPECT_EQ(can().card_registration() || can().saves_cards(), takes_saved)
      << "cards are kept to be used, and those that are used were kept";
  EXPECT_TRUE(Declares(can(), Operation::kTransfer) ||
              (!can().saves_cards() && !can().transfers_abroad()));
  EXPECT_TRUE(can().card_registration() ||
              !Asks(can(), v1::PAYER_ACTION_KIND_REDIRECT_AT_REGISTRATION));
  // What is only hinted at must be asked about.
  EXPECT_TRUE(can().status_query() || can().callback_evidence() == v1::CALLBACK_EVIDENCE_PROOF);
}

TEST_P(Declarations, AnAccountsLimitsNarrowAndNeverWiden) {
  const v1::CurrencyLimits widest = can().currencies(0);
  const std::string& currency = widest.currency_code();
  const int64_t min = widest.amount_minor_min();
  const int64_t max = widest.amount_minor_max();
  EXPECT_TRUE(CreateWithLimits(currency, min + 1, max - 1).ok());
  for (const absl::Status& status :
       {CreateWithLimits(currency, min - 1, max), CreateWithLimits(currency, min, max + 1),
        CreateWithLimits(currency, min + 2, min + 1), CreateWithLimits("XTS", min, max)}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("amount_limits"));
  }
  AccountSettings account = case_->Account();
  account.limits = {widest};
  account.limits.front().set_amount_minor_max(max - 1);
  const auto narrowed = plugin_.create(account);
  ASSERT_TRUE(narrowed.ok()) << narrowed.status();
  ASSERT_EQ((*narrowed)->capabilities().currencies_size(), 1);
  EXPECT_EQ((*narrowed)->capabilities().currencies(0).amount_minor_max(), max - 1);
}

TEST_P(Declarations, NumbersAreARange) {
  const NumberRange numbers = provider_->numbers();
  EXPECT_GE(numbers.first, 1);
  EXPECT_GE(numbers.last, numbers.first);
  EXPECT_EQ(provider_->numbers().first, numbers.first);
  EXPECT_EQ(provider_->numbers().last, numbers.last);
}

// What the document must tell, and the words that must stand in it.
TEST_P(Declarations, TheDocumentTellsAllOfIt) {
  const std::string document = DocumentOf(plugin_.name);
  std::vector<std::string> words;
  for (const SettingSpec& spec : Specs()) words.push_back(spec.name);
  for (const auto& [preset, settings] : plugin_.presets) words.push_back(preset);
  for (const v1::ProviderOption& option : can().provider_options()) words.push_back(option.key());
  for (const std::string& word : words)
    EXPECT_THAT(document, HasSubstr(absl::StrCat("`", word, "`")));
  for (const v1::CurrencyLimits& limits : can().currencies()) {
    EXPECT_THAT(document, HasSubstr(limits.currency_code()));
  }
  for (const std::string& language : can().languages()) EXPECT_THAT(document, HasSubstr(language));
}

INSTANTIATE_TEST_SUITE_P(Providers, Declarations, testing::ValuesIn(AllProviderRows()),
                         NameOfProviderRow);

// -- What each operation adds -----------------------------------------------------------------

class DeclaredReferences : public ProviderConformance,
                           public testing::WithParamInterface<OperationParam> {
 protected:
  DeclaredReferences() : ProviderConformance(GetParam().row) {}
};

TEST_P(DeclaredReferences, AreDocumented) {
  const std::string document = DocumentOf(plugin_.name);
  const auto moved = Ended<OperationOutcome>(MakeCall(GetParam().operation));
  for (const auto& [key, value] : moved.references) {
    EXPECT_THAT(document, HasSubstr(absl::StrCat("`", key, "`")));
  }
}

// The host draws numbers up to both ends of the range.
TEST_P(DeclaredReferences, BothEndsOfTheNumbersCanBeSaid) {
  for (const int64_t number : {provider_->numbers().first, provider_->numbers().last}) {
    AnyCall call = SampleCall(GetParam().operation);
    if (auto* authorize = std::get_if<AuthorizeCall>(&call)) authorize->number = number;
    if (auto* capture = std::get_if<CaptureCall>(&call)) capture->number = number;
    if (auto* transfer = std::get_if<TransferCall>(&call)) transfer->number = number;
    const auto step = Begin(*provider_, call)->Start();
    EXPECT_TRUE(step.ok()) << number << ": " << step.status();
  }
}

INSTANTIATE_TEST_SUITE_P(Providers, DeclaredReferences,
                         testing::ValuesIn(DeclaredWhere([](Operation o) {
                           return MovesMoney(o) && o != Operation::kConfirm;
                         })),
                         NameOfOperationParam);

}  // namespace
}  // namespace payments
