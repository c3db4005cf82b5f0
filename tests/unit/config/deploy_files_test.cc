// The configurations that are shipped, judged with the providers that are shipped.

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/builtin_providers.h"
#include "server/config/config.h"
#include "tests/support/source_tree.h"
#include "tests/unit/config/temp_files.h"

namespace payments {
namespace {

std::string DeployFile(absl::string_view name) {
  return absl::StrCat(SourceTree(), "/deploy/config/", name);
}

TEST(DeployFilesTest, DevNeedsNothingElse) {
  const absl::StatusOr<Config> config =
      LoadConfig(DeployFile("dev.textproto"), {.plugins = BuiltinProviders()});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->dev);
  EXPECT_EQ(config->grpc.ToString(), "127.0.0.1:50051");
  EXPECT_EQ(config->public_http.ToString(), "127.0.0.1:8080");
  EXPECT_EQ(config->admin_http.ToString(), "127.0.0.1:9090");
  EXPECT_EQ(config->data_directory, "data");
  ASSERT_EQ(config->accounts.size(), 2);
  EXPECT_EQ(config->accounts[0].name, "accounts/upay-dev");
  EXPECT_EQ(config->accounts[1].name, "accounts/epay-dev");
}

TEST(DeployFilesTest, ProductionExampleIsRightButForItsFiles) {
  std::ifstream file(DeployFile("production.example.textproto"));
  std::stringstream text;
  text << file.rdbuf();
  const TempFiles files;
  const TestCertificate certificate = MakeTestCertificate();
  const std::string here = absl::StrReplaceAll(
      text.str(),
      {{"/etc/payments/tls/fullchain.pem", files.Write("cert", certificate.certificate_pem)},
       {"/etc/payments/tls/key.pem", files.Write("tls_key", certificate.private_key_pem)},
       {"/etc/payments/master.key", files.Write("key", std::string(64, '0'))},
       {"/etc/payments/upay/partner_key", files.Write("partner_key", "k\n")},
       {"/etc/payments/epay/client_secret", files.Write("client_secret", "s\n")}});
  const absl::StatusOr<Config> config =
      ParseConfig(here, "production.example.textproto",
                  {.plugins = BuiltinProviders(), .environment = {{"UPAY_PASSWORD", "p"}}});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_FALSE(config->dev);
  EXPECT_EQ(config->principals.size(), 1);
  EXPECT_EQ(config->accounts.size(), 2);
}

}  // namespace
}  // namespace payments
