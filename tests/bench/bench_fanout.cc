// Opens many event streams at once, counts what they bring, and prints it as one JSON
// object. The same program reads payments-server and the bare stream, and looks into no
// message: what it measures is how fast a server sends.
//
// Each stream has a connection of its own, as each subscriber would, begins at one and the
// same cursor, and ends when it has brought as many events as were asked for.

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "payments/v1/payments_service.grpc.pb.h"

ABSL_FLAG(std::string, target, "127.0.0.1:50051", "the server");
ABSL_FLAG(int, subscribers, 1000, "streams at once");
ABSL_FLAG(int, events, 500, "that each stream brings");
ABSL_FLAG(std::string, after_cursor, "", "where they begin; empty: at the beginning");
ABSL_FLAG(bool, print_cursor, false, "only print the cursor of this moment");
ABSL_FLAG(std::string, save_message, "", "only write the log's first message behind the cursor");

namespace payments::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Response = v1::WatchEventsResponse;

constexpr char kMethod[] = "/payments.v1.PaymentsService/WatchEvents";
// Field 1 of WatchEventsResponse: the message begins with it if it carries an event.
constexpr uint8_t kEventTag = 0x0a;
constexpr std::chrono::seconds kPatience(120);

std::shared_ptr<grpc::Channel> NewChannel() {
  grpc::ChannelArguments args;
  args.SetInt("grpc.use_local_subchannel_pool", 1);
  return grpc::CreateCustomChannel(absl::GetFlag(FLAGS_target), grpc::InsecureChannelCredentials(),
                                   args);
}

v1::WatchEventsRequest Request() {
  v1::WatchEventsRequest request;
  const std::string cursor = absl::GetFlag(FLAGS_after_cursor);
  cursor.empty() ? request.set_beginning(true) : request.set_after_cursor(cursor);
  return request;
}

// The first message of a stream of its own.
Response FirstMessage(const v1::WatchEventsRequest& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  const auto stub = v1::PaymentsService::NewStub(NewChannel());
  const auto reader = stub->WatchEvents(&context, request);
  Response response;
  if (!reader->Read(&response)) response.Clear();
  context.TryCancel();
  return response;
}

grpc::ByteBuffer Serialize(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

bool CarriesEvent(const grpc::ByteBuffer& message) {
  std::vector<grpc::Slice> slices;
  return message.Dump(&slices).ok() && !slices.empty() && slices.front().size() > 0 &&
         *slices.front().begin() == kEventTag;
}

// One stream: opened, asked, read until it has brought enough, and ended.
class Subscriber {
 public:
  Subscriber(grpc::GenericStub* stub, grpc::CompletionQueue* queue) {
    context_.AddMetadata("bench-messages", absl::StrCat(absl::GetFlag(FLAGS_events)));
    context_.set_deadline(std::chrono::system_clock::now() + kPatience);
    stream_ = stub->PrepareCall(&context_, kMethod, queue);
  }

  void Start() { stream_->StartCall(this); }

  // What was begun is done. False once the stream is over.
  bool Advance(bool ok, const grpc::ByteBuffer& request) {
    switch (std::exchange(next_, Next(ok))) {
      case Step::kAsk:
        stream_->WriteLast(request, {}, this);
        return true;
      case Step::kRead:
        stream_->Read(&message_, this);
        return true;
      case Step::kTake:
        return Take(ok);
      case Step::kOver:
        return false;
    }
    return false;
  }

  int events() const { return events_; }
  // When the last event came.
  Clock::time_point last() const { return last_; }

 private:
  enum class Step { kAsk, kRead, kTake, kOver };

  Step Next(bool ok) const {
    if (!ok) return Step::kOver;
    return next_ == Step::kAsk ? Step::kRead : Step::kTake;
  }

  bool Take(bool ok) {
    if (ok && CarriesEvent(message_)) {
      last_ = Clock::now();
      ++events_;
    }
    if (ok && events_ < absl::GetFlag(FLAGS_events)) {
      stream_->Read(&message_, this);
      return true;
    }
    next_ = Step::kOver;
    context_.TryCancel();
    stream_->Finish(&status_, this);
    return true;
  }

  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  grpc::ByteBuffer message_;
  grpc::Status status_;
  Step next_ = Step::kAsk;
  int events_ = 0;
  Clock::time_point last_ = Clock::time_point::min();
};

struct Totals {
  int64_t events = 0;
  double seconds = 0;
};

// Everybody at once, over connections that are up. The time is that from the first request
// to the last event.
Totals RunAll(std::vector<std::unique_ptr<grpc::GenericStub>>& stubs,
              const grpc::ByteBuffer& request) {
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<Subscriber>> subscribers;
  subscribers.reserve(stubs.size());
  for (const auto& stub : stubs) {
    subscribers.push_back(std::make_unique<Subscriber>(stub.get(), &queue));
  }
  const Clock::time_point begin = Clock::now();
  for (const auto& subscriber : subscribers) subscriber->Start();
  size_t open = subscribers.size();
  void* tag = nullptr;
  bool ok = false;
  while (open > 0 && queue.Next(&tag, &ok)) {
    if (!static_cast<Subscriber*>(tag)->Advance(ok, request)) --open;
  }
  Totals totals;
  Clock::time_point last = begin;
  for (const auto& subscriber : subscribers) {
    totals.events += subscriber->events();
    last = std::max(last, subscriber->last());
  }
  totals.seconds = std::chrono::duration<double>(last - begin).count();
  return totals;
}

int Measure() {
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs;
  for (int i = 0; i < absl::GetFlag(FLAGS_subscribers); ++i) {
    const std::shared_ptr<grpc::Channel> channel = NewChannel();
    if (!channel->WaitForConnected(std::chrono::system_clock::now() + kPatience)) return 1;
    stubs.push_back(std::make_unique<grpc::GenericStub>(channel));
  }
  const Totals totals = RunAll(stubs, Serialize(Request()));
  const int64_t wanted = int64_t{absl::GetFlag(FLAGS_subscribers)} * absl::GetFlag(FLAGS_events);
  absl::PrintF(R"({"per_second": %.0f, "events": %d, "missing": %d, "seconds": %.3f})"
               "\n",
               static_cast<double>(totals.events) / totals.seconds, totals.events,
               wanted - totals.events, totals.seconds);
  return 0;
}

int Run() {
  if (absl::GetFlag(FLAGS_print_cursor)) {
    v1::WatchEventsRequest now;
    now.set_now(true);
    absl::PrintF("%s\n", FirstMessage(now).cursor());
    return 0;
  }
  if (const std::string path = absl::GetFlag(FLAGS_save_message); !path.empty()) {
    std::ofstream(path, std::ios::binary) << FirstMessage(Request()).SerializeAsString();
    return 0;
  }
  return Measure();
}

}  // namespace
}  // namespace payments::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return payments::bench::Run();
}
