#include "server/http/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/http/server_fixture.h"

namespace payments {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kGet[] = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

constexpr int kDripMs = 5;  // Between two bytes.

using HttpServerTest = ServerFixture;

HttpServer::Options ShortLife() {
  HttpServer::Options options;
  options.connection_lifetime = absl::Milliseconds(300);
  options.idle_timeout = absl::Seconds(60);
  return options;
}

TEST_F(HttpServerTest, AnswersAndCloses) {
  Start();
  EXPECT_THAT(
      Exchange("POST /a/b?c=%20d HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"),
      AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Connection: close\r\n"),
            HasSubstr("X-Peer: 127.0.0.1\r\n"), EndsWith("\r\n\r\nPOST /a/b [c=%20d] body")));
}

TEST_F(HttpServerTest, PathsArriveAsSent) {
  Start();
  EXPECT_THAT(Exchange("GET /%2e%2e//a+b%00/../ HTTP/1.1\r\nHost: h\r\n\r\n"),
              EndsWith("GET /%2e%2e//a+b%00/../ [] "));
  EXPECT_THAT(Exchange("GET /? HTTP/1.1\r\nHost: h\r\n\r\n"), EndsWith("GET / [] "));
}

TEST_F(HttpServerTest, HeadersArriveInOrder) {
  HttpHeaders seen;
  Start({}, [&seen](const HttpServer::Request& request, HttpServer::Reply reply) {
    seen = request.headers;
    std::move(reply)(HttpResponse{404, {}, Secret()});
  });
  EXPECT_THAT(Exchange("GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nX-B:\r\nx-a:  2\r\n\r\n"),
              StartsWith("HTTP/1.1 404 "));
  EXPECT_EQ(seen, (HttpHeaders{{"Host", "h"}, {"X-A", "1"}, {"X-B", ""}, {"x-a", "2"}}));
}

TEST_F(HttpServerTest, ReadsChunkedBodies) {
  Start();
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
                       "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"),
              EndsWith("POST / [] abcde"));
}

TEST_F(HttpServerTest, SaysContinueToWhoExpectsIt) {
  Start();
  RawSocket client = RawSocket::Connect(server_->port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_THAT(client.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 100 "));
  client.Send("body");
  EXPECT_THAT(client.ReadToEnd(), EndsWith("POST / [] body"));
}

TEST_F(HttpServerTest, RefusesABodyThatSaysItIsTooLarge) {
  HttpServer::Options options;
  options.body_bytes_max = 10;
  Start(options);
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ";
  EXPECT_THAT(Exchange(head + "10\r\n\r\n0123456789"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Exchange(head + "11\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("10 bytes")));
  EXPECT_THAT(Exchange(head + "11\r\nExpect: 100-continue\r\n\r\n"), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(Exchange(head + "18446744073709551615\r\n\r\n"), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(Exchange(head + "18446744073709551616\r\n\r\n"), StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(handled_, 1);
}

TEST_F(HttpServerTest, RefusesAChunkedBodyThatIsTooLarge) {
  HttpServer::Options options;
  options.body_bytes_max = 10;
  Start(options);
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_THAT(Exchange(head + "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Exchange(head + "5\r\n01234\r\n6\r\n56789A\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(handled_, 1);
}

TEST_F(HttpServerTest, CutsAChunkedBodyThatDoesNotEnd) {
  HttpServer::Options options;
  options.body_bytes_max = 1000;
  Start(options);
  RawSocket client = RawSocket::Connect(server_->port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "64\r\n" + std::string(100, 'x') + "\r\n";
  int sent = 0;
  while (sent < 1'000'000 && client.Send(chunk)) ++sent;
  EXPECT_LT(sent, 1'000'000);
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, RefusesHeadersThatAreTooLarge) {
  Start();
  const std::string large(17 << 10, 'x');
  EXPECT_THAT(Exchange("GET / HTTP/1.1\r\nHost: h\r\nX: " + large + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(Exchange("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(100 << 10, 'x')),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(Exchange("GET /" + std::string(100 << 10, 'x')), StartsWith("HTTP/1.1 414 "));
  EXPECT_EQ(handled_, 0);
  EXPECT_THAT(
      Exchange("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(15 << 10, 'x') + "\r\n\r\n"),
      StartsWith("HTTP/1.1 200 "));
}

// A piece of a request, then a byte at a time for as long as the server lets it.
class DripTest : public ServerFixture, public ::testing::WithParamInterface<const char*> {};

TEST_P(DripTest, EndsWithTheConnectionsLifetime) {
  Start(ShortLife());
  RawSocket client = RawSocket::Connect(server_->port());
  ASSERT_TRUE(client.Send(GetParam()));
  // Ends when the server has something to say, or has closed.
  while (!client.IsReadableWithin(kDripMs)) client.Send("1");
  EXPECT_THAT(client.ReadToEnd(), IsEmpty());
  EXPECT_EQ(handled_, 0);
}

TEST_P(DripTest, SilenceEndsWithTheConnectionsLifetime) {
  Start(ShortLife());
  EXPECT_THAT(Exchange(GetParam()), IsEmpty());
  EXPECT_EQ(handled_, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Places, DripTest,
    ::testing::Values("G", "GET / HTTP/1.1\r\nX: ",
                      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n",
                      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfff0\r\n"));

TEST_F(HttpServerTest, AConnectionThatSaysNothingEndsWithItsLifetime) {
  Start(ShortLife());
  EXPECT_THAT(Exchange(""), IsEmpty());
}

TEST_F(HttpServerTest, SilenceEndsWithTheIdleTimeout) {
  HttpServer::Options options;
  options.idle_timeout = absl::Seconds(1);
  options.connection_lifetime = absl::Hours(1);
  Start(options);
  EXPECT_THAT(Exchange("GET / HTTP/1.1\r\nHo"), IsEmpty());
}

TEST_F(HttpServerTest, AHalfSentRequestIsNotHandled) {
  Start(ShortLife());
  for (const char* half : {"GET / HT", "GET / HTTP/1.1\r\nHost: h\r\n",
                           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf"}) {
    RawSocket client = RawSocket::Connect(server_->port());
    client.Send(half);
    client.CloseSending();
    EXPECT_THAT(client.ReadToEnd(), Not(HasSubstr("200 OK"))) << half;
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, AnAnswerMayComeLaterThanTheLifetimeAndFromAnyThread) {
  std::promise<HttpServer::Reply> owed;
  Start(ShortLife(), [&owed](const HttpServer::Request& /*request*/, HttpServer::Reply reply) {
    owed.set_value(std::move(reply));
  });
  RawSocket client = RawSocket::Connect(server_->port());
  client.Send(kGet);
  HttpServer::Reply reply = owed.get_future().get();
  // Another connection lives and dies meanwhile.
  EXPECT_THAT(Exchange("GET"), IsEmpty());
  std::move(reply)(HttpResponse{202, {}, Secret("late")});
  EXPECT_THAT(client.ReadToEnd(), AllOf(StartsWith("HTTP/1.1 202 "), EndsWith("late")));
}

TEST_F(HttpServerTest, AReplyThatIsDroppedAnswers503) {
  Start({}, [](const HttpServer::Request& /*request*/, HttpServer::Reply /*reply*/) {});
  EXPECT_THAT(Exchange(kGet), StartsWith("HTTP/1.1 503 "));
}

TEST_F(HttpServerTest, AnAnswerThatCannotBeSentAnswers500) {
  std::vector<HttpResponse> bad;
  bad.push_back(HttpResponse{100, {}, Secret()});
  bad.push_back(HttpResponse{700, {}, Secret()});
  bad.push_back(HttpResponse{200, {{"X", "a\r\nSet-Cookie: b"}}, Secret()});
  for (HttpResponse& response : bad) {
    Start({}, [&response](const HttpServer::Request& /*request*/, HttpServer::Reply reply) {
      std::move(reply)(std::move(response));
    });
    EXPECT_THAT(Exchange(kGet), AllOf(StartsWith("HTTP/1.1 500 "), Not(HasSubstr("Set-Cookie"))))
        << response.status_code;
  }
}

TEST_F(HttpServerTest, StatusZeroClosesWithoutAnAnswer) {
  Start({}, [](const HttpServer::Request& /*request*/, HttpServer::Reply reply) {
    std::move(reply)(HttpResponse{0, {}, Secret()});
  });
  EXPECT_THAT(Exchange(kGet), IsEmpty());
}

TEST_F(HttpServerTest, AClientThatLeftDoesNoHarm) {
  std::promise<HttpServer::Reply> owed;
  Start({}, [&owed](const HttpServer::Request& /*request*/, HttpServer::Reply reply) {
    owed.set_value(std::move(reply));
  });
  {
    RawSocket client = RawSocket::Connect(server_->port());
    client.Send(kGet);
  }
  std::move(owed.get_future().get())(HttpResponse{200, {}, Secret("nobody listens")});
  server_ = nullptr;
}

TEST_F(HttpServerTest, ClosesConnectionsBeyondTheLimitOfAnAddress) {
  HttpServer::Options options;
  options.connections_per_address_max = 2;
  options.keep_alive = true;
  Start(options);
  RawSocket first = RawSocket::Connect(server_->port());
  RawSocket second = RawSocket::Connect(server_->port());
  first.Send(kGet);
  second.Send(kGet);
  EXPECT_THAT(first.ReadMessage(), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(second.ReadMessage(), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Exchange(kGet), IsEmpty());
  EXPECT_EQ(handled_, 2);
}

TEST_F(HttpServerTest, KeepsConnectionsIfToldTo) {
  HttpServer::Options options = ShortLife();
  options.keep_alive = true;
  Start(options);
  RawSocket client = RawSocket::Connect(server_->port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.Send(kGet));
    EXPECT_THAT(client.ReadMessage(), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("GET /x [] ")));
  }
  EXPECT_THAT(client.ReadToEnd(), IsEmpty());  // Until it was idle for its lifetime.
}

TEST_F(HttpServerTest, WithoutKeepAliveOnlyTheFirstRequestOfAConnectionRuns) {
  Start();
  EXPECT_THAT(Exchange(std::string(kGet) + kGet), EndsWith("GET /x [] "));
  EXPECT_EQ(handled_, 1);
}

TEST_F(HttpServerTest, QuiesceAcceptsNoMoreAndFinishesWhatRuns) {
  std::promise<HttpServer::Reply> owed;
  HttpServer::Options options;
  options.keep_alive = true;
  Start(options, [&owed](const HttpServer::Request& /*request*/, HttpServer::Reply reply) {
    owed.set_value(std::move(reply));
  });
  RawSocket client = RawSocket::Connect(server_->port());
  client.Send(kGet);
  HttpServer::Reply reply = owed.get_future().get();
  const uint16_t port = server_->port();
  server_->Quiesce();
  server_->Quiesce();  // Once more does nothing.
  HttpServer::Options same_port;
  same_port.port = port;
  EXPECT_TRUE(
      HttpServer::Start(same_port, [](const HttpServer::Request&, HttpServer::Reply) {}).ok());
  std::move(reply)(HttpResponse{200, {}, Secret("done")});
  EXPECT_THAT(client.ReadToEnd(),
              AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("close"), EndsWith("done")));
}

TEST_F(HttpServerTest, DestroyingWaitsForTheRepliesThatAreOwed) {
  std::promise<HttpServer::Reply> owed;
  Start({}, [&owed](const HttpServer::Request& /*request*/, HttpServer::Reply reply) {
    owed.set_value(std::move(reply));
  });
  RawSocket client = RawSocket::Connect(server_->port());
  client.Send(kGet);
  HttpServer::Reply reply = owed.get_future().get();
  const uint16_t port = server_->port();
  std::atomic<bool> is_destroyed = false;
  std::thread destroying([&] {
    server_ = nullptr;
    is_destroyed = true;
  });
  // The port is free as soon as destroying is under way, and that is before the reply.
  HttpServer::Options same_port;
  same_port.port = port;
  while (!HttpServer::Start(same_port, [](const HttpServer::Request&, HttpServer::Reply) {}).ok()) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(is_destroyed);
  std::move(reply)(HttpResponse{200, {}, Secret("owed")});
  EXPECT_THAT(client.ReadToEnd(), EndsWith("owed"));
  destroying.join();
}

TEST_F(HttpServerTest, ATakenPortIsAnErrorThatNamesTheAddress) {
  Start();
  HttpServer::Options options;
  options.port = server_->port();
  const absl::Status status =
      HttpServer::Start(options, [](const HttpServer::Request&, HttpServer::Reply) {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(absl::StrCat("127.0.0.1:", server_->port(), ": Address already in use")));
}

TEST_F(HttpServerTest, AnAddressThatIsNoneIsAnError) {
  for (const char* address : {"", "localhost", "1.2.3", "[::1]", "127.0.0.1:80"}) {
    HttpServer::Options options;
    options.address = address;
    EXPECT_EQ(HttpServer::Start(options, [](const HttpServer::Request&, HttpServer::Reply) {})
                  .status()
                  .code(),
              absl::StatusCode::kInvalidArgument)
        << address;
  }
  HttpServer::Options options;
  options.address = "192.0.2.1";  // Of nobody's machine.
  EXPECT_EQ(HttpServer::Start(options, [](const HttpServer::Request&, HttpServer::Reply) {})
                .status()
                .code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace payments
