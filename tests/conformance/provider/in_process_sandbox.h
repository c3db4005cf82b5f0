#ifndef PAYMENTS_TESTS_CONFORMANCE_PROVIDER_IN_PROCESS_SANDBOX_H_
#define PAYMENTS_TESTS_CONFORMANCE_PROVIDER_IN_PROCESS_SANDBOX_H_

#include <string>
#include <utility>
#include <vector>

#include "providers/http_message.h"
#include "providers/sandbox/answer_queue.h"
#include "providers/sandbox/callback_sender.h"
#include "providers/sandbox/conduct.h"
#include "providers/sandbox/epay/epay_bank.h"
#include "providers/sandbox/epay/epay_front.h"
#include "providers/sandbox/movement_log.h"
#include "providers/sandbox/upay/upay_bank.h"
#include "providers/sandbox/upay/upay_front.h"
#include "server/base/log.h"
#include "server/base/random.h"
#include "server/engine/http_client.h"
#include "tests/fakes/simulated_executor.h"

namespace payments {

// The provider-sandbox without its sockets: requests go straight to its fronts, time is
// simulated, and the callbacks that it sends are kept. Not thread-safe.
class InProcessSandbox {
 public:
  static constexpr char kBaseUrl[] = "http://127.0.0.1:8090";

  InProcessSandbox();
  ~InProcessSandbox();

  // The answer to a request to kBaseUrl. A status of 0: the connection was closed without one.
  HttpResponse Send(const HttpRequest& request);

  // The next call of `method` goes wrong like this.
  void Plan(sandbox::v1::Method method, const sandbox::v1::Fault& fault);
  void SetCallbacks(sandbox::v1::CallbackKind kind);
  // What was called back since the last time.
  std::vector<HttpRequest> TakeCallbacks();
  // Sends what an order to a bank gave.
  void Call(const std::vector<sandbox::CallbackOrder>& orders);

  sandbox::UpayBank& upay() { return upay_; }
  sandbox::EpayBank& epay() { return epay_; }
  SimulatedExecutor& executor() { return executor_; }

 private:
  class Bytes : public Random {
   public:
    explicit Bytes(SimulatedExecutor* executor) : executor_(executor) {}
    void Fill(absl::Span<uint8_t> bytes) override;

   private:
    SimulatedExecutor* const executor_;
  };
  class Silence : public Logger {
   public:
    void Log(LogLevel /*level*/, absl::string_view /*event*/,
             std::initializer_list<LogField> /*fields*/) override {}
  };
  // The merchant's side: takes every callback.
  class Merchant : public HttpClient {
   public:
    explicit Merchant(SimulatedExecutor* executor) : executor_(executor) {}
    void Send(HttpRequest request, absl::Duration timeout, DoneHttp done) override;
    std::vector<HttpRequest> Take() { return std::exchange(taken_, {}); }

   private:
    SimulatedExecutor* const executor_;
    std::vector<HttpRequest> taken_;
  };

  // Runs what is due now, and what waits for it, but lets no time to speak of pass.
  void Settle() { executor_.RunFor(absl::Milliseconds(10)); }

  SimulatedExecutor executor_{1};
  Bytes random_{&executor_};
  Silence logger_;
  Merchant merchant_{&executor_};
  sandbox::Conduct conduct_{absl::ZeroDuration(), &executor_};
  sandbox::MovementLog movements_;
  sandbox::UpayBank upay_{{}, &conduct_, &movements_, &random_};
  sandbox::EpayBank epay_{{}, &conduct_, &movements_, &random_};
  sandbox::CallbackSender callbacks_{{}, &merchant_, &executor_, &logger_};
  sandbox::AnswerQueue answers_{&executor_, &callbacks_};
  sandbox::UpayFront upay_front_{&upay_, &conduct_, &callbacks_, &answers_, &logger_};
  sandbox::EpayFront epay_front_{&epay_, &conduct_, &answers_, &logger_};
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_CONFORMANCE_PROVIDER_IN_PROCESS_SANDBOX_H_
