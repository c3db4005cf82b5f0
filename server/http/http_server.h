#ifndef PAYMENTS_SERVER_HTTP_HTTP_SERVER_H_
#define PAYMENTS_SERVER_HTTP_HTTP_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "providers/http_message.h"
#include "server/base/connection_acceptor.h"

namespace payments {

// An HTTP/1.1 server over libmicrohttpd, for what strangers may send: header, body,
// connection count, connections per address and the life of a connection are all
// bounded, framing is checked beyond what the library checks, and every connection
// closes after its answer unless Options.keep_alive.
class HttpServer {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    uint16_t port = 0;                     // 0 takes a free one; see port().
    size_t body_bytes_max = 64 << 10;      // More: 413.
    size_t header_bytes_max = 16 << 10;    // More: 431.
    int connections_max = 1024;            // More: not accepted until one ends.
    int connections_per_address_max = 64;  // More: closed without an answer.
    absl::Duration idle_timeout = absl::Seconds(5);
    absl::Duration connection_lifetime = absl::Seconds(15);  // A drip ends here.
    bool keep_alive = false;
    int descriptors_reserved = kDescriptorsReserved;  // Fewer free: not accepted until there are.
  };

  struct Request {
    std::string method;
    std::string path;   // As sent, without the query, not decoded.
    std::string query;  // Without the question mark.
    HttpHeaders headers;
    Secret body;
    std::string peer_address;
  };

  using Reply = absl::AnyInvocable<void(HttpResponse) &&>;
  // Called on the server's thread for a request that is whole; must not block. The
  // connection is suspended until `reply` is called, once, from any thread; a reply
  // that is destroyed uncalled answers 503. A status_code of 0 closes the connection
  // without an answer.
  using Handler = absl::AnyInvocable<void(Request request, Reply reply)>;

  // kUnavailable names the address if it is taken.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(Options options, Handler handler);

  // Stops accepting, waits for the replies that are owed, then stops.
  virtual ~HttpServer() = default;

  virtual uint16_t port() const = 0;

  // Stops accepting; what is running goes on.
  virtual void Quiesce() = 0;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_HTTP_HTTP_SERVER_H_
