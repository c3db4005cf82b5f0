// Has provider-sandbox call back about every hold that it knows, one after the other, and
// prints as one JSON object how long after each call its event came to a subscriber.
//
// There are two figures, both by this program's clock. "sent" is from the order to call
// back: more than the truth, by the way of the order. "stored" is from the moment the
// sandbox has told that it was answered 200: less than the truth, by the way of that.

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "payments/sandbox/v1/sandbox_service.grpc.pb.h"
#include "payments/v1/payments_service.grpc.pb.h"

ABSL_FLAG(std::string, target, "127.0.0.1:50051", "the server");
ABSL_FLAG(std::string, sandbox, "127.0.0.1:50061", "the sandbox");
ABSL_FLAG(int, pause_ms, 25, "between two calls: an idle machine, and no rate limit");

namespace payments::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Response = v1::WatchEventsResponse;

constexpr std::chrono::seconds kPatience(30);

// One stream; knows when the last event that a callback brought about has come.
class Watcher final : public grpc::ClientReadReactor<Response> {
 public:
  Watcher()
      : stub_(v1::PaymentsService::NewStub(
            grpc::CreateChannel(absl::GetFlag(FLAGS_target), grpc::InsecureChannelCredentials()))) {
    request_.set_now(true);
    stub_->async()->WatchEvents(&context_, &request_, this);
    StartRead(&response_);
    StartCall();
  }
  ~Watcher() override {
    context_.TryCancel();
    std::unique_lock lock(mu_);
    changed_.wait(lock, [this] { return done_; });
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    {
      const std::lock_guard lock(mu_);
      if (response_.has_caught_up()) caught_up_ = true;
      if (response_.event().cause().kind() == v1::CAUSE_KIND_CALLBACK) {
        ++events_;
        last_ = Clock::now();
      }
    }
    changed_.notify_all();
    StartRead(&response_);
  }
  void OnDone(const grpc::Status& /*status*/) override {
    const std::lock_guard lock(mu_);
    done_ = true;
    changed_.notify_all();
  }

  bool WaitUntilCaughtUp() {
    std::unique_lock lock(mu_);
    return changed_.wait_for(lock, kPatience, [this] { return caught_up_; });
  }

  // When the event of this number came; the beginning of time if it did not.
  Clock::time_point TimeOf(int event) {
    std::unique_lock lock(mu_);
    const bool came = changed_.wait_for(lock, kPatience, [&] { return events_ >= event; });
    return came ? last_ : Clock::time_point();
  }

 private:
  const std::unique_ptr<v1::PaymentsService::Stub> stub_;
  grpc::ClientContext context_;
  v1::WatchEventsRequest request_;
  Response response_;
  std::mutex mu_;
  std::condition_variable changed_;
  bool caught_up_ = false;
  bool done_ = false;
  int events_ = 0;
  Clock::time_point last_;
};

std::vector<std::string> HoldIds(sandbox::v1::SandboxService::Stub& sandbox) {
  grpc::ClientContext context;
  sandbox::v1::ListHoldsRequest request;
  constexpr int kHoldsMax = 1000;
  request.set_page_size(kHoldsMax);
  sandbox::v1::ListHoldsResponse holds;
  std::vector<std::string> ids;
  if (!sandbox.ListHolds(&context, request, &holds).ok()) return ids;
  for (const auto& hold : holds.holds()) ids.push_back(hold.hold_id());
  return ids;
}

bool SendCallback(sandbox::v1::SandboxService::Stub& sandbox, const std::string& hold_id) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  sandbox::v1::SendCallbackRequest request;
  request.set_hold_id(hold_id);
  sandbox::v1::SendCallbackResponse response;
  constexpr int kHttpOk = 200;
  return sandbox.SendCallback(&context, request, &response).ok() &&
         response.http_status() == kHttpOk;
}

double Milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

double Percentile(std::vector<double>& values, double fraction) {
  if (values.empty()) return 0;
  const auto index = static_cast<std::ptrdiff_t>(fraction * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + index, values.end());
  return values[static_cast<size_t>(index)];
}

int Run() {
  const auto sandbox = sandbox::v1::SandboxService::NewStub(
      grpc::CreateChannel(absl::GetFlag(FLAGS_sandbox), grpc::InsecureChannelCredentials()));
  Watcher watcher;
  if (!watcher.WaitUntilCaughtUp()) return 1;
  std::vector<double> sent_ms;
  std::vector<double> stored_ms;
  int events = 0;
  for (const std::string& hold_id : HoldIds(*sandbox)) {
    const Clock::time_point sent = Clock::now();
    if (!SendCallback(*sandbox, hold_id)) return 1;
    const Clock::time_point stored = Clock::now();
    const Clock::time_point seen = watcher.TimeOf(++events);
    if (seen < sent) return 1;
    sent_ms.push_back(Milliseconds(seen - sent));
    stored_ms.push_back(std::max(0.0, Milliseconds(seen - stored)));
    absl::SleepFor(absl::Milliseconds(absl::GetFlag(FLAGS_pause_ms)));
  }
  absl::PrintF(R"({"callbacks": %d, "sent_p50_ms": %.2f, "sent_p99_ms": %.2f, )"
               R"("stored_p50_ms": %.2f, "stored_p99_ms": %.2f})"
               "\n",
               events, Percentile(sent_ms, 0.5), Percentile(sent_ms, 0.99),
               Percentile(stored_ms, 0.5), Percentile(stored_ms, 0.99));
  return 0;
}

}  // namespace
}  // namespace payments::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return payments::bench::Run();
}
