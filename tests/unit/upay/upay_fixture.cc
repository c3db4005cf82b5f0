#include "tests/unit/upay/upay_fixture.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "providers/upay/upay_plugin.h"
#include "tests/support/source_tree.h"

namespace payments::upay {
namespace {

constexpr absl::string_view kCallbackUrl = "https://pay.example/callbacks/upay/t0ken?a=1&b=2";

std::string GoldenPath(const std::string& path) {
  return absl::StrCat(SourceTree(), "/tests/golden/upay/", path);
}

std::string Category(const ProviderAnswer& answer) {
  if (answer.category == v1::FAILURE_CATEGORY_UNSPECIFIED) return "";
  return absl::StrCat(
      " ", absl::StripPrefix(v1::FailureCategory_Name(answer.category), "FAILURE_CATEGORY_"));
}

std::string References(const ProviderReferences& references) {
  if (references.empty()) return "";
  return absl::StrCat(" {", absl::StrJoin(references, ", ", absl::PairFormatter("=")), "}");
}

std::string Amount(const std::optional<v1::Money>& amount) {
  if (!amount.has_value()) return "";
  return absl::StrCat(" ", amount->currency_code(), " ", amount->amount_minor());
}

std::string Code(const ProviderAnswer& answer) { return absl::StrCat(" [", answer.code, "]"); }

std::string Name(RegistrationOutcome::Verdict verdict) {
  switch (verdict) {
    case RegistrationOutcome::Verdict::kUnknown:
      return "unknown";
    case RegistrationOutcome::Verdict::kConfirmationRequired:
      return "confirmation required";
    case RegistrationOutcome::Verdict::kActive:
      return "active";
    case RegistrationOutcome::Verdict::kDeclined:
      return "declined";
  }
  return "?";
}

std::string Name(OperationOutcome::Verdict verdict) {
  switch (verdict) {
    case OperationOutcome::Verdict::kUnknown:
      return "unknown";
    case OperationOutcome::Verdict::kInProcess:
      return "in process";
    case OperationOutcome::Verdict::kSucceeded:
      return "succeeded";
    case OperationOutcome::Verdict::kDeclined:
      return "declined";
    case OperationOutcome::Verdict::kActionRequired:
      return "action required";
    case OperationOutcome::Verdict::kNotSent:
      return "not sent";
  }
  return "?";
}

std::string Name(StatusReading::Hold hold) {
  switch (hold) {
    case StatusReading::Hold::kNotAsked:
      return "not asked";
    case StatusReading::Hold::kNoEvidence:
      return "no evidence";
    case StatusReading::Hold::kInProcess:
      return "in process";
    case StatusReading::Hold::kHeld:
      return "held";
    case StatusReading::Hold::kClosed:
      return "closed";
  }
  return "?";
}

std::string Name(StatusReading::Capture capture) {
  switch (capture) {
    case StatusReading::Capture::kNotAsked:
      return "not asked";
    case StatusReading::Capture::kNoEvidence:
      return "no evidence";
    case StatusReading::Capture::kNotKnown:
      return "not known";
    case StatusReading::Capture::kCaptured:
      return "captured";
  }
  return "?";
}

}  // namespace

AccountSettings TestSettings() {
  AccountSettings settings;
  settings.settings = {{"endpoint", "https://api.upay.uz/STAPI/STWS"},
                       {"username", "merchant"},
                       {"service_id", "628"},
                       {"version", "1"},
                       {"language", "ru"}};
  settings.secrets = {{"partner_key", Secret("PK<&>key")}, {"password", Secret("p&ss<wörd>")}};
  return settings;
}

std::unique_ptr<Provider> MakeProvider(const AccountSettings& settings) {
  absl::StatusOr<std::unique_ptr<Provider>> provider = Plugin().create(settings);
  EXPECT_TRUE(provider.ok()) << provider.status();
  if (!provider.ok()) std::abort();
  return *std::move(provider);
}

RegisterCardCall SampleRegisterCard() {
  RegisterCardCall call;
  call.card.number = Secret("4719515042883250");
  call.card.expiry_month = 6;
  call.card.expiry_year = 2024;
  call.card.cvc = Secret("003");
  call.card.holder_name = "TONY O'SAPAY <& \"Sons\">";
  call.phone = "998911902494";
  call.callback_url = std::string(kCallbackUrl);
  return call;
}

AuthorizeCall SampleAuthorize() {
  AuthorizeCall call;
  call.number = 7;
  call.card_token = Secret("60f74ae9c13cfc8s464a5");
  call.amount.set_currency_code("UZS");
  call.amount.set_amount_minor(100'000);
  call.hold_duration = absl::Minutes(60);
  call.payer_account = "112312";
  call.callback_url = std::string(kCallbackUrl);
  return call;
}

CaptureCall SampleCapture() {
  CaptureCall call;
  call.number = 12345678;
  call.references = {{"hold_id", "12a34b56c78d"}};
  call.amount.set_currency_code("UZS");
  call.amount.set_amount_minor(100'000);
  return call;
}

CancelCall SampleCancel() {
  CancelCall call;
  call.number = 9;
  call.references = {{"hold_id", "12a34b56c78d"}};
  return call;
}

std::string ReadGolden(const std::string& path) {
  std::ifstream file(GoldenPath(path), std::ios::binary);
  EXPECT_TRUE(file.is_open()) << "no golden file " << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void ExpectGolden(const std::string& path, absl::string_view actual) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets the environment.
  const char* update = std::getenv("UPDATE_GOLDEN");
  if (update != nullptr && absl::string_view(update) == "1") {
    std::ofstream file(GoldenPath(path), std::ios::binary);
    file << actual;
    ASSERT_TRUE(file.good()) << "cannot write " << path;
    return;
  }
  EXPECT_EQ(ReadGolden(path), actual) << "differs from " << path;
}

HttpResponse Response(absl::string_view body, int status_code) {
  HttpResponse response;
  response.status_code = status_code;
  response.body = Secret(body);
  return response;
}

std::string Describe(const RegistrationOutcome& outcome) {
  std::string text = absl::StrCat(Name(outcome.verdict), Code(outcome.answer));
  if (!outcome.card_token.empty()) absl::StrAppend(&text, " token");
  if (!outcome.masked_number.empty()) absl::StrAppend(&text, " ", outcome.masked_number);
  if (outcome.next_action.has_redirect()) {
    absl::StrAppend(&text, " ", outcome.next_action.redirect().url());
  }
  return absl::StrCat(text, Category(outcome.answer));
}

std::string Describe(const OperationOutcome& outcome) {
  return absl::StrCat(Name(outcome.verdict), Code(outcome.answer), References(outcome.references),
                      Amount(outcome.amount), Category(outcome.answer));
}

std::string Describe(const StatusReading& reading) {
  return absl::StrCat("hold ", Name(reading.hold), ", capture ", Name(reading.capture),
                      Code(reading.answer), References(reading.references), Amount(reading.amount),
                      Category(reading.answer));
}

}  // namespace payments::upay
