#ifndef PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_SENDER_H_
#define PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_SENDER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "providers/http_message.h"
#include "providers/sandbox/callback_order.h"
#include "server/base/executor.h"
#include "server/base/log.h"
#include "server/engine/http_client.h"

namespace payments::sandbox {

// Sends callbacks as their policies ask, and repeats what was not answered with 200.
// Thread-safe. Outlives the executor's tasks: destroy the client and the executor
// first.
class CallbackSender {
 public:
  struct Options {
    int attempts_max = 5;
    absl::Duration retry_interval = absl::Seconds(1);
    absl::Duration timeout = absl::Seconds(10);  // Of one attempt.
    size_t deliveries_max = 16384;               // More: given up at once.
  };
  struct Stats {
    int64_t sent = 0;
    int64_t accepted = 0;
    int64_t given_up = 0;
  };
  using Then = absl::AnyInvocable<void() &&>;

  // Nothing is owned.
  CallbackSender(Options options, HttpClient* client, Executor* executor, Logger* logger);

  // Sends it, or does not, as its policy says. Does nothing without a URL.
  void Send(const CallbackOrder& order);
  // Sends it now; `then` runs on the executor once the first attempt has ended.
  void SendEarly(const CallbackOrder& order, Then then);
  // One attempt, never repeated.
  void SendOnce(const CallbackOrder& order, HttpClient::DoneHttp done);

  Stats stats();
  // Repeats nothing that was sent before, and counts from 0.
  void Reset();
  // Sends nothing from now on; the client may be destroyed then. Waits for the
  // executor, so not to be called on it.
  void Close();

 private:
  // One callback on its way, through all its attempts.
  struct Delivery {
    HttpRequest request;
    const char* kind = "";
    int attempts = 0;
    int64_t generation = 0;
    Then then;  // May be null.
  };
  using DeliveryPtr = std::unique_ptr<Delivery>;

  void Start(const CallbackOrder& order, Then then);
  void Attempt(DeliveryPtr delivery);
  void OnAnswer(DeliveryPtr delivery, const HttpClient::Result& result);
  void GiveUp(const Delivery& delivery);
  // False if Reset() or Close() was called since it began.
  bool IsCurrent(const Delivery& delivery);

  const Options options_;
  HttpClient* const client_;
  Executor* const executor_;
  Logger* const logger_;

  std::mutex mu_;
  Stats stats_;             // Guarded by mu_.
  size_t deliveries_ = 0;   // Guarded by mu_.
  int64_t generation_ = 0;  // Guarded by mu_.
  bool closed_ = false;     // Guarded by mu_; set on the executor.
};

// The answer's HTTP status; 0 if there was none.
int StatusCodeOf(const HttpClient::Result& result);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_SENDER_H_
