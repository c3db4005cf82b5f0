#include "tests/conformance/provider/in_process_sandbox.h"

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"

namespace payments {
namespace {

constexpr int kHttpOk = 200;
constexpr int kHttpNotFound = 404;

HttpServer::Request AsServed(const HttpRequest& request) {
  HttpServer::Request served;
  absl::string_view url = request.url;
  EXPECT_TRUE(absl::ConsumePrefix(&url, InProcessSandbox::kBaseUrl)) << request.url;
  const std::pair<std::string, std::string> parts = absl::StrSplit(url, absl::MaxSplits('?', 1));
  served.path = parts.first;
  served.query = parts.second;
  served.method = request.method;
  served.headers = request.headers;
  if (!request.bearer_token.empty()) {
    served.headers.emplace_back("Authorization",
                                absl::StrCat("Bearer ", request.bearer_token.Reveal()));
  }
  served.body = request.body;
  served.peer_address = "127.0.0.1";
  return served;
}

}  // namespace

void InProcessSandbox::Bytes::Fill(absl::Span<uint8_t> bytes) {
  constexpr uint64_t kByteValues = 256;
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(executor_->Random(kByteValues));
}

void InProcessSandbox::Merchant::Send(HttpRequest request, absl::Duration /*timeout*/,
                                      DoneHttp done) {
  taken_.push_back(std::move(request));
  executor_->Post([done = std::move(done)]() mutable {
    std::move(done)(HttpResponse{.status_code = kHttpOk});
  });
}

InProcessSandbox::InProcessSandbox() {
  upay_.SetConfirmBaseUrl(kBaseUrl);
  epay_.SetPublicUrl(kBaseUrl);
}

InProcessSandbox::~InProcessSandbox() { executor_.DropAll(); }

HttpResponse InProcessSandbox::Send(const HttpRequest& request) {
  const auto answer = std::make_shared<std::optional<HttpResponse>>();
  HttpServer::Reply reply = [answer](HttpResponse response) { *answer = std::move(response); };
  const HttpServer::Request served = AsServed(request);
  if (!upay_front_.TakeRequest(served, reply) && !epay_front_.TakeRequest(served, reply)) {
    return {.status_code = kHttpNotFound};
  }
  Settle();
  EXPECT_TRUE(answer->has_value()) << "no answer to " << request.url;
  return answer->has_value() ? **answer : HttpResponse();
}

void InProcessSandbox::Plan(sandbox::v1::Method method, const sandbox::v1::Fault& fault) {
  sandbox::v1::PlanFaultRequest request;
  request.set_method(method);
  *request.mutable_fault() = fault;
  request.set_calls(1);
  const absl::Status planned = conduct_.PlanFault(request);
  ASSERT_TRUE(planned.ok()) << planned;
}

void InProcessSandbox::SetCallbacks(sandbox::v1::CallbackKind kind) {
  sandbox::v1::SetCallbackPolicyRequest request;
  request.mutable_registration()->set_kind(kind);
  request.mutable_hold()->set_kind(kind);
  request.mutable_transfer()->set_kind(kind);
  upay_.SetPolicies(request);
  epay_.SetPolicies(request);
}

std::vector<HttpRequest> InProcessSandbox::TakeCallbacks() {
  Settle();
  return merchant_.Take();
}

void InProcessSandbox::Call(const std::vector<sandbox::CallbackOrder>& orders) {
  for (const sandbox::CallbackOrder& order : orders) callbacks_.Send(order);
}

}  // namespace payments
