#ifndef PAYMENTS_TESTS_UNIT_HTTP_CLIENT_FIXTURE_H_
#define PAYMENTS_TESTS_UNIT_HTTP_CLIENT_FIXTURE_H_

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "server/http/curl_http_client.h"
#include "server/http/event_loop.h"

namespace payments {

// A client on a loop of its own, called from the test's thread.
class ClientFixture : public ::testing::Test {
 protected:
  using Result = HttpClient::Result;

  // Longer than any test takes that does not fail.
  static constexpr absl::Duration kPatience = absl::Seconds(30);

  ClientFixture() : loop_(EventLoop::Start()) { UseOptions({}); }
  ~ClientFixture() override { client_ = nullptr; }

  void UseOptions(CurlHttpClient::Options options) {
    client_ = CurlHttpClient::Create(std::move(options), loop_.get());
  }

  static HttpRequest Post(std::string url, absl::string_view body = "pay") {
    HttpRequest request;
    request.url = std::move(url);
    request.headers = {{"Content-Type", "text/xml"}};
    request.body = Secret(body);
    return request;
  }
  static HttpRequest Get(std::string url) {
    HttpRequest request;
    request.effect = HttpRequest::Effect::kReadOnly;
    request.method = "GET";
    request.url = std::move(url);
    return request;
  }

  std::future<Result> Start(HttpRequest request, absl::Duration timeout = kPatience) {
    std::promise<Result> promise;
    std::future<Result> result = promise.get_future();
    client_->Send(std::move(request), timeout,
                  [this, promise = std::move(promise)](Result result) mutable {
                    EXPECT_TRUE(loop_->IsLoopThread());
                    promise.set_value(std::move(result));
                  });
    return result;
  }
  Result Send(HttpRequest request, absl::Duration timeout = kPatience) {
    return Start(std::move(request), timeout).get();
  }

  HttpFailure FailureOf(HttpRequest request, absl::Duration timeout = kPatience) {
    return AsFailure(Send(std::move(request), timeout));
  }
  static HttpFailure AsFailure(Result result) {
    EXPECT_TRUE(std::holds_alternative<HttpFailure>(result));
    if (auto* failure = std::get_if<HttpFailure>(&result)) return std::move(*failure);
    return HttpFailure{};
  }
  static HttpResponse AsResponse(Result result) {
    if (const auto* failure = std::get_if<HttpFailure>(&result)) {
      ADD_FAILURE() << failure->why;
      return HttpResponse{};
    }
    return std::move(std::get<HttpResponse>(result));
  }

  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<CurlHttpClient> client_;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_HTTP_CLIENT_FIXTURE_H_
