#ifndef PAYMENTS_TESTS_UNIT_ENGINE_ENGINE_FIXTURE_H_
#define PAYMENTS_TESTS_UNIT_ENGINE_ENGINE_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/base/error.h"
#include "server/engine/callback_checks.h"
#include "server/engine/payment_engine.h"
#include "tests/fakes/memory_store.h"
#include "tests/fakes/simulated_executor.h"
#include "tests/unit/engine/scripted_http.h"
#include "tests/unit/engine/scripted_provider.h"

namespace payments {

// One call to the engine, answered or not.
template <typename Response>
class Call {
 public:
  Done<Response> done() {
    return [result = result_](absl::StatusOr<Response> answer) {
      EXPECT_FALSE(result->has_value()) << "answered twice";
      result->emplace(std::move(answer));
    };
  }
  bool answered() const { return result_->has_value(); }
  absl::Status status() const {
    if (!answered()) return absl::InternalError("test: not answered");
    return (*result_)->status();
  }
  // An empty message, and a failed test, if it was not answered with OK.
  Response value() const {
    EXPECT_TRUE(status().ok()) << status();
    return status().ok() ? ***result_ : Response();
  }

 private:
  std::shared_ptr<std::optional<absl::StatusOr<Response>>> result_ =
      std::make_shared<std::optional<absl::StatusOr<Response>>>();
};

using CreateCall = Call<v1::CreatePaymentResponse>;
using CaptureCallResult = Call<v1::CapturePaymentResponse>;
using CancelCallResult = Call<v1::CancelPaymentResponse>;
using CheckCallResult = Call<v1::CheckPaymentResponse>;
using ResolveCall = Call<v1::ResolvePaymentResponse>;
using RegisterCall = Call<v1::RegisterCardResponse>;
using DeleteCall = Call<v1::DeleteCardResponse>;

// What operators would hear.
class RecordingObserver : public Observer {
 public:
  void OnProviderCall(absl::string_view, absl::string_view, absl::string_view method,
                      absl::string_view result, absl::string_view, absl::Duration) override;
  void OnCallback(absl::string_view provider, absl::string_view resource,
                  absl::string_view verdict) override;
  void OnContradiction(absl::string_view resource, absl::string_view detail) override;
  void OnTrouble(absl::string_view what, absl::string_view resource,
                 absl::string_view detail) override;
  void OnCheckPostponed(absl::string_view account) override;

  std::vector<std::string> postponed;       // Accounts.
  std::vector<std::string> calls;           // "authorize succeeded".
  std::vector<std::string> callbacks;       // Verdicts.
  std::vector<std::string> contradictions;  // Details.
  std::vector<std::string> troubles;        // "store_commit_failed".
  std::vector<std::string> trouble_details;
};

class SeededRandom : public Random {
 public:
  explicit SeededRandom(SimulatedExecutor* executor) : executor_(executor) {}
  void Fill(absl::Span<uint8_t> bytes) override;

 private:
  SimulatedExecutor* const executor_;
};

// An engine over a disk in memory, simulated time and a provider whose answers the
// test chooses. Starts with one account, "accounts/shop", and one ACTIVE card.
class EngineTest : public ::testing::Test {
 protected:
  static constexpr char kTenant[] = "acme";
  static constexpr char kAccount[] = "accounts/shop";
  static constexpr char kProvider[] = "scripted";
  static constexpr char kCard[] = "cards/saved";
  static constexpr char kCardToken[] = "saved-card-token";
  static constexpr char kBaseUrl[] = "https://pay.test";

  EngineTest();
  ~EngineTest() override;

  // The process ends here and now; a new one starts over the same disk.
  void Crash();
  void Restart();
  // As if the server was configured with these accounts: names and capabilities.
  void Reconfigure(const std::vector<std::pair<std::string, v1::Capabilities>>& accounts);

  // Lets everything happen that is due, but no time to speak of pass.
  void Settle() { executor_.RunFor(absl::Milliseconds(50)); }
  void RunFor(absl::Duration duration) { executor_.RunFor(duration); }

  // -- Requests ------------------------------------------------------------------

  static v1::CreatePaymentRequest PaymentRequest(const std::string& request_id = "r1",
                                                 v1::CaptureMode mode = v1::CAPTURE_MODE_MANUAL);
  static v1::RegisterCardRequest CardRequest(const std::string& request_id = "c1");
  static CardSecrets PrintedCard();

  CreateCall Create(v1::CreatePaymentRequest request, absl::Duration timeout = absl::Minutes(2));
  CaptureCallResult Capture(const std::string& name, absl::Duration timeout = absl::Minutes(2));
  CaptureCallResult Capture(v1::CapturePaymentRequest request,
                            absl::Duration timeout = absl::Minutes(2));
  CancelCallResult Cancel(const std::string& name, absl::Duration timeout = absl::Minutes(2));
  CancelCallResult Cancel(v1::CancelPaymentRequest request,
                          absl::Duration timeout = absl::Minutes(2));
  CancelCallResult CancelRequestId(const std::string& create_request_id);
  CheckCallResult Check(const std::string& name);
  // The operator "tester" says so, because "asked the bank".
  ResolveCall Resolve(const std::string& name, v1::Resolution resolution, const std::string& etag);
  // With the etag of the payment as it is now, if there is one.
  ResolveCall Resolve(const std::string& name, v1::Resolution resolution);
  RegisterCall Register(v1::RegisterCardRequest request, CardSecrets card = PrintedCard(),
                        absl::Duration timeout = absl::Minutes(2));
  DeleteCall Delete(const std::string& name, const std::string& etag = "");
  // The provider calls `url` back; the HTTP status, or 0 if there was no answer.
  int Callback(const std::string& url, const std::string& body);

  // The same, long enough after the one before it that the provider is asked at once.
  int LaterCallback(const std::string& url, const std::string& body) {
    RunFor(CallbackChecks::kInterval);
    return Callback(url, body);
  }

  // -- Ways to somewhere -----------------------------------------------------------

  // An AUTHORIZED payment with hold "h-{request_id}"; its name.
  std::string Authorized(const std::string& request_id = "r1");
  // A payment whose hold was sent and whose answer is awaited; its name.
  std::string Sent(const std::string& request_id = "r1",
                   v1::CaptureMode mode = v1::CAPTURE_MODE_MANUAL);
  // The callback URL that the newest authorize request, or registration, named.
  std::string PaymentUrl() const { return http_.Last("authorize").Field("url"); }
  std::string CardUrl() const { return http_.Last("register").Field("url"); }

  // -- What is stored ----------------------------------------------------------------

  // The payments of the tenant, oldest first.
  std::vector<std::string> PaymentNames() const;
  StoredPayment Stored(const std::string& name) const;
  v1::Payment Payment(const std::string& name) const { return Stored(name).record.payment(); }
  // "AUTHORIZED".
  std::string State(const std::string& name) const;
  v1::Card StoredCardOf(const std::string& name) const;
  // "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE SENT PENDING".
  std::string Operations(const std::string& name) const;
  // The events of one payment or card, oldest first.
  std::vector<v1::Event> EventsOf(const std::string& name) const;

  SimulatedExecutor executor_{1};
  SeededRandom random_{&executor_};
  ScriptedHttp http_{&executor_};
  RecordingObserver observer_;
  std::shared_ptr<MemoryStore::Disk> disk_ = std::make_shared<MemoryStore::Disk>();
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<AccountDirectory> accounts_;
  EnginePolicy policy_;
  CheckPolicy checks_;   // Of every account that Reconfigure() makes.
  NumberRange numbers_;  // The same.
  // What the store's next calls meet, one each; when it is empty, `standing_fault_`.
  std::deque<MemoryStore::Fault> faults_;
  MemoryStore::Fault standing_fault_ = MemoryStore::Fault::kNone;
  std::unique_ptr<MemoryStore> store_;
  std::unique_ptr<PaymentEngine> engine_;

 private:
  void SaveCard();
  MemoryStore::Fault NextFault();
};

std::string StateName(v1::PaymentState state);
std::string StateName(v1::CardState state);
// A value of ErrorInfo.metadata; "(none)" if there is none.
std::string Metadata(const absl::Status& error, const std::string& key);
// The fields that BadRequest names.
std::vector<std::string> ViolatedFields(const absl::Status& error);

// Matches a status by code and reason, such as IsError(kAborted, "ETAG_MISMATCH").
MATCHER_P2(IsError, code, reason, "") {
  *result_listener << arg;
  return arg.code() == code &&
         v1::ErrorReason_Name(ReasonOf(arg)) == std::string("ERROR_REASON_") + reason;
}

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_ENGINE_ENGINE_FIXTURE_H_
