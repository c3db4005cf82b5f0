// Watches events as they happen and prints how late they came, as one JSON object: from
// the event's time, which the server takes before the commit, to the arrival, both by the
// clock of this machine. So the commit is part of it.
//
// Some more subscribers may stop reading at the beginning; they are not counted. Their windows
// are small, so that what they do not take is soon the server's to keep.

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "payments/v1/payments_service.grpc.pb.h"

ABSL_FLAG(std::string, target, "127.0.0.1:50051", "the server");
ABSL_FLAG(int, subscribers, 20, "that read what they get");
ABSL_FLAG(int, stopped, 0, "that stop reading once they have caught up");
ABSL_FLAG(int, warmup_ms, 1000, "before counting begins");
ABSL_FLAG(int, measure_ms, 3000, "how long is counted");

namespace payments::bench {
namespace {

using Response = v1::WatchEventsResponse;

// Of a subscriber that stops: HTTP/2's own, some tens of events.
constexpr int kWindowBytes = 65535;

// Set once counting begins, and cleared at its end.
using Counting = std::atomic<bool>;

// One stream over a connection of its own. Reactions come one at a time.
class Watcher final : public grpc::ClientReadReactor<Response> {
 public:
  Watcher(bool stops, const Counting* counting) : stops_(stops), counting_(counting) {
    grpc::ChannelArguments args;
    args.SetInt("grpc.use_local_subchannel_pool", 1);
    if (stops) {
      args.SetInt("grpc.http2.bdp_probe", 0);  // It would widen the window.
      args.SetInt("grpc.http2.lookahead_bytes", kWindowBytes);
    }
    stub_ = v1::PaymentsService::NewStub(grpc::CreateCustomChannel(
        absl::GetFlag(FLAGS_target), grpc::InsecureChannelCredentials(), args));
    request_.set_now(true);
    stub_->async()->WatchEvents(&context_, &request_, this);
    StartRead(&response_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (response_.has_caught_up() && stops_) return;
    if (response_.has_event() && counting_->load()) {
      const auto& time = response_.event().time();
      const absl::Duration late =
          absl::Now() - absl::FromUnixSeconds(time.seconds()) - absl::Nanoseconds(time.nanos());
      late_ms_.push_back(absl::ToDoubleMilliseconds(late));
    }
    StartRead(&response_);
  }

  void OnDone(const grpc::Status& /*status*/) override {
    const std::lock_guard lock(mu_);
    done_ = true;
    changed_.notify_all();
  }

  // Ends the stream; then, what it has counted.
  std::vector<double> End() {
    context_.TryCancel();
    std::unique_lock lock(mu_);
    changed_.wait(lock, [this] { return done_; });
    return late_ms_;
  }

 private:
  const bool stops_;
  const Counting* const counting_;
  std::unique_ptr<v1::PaymentsService::Stub> stub_;
  grpc::ClientContext context_;
  v1::WatchEventsRequest request_;
  Response response_;
  std::vector<double> late_ms_;
  std::mutex mu_;
  std::condition_variable changed_;
  bool done_ = false;
};

double Percentile(std::vector<double>& values, double fraction) {
  if (values.empty()) return 0;
  const auto index = static_cast<std::ptrdiff_t>(fraction * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + index, values.end());
  return values[static_cast<size_t>(index)];
}

void Run() {
  Counting counting = false;
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (int i = 0; i < absl::GetFlag(FLAGS_stopped); ++i) {
    watchers.push_back(std::make_unique<Watcher>(true, &counting));
  }
  for (int i = 0; i < absl::GetFlag(FLAGS_subscribers); ++i) {
    watchers.push_back(std::make_unique<Watcher>(false, &counting));
  }
  absl::SleepFor(absl::Milliseconds(absl::GetFlag(FLAGS_warmup_ms)));
  counting = true;
  absl::SleepFor(absl::Milliseconds(absl::GetFlag(FLAGS_measure_ms)));
  counting = false;
  std::vector<double> late_ms;
  for (const auto& watcher : watchers) {
    const std::vector<double> its = watcher->End();
    late_ms.insert(late_ms.end(), its.begin(), its.end());
  }
  absl::PrintF(R"({"events": %d, "p50_ms": %.3f, "p99_ms": %.3f})"
               "\n",
               late_ms.size(), Percentile(late_ms, 0.5), Percentile(late_ms, 0.99));
}

}  // namespace
}  // namespace payments::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  payments::bench::Run();
  return 0;
}
