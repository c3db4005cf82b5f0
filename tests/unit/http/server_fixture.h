#ifndef PAYMENTS_TESTS_UNIT_HTTP_SERVER_FIXTURE_H_
#define PAYMENTS_TESTS_UNIT_HTTP_SERVER_FIXTURE_H_

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/http/http_server.h"
#include "tests/unit/http/raw_socket.h"

namespace payments {

// A server whose handler answers 200 with method, path, query and body.
class ServerFixture : public ::testing::Test {
 protected:
  void Start(HttpServer::Options options = {}) {
    Start(std::move(options), [this](const HttpServer::Request& request, HttpServer::Reply reply) {
      ++handled_;
      std::move(reply)(Echo(request));
    });
  }
  void Start(HttpServer::Options options, HttpServer::Handler handler) {
    auto started = HttpServer::Start(std::move(options), std::move(handler));
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }

  static HttpResponse Echo(const HttpServer::Request& request) {
    return HttpResponse{200,
                        {{"X-Peer", request.peer_address}},
                        Secret(absl::StrCat(request.method, " ", request.path, " [", request.query,
                                            "] ", request.body.Reveal()))};
  }

  // Everything that comes back until the server closes.
  std::string Exchange(absl::string_view bytes) const {
    RawSocket client = RawSocket::Connect(server_->port());
    client.Send(bytes);
    return client.ReadToEnd();
  }

  std::atomic<int> handled_ = 0;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_HTTP_SERVER_FIXTURE_H_
