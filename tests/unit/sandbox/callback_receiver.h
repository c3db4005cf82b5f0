#ifndef PAYMENTS_TESTS_UNIT_SANDBOX_CALLBACK_RECEIVER_H_
#define PAYMENTS_TESTS_UNIT_SANDBOX_CALLBACK_RECEIVER_H_

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/http/http_server.h"

namespace payments::sandbox {

// The merchant's side: takes callbacks and keeps them in the order they came.
// Thread-safe.
class CallbackReceiver {
 public:
  struct Callback {
    std::string content_type;
    std::string body;
  };

  CallbackReceiver();

  std::string url() const;

  // Answers the next `count` callbacks with `status` instead of 200.
  void AnswerNextWith(int status, int count);

  // The next callback; fails the test and returns an empty one if none comes.
  Callback Next();
  // How many came that Next() has not returned.
  size_t waiting();

 private:
  void OnRequest(const HttpServer::Request& request, HttpServer::Reply reply);

  std::mutex mu_;
  std::condition_variable arrived_;
  std::deque<Callback> callbacks_;  // Guarded by mu_.
  int bad_status_ = 200;            // Guarded by mu_.
  int bad_answers_left_ = 0;        // Guarded by mu_.
  std::unique_ptr<HttpServer> server_;
};

// The text of a top-level member of a JSON object, numbers as digits; empty if absent.
std::string JsonMember(const std::string& json, const std::string& name);

}  // namespace payments::sandbox

#endif  // PAYMENTS_TESTS_UNIT_SANDBOX_CALLBACK_RECEIVER_H_
