#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "grpc/support/time.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "payments/v1/payments_service.grpc.pb.h"
#include "providers/builtin_providers.h"
#include "server/app/payments_server.h"
#include "server/app/provider_list.h"
#include "server/base/random.h"
#include "server/base/stderr_logger.h"
#include "server/base/system_clock.h"
#include "server/config/config.h"

namespace payments {
namespace {

using testing::HasSubstr;

// A whole server in this process, on free ports, with a data directory of its own.
class PaymentsServerTest : public testing::Test {
 protected:
  PaymentsServerTest() : directory_(testing::TempDir() + "payments_app_test") {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  ~PaymentsServerTest() override { std::filesystem::remove_all(directory_); }

  absl::StatusOr<std::unique_ptr<PaymentsServer>> Start(const std::string& data,
                                                        const std::string& admin_http,
                                                        const std::string& more = "") {
    absl::StatusOr<Config> config = ParseConfig(absl::StrFormat(R"(
                      dev: true
                      listeners { grpc: "127.0.0.1:0" public_http: "127.0.0.1:0" admin_http: "%s" }
                      storage { data_directory: "%s/%s" }
                      accounts {
                        id: "shop" provider: "upay" preset: "sandbox"
                        settings { key: "username" value: "shop" }
                        settings { key: "service_id" value: "1" }
                        secrets { key: "partner_key" value { dev_value: "k" } }
                        secrets { key: "password" value { dev_value: "p" } }
                      } %s)",
                                                                admin_http, directory_, data, more),
                                                "test.textproto", {.plugins = BuiltinProviders()});
    if (!config.ok()) return config.status();
    return PaymentsServer::Start(*std::move(config), BuiltinProviders(),
                                 {&clock_, &random_, &logger_});
  }

  const std::string directory_;
  SystemClock clock_;
  SystemRandom random_;
  StderrLogger logger_{&clock_};
};

TEST(ProviderListTest, NamesWhatAnAccountNeeds) {
  const std::string text = DescribeProviders(BuiltinProviders());
  EXPECT_THAT(text, HasSubstr("upay\n  settings\n    endpoint         required  "));
  EXPECT_THAT(text, HasSubstr("  secrets\n    partner_key      required  "));
  EXPECT_THAT(text, HasSubstr("    production\n      endpoint = https://api.upay.uz/STAPI/STWS\n"));
}

TEST_F(PaymentsServerTest, DrainsAndStartsAgainOnTheSameData) {
  for (int run = 0; run < 2; ++run) {
    absl::StatusOr<std::unique_ptr<PaymentsServer>> server = Start("data", "127.0.0.1:0");
    ASSERT_TRUE(server.ok()) << server.status();
    EXPECT_THAT((*server)->addresses().grpc, testing::MatchesRegex("127\\.0\\.0\\.1:[1-9][0-9]+"));
    ASSERT_TRUE((*server)->Drain());
  }
}

TEST_F(PaymentsServerTest, SaysWhatItCannotHave) {
  absl::StatusOr<std::unique_ptr<PaymentsServer>> first = Start("data", "127.0.0.1:0");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(Start("data", "127.0.0.1:0").status().message(),
              HasSubstr("another server uses the data directory"));
  EXPECT_THAT(Start("other", (*first)->addresses().admin_http).status().message(),
              HasSubstr(absl::StrCat("cannot listen on ", (*first)->addresses().admin_http)));
  ASSERT_TRUE((*first)->Drain());
}

// On the one connection of a client: nothing may wait in it without a word.
TEST_F(PaymentsServerTest, AStreamTooManyIsRefusedAndOtherCallsAreAnswered) {
  absl::StatusOr<std::unique_ptr<PaymentsServer>> server =
      Start("data", "127.0.0.1:0", "limits { streams_max: 1 }");
  ASSERT_TRUE(server.ok()) << server.status();
  const auto stub = v1::PaymentsService::NewStub(
      grpc::CreateChannel((*server)->addresses().grpc, grpc::InsecureChannelCredentials()));
  const gpr_timespec hang = gpr_time_from_minutes(1, GPR_TIMESPAN);
  v1::WatchEventsRequest request;
  request.set_beginning(true);
  v1::WatchEventsResponse response;
  grpc::ClientContext open;
  open.set_deadline(hang);
  const auto stream = stub->WatchEvents(&open, request);
  ASSERT_TRUE(stream->Read(&response));
  grpc::ClientContext too_many;
  too_many.set_deadline(hang);
  const auto refused = stub->WatchEvents(&too_many, request);
  EXPECT_FALSE(refused->Read(&response));
  EXPECT_EQ(refused->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  grpc::ClientContext list;
  list.set_deadline(hang);
  v1::ListPaymentsResponse payments;
  EXPECT_TRUE(stub->ListPayments(&list, v1::ListPaymentsRequest(), &payments).ok());
  open.TryCancel();
  EXPECT_FALSE(stream->Finish().ok());
  ASSERT_TRUE((*server)->Drain());
}

}  // namespace
}  // namespace payments
