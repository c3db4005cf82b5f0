#include "tests/unit/epay/epay_fixture.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "providers/epay/epay_plugin.h"
#include "tests/support/source_tree.h"

namespace payments::epay {
namespace {

std::string GoldenPath(const std::string& path) {
  return absl::StrCat(SourceTree(), "/tests/golden/epay/", path);
}

v1::Money Tenge(int64_t amount_minor) {
  v1::Money money;
  money.set_currency_code("KZT");
  money.set_amount_minor(amount_minor);
  return money;
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

std::string Name(StatusReading::Transfer transfer) {
  switch (transfer) {
    case StatusReading::Transfer::kNotAsked:
      return "not asked";
    case StatusReading::Transfer::kNoEvidence:
      return "no evidence";
    case StatusReading::Transfer::kNotKnown:
      return "not known";
    case StatusReading::Transfer::kInProcess:
      return "in process";
    case StatusReading::Transfer::kActionRequired:
      return "action required";
    case StatusReading::Transfer::kSucceeded:
      return "succeeded";
    case StatusReading::Transfer::kDeclined:
      return "declined";
    case StatusReading::Transfer::kCanceled:
      return "canceled";
    case StatusReading::Transfer::kReturned:
      return "returned";
  }
  return "?";
}

std::string Card(absl::string_view which, const std::optional<SavedCard>& card) {
  if (!card.has_value()) return "";
  return absl::StrCat(" ", which, " ", card->card_token.Reveal(), " ", card->masked_number);
}

// What outcomes and readings have in common.
template <typename Said>
std::string Rest(const Said& said) {
  std::string text = absl::StrCat(" [", said.answer.code, "]");
  if (!said.references.empty()) {
    absl::StrAppend(&text, " {", absl::StrJoin(said.references, ", ", absl::PairFormatter("=")),
                    "}");
  }
  if (said.amount.has_value()) {
    absl::StrAppend(&text, " ", said.amount->currency_code(), " ", said.amount->amount_minor());
  }
  absl::StrAppend(&text, Card("source", said.saved_source),
                  Card("destination", said.saved_destination));
  if (said.answer.category != v1::FAILURE_CATEGORY_UNSPECIFIED) {
    absl::StrAppend(
        &text, " ",
        absl::StripPrefix(v1::FailureCategory_Name(said.answer.category), "FAILURE_CATEGORY_"));
  }
  if (said.answer.unlisted) absl::StrAppend(&text, " unlisted");
  return text;
}

}  // namespace

AccountSettings TestSettings() {
  AccountSettings settings;
  settings.settings = Plugin().presets.at("test");
  settings.settings["terminal"] = "40a348cb-68a3-45d5-9002-a4836d79c3b5";
  settings.settings["client_id"] = "test";
  settings.secrets = {{"client_secret", Secret("yF587AV9*#&+ %=")},
                      {"secret_hash", Secret("h@sh/1")}};
  return settings;
}

std::unique_ptr<Provider> MakeProvider(const AccountSettings& settings) {
  absl::StatusOr<std::unique_ptr<Provider>> provider = Plugin().create(settings);
  EXPECT_TRUE(provider.ok()) << provider.status();
  if (!provider.ok()) std::abort();
  return *std::move(provider);
}

TransferCall SampleTransfer() {
  TransferCall call;
  call.number = kOrderNumber;
  call.amount = Tenge(10'050);
  CardSecrets source;
  source.number = Secret("377514500004820");  // 15 digits and a CVC of 4, in the guide.
  source.expiry_month = 1;
  source.expiry_year = 2025;
  source.cvc = Secret("4169");
  source.holder_name = "Sergey Frolov";
  call.source.card = source;
  CardSecrets destination;
  destination.number = Secret("5522042705066736");
  call.destination.card = destination;
  call.description = "TEST p2p";
  call.payer.ip = "203.0.113.7";
  call.payer.email = "payer@example.com";
  call.payer.address = "Almaty, Abay 1 \"A\"";
  call.return_url = "https://shop.example/ok?a=1&b=2";
  call.failure_return_url = "https://shop.example/failed";
  call.challenge_url = "https://pay.example/actions/t0ken/result";
  call.callback_url = "https://pay.example/callbacks/epay/t0ken";
  return call;
}

ConfirmCall SampleConfirm() {
  ConfirmCall call;
  call.transfer_number = kOrderNumber;
  call.references = {{"transaction_id", "7943816b-58a8-47f6-a11e-67b63c4228c7"}};
  call.amount = Tenge(10'050);
  call.action_fields = {{"PaReq", "eJzVW"},
                        {"MD", "271710719-E54F6D8F865285D4"},
                        {"TermUrl", "https://pay.example/actions/t0ken/result"}};
  call.posted_fields = {{"PaRes", Secret("/ZUo742D+gULQ4==")},
                        {"MD", Secret("271710719-E54F6D8F865285D4")}};
  return call;
}

CheckCall SampleCheck() {
  CheckCall call;
  call.transfer_number = kOrderNumber;
  call.amount = Tenge(10'050);
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

HttpResponse Redirect(absl::string_view location, int status_code) {
  HttpResponse response = Response("<html>Moved</html>", status_code);
  response.headers = {{"Server", "x"}, {"location", std::string(location)}};
  return response;
}

std::string Describe(const OperationOutcome& outcome) {
  std::string text = absl::StrCat(Name(outcome.verdict), Rest(outcome));
  if (outcome.next_action.has_form_post()) {
    absl::StrAppend(&text, " ", outcome.next_action.form_post().url());
  }
  return text;
}

std::string Describe(const StatusReading& reading) {
  std::string text = absl::StrCat(Name(reading.transfer), Rest(reading));
  if (reading.session.has_value()) {
    absl::StrAppend(&text, " session ", absl::FormatDuration(reading.session->lifetime));
  }
  return text;
}

}  // namespace payments::epay
