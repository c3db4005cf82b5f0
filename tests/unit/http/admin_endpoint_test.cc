#include "server/http/admin_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/unit/http/server_fixture.h"

namespace payments {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class AdminEndpointTest : public ServerFixture {
 protected:
  AdminEndpointTest() {
    AdminSources sources;
    sources.readiness = [this] { return report_; };
    sources.metrics = [] { return std::string("payments_total 1\n"); };
    Start({}, MakeAdminEndpoint(std::move(sources)));
  }
  ~AdminEndpointTest() override { server_ = nullptr; }

  std::string Request(absl::string_view method, absl::string_view path) const {
    return Exchange(absl::StrCat(method, " ", path, " HTTP/1.1\r\nHost: h\r\n\r\n"));
  }

  ReadinessReport report_;  // Set between requests.
};

TEST_F(AdminEndpointTest, IsAlive) {
  EXPECT_THAT(Request("GET", "/healthz"),
              AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\nok\n")));
  report_.not_ready = {"store_disk_full"};
  EXPECT_THAT(Request("GET", "/healthz?x=y"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminEndpointTest, SaysWhatIsNotReady) {
  EXPECT_THAT(Request("GET", "/readyz"), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("ok\n")));
  report_.not_ready = {"draining", "store_disk_full"};
  EXPECT_THAT(Request("GET", "/readyz"),
              AllOf(StartsWith("HTTP/1.1 503 "), EndsWith("\r\n\r\ndraining\nstore_disk_full\n")));
}

TEST_F(AdminEndpointTest, WhatIsDegradedIsMentionedAndStaysReady) {
  report_.degraded = {"provider_unreachable accounts/shop", "clock_stepped"};
  EXPECT_THAT(Request("GET", "/readyz"),
              AllOf(StartsWith("HTTP/1.1 200 "),
                    EndsWith("\r\n\r\nok\ndegraded: provider_unreachable accounts/shop\n"
                             "degraded: clock_stepped\n")));
  report_.not_ready = {"store_locked"};
  EXPECT_THAT(Request("GET", "/readyz"),
              AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("\r\n\r\nstore_locked\ndegraded: ")));
}

TEST_F(AdminEndpointTest, ShowsMetricsInPrometheusFormat) {
  EXPECT_THAT(Request("GET", "/metrics"),
              AllOf(StartsWith("HTTP/1.1 200 "),
                    HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"),
                    EndsWith("\r\n\r\npayments_total 1\n")));
}

TEST_F(AdminEndpointTest, AnswersHeadWithoutABody) {
  EXPECT_THAT(Request("HEAD", "/healthz"),
              AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\n")));
}

TEST_F(AdminEndpointTest, AnythingElseIsNotFoundOrNotAllowed) {
  for (const char* path : {"/", "/healthz/", "/metrics/x", "//metrics", "/Metrics", "/%6detrics"}) {
    EXPECT_THAT(Request("GET", path), StartsWith("HTTP/1.1 404 ")) << path;
  }
  EXPECT_THAT(Request("POST", "/metrics"),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n")));
}

}  // namespace
}  // namespace payments
