#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/http/server_fixture.h"

// Shapes of a request that two HTTP implementations may read differently. Behind a
// proxy that reads them the other way, a stranger's second request would be taken for
// somebody else's first: request smuggling.

namespace payments {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Shape {
  const char* name;
  const char* request;
};

constexpr char kSmuggled[] = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

class RefusedShapeTest : public ServerFixture, public ::testing::WithParamInterface<Shape> {};

TEST_P(RefusedShapeTest, Gets400AndItsConnectionCloses) {
  HttpServer::Options options;
  options.keep_alive = true;  // Even then.
  options.connection_lifetime = absl::Seconds(5);
  Start(options);
  const std::string answer = Exchange(std::string(GetParam().request) + kSmuggled);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer, Not(HasSubstr("200 OK")));
  EXPECT_EQ(handled_, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, RefusedShapeTest,
    ::testing::Values(
        Shape{"LengthAndEncoding",
              "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
              "\r\n0\r\n\r\n"},
        Shape{"EncodingAndLength",
              "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n"
              "\r\n0\r\n\r\n"},
        Shape{"SameLengthTwice",
              "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab"},
        Shape{"TwoLengths",
              "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\ncontent-length: 9\r\n\r\nab"},
        Shape{"EncodingTwice",
              "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
              "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        Shape{"EncodingChunkedThenIdentity",
              "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
              "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n"},
        Shape{"EncodingXchunked",
              "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
        Shape{"EncodingGzipChunked",
              "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
        Shape{"EncodingChunkedIdentity",
              "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n"},
        Shape{"EncodingVerticalTab",
              "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n"},
        Shape{"EncodingIdentity",
              "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n"},
        Shape{"EncodingIn10",
              "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        Shape{"NoHost", "GET / HTTP/1.1\r\n\r\n"},
        Shape{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
        Shape{"CarriageReturnInValue", "GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n"},
        Shape{"ControlInValue", "GET / HTTP/1.1\r\nHost: h\r\nX: a\x01 b\r\n\r\n"},
        Shape{"AbsoluteTarget", "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n"},
        Shape{"AsteriskTarget", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"},
        Shape{"Connect", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"},
        // Those are the library's, as long as it is told to be strict.
        Shape{"SpaceBeforeLengthsColon",
              "POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 2\r\n\r\nab"},
        Shape{"SpaceBeforeEncodingsColon",
              "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"},
        Shape{"LeadingSpace", "GET / HTTP/1.1\r\n Host: h\r\n\r\n"},
        Shape{"SignedLength", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +2\r\n\r\nab"},
        Shape{"NegativeLength", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -2\r\n\r\nab"},
        Shape{"HexLength", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x2\r\n\r\nab"},
        Shape{"EmptyLength", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\nab"},
        Shape{"LengthList", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2, 2\r\n\r\nab"}),
    [](const auto& shape) { return shape.param.name; });

}  // namespace
}  // namespace payments
