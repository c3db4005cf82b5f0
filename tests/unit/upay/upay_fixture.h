#ifndef PAYMENTS_TESTS_UNIT_UPAY_UPAY_FIXTURE_H_
#define PAYMENTS_TESTS_UNIT_UPAY_UPAY_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "providers/plugin.h"
#include "providers/provider.h"

// What the tests of the UPay plugin share: an account, calls, golden files.
namespace payments::upay {

// Settings with every optional one; the credentials need XML escaping.
AccountSettings TestSettings();
// Fails the test and ends it if the plugin refuses them.
std::unique_ptr<Provider> MakeProvider(const AccountSettings& settings = TestSettings());

RegisterCardCall SampleRegisterCard();
AuthorizeCall SampleAuthorize();
CaptureCall SampleCapture();
CancelCall SampleCancel();

// `path` is relative to tests/golden/upay.
std::string ReadGolden(const std::string& path);
// Compares byte for byte; with UPDATE_GOLDEN=1 in the environment it writes instead.
void ExpectGolden(const std::string& path, absl::string_view actual);

HttpResponse Response(absl::string_view body, int status_code = 200);

// An outcome on one line: verdict, [code], {references}, amount, category.
std::string Describe(const RegistrationOutcome& outcome);
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

// Starts a conversation and answers its only request.
template <typename Outcome>
Outcome Converse(Exchange<Outcome>& exchange, const HttpResponse& response) {
  RequestOf(exchange.Start());
  return OutcomeOf<Outcome>(exchange.OnResponse(response));
}

}  // namespace payments::upay

#endif  // PAYMENTS_TESTS_UNIT_UPAY_UPAY_FIXTURE_H_
