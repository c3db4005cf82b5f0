// A provider's callbacks: understood where they are genuine, refused where they are forged or
// unintelligible, and believed no more than was declared.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/conformance/provider/provider_conformance.h"

namespace payments {
namespace {

using Evidence = CallbackNotice::Evidence;

// An operation that a callback follows.
bool IsCalledBackAbout(Operation operation) {
  return operation == Operation::kRegisterCard || operation == Operation::kAuthorize ||
         operation == Operation::kTransfer || operation == Operation::kConfirm;
}

class DeclaredCallback : public ProviderConformance,
                         public testing::WithParamInterface<OperationParam> {
 protected:
  DeclaredCallback() : ProviderConformance(GetParam().row) {}

  bool is_card() const { return GetParam().operation == Operation::kRegisterCard; }
  CallbackSubject subject() const {
    return is_card() ? CallbackSubject::kCardRegistration : CallbackSubject::kPayment;
  }

  // Does the operation, and gives what the provider calls back then.
  HttpRequest CalledBack(sandbox::v1::CallbackKind kind) {
    const AnyCall call = MakeCall(GetParam().operation);
    sandbox_.SetCallbacks(kind);
    sandbox_.TakeCallbacks();  // Of what came before.
    const Transcript transcript = Run(call);
    EXPECT_TRUE(transcript.end.ok()) << transcript.end.status();
    outcome_ = *transcript.end;
    if (is_card()) case_->ConfirmRegistration(std::get<RegistrationOutcome>(outcome_));
    std::vector<HttpRequest> callbacks = sandbox_.TakeCallbacks();
    EXPECT_EQ(callbacks.size(), 1U);
    if (callbacks.empty()) return {};
    EXPECT_EQ(callbacks.front().url, kCallbackUrl);
    return std::move(callbacks.front());
  }

  absl::StatusOr<CallbackNotice> Read(const HttpRequest& request) {
    auto notice = provider_->ReadCallback(subject(), request);
    if (!notice.ok()) {
      ExpectNoSecrets(std::string(notice.status().message()), secrets());
      return notice;
    }
    ExpectNoSecrets(absl::StrCat(notice->answer.code, "\n", notice->answer.message, "\n",
                                 notice->masked_number),
                    secrets());
    return notice;
  }

  void ExpectNotShown(const std::string& body, absl::string_view canary) {
    const auto shown = provider_->RedactCallback(body);
    ASSERT_TRUE(shown.ok()) << shown.status();
    EXPECT_FALSE(absl::StrContains(*shown, canary)) << body;
  }

  // By which the operation's answer made it known.
  std::vector<std::string> Names() const {
    if (is_card()) {
      return {std::string(std::get<RegistrationOutcome>(outcome_).card_token.Reveal())};
    }
    std::vector<std::string> names;
    for (const auto& [key, value] : std::get<OperationOutcome>(outcome_).references) {
      names.push_back(value);
    }
    return names;
  }

  AnyOutcome outcome_;
};

TEST_P(DeclaredCallback, AGenuineOneIsUnderstood) {
  const auto notice = Read(CalledBack(sandbox::v1::CALLBACK_KIND_NORMAL));
  ASSERT_TRUE(notice.ok()) << notice.status();
  EXPECT_TRUE(notice->success);
  if (is_card()) {
    const auto& registered = std::get<RegistrationOutcome>(outcome_);
    EXPECT_TRUE(notice->card_token.EqualsInConstantTime(registered.card_token.Reveal()));
    EXPECT_EQ(notice->evidence, Evidence::kProof) << "nobody can be asked about a registration";
    return;
  }
  EXPECT_EQ(notice->evidence == Evidence::kProof,
            can().callback_evidence() == v1::CALLBACK_EVIDENCE_PROOF);
  EXPECT_TRUE(notice->card_token.empty());
  const auto& references = std::get<OperationOutcome>(outcome_).references;
  for (const auto& [key, value] : notice->references) {
    const auto found = references.find(key);
    if (found == references.end()) continue;
    EXPECT_EQ(value, found->second) << key;
  }
}

TEST_P(DeclaredCallback, AForgedOneIsUnauthenticated) {
  const auto notice = Read(CalledBack(sandbox::v1::CALLBACK_KIND_FORGED_TOKEN));
  EXPECT_EQ(notice.status().code(), absl::StatusCode::kUnauthenticated) << notice.status();
}

// What is signed and says the opposite is only a hint, unless evidence is declared.
TEST_P(DeclaredCallback, ALieIsAHintWhereHintsAreDeclared) {
  const auto notice = Read(CalledBack(sandbox::v1::CALLBACK_KIND_FORGED_STATUS));
  if (!notice.ok()) return;
  EXPECT_FALSE(notice->success);
  if (!is_card() && can().callback_evidence() == v1::CALLBACK_EVIDENCE_HINT) {
    EXPECT_EQ(notice->evidence, Evidence::kHint);
  }
}

TEST_P(DeclaredCallback, HalfOfOneIsRefused) {
  const HttpRequest whole = CalledBack(sandbox::v1::CALLBACK_KIND_NORMAL);
  const absl::string_view body = absl::StripTrailingAsciiWhitespace(whole.body.Reveal());
  for (size_t bytes = 0; bytes < body.size(); ++bytes) {
    HttpRequest half = whole;
    half.body = Secret(body.substr(0, bytes));
    EXPECT_FALSE(Read(half).ok()) << bytes << " bytes";
  }
}

// What a callback names is signed, or it is not taken from it.
TEST_P(DeclaredCallback, AnAlteredNameIsNotBelieved) {
  const HttpRequest genuine = CalledBack(sandbox::v1::CALLBACK_KIND_NORMAL);
  for (const std::string& name : Names()) {
    std::string other = name;
    other.back() = other.back() == '7' ? '8' : '7';
    HttpRequest altered = genuine;
    altered.body = Secret(absl::StrReplaceAll(genuine.body.Reveal(), {{name, other}}));
    const auto notice = Read(altered);
    if (!notice.ok()) continue;
    EXPECT_FALSE(notice->card_token.EqualsInConstantTime(other));
    for (const auto& [key, value] : notice->references) EXPECT_NE(value, other) << key;
  }
}

// One about a card is none about a payment, and the other way round.
TEST_P(DeclaredCallback, OneAboutSomethingElseIsRefused) {
  const HttpRequest request = CalledBack(sandbox::v1::CALLBACK_KIND_NORMAL);
  const auto other = is_card() ? CallbackSubject::kPayment : CallbackSubject::kCardRegistration;
  const auto notice = provider_->ReadCallback(other, request);
  EXPECT_EQ(notice.status().code(), absl::StatusCode::kInvalidArgument) << notice.status();
}

// A number of an order, a hold, a receipt.
bool IsLongNumber(absl::string_view value) {
  constexpr size_t kDigitsMin = 5;
  return value.size() >= kDigitsMin && std::all_of(value.begin(), value.end(), absl::ascii_isdigit);
}

// Whatever stands in whichever field, and without a mark by which it could be told. Only a
// telephone's number cannot be told from others where one belongs.
TEST_P(DeclaredCallback, NothingSecretOrPersonalIsShown) {
  constexpr absl::string_view kTelephone = "77012345678";
  const HttpRequest genuine = CalledBack(sandbox::v1::CALLBACK_KIND_NORMAL);
  const auto shown = provider_->RedactCallback(genuine.body.Reveal());
  ASSERT_TRUE(shown.ok()) << shown.status();
  ExpectNoSecrets(*shown, secrets());
  EXPECT_NE(*shown, genuine.body.Reveal());
  const auto fields = nlohmann::ordered_json::parse(genuine.body.Reveal());
  for (const absl::string_view canary :
       {absl::string_view("4003032704547597"), absl::string_view("4711-4003032704547597"),
        absl::string_view("40030327045475970129"), absl::string_view("4003--0327--0454--7597"),
        absl::string_view("IVANOV"), absl::string_view("IVAN_IVANOV"), kTelephone,
        absl::string_view("0a1b2c3d4e5f60718293a4b5c6d7e8f9"),
        absl::string_view("s3cr3t/t0k3n==")}) {
    for (const auto& [name, value] : fields.items()) {
      if (canary == kTelephone && value.is_string() && IsLongNumber(value.get<std::string>())) {
        continue;
      }
      nlohmann::ordered_json altered = fields;
      altered[name] = std::string(canary);
      ExpectNotShown(altered.dump(), canary);
      ExpectNotShown(absl::StrCat(name, "=", canary), canary);
      altered[name] = {{std::string(canary), 1}};
      ExpectNotShown(altered.dump(), canary);
      altered[name] = {std::string(canary)};
      ExpectNotShown(altered.dump(), canary);
    }
    ExpectNotShown(absl::StrCat("{\"unheardOf\":\"", canary, "\"}"), canary);
    ExpectNotShown(absl::StrCat("{\"", canary, "\":1}"), canary);
    ExpectNotShown(absl::StrCat("unheardOf=", canary), canary);
    ExpectNotShown(absl::StrCat(canary, "=1"), canary);
  }
}

INSTANTIATE_TEST_SUITE_P(Providers, DeclaredCallback,
                         testing::ValuesIn(DeclaredWhere(IsCalledBackAbout)), NameOfOperationParam);

// -- Whatever strangers send ----------------------------------------------------------------

class AnyCallback : public ProviderConformance, public testing::WithParamInterface<ProviderRow> {
 protected:
  AnyCallback() : ProviderConformance(GetParam()) {}

  // An account with what must be configured and no more, so that no optional secret is
  // what a callback is refused for.
  std::unique_ptr<Provider> Plain() {
    AccountSettings account = case_->Account();
    for (const SettingSpec& secret : plugin_.secrets) {
      if (!secret.required) account.secrets.erase(secret.name);
    }
    auto provider = plugin_.create(account);
    EXPECT_TRUE(provider.ok()) << provider.status();
    return *std::move(provider);
  }
};

TEST_P(AnyCallback, GarbageIsUnintelligible) {
  constexpr int kDepth = 10'000;
  constexpr size_t kHugeBytes = 65 << 10;  // More than the host lets through.
  std::string deep;
  for (int i = 0; i < kDepth; ++i) deep += "{\"a\":";
  const std::unique_ptr<Provider> provider = Plain();
  for (const std::string& body :
       {std::string(), std::string(" "), std::string("null"), std::string("[]"), std::string("{}"),
        std::string("OK"), std::string("<a b=\"c\">d</a>"), std::string("a=b&a=c"),
        std::string("%zz=%"), std::string("{\"a\":\"\\ud800\"}"), std::string("\xFF\xFE=\x80"),
        std::string(16, '\0'), std::string("{\"status\":0"), deep, std::string(kHugeBytes, 'x'),
        std::string(kHugeBytes, '{')}) {
    for (const auto subject : {CallbackSubject::kPayment, CallbackSubject::kCardRegistration}) {
      HttpRequest request;
      request.headers = {{"Content-Type", "application/json"}};
      request.body = Secret(body);
      const auto notice = provider->ReadCallback(subject, request);
      EXPECT_EQ(notice.status().code(), absl::StatusCode::kInvalidArgument)
          << body.substr(0, 32) << ": " << notice.status();
    }
  }
}

TEST_P(AnyCallback, WhatCannotBeReadIsNotShown) {
  for (const std::string& body :
       {std::string(), std::string("s3cret"), std::string("[\"s3cret\"]"),
        std::string("{\"id\":\"s3cret"), std::string("\xFF\xFE"), std::string(65 << 10, 'x')}) {
    const auto shown = provider_->RedactCallback(body);
    EXPECT_EQ(shown.status().code(), absl::StatusCode::kInvalidArgument) << body.substr(0, 32);
    EXPECT_EQ(std::string(shown.status().message()).find("s3cret"), std::string::npos);
  }
}

TEST_P(AnyCallback, IsAcknowledgedAsTheProviderWantsIt) {
  constexpr int kHttpOk = 200;
  EXPECT_EQ(provider_->AcknowledgeCallback().status_code, kHttpOk);
}

INSTANTIATE_TEST_SUITE_P(Providers, AnyCallback, testing::ValuesIn(AllProviderRows()),
                         NameOfProviderRow);

}  // namespace
}  // namespace payments
