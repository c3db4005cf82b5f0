#ifndef PAYMENTS_TESTS_UNIT_EPAY_EPAY_FIXTURE_H_
#define PAYMENTS_TESTS_UNIT_EPAY_EPAY_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "providers/plugin.h"
#include "providers/provider.h"

// What the tests of the Epay plugin share: an account, calls, answers, golden files.
namespace payments::epay {

inline constexpr int64_t kOrderNumber = 1'234'567;
inline constexpr absl::string_view kTokenAnswer =
    R"({"access_token":"DCEB8O_ZM5U7SO_T_U5EJQ","expires_in":7200,"refresh_token":"",)"
    R"("scope":"transfer","token_type":"Bearer"})";
// The guide's success, with our order and amount.
inline constexpr absl::string_view kSuccessAnswer =
    R"({"id":"a9e1b986-be01-4763-9216-610cc63b963c","amount":100.50,"currency":"KZT",)"
    R"("email":"epay@halykbank.kz","description":"TEST p2p","reference":"204978430339",)"
    R"("orderID":"1234567","senderCardID":"88481433-595e","senderCardPAN":"4003********9821",)"
    R"("receiverCardID":"86496cb0-bb5d","receiverCardPAN":"5578********0613",)"
    R"("intReference":"6BD1808D0FF129B0","terminalID":"95555555","code":0,"status":"AUTH"})";

// The guide's test merchant, on the test hosts, with a secret_hash.
AccountSettings TestSettings();
// Fails the test and ends it if the plugin refuses them.
std::unique_ptr<Provider> MakeProvider(const AccountSettings& settings = TestSettings());

// From the data of a card to a card's number; KZT 100.50.
TransferCall SampleTransfer();
ConfirmCall SampleConfirm();
CheckCall SampleCheck();

// `path` is relative to tests/golden/epay.
std::string ReadGolden(const std::string& path);
// Compares byte for byte; with UPDATE_GOLDEN=1 in the environment it writes instead.
void ExpectGolden(const std::string& path, absl::string_view actual);

HttpResponse Response(absl::string_view body, int status_code = 200);
HttpResponse Redirect(absl::string_view location, int status_code = 302);

// An outcome on one line: verdict, [code], {references}, amount, category, and what else
// there is.
std::string Describe(const OperationOutcome& outcome);
std::string Describe(const StatusReading& reading);

// The request, or the outcome, that a step must be.
template <typename Step>
HttpRequest RequestOf(const absl::StatusOr<Step>& step) {
  EXPECT_TRUE(step.ok()) << step.status();
  if (!step.ok() || !std::holds_alternative<HttpRequest>(*step)) {
    ADD_FAILURE() << "not a request";
    return {};
  }
  return std::get<HttpRequest>(*step);
}

template <typename Outcome>
Outcome OutcomeOf(const absl::StatusOr<std::variant<HttpRequest, Outcome>>& step) {
  EXPECT_TRUE(step.ok()) << step.status();
  if (!step.ok() || !std::holds_alternative<Outcome>(*step)) {
    ADD_FAILURE() << "not an outcome";
    return {};
  }
  return std::get<Outcome>(*step);
}

}  // namespace payments::epay

#endif  // PAYMENTS_TESTS_UNIT_EPAY_EPAY_FIXTURE_H_
