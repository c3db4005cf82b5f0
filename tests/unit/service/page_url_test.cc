#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/service/validate_fields.h"

namespace payments {
namespace {

bool IsAccepted(const std::string& url) {
  FieldChecker check;
  check.OptionalUrl("return_url", url);
  return check.Result().ok();
}

TEST(PageUrlTest, HttpsAnywhereAndHttpToLoopback) {
  for (const char* url :
       {"", "https://shop.example", "https://shop.example/", "https://shop.example?order=1",
        "https://shop.example:8443/done?order=1", "https://shop.example/#/done",
        "https://shop.example/@user:80", "http://localhost", "http://127.0.0.1:8080/done",
        "http://localhost:8080?x", "http://127.0.0.9/done", "http://[::1]:8080/done"}) {
    EXPECT_TRUE(IsAccepted(url)) << url;
  }
}

TEST(PageUrlTest, NothingIsInFrontOfOrBehindTheHost) {
  for (const char* url :
       {"http://127.0.0.1:80@evil.example/", "http://localhost:@evil.example/",
        "http://localhost:80.evil.example/", "http://localhost.evil.example/",
        "http://127.0.0.1.evil.example/", "https://user@shop.example/",
        "https://user:secret@shop.example/", "https://shop.example\\@evil.example/"}) {
    EXPECT_FALSE(IsAccepted(url)) << url;
  }
}

TEST(PageUrlTest, ThereIsAHost) {
  for (const char* url : {"https://", "https:///done", "https://?order=1", "https://#done",
                          "https://:443/", "https:shop.example", "//shop.example/", "/done"}) {
    EXPECT_FALSE(IsAccepted(url)) << url;
  }
}

TEST(PageUrlTest, PortsAndLengthHaveLimits) {
  EXPECT_TRUE(IsAccepted("https://shop.example:65535/"));
  EXPECT_FALSE(IsAccepted("https://shop.example:65536/"));
  EXPECT_FALSE(IsAccepted("https://shop.example:0/"));
  EXPECT_FALSE(IsAccepted("https://shop.example:/"));
  const std::string start = "https://shop.example/";
  EXPECT_TRUE(IsAccepted(absl::StrCat(start, std::string(kUrlCharsMax - start.size(), 'x'))));
  EXPECT_FALSE(IsAccepted(absl::StrCat(start, std::string(kUrlCharsMax - start.size() + 1, 'x'))));
}

}  // namespace
}  // namespace payments
