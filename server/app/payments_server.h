#ifndef PAYMENTS_SERVER_APP_PAYMENTS_SERVER_H_
#define PAYMENTS_SERVER_APP_PAYMENTS_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "providers/plugin.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/random.h"
#include "server/config/config.h"

namespace payments {

// Where a server can be reached: "ADDRESS:PORT", with the ports it got.
struct ServerAddresses {
  std::string grpc;
  std::string public_http;
  std::string admin_http;
};

// The whole server, put together: payments_server.cc is the only file that knows every
// part. Read Assemble() from top to bottom.
//
// For one thread.
class PaymentsServer {
 public:
  // Not owned; outlive the server.
  struct World {
    Clock* clock;
    Random* random;
    Logger* logger;
  };

  // Serves when it returns. An error says what could not be had: a port, the data
  // directory, the key file.
  static absl::StatusOr<std::unique_ptr<PaymentsServer>> Start(
      Config config, const std::vector<ProviderPlugin>& plugins, World world);

  // Only after Drain() has returned true.
  virtual ~PaymentsServer() = default;

  virtual const ServerAddresses& addresses() const = 0;

  // Turns callers and providers away, lets what is running end, tells the streams,
  // and closes the listeners. Config::drain_timeout for the first half, a second for
  // the streams. Once. False if something still runs then: end the process without destroying the
  // server.
  virtual bool Drain() = 0;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_APP_PAYMENTS_SERVER_H_
