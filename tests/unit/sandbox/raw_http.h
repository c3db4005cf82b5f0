#ifndef PAYMENTS_TESTS_UNIT_SANDBOX_RAW_HTTP_H_
#define PAYMENTS_TESTS_UNIT_SANDBOX_RAW_HTTP_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace payments::sandbox {

using RawHeaders = std::vector<std::pair<std::string, std::string>>;

struct RawResponse {
  bool connected = false;  // False: nobody listened.
  int status = 0;          // 0: the connection was closed without an answer.
  std::string head;
  std::string body;
};

// One HTTP/1.1 exchange over a socket of its own, without any library, so that a closed
// connection is seen as what it is. Blocks; a peer that says nothing fails after 20 s.
RawResponse Exchange(uint16_t port, absl::string_view method, absl::string_view target,
                     const RawHeaders& headers, absl::string_view body);

}  // namespace payments::sandbox

#endif  // PAYMENTS_TESTS_UNIT_SANDBOX_RAW_HTTP_H_
