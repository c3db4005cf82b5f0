#ifndef PAYMENTS_SERVER_HTTP_CURL_HTTP_CLIENT_H_
#define PAYMENTS_SERVER_HTTP_CURL_HTTP_CLIENT_H_

#include <memory>
#include <string>

#include "server/engine/http_client.h"
#include "server/http/event_loop.h"

namespace payments {

// HttpClient over curl's multi interface on an EventLoop: keep-alive, TLS always
// verified, https only (http to loopback), no redirects, no proxy from the
// environment. A request is on the wire at most once: curl asks before it writes one,
// and is refused the second time, which would be on a new connection after a kept one
// has died (docs/adr/0007-sent-once.md).
class CurlHttpClient : public HttpClient {
 public:
  struct Options {
    absl::Duration connect_timeout = absl::Seconds(5);
    int connections_per_host_max = 64;
    int in_flight_max = 16384;  // More: kResourceExhausted, not sent.
    std::string ca_file;        // PEM of who is trusted; empty: whom the system trusts.
  };

  // `loop` is not owned and must outlive the client; the client is destroyed on any
  // thread but the loop's. What is in flight then ends with kCancelled.
  static std::unique_ptr<CurlHttpClient> Create(Options options, EventLoop* loop);
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_HTTP_CURL_HTTP_CLIENT_H_
