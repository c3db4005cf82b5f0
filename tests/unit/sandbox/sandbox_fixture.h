#ifndef PAYMENTS_TESTS_UNIT_SANDBOX_SANDBOX_FIXTURE_H_
#define PAYMENTS_TESTS_UNIT_SANDBOX_SANDBOX_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "payments/sandbox/v1/sandbox_service.grpc.pb.h"
#include "providers/sandbox/sandbox.h"
#include "server/base/random.h"
#include "server/base/system_clock.h"
#include "tests/unit/sandbox/callback_receiver.h"
#include "tests/unit/sandbox/raw_http.h"

namespace payments::sandbox {

using Fields = std::vector<std::pair<std::string, std::string>>;

// An answer over SOAP, read with string searches only.
struct SoapAnswer {
  RawResponse http;

  // The text of the first element of this name; empty if there is none.
  std::string Get(absl::string_view element) const;
  bool Has(absl::string_view element) const;
  std::string code() const { return Get("code"); }
};

// MD5 and SHA-1 as lower-case hex, of the test's own making.
std::string Md5(absl::string_view text);
std::string Sha1(absl::string_view text);

// A whole SOAP request as the guide prints it.
std::string Envelope(absl::string_view operation, const Fields& fields);

class SilentLogger : public Logger {
 public:
  void Log(LogLevel /*level*/, absl::string_view /*event*/,
           std::initializer_list<LogField> /*fields*/) override {}
};

// A sandbox over real sockets, a merchant that takes its callbacks, and hand-written
// calls. Hold callbacks are off unless a test turns them on.
class SandboxTest : public testing::Test {
 protected:
  SandboxTest() { Restart({}); }

  static Sandbox::Options DefaultOptions();
  void Restart(Sandbox::Options options);

  SoapAnswer Post(absl::string_view body);
  SoapAnswer Call(absl::string_view operation, const Fields& fields);

  // Well-formed calls; `overrides` replaces values by field name, or removes a field if
  // the value is "-". The AccessToken is made from what results.
  SoapAnswer RegisterCard(const Fields& overrides = {});
  SoapAnswer HoldCreate(const std::string& card_token, int64_t amount,
                        const Fields& overrides = {});
  SoapAnswer HoldPayment(const std::string& hold_id, const std::string& trx,
                         const Fields& overrides = {});
  SoapAnswer HoldCheck(const std::string& type, const std::string& target,
                       const Fields& overrides = {});
  SoapAnswer HoldCancel(const std::string& hold_id, const Fields& overrides = {});

  // The merchant's address, as it is written in XML.
  std::string NotifyUrl() const;

  // A confirmed card's token.
  std::string ActiveCard();
  // The id of money that is held.
  std::string Held(int64_t amount);

  // Orders; every one must succeed.
  void Plan(v1::Method method, const v1::Fault& fault, int calls = 1);
  void Plan(v1::Method method, v1::FaultKind kind, int calls = 1);
  void SetPolicies(const v1::CallbackPolicy& policy);
  void SetPolicies(v1::CallbackKind kind);
  void MoveClock(int64_t seconds);
  v1::Totals Totals();
  v1::MethodCounts Counts(v1::Method method);
  v1::Hold HoldOf(const std::string& hold_id);
  void SetOutage(v1::OutageKind kind);

  // Sends `request` with the stub's `method` and gives the status code.
  template <typename Request, typename Response>
  grpc::StatusCode Order(grpc::Status (v1::SandboxService::Stub::*method)(grpc::ClientContext*,
                                                                          const Request&,
                                                                          Response*),
                         const Request& request, Response* response) {
    grpc::ClientContext context;
    const grpc::Status status = ((*stub_).*method)(&context, request, response);
    error_ = status.error_message();
    return status.error_code();
  }

  CallbackReceiver merchant_;
  SystemClock clock_;
  SystemRandom random_;
  SilentLogger logger_;
  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<v1::SandboxService::Stub> stub_;
  std::string error_;  // Of the last Order().
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_TESTS_UNIT_SANDBOX_SANDBOX_FIXTURE_H_
