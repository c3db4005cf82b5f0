#ifndef PAYMENTS_TESTS_CONFORMANCE_PROVIDER_PROVIDER_CONFORMANCE_H_
#define PAYMENTS_TESTS_CONFORMANCE_PROVIDER_PROVIDER_CONFORMANCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/provider/conversation.h"
#include "tests/conformance/provider/in_process_sandbox.h"
#include "tests/conformance/provider/operations.h"
#include "tests/conformance/provider/provider_case.h"

namespace payments {

// A provider's plugin, an account of it at a sandbox, and calls that its capabilities allow.
class ProviderConformance : public testing::Test {
 protected:
  static constexpr char kSourcePan[] = "4719515042883250";
  static constexpr char kDestinationPan[] = "5578340000000002";
  static constexpr char kCvc[] = "7391";
  static constexpr char kCallbackUrl[] = "https://pay.example/callbacks/x/t0ken?a=1&b=2";

  explicit ProviderConformance(const ProviderRow& row);

  const v1::Capabilities& can() const { return provider_->capabilities(); }

  // A call that will succeed: what has to come before it is done.
  AnyCall MakeCall(Operation operation);
  // A call that looks like one, of an operation that may not be declared. Nothing is done.
  AnyCall SampleCall(Operation operation) const;

  // At the sandbox.
  Transcript Run(const AnyCall& call);
  // As in `before`, but the answer number `at` is `instead`, and 503 is answered after it.
  Transcript RunAltered(const AnyCall& call, const Transcript& before, size_t at,
                        const HttpResponse& instead);
  // The outcome of a call that must end in one.
  template <typename Outcome>
  Outcome Ended(const AnyCall& call) {
    const Transcript transcript = Run(call);
    EXPECT_TRUE(transcript.end.ok()) << transcript.end.status();
    return transcript.end.ok() ? std::get<Outcome>(*transcript.end) : Outcome();
  }

  // The next call of `operation` goes wrong like this.
  void Plan(Operation operation, const sandbox::v1::Fault& fault);
  void Plan(Operation operation, sandbox::v1::FaultKind kind);

  v1::Money Amount() const;
  // A card of the account that may be paid with: registered and confirmed, or saved by a
  // transfer.
  Secret SavedCard();
  CardSecrets PrintedCard() const;
  // What may stand in bodies only. Grows with what the provider gives.
  std::vector<std::string> secrets() const { return secrets_; }
  void AddSecret(const Secret& secret);

  InProcessSandbox sandbox_;
  const std::unique_ptr<ProviderCase> case_;
  const ProviderPlugin plugin_;
  std::unique_ptr<Provider> provider_;
  int64_t amount_minor_ = 0;  // Of the next payment; whole units, which do no magic.

 private:
  // Far from those that a host gives out, which are the first ones.
  int64_t NextNumber() { return provider_->numbers().first + kNumbersOfHosts + numbers_given_++; }
  RegisterCardCall Registration() const;
  AuthorizeCall Authorization(int64_t number, Secret card_token) const;
  TransferCall Transfer(int64_t number) const;
  AnyCall MakeCapture();
  AnyCall MakeConfirm();
  AnyCall MakeCheck(Operation operation);
  CancelCall MakeCancel();

  static constexpr int64_t kNumbersOfHosts = 1'000;

  int64_t numbers_given_ = 0;
  std::vector<std::string> secrets_;
};

// A provider and something it does, or does not do.
struct OperationParam {
  ProviderRow row;
  Operation operation;
};
// How a failed test shows its parameter.
void PrintTo(const OperationParam& param, std::ostream* out);
std::string NameOfOperationParam(const testing::TestParamInfo<OperationParam>& info);
std::string NameOfProviderRow(const testing::TestParamInfo<ProviderRow>& info);
std::vector<OperationParam> DeclaredOperations();
std::vector<OperationParam> UndeclaredOperations();
// Of the declared ones.
std::vector<OperationParam> DeclaredWhere(bool (*is)(Operation));

}  // namespace payments

#endif  // PAYMENTS_TESTS_CONFORMANCE_PROVIDER_PROVIDER_CONFORMANCE_H_
