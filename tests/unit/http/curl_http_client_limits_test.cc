#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/http/curl_transfer.h"
#include "tests/unit/http/client_fixture.h"
#include "tests/unit/http/raw_socket.h"

namespace payments {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

using CurlHttpClientLimitsTest = ClientFixture;

std::string AnswerOf(size_t body_bytes) {
  return absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", body_bytes, "\r\n\r\n",
                      std::string(body_bytes, 'x'));
}

TEST_F(CurlHttpClientLimitsTest, AnAnswerOfTheLargestSizeArrives) {
  ScriptedServer server([](RawSocket& connection) {
    connection.ReadMessage();
    connection.Send(AnswerOf(HttpClient::kMaxBodyBytes));
  });
  EXPECT_EQ(AsResponse(Send(Post(server.Url()))).body.size(), HttpClient::kMaxBodyBytes);
}

TEST_F(CurlHttpClientLimitsTest, ALargerAnswerIsAFailure) {
  ScriptedServer server([](RawSocket& connection) {
    connection.ReadMessage();
    connection.Send(AnswerOf(HttpClient::kMaxBodyBytes + 1));
  });
  const HttpFailure failure = FailureOf(Post(server.Url()));
  EXPECT_TRUE(failure.request_may_have_been_sent);
  EXPECT_EQ(failure.why.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(failure.why.message(), HasSubstr("1048576"));
}

// 100 MB that do not say how much they are: reading ends at the limit.
TEST_F(CurlHttpClientLimitsTest, AnEndlessAnswerIsCut) {
  std::promise<size_t> sent;
  ScriptedServer server([&sent](RawSocket& connection) {
    connection.ReadMessage();
    connection.Send("HTTP/1.1 200 OK\r\n\r\n");
    const std::string block(1 << 20, 'x');
    size_t megabytes = 0;
    while (megabytes < 100 && connection.Send(block)) ++megabytes;
    sent.set_value(megabytes);
  });
  const HttpFailure failure = FailureOf(Post(server.Url()));
  EXPECT_TRUE(failure.request_may_have_been_sent);
  EXPECT_EQ(failure.why.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_LT(sent.get_future().get(), 100U);
}

TEST_F(CurlHttpClientLimitsTest, EndlessHeadersAreCut) {
  ScriptedServer server([](RawSocket& connection) {
    connection.ReadMessage();
    connection.Send("HTTP/1.1 200 OK\r\n");
    const std::string line = absl::StrCat("X-Header: ", std::string(1000, 'x'), "\r\n");
    for (int i = 0; i < 10'000 && connection.Send(line); ++i) {
    }
  });
  const HttpFailure failure = FailureOf(Post(server.Url()));
  EXPECT_TRUE(failure.request_may_have_been_sent);
  EXPECT_EQ(failure.why.code(), absl::StatusCode::kResourceExhausted) << failure.why;
}

TEST_F(CurlHttpClientLimitsTest, ADripEndsWithTheTimeout) {
  std::atomic<bool> gone = false;
  ScriptedServer server([&gone](RawSocket& connection) {
    connection.ReadMessage();
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    // A byte at a time, paced by the client's own connection: until it is closed.
    while (connection.Send("x")) std::this_thread::yield();
    gone = true;
  });
  const HttpFailure failure = FailureOf(Post(server.Url()), absl::Milliseconds(100));
  EXPECT_TRUE(failure.request_may_have_been_sent);
  EXPECT_FALSE(failure.why.ok());
}

// A listening socket that accepts nothing and whose queue is full does not even shake hands.
TEST_F(CurlHttpClientLimitsTest, ATimeoutWhileConnectingIsProvablyNotSent) {
  const HungListener hung;
  CurlHttpClient::Options options;
  options.connect_timeout = absl::Milliseconds(200);
  UseOptions(options);
  const HttpFailure by_connect_timeout = FailureOf(Post(hung.Url()));
  EXPECT_FALSE(by_connect_timeout.request_may_have_been_sent);
  EXPECT_EQ(by_connect_timeout.why.code(), absl::StatusCode::kDeadlineExceeded);

  UseOptions({});
  const HttpFailure by_total = FailureOf(Post(hung.Url()), absl::Milliseconds(200));
  EXPECT_FALSE(by_total.request_may_have_been_sent);
  EXPECT_EQ(by_total.why.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(CurlHttpClientLimitsTest, ATimeoutWhileWaitingForAnAnswerMayHaveBeenSent) {
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  ScriptedServer server([ended](RawSocket& connection) {
    connection.ReadMessage();
    ended.wait();
  });
  const HttpFailure failure = FailureOf(Post(server.Url()), absl::Milliseconds(200));
  end.set_value();
  EXPECT_TRUE(failure.request_may_have_been_sent);
  EXPECT_EQ(failure.why.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(CurlHttpClientLimitsTest, NoTimeAtAllIsNotSent) {
  ScriptedServer server([](RawSocket& /*connection*/) {});
  for (const absl::Duration none : {absl::ZeroDuration(), absl::Seconds(-1)}) {
    const HttpFailure failure = FailureOf(Post(server.Url()), none);
    EXPECT_FALSE(failure.request_may_have_been_sent);
    EXPECT_EQ(failure.why.code(), absl::StatusCode::kDeadlineExceeded);
  }
  EXPECT_EQ(server.connections(), 0);
}

// Those that wait for a connection are not sent, and are timed like all others.
TEST_F(CurlHttpClientLimitsTest, ConnectionsPerHostAreLimited) {
  CurlHttpClient::Options options;
  options.connections_per_host_max = 1;
  UseOptions(options);
  std::promise<void> received;
  std::promise<void> answer;
  const std::shared_future<void> may_answer = answer.get_future().share();
  std::atomic<int> requests = 0;
  ScriptedServer server([&, may_answer](RawSocket& connection) {
    while (!connection.ReadMessage().empty()) {
      if (++requests == 1) {
        received.set_value();
        may_answer.wait();
      }
      connection.Send(kOk);
    }
  });
  std::future<Result> first = Start(Post(server.Url()));
  received.get_future().wait();
  const HttpFailure waited = FailureOf(Post(server.Url()), absl::Milliseconds(200));
  EXPECT_FALSE(waited.request_may_have_been_sent);
  EXPECT_EQ(waited.why.code(), absl::StatusCode::kDeadlineExceeded);

  std::vector<std::future<Result>> queued;
  for (int i = 0; i < 20; ++i) queued.push_back(Start(Post(server.Url())));
  answer.set_value();
  AsResponse(first.get());
  for (std::future<Result>& result : queued) AsResponse(result.get());
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(requests, 21);
}

TEST_F(CurlHttpClientLimitsTest, TooManyInFlightAreNotSent) {
  CurlHttpClient::Options options;
  options.in_flight_max = 1;
  UseOptions(options);
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  ScriptedServer server([ended](RawSocket& connection) {
    connection.ReadMessage();
    ended.wait();
    connection.Send("HTTP/1.1 204 None\r\nConnection: close\r\n\r\n");
  });
  std::future<Result> first = Start(Post(server.Url()));
  const HttpFailure failure = FailureOf(Post(server.Url()));
  EXPECT_FALSE(failure.request_may_have_been_sent);
  EXPECT_EQ(failure.why.code(), absl::StatusCode::kResourceExhausted);
  end.set_value();
  AsResponse(first.get());
  AsResponse(Send(Post(server.Url())));  // There is room again.
}

TEST_F(CurlHttpClientLimitsTest, UrlsThatMayNotBeCalledAreNotSent) {
  for (const std::string url :
       {"", "not a url", "http://", "http://provider.example/", "http://192.0.2.1/",
        "http://10.0.0.1/", "http://127.0.0.1.example/", "http://localhost.example/",
        "http://[2001:db8::1]/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/",
        "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "127.0.0.1/",
        "https://user:password@provider.example/", "https://user@provider.example/",
        "https://provider.example/\r\nX: y"}) {
    const HttpFailure failure = FailureOf(Post(url));
    EXPECT_FALSE(failure.request_may_have_been_sent) << url;
    EXPECT_EQ(failure.why.code(), absl::StatusCode::kInvalidArgument) << url << failure.why;
    EXPECT_THAT(std::string(failure.why.message()), Not(HasSubstr("password")));
  }
}

TEST_F(CurlHttpClientLimitsTest, HttpToThisMachineMayBeCalled) {
  const uint16_t port = FreePort();
  for (const std::string host : {"127.0.0.1", "127.1.2.3", "localhost", "LocalHost", "[::1]"}) {
    const HttpFailure failure = FailureOf(Post(absl::StrCat("http://", host, ":", port, "/")));
    EXPECT_EQ(failure.why.code(), absl::StatusCode::kUnavailable) << host << failure.why;
  }
}

TEST_F(CurlHttpClientLimitsTest, RequestsThatCannotBeFramedAreNotSent) {
  ScriptedServer server([](RawSocket& /*connection*/) {});
  const auto with_header = [&](const std::string& name, const std::string& value) {
    HttpRequest request = Post(server.Url());
    request.headers.emplace_back(name, value);
    return request;
  };
  const auto with_method = [&](const std::string& method, absl::string_view body) {
    HttpRequest request = Post(server.Url(), body);
    request.method = method;
    return request;
  };
  HttpRequest many = Post(server.Url());
  many.headers.assign(CurlTransfer::kRequestHeadersMax + 1, {"X-Header", "x"});
  std::vector<HttpRequest> requests;
  requests.push_back(with_header("X-Header", "secret\r\nX-Other: y"));
  requests.push_back(with_header("X-Header", std::string("secret\0", 7)));
  requests.push_back(with_header("X-Header:", "x"));
  requests.emplace_back(Post(server.Url())).bearer_token = Secret("secret\r\nX-Other: y");
  requests.push_back(with_header("", "x"));
  for (const char* name : {"Content-Length", "transfer-encoding", "HOST", "Expect", "Connection"}) {
    requests.push_back(with_header(name, "x"));
  }
  requests.push_back(std::move(many));
  requests.push_back(with_method("", "x"));
  requests.push_back(with_method("POST / HTTP/1.1\r\n", "x"));
  requests.push_back(with_method(std::string(100, 'M'), "x"));
  requests.push_back(with_method("CONNECT", ""));
  requests.push_back(with_method("HEAD", "x"));
  for (size_t i = 0; i < requests.size(); ++i) {
    const HttpFailure failure = FailureOf(std::move(requests[i]));
    EXPECT_FALSE(failure.request_may_have_been_sent) << i;
    EXPECT_EQ(failure.why.code(), absl::StatusCode::kInvalidArgument) << i << failure.why;
    EXPECT_THAT(std::string(failure.why.message()), Not(HasSubstr("secret"))) << i;
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(CurlHttpClientLimitsTest, AHeaderMayBeEmpty) {
  std::string seen;
  ScriptedServer server([&seen](RawSocket& connection) {
    seen = connection.ReadMessage();
    connection.Send(kOk);
  });
  HttpRequest request = Post(server.Url());
  request.headers.emplace_back("SOAPAction", "");
  AsResponse(Send(std::move(request)));
  EXPECT_THAT(seen, HasSubstr("SOAPAction:\r\n"));
  EXPECT_THAT(seen, Not(HasSubstr("Authorization")));
}

TEST_F(CurlHttpClientLimitsTest, ABearerTokenIsAHeader) {
  std::string seen;
  ScriptedServer server([&seen](RawSocket& connection) {
    seen = connection.ReadMessage();
    connection.Send(kOk);
  });
  HttpRequest request = Post(server.Url());
  request.bearer_token = Secret("t0ken");
  AsResponse(Send(std::move(request)));
  EXPECT_THAT(seen, HasSubstr("Authorization: Bearer t0ken\r\n"));
}

}  // namespace
}  // namespace payments
