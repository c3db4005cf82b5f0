// What payments-server is measured against: a gRPC callback server that makes one
// keep-alive curl call a request, and nothing else: no contract, no store, no XML.

#include <grpcpp/grpcpp.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "payments/v1/payments_service.grpc.pb.h"
#include "server/http/curl_http_client.h"
#include "server/http/event_loop.h"

ABSL_FLAG(std::string, url, "", "where every request is posted to");
ABSL_FLAG(std::string, body_file, "", "what is posted");

namespace payments::bench {
namespace {

class BarePipeline : public v1::PaymentsService::CallbackService {
 public:
  BarePipeline(HttpClient* http, std::string body) : http_(http), body_(std::move(body)) {}

  grpc::ServerUnaryReactor* CreatePayment(grpc::CallbackServerContext* context,
                                          const v1::CreatePaymentRequest* request,
                                          v1::CreatePaymentResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    response->mutable_payment()->set_request_id(request->request_id());
    response->mutable_payment()->set_state(v1::PAYMENT_STATE_AUTHORIZED);
    HttpRequest post;
    post.url = absl::GetFlag(FLAGS_url);
    post.headers = {{"Content-Type", "text/xml; charset=utf-8"}, {"SOAPAction", "\"\""}};
    post.body = Secret(body_);
    http_->Send(std::move(post), absl::Seconds(30), [reactor](const HttpClient::Result& result) {
      reactor->Finish(std::holds_alternative<HttpResponse>(result)
                          ? grpc::Status::OK
                          : grpc::Status(grpc::StatusCode::UNAVAILABLE, "no answer"));
    });
    return reactor;
  }

 private:
  HttpClient* const http_;
  const std::string body_;
};

int Run() {
  std::ifstream file(absl::GetFlag(FLAGS_body_file));
  std::string body((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::unique_ptr<EventLoop> loop = EventLoop::Start();
  CurlHttpClient::Options options;
  options.connections_per_host_max = 4096;
  std::unique_ptr<CurlHttpClient> http = CurlHttpClient::Create(options, loop.get());
  BarePipeline service(http.get(), std::move(body));
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::printf("bare-pipeline grpc=127.0.0.1:%d\n", port);
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
