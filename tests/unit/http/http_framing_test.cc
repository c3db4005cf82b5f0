#include "server/http/http_framing.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace payments {
namespace {

std::string Fault(const HttpHeaders& headers, absl::string_view version = "HTTP/1.1",
                  absl::string_view target = "/") {
  return std::string(FaultOfHead(version, target, headers));
}

TEST(HttpFramingTest, OrdinaryHeadsHaveNoFault) {
  EXPECT_EQ(Fault({{"Host", "h"}}), "");
  EXPECT_EQ(Fault({{"HOST", ""}, {"content-length", "5"}}), "");
  EXPECT_EQ(Fault({{"Host", "h"}, {"transfer-encoding", "CHUNKED"}}), "");
  EXPECT_EQ(Fault({{"Host", "h"}, {"X", "tab\tand \xd0\xb6"}}), "");
  EXPECT_EQ(Fault({}, "HTTP/1.0"), "");
}

TEST(HttpFramingTest, NamesTheFault) {
  EXPECT_EQ(Fault({}), "no Host");
  EXPECT_EQ(Fault({{"Host", "a"}, {"host", "a"}}), "more than one Host");
  EXPECT_EQ(Fault({{"Host", "a"}, {"Host", "a"}}, "HTTP/1.0"), "more than one Host");
  EXPECT_EQ(Fault({{"Host", "h"}, {"Content-Length", "1"}, {"CONTENT-LENGTH", "1"}}),
            "more than one Content-Length");
  EXPECT_EQ(Fault({{"Host", "h"}, {"Transfer-Encoding", "chunked"}, {"Content-Length", "1"}}),
            "both Content-Length and Transfer-Encoding");
  EXPECT_EQ(Fault({{"Host", "h"}, {"Transfer-Encoding", "chunked "}}),
            "Transfer-Encoding must be chunked");
  EXPECT_EQ(Fault({{"Host", std::string("a\0b", 3)}}), "control character in a header");
  EXPECT_EQ(Fault({{"Host", "h"}, {"X", "\x7f"}}), "control character in a header");
  EXPECT_EQ(Fault({{"Host", "h"}}, "HTTP/1.2"), "version must be HTTP/1.1 or HTTP/1.0");
  EXPECT_EQ(Fault({{"Host", "h"}}, "HTTP/1.1", ""), "target must be a path");
  EXPECT_EQ(Fault({{"Host", "h"}}, "HTTP/1.1", "/a\x01"), "target must be a path");
}

TEST(HttpFramingTest, ReadsTheLength) {
  EXPECT_EQ(ContentLengthOf({}), 0U);
  EXPECT_EQ(ContentLengthOf({{"content-length", "12"}}), 12U);
  EXPECT_EQ(ContentLengthOf({{"Content-Length", "18446744073709551616"}}),
            std::numeric_limits<uint64_t>::max());
}

}  // namespace
}  // namespace payments
