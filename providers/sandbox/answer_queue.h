#ifndef PAYMENTS_PROVIDERS_SANDBOX_ANSWER_QUEUE_H_
#define PAYMENTS_PROVIDERS_SANDBOX_ANSWER_QUEUE_H_

#include <cstdint>
#include <mutex>

#include "absl/container/flat_hash_map.h"
#include "providers/sandbox/bank.h"
#include "providers/sandbox/callback_sender.h"
#include "server/base/executor.h"
#include "server/http/http_server.h"

namespace payments::sandbox {

// The answers that are owed: each goes out when its delay is over, and its callbacks
// right after it. Waiting costs a timer, not a thread. Bounded by the connections of
// the HTTP server. Thread-safe; outlives the executor's tasks.
class AnswerQueue {
 public:
  // Nothing is owned.
  AnswerQueue(Executor* executor, CallbackSender* callbacks)
      : executor_(executor), callbacks_(callbacks) {}

  // A callback whose policy is EARLY is sent first, and the answer waits for it.
  void Deliver(HttpServer::Reply reply, BankAnswer answer);

  // While dropping, connections whose answers are owed are closed at once, now and
  // later; the callbacks still go out, since they tell what is true.
  void SetDropping(bool dropping);
  bool dropping();

 private:
  struct Owed {
    HttpServer::Reply reply;
    BankAnswer answer;
  };

  void Queue(HttpServer::Reply reply, BankAnswer answer);
  void OnDue(int64_t id);
  void Finish(Owed owed);

  Executor* const executor_;
  CallbackSender* const callbacks_;

  std::mutex mu_;
  absl::flat_hash_map<int64_t, Owed> owed_;  // Guarded by mu_.
  int64_t next_id_ = 0;                      // Guarded by mu_.
  bool dropping_ = false;                    // Guarded by mu_.
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_ANSWER_QUEUE_H_
