#ifndef PAYMENTS_SERVER_SERVICE_GRPC_SERVER_H_
#define PAYMENTS_SERVER_SERVICE_GRPC_SERVER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "providers/secret.h"
#include "server/base/connection_acceptor.h"

namespace payments {

// The gRPC listener: its port, its limits, health (grpc.health.v1) and reflection.
// Not thread-safe, but SetServing() is.
class GrpcServer {
 public:
  struct Tls {
    std::string certificate_chain_pem;
    Secret private_key_pem;
  };

  struct Options {
    std::string address = "127.0.0.1:50051";  // Port 0 takes a free one; IPv6 in brackets.
    std::optional<Tls> tls;                   // Without it: in clear.
    int message_bytes_max = 64 << 10;         // A request; a larger one is refused.
    int metadata_bytes_max = 16 << 10;        // A request's.
    // Of one connection at once; the rest wait in the client.
    int streams_per_connection_max = 20000;
    // Pings that clients may send on a quiet connection, at most one each.
    absl::Duration client_ping_interval_min = absl::Seconds(10);
    // A connection that is quiet for so long is asked whether it lives, and is given
    // up if it does not answer in time: else dead subscribers would be kept.
    absl::Duration keepalive_interval = absl::Minutes(2);
    absl::Duration keepalive_timeout = absl::Seconds(20);
    // A connection that has not begun to speak gRPC by then is closed, however it drips.
    absl::Duration handshake_timeout = absl::Seconds(10);
    // Names besides "" that health is reported for.
    std::vector<std::string> health_names = {"payments.v1.PaymentsService",
                                             "payments.v1.OperationsService"};
  };

  // Listens; health says NOT_SERVING. `services` are not owned and outlive the server.
  // kUnavailable: the address cannot be listened on, or the certificate or its key
  // cannot be used.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(
      Options options, const std::vector<grpc::Service*>& services);

  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  int port() const { return port_; }

  void SetServing(bool serving);

  // Takes no new calls, waits for those that run, and cancels what is left after
  // `grace`. There is always an end: without one, a single open Health/Watch would
  // keep the server for ever. Once; every call is over when it returns.
  void Shutdown(absl::Duration grace);

 private:
  using Connections = grpc::experimental::ExternalConnectionAcceptor;

  GrpcServer(std::unique_ptr<grpc::Server> server, std::unique_ptr<Connections> connections,
             const ListenSocket& socket, std::vector<std::string> health_names);
  void OnConnection(int fd);

  // gRPC accepts nothing by itself: see ConnectionAcceptor.
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Connections> connections_;
  const int port_;
  const std::vector<std::string> health_names_;
  bool shut_down_ = false;
  ConnectionAcceptor acceptor_;  // Last: it hands connections to the above.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_GRPC_SERVER_H_
