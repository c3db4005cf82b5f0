#ifndef PAYMENTS_SERVER_HTTP_HTTP_FRAMING_H_
#define PAYMENTS_SERVER_HTTP_HTTP_FRAMING_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "providers/http_message.h"

namespace payments {

// What is wrong with a request's head beyond what libmicrohttpd refuses by itself, or
// "" if nothing is. It takes several shapes that another HTTP implementation before us
// may read differently (request smuggling): repeated or contradicting Content-Length
// and Transfer-Encoding, a missing or second Host, control characters in values.
absl::string_view FaultOfHead(absl::string_view version, absl::string_view target,
                              const HttpHeaders& headers);

// The value of Content-Length, or 0 without one. FaultOfHead() comes first.
uint64_t ContentLengthOf(const HttpHeaders& headers);

}  // namespace payments

#endif  // PAYMENTS_SERVER_HTTP_HTTP_FRAMING_H_
