#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/unit/http/client_fixture.h"
#include "tests/unit/http/raw_socket.h"
#include "tests/unit/http/tls_peer.h"

namespace payments {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

class CurlHttpClientTlsTest : public ClientFixture {
 protected:
  // Trusts the peer's own certificate.
  void Trust(const TlsPeer& peer) {
    CurlHttpClient::Options options;
    options.ca_file = absl::StrCat(::testing::TempDir(), "/http_test_ca.pem");
    std::ofstream(options.ca_file) << peer.CertificatePem();
    UseOptions(options);
  }

  // Answers requests over TLS, and counts them.
  void Serve(TlsPeer& peer, RawSocket& connection) {
    if (!peer.Accept(connection.fd())) return;
    last_request_ = peer.Read();
    if (last_request_.empty()) return;
    ++requests_;
    peer.Write(kOk);
    peer.Close();
  }

  std::string last_request_;
  std::atomic<int> requests_ = 0;
};

TEST_F(CurlHttpClientTlsTest, ATrustedCertificateIsAccepted) {
  TlsPeer peer("127.0.0.1");
  ScriptedServer server([&](RawSocket& connection) { Serve(peer, connection); });
  Trust(peer);
  const HttpResponse response =
      AsResponse(Send(Post(absl::StrCat("https://127.0.0.1:", server.port(), "/"))));
  EXPECT_TRUE(response.body.EqualsInConstantTime("ok"));
  EXPECT_THAT(last_request_, StartsWith("POST / HTTP/1.1\r\n"));
}

TEST_F(CurlHttpClientTlsTest, AnUnknownCertificateIsRefusedAndProvablyNotSent) {
  TlsPeer peer("127.0.0.1");
  ScriptedServer server([&](RawSocket& connection) { Serve(peer, connection); });
  const std::string url = absl::StrCat("https://127.0.0.1:", server.port(), "/");
  for (const HttpFailure& failure : {FailureOf(Post(url)), FailureOf(Get(url))}) {
    EXPECT_FALSE(failure.request_may_have_been_sent);
    EXPECT_EQ(failure.why.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(failure.why.message(), HasSubstr("certificate"));
  }
  EXPECT_EQ(requests_, 0);
}

TEST_F(CurlHttpClientTlsTest, ACertificateOfAnotherNameIsRefusedAndProvablyNotSent) {
  TlsPeer peer("192.0.2.1");
  ScriptedServer server([&](RawSocket& connection) { Serve(peer, connection); });
  Trust(peer);
  const HttpFailure failure =
      FailureOf(Post(absl::StrCat("https://127.0.0.1:", server.port(), "/")));
  EXPECT_FALSE(failure.request_may_have_been_sent);
  EXPECT_EQ(requests_, 0);
}

TEST_F(CurlHttpClientTlsTest, OldTlsIsRefusedAndProvablyNotSent) {
  TlsPeer peer("127.0.0.1", TLS1_1_VERSION);
  ScriptedServer server([&](RawSocket& connection) { Serve(peer, connection); });
  Trust(peer);
  const HttpFailure failure =
      FailureOf(Post(absl::StrCat("https://127.0.0.1:", server.port(), "/")));
  EXPECT_FALSE(failure.request_may_have_been_sent);
  EXPECT_EQ(requests_, 0);
}

TEST_F(CurlHttpClientTlsTest, Tls12IsAccepted) {
  TlsPeer peer("127.0.0.1", TLS1_2_VERSION);
  ScriptedServer server([&](RawSocket& connection) { Serve(peer, connection); });
  Trust(peer);
  AsResponse(Send(Post(absl::StrCat("https://127.0.0.1:", server.port(), "/"))));
}

TEST_F(CurlHttpClientTlsTest, AServerWithoutTlsIsProvablyNotSentTo) {
  ScriptedServer server([](RawSocket& connection) { connection.Send("HTTP/1.1 400 Bad\r\n\r\n"); });
  const HttpFailure failure =
      FailureOf(Post(absl::StrCat("https://127.0.0.1:", server.port(), "/")));
  EXPECT_FALSE(failure.request_may_have_been_sent);
  EXPECT_EQ(failure.why.code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace payments
