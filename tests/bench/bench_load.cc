// Keeps a fixed number of CreatePayment calls in flight, for a while or until there were
// enough, and prints what it saw, as one JSON object.

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "payments/v1/payments_service.grpc.pb.h"

ABSL_FLAG(std::string, target, "127.0.0.1:50051", "the server");
ABSL_FLAG(std::string, card, "", "cards/…: the source of every payment");
ABSL_FLAG(int, in_flight, 2000, "calls in flight at once");
ABSL_FLAG(int, warmup_ms, 2000, "before counting begins");
ABSL_FLAG(int, measure_ms, 8000, "how long is counted");
ABSL_FLAG(int, calls, 0, "end after so many calls, however long they take; 0: by the time");
ABSL_FLAG(int, channels, 4, "connections");
ABSL_FLAG(bool, automatic, false, "captured by the server");

namespace payments::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Call {
  grpc::ClientContext context;
  v1::CreatePaymentResponse response;
  grpc::Status status;
  Clock::time_point start;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::CreatePaymentResponse>> reader;
};

// One thread, one completion queue. Not thread-safe.
class Load {
 public:
  Load() {
    for (int i = 0; i < absl::GetFlag(FLAGS_channels); ++i) {
      grpc::ChannelArguments args;
      args.SetInt("grpc.use_local_subchannel_pool", 1);
      stubs_.push_back(v1::PaymentsService::NewStub(grpc::CreateCustomChannel(
          absl::GetFlag(FLAGS_target), grpc::InsecureChannelCredentials(), args)));
    }
    request_.mutable_source()->set_card(absl::GetFlag(FLAGS_card));
    request_.mutable_destination()->mutable_merchant()->set_payer_account("order");
    request_.mutable_amount()->set_currency_code("UZS");
    constexpr int64_t kAmountMinor = 150'000;
    request_.mutable_amount()->set_amount_minor(kAmountMinor);
    request_.set_capture_mode(absl::GetFlag(FLAGS_automatic) ? v1::CAPTURE_MODE_AUTOMATIC
                                                             : v1::CAPTURE_MODE_MANUAL);
    run_ = absl::StrCat(Clock::now().time_since_epoch().count());
  }

  void Run() {
    const Clock::time_point begin =
        Clock::now() + std::chrono::milliseconds(absl::GetFlag(FLAGS_warmup_ms));
    const Clock::time_point end =
        begin + std::chrono::milliseconds(absl::GetFlag(FLAGS_measure_ms));
    int open = 0;
    for (; open < absl::GetFlag(FLAGS_in_flight) && MayBegin(Clock::now(), end); ++open) Begin();
    void* tag = nullptr;
    bool ok = false;
    while (open > 0 && queue_.Next(&tag, &ok)) {
      std::unique_ptr<Call> call(static_cast<Call*>(tag));
      const Clock::time_point now = Clock::now();
      if (calls_max_ > 0 || (now >= begin && now < end)) Count(*call, now);
      if (MayBegin(now, end)) {
        Begin();
      } else {
        --open;
      }
    }
    Print();
  }

 private:
  bool MayBegin(Clock::time_point now, Clock::time_point end) const {
    return calls_max_ > 0 ? calls_ < calls_max_ : now < end;
  }

  void Begin() {
    request_.set_request_id(absl::StrCat(run_, "-", ++calls_));
    auto* call = new Call;  // Owned by the queue until it comes back as a tag.
    call->start = Clock::now();
    call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    call->reader =
        stubs_[calls_ % stubs_.size()]->AsyncCreatePayment(&call->context, request_, &queue_);
    call->reader->Finish(&call->response, &call->status, call);
  }

  void Count(const Call& call, Clock::time_point now) {
    const std::string outcome = call.status.ok()
                                    ? v1::PaymentState_Name(call.response.payment().state())
                                    : absl::StrCat("error ", call.status.error_code());
    ++outcomes_[outcome];
    latencies_ms_.push_back(std::chrono::duration<double, std::milli>(now - call.start).count());
  }

  double Percentile(double fraction) {
    if (latencies_ms_.empty()) return 0;
    const auto index =
        static_cast<size_t>(fraction * static_cast<double>(latencies_ms_.size() - 1));
    std::nth_element(latencies_ms_.begin(), latencies_ms_.begin() + static_cast<int64_t>(index),
                     latencies_ms_.end());
    return latencies_ms_[index];
  }

  void Print() {
    const double seconds = calls_max_ > 0
                               ? std::chrono::duration<double>(Clock::now() - started_).count()
                               : absl::GetFlag(FLAGS_measure_ms) / 1000.0;
    std::string outcomes;
    for (const auto& [name, count] : outcomes_) {
      absl::StrAppend(&outcomes, outcomes.empty() ? "" : ", ", "\"", name, "\": ", count);
    }
    absl::PrintF(R"({"per_second": %.0f, "p50_ms": %.1f, "p99_ms": %.1f, "outcomes": {%s}})"
                 "\n",
                 static_cast<double>(latencies_ms_.size()) / seconds, Percentile(0.5),
                 Percentile(0.99), outcomes);
  }

  std::vector<std::unique_ptr<v1::PaymentsService::Stub>> stubs_;
  grpc::CompletionQueue queue_;
  v1::CreatePaymentRequest request_;
  std::string run_;
  const uint64_t calls_max_ = absl::GetFlag(FLAGS_calls);
  const Clock::time_point started_ = Clock::now();
  uint64_t calls_ = 0;
  std::map<std::string, int64_t> outcomes_;
  std::vector<double> latencies_ms_;
};

}  // namespace
}  // namespace payments::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  payments::bench::Load().Run();
  return 0;
}
