#include "server/http/callback_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/http/event_loop.h"
#include "tests/unit/http/server_fixture.h"

namespace payments {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class CallbackEndpointTest : public ServerFixture {
 protected:
  CallbackEndpointTest() : loop_(EventLoop::Start()) {
    Start({}, MakeCallbackEndpoint(
                  loop_.get(), [this](const std::string& provider, const std::string& token,
                                      HttpRequest request, HttpServer::Reply reply) {
                    ++handled_;
                    EXPECT_TRUE(loop_->IsLoopThread());
                    std::move(reply)(HttpResponse{
                        200,
                        {{"X-Header", request.headers.back().second}},
                        Secret(absl::StrCat(provider, " ", token, " ", request.method, " ",
                                            request.url, " ", request.body.Reveal()))});
                  }));
  }
  ~CallbackEndpointTest() override { server_ = nullptr; }

  std::string Request(absl::string_view method, absl::string_view path) const {
    return Exchange(
        absl::StrCat(method, " ", path, " HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"));
  }

  std::unique_ptr<EventLoop> loop_;
};

TEST_F(CallbackEndpointTest, HandsOverWhoIsMeantAndTheRequest) {
  EXPECT_THAT(Request("POST", "/callbacks/upay/01j.aB_c-9?q=1"),
              AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("X-Header: 4\r\n"),
                    EndsWith("upay 01j.aB_c-9 POST /callbacks/upay/01j.aB_c-9?q=1 body")));
}

TEST_F(CallbackEndpointTest, NamesMayBeAsLongAsTheyMay) {
  const std::string provider(kCallbackProviderSizeMax, 'p');
  const std::string token(kCallbackTokenSizeMax, 't');
  EXPECT_THAT(Request("POST", absl::StrCat("/callbacks/", provider, "/", token)),
              StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Request("POST", absl::StrCat("/callbacks/", provider, "p/", token)),
              StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Request("POST", absl::StrCat("/callbacks/", provider, "/", token, "t")),
              StartsWith("HTTP/1.1 404 "));
  EXPECT_EQ(handled_, 1);
}

TEST_F(CallbackEndpointTest, AnyOtherPathIsNotFound) {
  for (const char* path : {"/",
                           "/callbacks",
                           "/callbacks/",
                           "/callbacks/upay",
                           "/callbacks/upay/",
                           "/callbacks//t",
                           "//callbacks/upay/t",
                           "/callbacks//upay/t",
                           "/callbacks/upay//t",
                           "/callbacks/upay/t/",
                           "/callbacks/upay/t/x",
                           "/callbacks/upay/..",
                           "/callbacks/upay/.",
                           "/callbacks/../t",
                           "/callbacks/upay/%2e%2e",
                           "/callbacks/up%61y/t",
                           "/x/../callbacks/upay/t",
                           "/callbacks/UPAY/t",
                           "/callbacks/upay/t%00",
                           "/callbacks/upay/t;x",
                           "/CALLBACKS/upay/t",
                           "/callbacks/upay/t\\..",
                           "/callbacks/u_pay/t",
                           "/callbacks/upay/\xd0\xb6",
                           "/metrics"}) {
    EXPECT_THAT(Request("POST", path), StartsWith("HTTP/1.1 404 ")) << path;
    EXPECT_THAT(Request("GET", path), StartsWith("HTTP/1.1 404 ")) << path;
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(CallbackEndpointTest, AnyOtherMethodIsNotAllowed) {
  for (const char* method : {"GET", "PUT", "DELETE", "OPTIONS", "post", "X"}) {
    EXPECT_THAT(Request(method, "/callbacks/upay/t"),
                AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: POST\r\n")))
        << method;
  }
  EXPECT_EQ(handled_, 0);
}

// Drops what is posted, as an executor does that is shut down.
class ClosedExecutor : public Executor {
 public:
  void Post(Task /*task*/) override {}
  void PostAfter(absl::Duration /*delay*/, Task /*task*/) override {}
};

TEST_F(CallbackEndpointTest, AnswersUnavailableOnceTheExecutorIsShutDown) {
  ClosedExecutor closed;
  Start({}, MakeCallbackEndpoint(&closed, [](const std::string&, const std::string&,
                                             const HttpRequest&, HttpServer::Reply) { FAIL(); }));
  EXPECT_THAT(Request("POST", "/callbacks/upay/t"), StartsWith("HTTP/1.1 503 "));
  server_ = nullptr;
}

}  // namespace
}  // namespace payments
