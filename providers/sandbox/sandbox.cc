#include "providers/sandbox/sandbox.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <array>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace payments::sandbox {
namespace {

// How late a resolution or an expiry may be noticed when no request comes.
constexpr absl::Duration kTickInterval = absl::Milliseconds(20);
constexpr absl::Duration kShutdownGrace = absl::Seconds(1);

}  // namespace

Sandbox::Sandbox(const Options& options, Clock* clock, Random* random, Logger* logger)
    : clock_(clock),
      conduct_(options.latency, clock),
      upay_(options.upay, &conduct_, &movements_, random),
      epay_(options.epay, &conduct_, &movements_, random),
      loop_(EventLoop::Start()),
      client_(CurlHttpClient::Create({}, loop_.get())),
      callbacks_(options.callbacks, client_.get(), loop_.get(), logger),
      answers_(loop_.get(), &callbacks_),
      upay_front_(&upay_, &conduct_, &callbacks_, &answers_, logger),
      epay_front_(&epay_, &conduct_, &answers_, logger),
      front_(std::make_unique<HttpFront>(options.http,
                                         std::vector<ProviderFront*>{&upay_front_, &epay_front_},
                                         &answers_, logger)) {}

absl::StatusOr<std::unique_ptr<Sandbox>> Sandbox::Start(const Options& options, Clock* clock,
                                                        Random* random, Logger* logger) {
  std::unique_ptr<Sandbox> sandbox(new Sandbox(options, clock, random, logger));
  if (auto status = sandbox->Listen(options); !status.ok()) return status;
  return sandbox;
}

absl::Status Sandbox::Listen(const Options& options) {
  if (auto status = front_->Start(); !status.ok()) return status;
  const std::string public_url =
      options.public_url.empty()
          ? absl::StrCat("http://", options.http.address, ":", front_->port())
          : options.public_url;
  upay_.SetConfirmBaseUrl(public_url);
  epay_.SetPublicUrl(public_url);

  service_ = std::make_unique<SandboxService>(&upay_, &epay_, &conduct_, &movements_, &callbacks_,
                                              front_.get());
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  const std::string address = absl::StrCat(options.grpc_address, ":", options.grpc_port);
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(service_.get());
  grpc_server_ = builder.BuildAndStart();
  if (grpc_server_ == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address));
  }
  grpc_port_ = static_cast<uint16_t>(port);
  OnTick(loop_.get());
  return absl::OkStatus();
}

void Sandbox::OnTick(EventLoop* loop) {
  for (Bank* bank : std::array<Bank*, 2>{&upay_, &epay_}) {
    for (const CallbackOrder& order : bank->Tick()) callbacks_.Send(order);
  }
  loop->PostAfter(kTickInterval, [this, loop] { OnTick(loop); });
}

Sandbox::~Sandbox() {
  // Who may call somebody goes before whom it calls.
  front_->Close();
  if (grpc_server_ != nullptr) {
    grpc_server_->Shutdown(absl::ToChronoTime(clock_->Now() + kShutdownGrace));
    grpc_server_->Wait();
  }
  grpc_server_.reset();
  front_.reset();
  callbacks_.Close();
  client_.reset();  // What is in flight is reported to callbacks_, on the loop.
  loop_.reset();
}

}  // namespace payments::sandbox
