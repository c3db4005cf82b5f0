#include "server/config/tls_files.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/config/config_fields.h"
#include "tests/unit/config/temp_files.h"

namespace payments {
namespace {

class TlsFilesTest : public testing::Test {
 protected:
  TlsFilesTest() : certificate_(MakeTestCertificate()) {
    certificate_file_ = files_.Write("cert.pem", certificate_.certificate_pem);
    private_key_file_ = files_.Write("key.pem", certificate_.private_key_pem);
  }

  std::string Findings(const std::string& certificate_file, const std::string& private_key_file) {
    FieldErrors errors;
    LoadTlsFiles(certificate_file, private_key_file, "grpc_tls", errors);
    return std::string(errors.ToStatus().message());
  }

  const TempFiles files_;
  const TestCertificate certificate_;
  std::string certificate_file_;
  std::string private_key_file_;
};

TEST_F(TlsFilesTest, ReadsBoth) {
  FieldErrors errors;
  const TlsFiles tls = LoadTlsFiles(certificate_file_, private_key_file_, "grpc_tls", errors);
  EXPECT_TRUE(errors.ToStatus().ok()) << errors.ToStatus();
  EXPECT_EQ(tls.certificate_chain_pem, certificate_.certificate_pem);
  EXPECT_TRUE(tls.private_key_pem.EqualsInConstantTime(certificate_.private_key_pem));
  EXPECT_EQ(tls.certificate_file, certificate_file_);
  EXPECT_EQ(tls.private_key_file, private_key_file_);
}

TEST_F(TlsFilesTest, WantsBoth) {
  EXPECT_EQ(Findings("", ""),
            "grpc_tls.certificate_file: is required\ngrpc_tls.private_key_file: is required");
  EXPECT_EQ(Findings(files_.Path("none"), private_key_file_),
            absl::StrCat("grpc_tls.certificate_file: cannot read ", files_.Path("none"),
                         ": No such file or directory"));
}

TEST_F(TlsFilesTest, RefusesWhatIsNotPem) {
  const std::string garbage = files_.Write("garbage", "garbage");
  EXPECT_EQ(Findings(garbage, garbage),
            absl::StrCat("grpc_tls.certificate_file: ", garbage,
                         " holds no PEM certificate\ngrpc_tls.private_key_file: ", garbage,
                         " holds no unencrypted PEM private key"));
}

TEST_F(TlsFilesTest, RefusesAKeyOfAnotherCertificate) {
  const std::string other = files_.Write("other", MakeTestCertificate().private_key_pem);
  EXPECT_EQ(Findings(certificate_file_, other), absl::StrCat("grpc_tls.private_key_file: ", other,
                                                             " is not the key of the certificate"));
}

}  // namespace
}  // namespace payments
