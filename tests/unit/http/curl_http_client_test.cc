#include "server/http/curl_http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/unit/http/client_fixture.h"
#include "tests/unit/http/raw_socket.h"

namespace payments {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Answer: yes\r\n\r\nok";
constexpr char kOkLast[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

using CurlHttpClientTest = ClientFixture;

TEST_F(CurlHttpClientTest, SendsARequestAndReadsItsAnswer) {
  std::string seen;
  ScriptedServer server([&seen](RawSocket& connection) {
    seen = connection.ReadMessage();
    connection.Send(kOk);
  });
  const HttpResponse response = AsResponse(Send(Post(server.Url("/soap?x=1"), "<pay/>")));
  EXPECT_EQ(response.status_code, 200);
  EXPECT_THAT(response.headers, Contains(Pair("X-Answer", "yes")));
  EXPECT_TRUE(response.body.EqualsInConstantTime("ok"));
  EXPECT_THAT(seen, StartsWith("POST /soap?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("Content-Type: text/xml\r\n"));
  EXPECT_THAT(seen, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_THAT(seen, EndsWith("\r\n\r\n<pay/>"));
  EXPECT_THAT(seen, AllOf(Not(HasSubstr("Expect")), Not(HasSubstr("Accept-Encoding")),
                          Not(HasSubstr("urlencoded"))));
}

TEST_F(CurlHttpClientTest, SendsEveryMethodOnOneHandle) {
  std::vector<std::string> seen;
  ScriptedServer server([&seen](RawSocket& connection) {
    for (;;) {
      std::string message = connection.ReadMessage();
      if (message.empty()) return;
      const bool is_head = message.rfind("HEAD", 0) == 0;
      seen.push_back(std::move(message));  // Before the answer, which orders the threads.
      connection.Send(is_head ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" : kOk);
    }
  });
  HttpRequest put = Post(server.Url(), "body");
  put.method = "PUT";
  HttpRequest remove = Get(server.Url());
  remove.method = "DELETE";
  HttpRequest head = Get(server.Url());
  head.method = "HEAD";
  AsResponse(Send(std::move(put)));
  AsResponse(Send(std::move(head)));
  AsResponse(Send(Post(server.Url(), "")));
  AsResponse(Send(std::move(remove)));
  AsResponse(Send(Get(server.Url())));
  AsResponse(Send(Post(server.Url(), "pay")));
  ASSERT_EQ(seen.size(), 6U);
  EXPECT_THAT(seen[0], AllOf(StartsWith("PUT / "), EndsWith("\r\n\r\nbody")));
  EXPECT_THAT(seen[1], AllOf(StartsWith("HEAD / "), Not(HasSubstr("Content-Length"))));
  EXPECT_THAT(seen[2], AllOf(StartsWith("POST / "), HasSubstr("Content-Length: 0\r\n")));
  EXPECT_THAT(seen[3], AllOf(StartsWith("DELETE / "), Not(HasSubstr("Content-Length"))));
  EXPECT_THAT(seen[4], AllOf(StartsWith("GET / "), Not(HasSubstr("Content-Length"))));
  EXPECT_THAT(seen[5], AllOf(StartsWith("POST / "), EndsWith("\r\n\r\npay")));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlHttpClientTest, SendsALargeBodyWhole) {
  const std::string body(900 << 10, 'b');
  std::string seen;
  ScriptedServer server([&seen](RawSocket& connection) {
    seen = connection.ReadMessage();
    connection.Send(kOkLast);
  });
  AsResponse(Send(Post(server.Url(), body)));
  EXPECT_TRUE(absl::EndsWith(seen, body));
}

TEST_F(CurlHttpClientTest, ReusesItsConnection) {
  ScriptedServer server([](RawSocket& connection) {
    while (!connection.ReadMessage().empty()) connection.Send(kOk);
  });
  for (int i = 0; i < 20; ++i) AsResponse(Send(Post(server.Url())));
  EXPECT_EQ(server.connections(), 1);
}

// libcurl sends a request again by itself if a connection that it had kept dies without
// an answer; for a payment that would be a second one.
TEST_F(CurlHttpClientTest, DoesNotSendAgainWhenAKeptConnectionDiesUnanswered) {
  for (const bool with_body : {true, false}) {
    std::atomic<int> executed = 0;
    ScriptedServer server([&executed](RawSocket& connection) {
      if (connection.ReadMessage().empty()) return;
      ++executed;
      connection.Send(kOk);
      if (connection.ReadMessage().empty()) return;
      ++executed;  // And closes unanswered.
    });
    const auto request = [&] { return with_body ? Post(server.Url()) : Get(server.Url()); };
    AsResponse(Send(request()));
    const HttpFailure failure = FailureOf(request());
    EXPECT_TRUE(failure.request_may_have_been_sent);
    EXPECT_EQ(failure.why.code(), absl::StatusCode::kUnavailable) << failure.why;
    // The client itself is well; what it sends now is the server's third request.
    AsResponse(Send(request()));
    EXPECT_EQ(executed, 3);
  }
}

// The same with a reset, which comes while sending or while receiving.
TEST_F(CurlHttpClientTest, DoesNotSendAgainWhenAKeptConnectionIsReset) {
  std::atomic<int> executed = 0;
  ScriptedServer server([&executed](RawSocket& connection) {
    if (connection.ReadMessage().empty()) return;
    ++executed;
    connection.Send(kOk);
    if (connection.ReadUntil("\r\n\r\n").empty()) return;
    ++executed;
    const linger reset = {1, 0};
    setsockopt(connection.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  });
  AsResponse(Send(Post(server.Url())));
  const HttpFailure failure = FailureOf(Post(server.Url(), std::string(1 << 20, 'b')));
  EXPECT_TRUE(failure.request_may_have_been_sent);
  AsResponse(Send(Post(server.Url())));
  EXPECT_EQ(executed, 3);
}

TEST_F(CurlHttpClientTest, AConnectionThatWasClosedBetweenRequestsIsNotUsed) {
  std::promise<void> closed;
  bool is_first = true;
  ScriptedServer server([&](RawSocket& connection) {
    connection.ReadMessage();
    connection.Send(kOk);
    connection.Close();
    if (std::exchange(is_first, false)) closed.set_value();
  });
  AsResponse(Send(Post(server.Url())));
  closed.get_future().wait();
  AsResponse(Send(Post(server.Url())));
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(CurlHttpClientTest, ARefusedConnectionIsProvablyNotSent) {
  for (int i = 0; i < 2; ++i) {
    const std::string url = absl::StrCat("http://127.0.0.1:", FreePort(), "/secret-path");
    const HttpFailure failure = FailureOf(i == 0 ? Post(url) : Get(url));
    EXPECT_FALSE(failure.request_may_have_been_sent);
    EXPECT_EQ(failure.why.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(failure.why.message()), StartsWith("127.0.0.1: "));
    EXPECT_THAT(std::string(failure.why.message()), Not(HasSubstr("secret-path")));
  }
}

TEST_F(CurlHttpClientTest, AnUnknownNameIsProvablyNotSent) {
  // Reserved for names that do not exist (RFC 6761).
  const HttpFailure failure = FailureOf(Post("https://no-such-host.invalid/"));
  EXPECT_FALSE(failure.request_may_have_been_sent);
  EXPECT_FALSE(failure.why.ok());
}

TEST_F(CurlHttpClientTest, ClosingUnansweredMayHaveBeenSent) {
  ScriptedServer server([](RawSocket& connection) { connection.ReadMessage(); });
  const HttpFailure failure = FailureOf(Post(server.Url()));
  EXPECT_TRUE(failure.request_may_have_been_sent);
  EXPECT_EQ(failure.why.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlHttpClientTest, ClosingWithoutReadingMayHaveBeenSent) {
  ScriptedServer server([](RawSocket& connection) { connection.Close(); });
  EXPECT_TRUE(FailureOf(Post(server.Url())).request_may_have_been_sent);
}

TEST_F(CurlHttpClientTest, AServerThatSendsNoMoreButListensTimesOut) {
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  ScriptedServer server([ended](RawSocket& connection) {
    connection.ReadMessage();
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    ended.wait();
  });
  const HttpFailure failure = FailureOf(Post(server.Url()), absl::Milliseconds(200));
  end.set_value();
  EXPECT_TRUE(failure.request_may_have_been_sent);
  EXPECT_EQ(failure.why.code(), absl::StatusCode::kDeadlineExceeded) << failure.why;
}

TEST_F(CurlHttpClientTest, AHalfClosedAnswerIsAFailure) {
  ScriptedServer server([](RawSocket& connection) {
    connection.ReadMessage();
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    connection.CloseSending();
    connection.ReadToEnd();
  });
  const HttpFailure failure = FailureOf(Post(server.Url()));
  EXPECT_TRUE(failure.request_may_have_been_sent);
  EXPECT_EQ(failure.why.code(), absl::StatusCode::kUnavailable);
}

TEST_F(CurlHttpClientTest, GarbageAnswersAreFailures) {
  for (const std::string answer :
       {"garbage\r\n\r\n", "<html>no header</html>", "HTTP/1.1 xyz\r\n\r\n",
        "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", "HTTP/0.9 200\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"}) {
    ScriptedServer server([&answer](RawSocket& connection) {
      connection.ReadMessage();
      connection.Send(answer);
    });
    const Result result = Send(Post(server.Url()));
    ASSERT_TRUE(std::holds_alternative<HttpFailure>(result)) << answer;
    EXPECT_TRUE(std::get<HttpFailure>(result).request_may_have_been_sent) << answer;
  }
}

TEST_F(CurlHttpClientTest, RedirectsAreAnswersNotOrders) {
  ScriptedServer target([](RawSocket& connection) { connection.Send(kOkLast); });
  ScriptedServer server([&target](RawSocket& connection) {
    connection.ReadMessage();
    connection.Send(absl::StrCat("HTTP/1.1 307 Go\r\nLocation: ", target.Url(),
                                 "\r\nContent-Length: 0\r\n\r\n"));
  });
  const HttpResponse response = AsResponse(Send(Post(server.Url())));
  EXPECT_EQ(response.status_code, 307);
  EXPECT_THAT(response.headers, Contains(Pair("Location", target.Url())));
  EXPECT_EQ(target.connections(), 0);
}

TEST_F(CurlHttpClientTest, ErrorStatusesAreAnswers) {
  ScriptedServer server([](RawSocket& connection) {
    connection.ReadMessage();
    connection.Send("HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nfault");
  });
  const HttpResponse response = AsResponse(Send(Post(server.Url())));
  EXPECT_EQ(response.status_code, 500);
  EXPECT_TRUE(response.body.EqualsInConstantTime("fault"));
}

TEST_F(CurlHttpClientTest, HeadersOfAnInterimAnswerAreNotTheAnswers) {
  ScriptedServer server([](RawSocket& connection) {
    connection.ReadMessage();
    connection.Send("HTTP/1.1 103 Early\r\nX-Early: yes\r\n\r\n");
    connection.Send(kOkLast);
  });
  const HttpResponse response = AsResponse(Send(Post(server.Url())));
  EXPECT_EQ(response.status_code, 200);
  EXPECT_THAT(response.headers, Not(Contains(Pair("X-Early", "yes"))));
}

TEST_F(CurlHttpClientTest, ChunkedAnswersAreJoined) {
  ScriptedServer server([](RawSocket& connection) {
    connection.ReadMessage();
    connection.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
    connection.Send("3\r\ncde\r\n0\r\n\r\n");
  });
  EXPECT_TRUE(AsResponse(Send(Post(server.Url()))).body.EqualsInConstantTime("abcde"));
}

// A compressed bomb stays as small as it was sent.
TEST_F(CurlHttpClientTest, ContentEncodingIsLeftAlone) {
  ScriptedServer server([](RawSocket& connection) {
    connection.ReadMessage();
    connection.Send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nbomb");
  });
  EXPECT_TRUE(AsResponse(Send(Post(server.Url()))).body.EqualsInConstantTime("bomb"));
}

TEST_F(CurlHttpClientTest, SendsFromManyThreads) {
  ScriptedServer server([](RawSocket& connection) {
    while (!connection.ReadMessage().empty()) connection.Send(kOk);
  });
  // The server handles one connection after another.
  CurlHttpClient::Options options;
  options.connections_per_host_max = 1;
  UseOptions(options);
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        if (AsResponse(Send(Post(server.Url()))).status_code == 200) ++answered;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 200);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlHttpClientTest, DestroyingCancelsWhatIsInFlight) {
  std::promise<void> received;
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  ScriptedServer server([&received, ended](RawSocket& connection) {
    connection.ReadMessage();
    received.set_value();
    ended.wait();
  });
  std::future<Result> result = Start(Post(server.Url()));
  received.get_future().wait();
  client_ = nullptr;
  end.set_value();
  const HttpFailure failure = AsFailure(result.get());
  EXPECT_TRUE(failure.request_may_have_been_sent);
  EXPECT_EQ(failure.why.code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace payments
