// What the fan-out of payments-server is measured against: a gRPC callback server that
// writes one and the same message again and again, one write in flight, and nothing
// else: no log, no filter, no cursor.

#include <grpcpp/grpcpp.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "payments/v1/payments_service.grpc.pb.h"

ABSL_FLAG(std::string, message_file, "", "a serialised WatchEventsResponse");

namespace payments::bench {
namespace {

// Writes as many as the client asked for, and stays open until it leaves. Owned by gRPC.
class BareStream final : public grpc::ServerWriteReactor<v1::WatchEventsResponse> {
 public:
  BareStream(const v1::WatchEventsResponse* message, int count) : message_(message), left_(count) {
    WriteNext();
  }

  void OnWriteDone(bool ok) override {
    if (ok) WriteNext();
  }
  void OnCancel() override { Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }

 private:
  void WriteNext() {
    if (left_-- > 0) StartWrite(message_);
  }

  const v1::WatchEventsResponse* const message_;
  int left_;
};

class BareStreams : public v1::PaymentsService::CallbackService {
 public:
  explicit BareStreams(v1::WatchEventsResponse message) : message_(std::move(message)) {}

  grpc::ServerWriteReactor<v1::WatchEventsResponse>* WatchEvents(
      grpc::CallbackServerContext* context, const v1::WatchEventsRequest* /*request*/) override {
    const auto asked = context->client_metadata().find("bench-messages");
    int count = 0;
    if (asked == context->client_metadata().end() ||
        !absl::SimpleAtoi(absl::string_view(asked->second.data(), asked->second.size()), &count)) {
      count = 0;
    }
    return new BareStream(&message_, count);
  }

 private:
  const v1::WatchEventsResponse message_;
};

int Run() {
  std::ifstream file(absl::GetFlag(FLAGS_message_file), std::ios::binary);
  v1::WatchEventsResponse message;
  if (!message.ParseFromIstream(&file)) return 1;
  BareStreams service(std::move(message));
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::printf("bare-stream grpc=127.0.0.1:%d\n", port);
  std::fflush(stdout);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  return 0;
}

}  // namespace
}  // namespace payments::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  // Before any thread: all of them leave SIGTERM to sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return payments::bench::Run();
}
