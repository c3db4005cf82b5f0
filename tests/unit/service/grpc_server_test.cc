#include "server/service/grpc_server.h"

#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "tests/unit/service/service_fixture.h"

namespace payments {
namespace {

class GrpcServerTest : public ServiceFixture {
 protected:
  // grpc.health.v1.HealthCheckResponse.status of a name; -1 if there is none.
  int Health(const std::string& name) {
    // One field each: string service = 1; enum status = 1.
    std::string bytes;
    if (!name.empty()) bytes = absl::StrCat("\x0a", std::string(1, char(name.size())), name);
    const grpc::Slice slice(bytes);
    grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    grpc::GenericStub stub(channel_);
    auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
    call->StartCall();
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    if (!status.ok()) return -1;
    std::vector<grpc::Slice> slices;
    response.Dump(&slices);
    std::string answer;
    for (const grpc::Slice& part : slices) answer.append(part.begin(), part.end());
    return answer.size() == 2 ? answer[1] : 0;
  }
};

constexpr int kServing = 1;
constexpr int kNotServing = 2;

TEST_F(GrpcServerTest, HealthSaysNotServingUntilTold) {
  StartServer();
  for (const char* name : {"", "payments.v1.PaymentsService", "payments.v1.OperationsService"}) {
    EXPECT_EQ(Health(name), kNotServing) << name;
    server_->SetServing(true);
    EXPECT_EQ(Health(name), kServing) << name;
    server_->SetServing(false);
    EXPECT_EQ(Health(name), kNotServing) << name;
  }
  EXPECT_EQ(Health("other"), -1);
}

// Else reflection lists it, cannot describe it, and clients give up on the whole server.
TEST_F(GrpcServerTest, HealthIsDescribed) {
  EXPECT_NE(google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
                "grpc.health.v1.Health"),
            nullptr);
}

TEST_F(GrpcServerTest, APortThatIsTakenIsAnError) {
  StartServer();
  GrpcServer::Options options;
  options.address = absl::StrCat("127.0.0.1:", server_->port());
  EXPECT_EQ(GrpcServer::Start(options, {}).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(GrpcServerTest, ALargeMessageIsRefused) {
  StartServer();
  v1::CreatePaymentRequest request;
  request.set_description(std::string(70 << 10, 'x'));
  grpc::ClientContext context;
  v1::CreatePaymentResponse response;
  EXPECT_EQ(stub_->CreatePayment(&context, request, &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(engine_.calls().empty());
}

TEST_F(GrpcServerTest, LargeMetadataAreRefused) {
  StartServer();
  constexpr size_t kMetadataBytesMax = 16 << 10;
  for (const size_t bytes : {kMetadataBytesMax, size_t{1} << 20}) {
    // Each on a connection of its own, which it may cost.
    grpc::ChannelArguments own_connection;
    own_connection.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    own_connection.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    const auto channel =
        grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                  grpc::InsecureChannelCredentials(), own_connection);
    grpc::ClientContext context;
    context.AddMetadata("x-large", std::string(bytes, 'x'));
    v1::ListProvidersResponse response;
    const auto stub = v1::PaymentsService::NewStub(channel);
    EXPECT_FALSE(stub->ListProviders(&context, {}, &response).ok()) << bytes;
  }
  // The server is well, and answers others.
  grpc::ClientContext next;
  next.AddMetadata("x-small", std::string(kMetadataBytesMax / 4, 'x'));
  v1::ListProvidersResponse response;
  const grpc::Status status = stub_->ListProviders(&next, {}, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(GrpcServerTest, ShutdownEndsEvenWithStreamsOpen) {
  StartServer();
  v1::WatchEventsRequest request;
  request.set_beginning(true);
  grpc::ClientContext context;
  const auto reader = stub_->WatchEvents(&context, request);
  v1::WatchEventsResponse response;
  ASSERT_TRUE(reader->Read(&response));
  server_->Shutdown(absl::ZeroDuration());
  while (reader->Read(&response)) {
  }
  EXPECT_FALSE(reader->Finish().ok());
  EXPECT_EQ(streams_.GetStats().open, 0);
  server_->Shutdown(absl::ZeroDuration());  // Once more changes nothing.
}

// -- TLS -------------------------------------------------------------------------------

struct KeyPair {
  std::string certificate_pem;
  std::string private_key_pem;
};

std::string ReadAll(BIO* bio) {
  char* data = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(bio, &data));
  return std::string(data, size);
}

// A certificate for "localhost", signed by itself, made for this run.
KeyPair MakeKeyPair() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  constexpr int64_t kValidSeconds = 3600;
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kValidSeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kValidSeconds);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const std::string host = "localhost";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(host.data()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  KeyPair pair;
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(out.get(), certificate.get());
  pair.certificate_pem = ReadAll(out.get());
  BIO_reset(out.get());
  PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  pair.private_key_pem = ReadAll(out.get());
  return pair;
}

TEST_F(GrpcServerTest, SpeaksTls) {
  const KeyPair pair = MakeKeyPair();
  Setup setup;
  setup.server.tls = {pair.certificate_pem, Secret(pair.private_key_pem)};
  StartServer(setup);
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("localhost");
  const auto channel = grpc::CreateCustomChannel(
      absl::StrCat("127.0.0.1:", server_->port()),
      grpc::SslCredentials({.pem_root_certs = pair.certificate_pem}), arguments);
  const auto stub = v1::PaymentsService::NewStub(channel);
  grpc::ClientContext context;
  v1::ListProvidersResponse response;
  const grpc::Status status = stub->ListProviders(&context, {}, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  // In clear it is not spoken to.
  grpc::ClientContext clear;
  EXPECT_FALSE(stub_->ListProviders(&clear, {}, &response).ok());
}

// Sends the preface of HTTP/2 a byte at a time until the server has closed; false if it
// did not, though all was sent.
bool IsClosedWhileDripping(int port) {
  constexpr absl::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  constexpr int kByteIntervalMs = 100;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bool closed = connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)) != 0;
  for (size_t i = 0; i < kPreface.size() && !closed; ++i) {
    send(fd, &kPreface[i], 1, MSG_NOSIGNAL);
    pollfd readable = {fd, POLLIN, 0};
    // The server speaks first: its settings are no end.
    std::array<char, 1024> bytes{};
    while (!closed && poll(&readable, 1, kByteIntervalMs) > 0) {
      closed = recv(fd, bytes.data(), bytes.size(), 0) <= 0;
    }
  }
  close(fd);
  return closed;
}

TEST_F(GrpcServerTest, AConnectionThatDripsIsClosed) {
  Setup setup;
  setup.server.handshake_timeout = absl::Milliseconds(300);
  StartServer(std::move(setup));
  EXPECT_TRUE(IsClosedWhileDripping(server_->port()));
  // Others are not.
  grpc::ClientContext context;
  v1::ListProvidersResponse response;
  EXPECT_TRUE(stub_->ListProviders(&context, {}, &response).ok());
}

TEST_F(GrpcServerTest, ABadCertificateIsAnError) {
  GrpcServer::Options options;
  options.address = "127.0.0.1:0";
  options.tls = {"not a certificate", Secret("not a key")};
  EXPECT_EQ(GrpcServer::Start(options, {}).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace payments
