#ifndef PAYMENTS_PROVIDERS_SANDBOX_SANDBOX_H_
#define PAYMENTS_PROVIDERS_SANDBOX_SANDBOX_H_

#include <grpcpp/server.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "providers/sandbox/answer_queue.h"
#include "providers/sandbox/callback_sender.h"
#include "providers/sandbox/conduct.h"
#include "providers/sandbox/epay/epay_bank.h"
#include "providers/sandbox/epay/epay_front.h"
#include "providers/sandbox/http_front.h"
#include "providers/sandbox/movement_log.h"
#include "providers/sandbox/sandbox_service.h"
#include "providers/sandbox/upay/upay_bank.h"
#include "providers/sandbox/upay/upay_front.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/random.h"
#include "server/http/curl_http_client.h"
#include "server/http/event_loop.h"

namespace payments::sandbox {

// provider-sandbox, whole: both listeners and all that is behind them. main() runs one;
// a test may run one in its own process. The accessors are thread-safe.
class Sandbox {
 public:
  struct Options {
    HttpFront::Options http;
    std::string grpc_address = "127.0.0.1";
    uint16_t grpc_port = 0;  // 0 takes a free one.
    // How the payer's browser reaches `http`; empty: http://address:port.
    std::string public_url;
    absl::Duration latency;  // Of every provider's answers.
    UpayBank::Options upay;
    EpayBank::Options epay;
    CallbackSender::Options callbacks;
  };

  // Nothing is owned. kUnavailable names the address that is taken.
  static absl::StatusOr<std::unique_ptr<Sandbox>> Start(const Options& options, Clock* clock,
                                                        Random* random, Logger* logger);
  // Drops the answers that are owed and ends.
  ~Sandbox();

  uint16_t http_port() { return front_->port(); }
  uint16_t grpc_port() const { return grpc_port_; }

 private:
  Sandbox(const Options& options, Clock* clock, Random* random, Logger* logger);

  absl::Status Listen(const Options& options);
  // Repeats itself on `loop`, which is loop_: that is null already while the loop ends.
  void OnTick(EventLoop* loop);

  Clock* const clock_;
  Conduct conduct_;
  MovementLog movements_;
  UpayBank upay_;
  EpayBank epay_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<CurlHttpClient> client_;
  CallbackSender callbacks_;
  AnswerQueue answers_;
  UpayFront upay_front_;
  EpayFront epay_front_;
  std::unique_ptr<HttpFront> front_;
  std::unique_ptr<SandboxService> service_;
  std::unique_ptr<grpc::Server> grpc_server_;
  uint16_t grpc_port_ = 0;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_SANDBOX_H_
