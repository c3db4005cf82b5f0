#include "server/service/grpc_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/generated_message_reflection.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/support/time.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"

namespace payments {
namespace {

constexpr char kWholeServer[] = "";

std::shared_ptr<grpc::ServerCredentials> Credentials(const std::optional<GrpcServer::Tls>& tls) {
  if (!tls.has_value()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;  // TLS 1.2 and up by default.
  options.pem_key_cert_pairs.push_back(
      {std::string(tls->private_key_pem.Reveal()), tls->certificate_chain_pem});
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::SslServerCredentials(options);
  WipeString(options.pem_key_cert_pairs.front().private_key);
  return credentials;
}

struct OpenSslDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

std::unique_ptr<BIO, OpenSslDeleter> ReadOnly(absl::string_view text) {
  return std::unique_ptr<BIO, OpenSslDeleter>(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// gRPC says it only when somebody connects.
bool AreUsable(const GrpcServer::Tls& tls) {
  const std::unique_ptr<X509, OpenSslDeleter> certificate(
      PEM_read_bio_X509(ReadOnly(tls.certificate_chain_pem).get(), nullptr, nullptr, nullptr));
  const std::unique_ptr<EVP_PKEY, OpenSslDeleter> key(PEM_read_bio_PrivateKey(
      ReadOnly(tls.private_key_pem.Reveal()).get(), nullptr, nullptr, nullptr));
  return certificate != nullptr && key != nullptr &&
         X509_check_private_key(certificate.get(), key.get()) == 1;
}

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

void SetLimits(const GrpcServer::Options& options, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(options.message_bytes_max);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, options.metadata_bytes_max);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.streams_per_connection_max);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Milliseconds(options.client_ping_interval_min));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options.keepalive_interval));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                             Milliseconds(options.keepalive_timeout));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                             Milliseconds(options.handshake_timeout));
}

// "127.0.0.1:50051" or "[::1]:50051".
absl::StatusOr<ListenSocket> ListenOn(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  constexpr int kPortMax = 65535;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      port < 0 || port > kPortMax) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": no such port"));
  }
  absl::string_view host = absl::string_view(address).substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  return Listen(std::string(host), static_cast<uint16_t>(port));
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(
    Options options, const std::vector<grpc::Service*>& services) {
  grpc::EnableDefaultHealthCheckService(true);
  // gRPC's own health service brings no descriptor: without it, reflection lists the
  // service, cannot describe it, and clients give up on the whole server.
  google::protobuf::LinkMessageReflection<grpc::health::v1::HealthCheckRequest>();
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  if (options.tls.has_value() && !AreUsable(*options.tls)) {
    return absl::UnavailableError("the TLS certificate or its key is bad");
  }
  const absl::StatusOr<ListenSocket> socket = ListenOn(options.address);
  if (!socket.ok()) return socket.status();
  grpc::ServerBuilder builder;
  using Type = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
  std::unique_ptr<Connections> connections =
      builder.experimental().AddExternalConnectionAcceptor(Type::FROM_FD, Credentials(options.tls));
  SetLimits(options, builder);
  for (grpc::Service* service : services) builder.RegisterService(service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    close(socket->fd);
    return absl::UnavailableError(absl::StrCat("cannot serve gRPC on ", options.address));
  }
  auto started = std::unique_ptr<GrpcServer>(new GrpcServer(
      std::move(server), std::move(connections), *socket, std::move(options.health_names)));
  started->SetServing(false);
  return started;
}

GrpcServer::GrpcServer(std::unique_ptr<grpc::Server> server,
                       std::unique_ptr<Connections> connections, const ListenSocket& socket,
                       std::vector<std::string> health_names)
    : server_(std::move(server)),
      connections_(std::move(connections)),
      port_(socket.port),
      health_names_(std::move(health_names)),
      acceptor_(socket, {.handle = [this](int fd, const sockaddr* /*address*/, socklen_t /*size*/) {
                  OnConnection(fd);
                }}) {
  acceptor_.Start();
}

void GrpcServer::OnConnection(int fd) {
  const int on = 1;
  // As gRPC sets it for connections that it accepts itself.
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  Connections::NewConnectionParameters connection;
  connection.fd = fd;
  connections_->HandleNewConnection(&connection);
}

GrpcServer::~GrpcServer() { Shutdown(absl::ZeroDuration()); }

void GrpcServer::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
  health->SetServingStatus(kWholeServer, serving);
  for (const std::string& name : health_names_) health->SetServingStatus(name, serving);
}

void GrpcServer::Shutdown(absl::Duration grace) {
  if (std::exchange(shut_down_, true)) return;
  acceptor_.Stop();
  const gpr_timespec wait = gpr_time_from_millis(absl::ToInt64Milliseconds(grace), GPR_TIMESPAN);
  server_->Shutdown(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), wait));
  server_->Wait();
}

}  // namespace payments
