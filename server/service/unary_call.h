#ifndef PAYMENTS_SERVER_SERVICE_UNARY_CALL_H_
#define PAYMENTS_SERVER_SERVICE_UNARY_CALL_H_

#include <atomic>
#include <utility>

#include "absl/status/statusor.h"
#include "grpcpp/support/server_callback.h"
#include "server/base/error.h"
#include "server/service/error_encoding.h"

namespace payments {

// How many calls are being worked on. Thread-safe; outlives the calls.
class CallLimit {
 public:
  explicit CallLimit(int calls_max) : calls_max_(calls_max) {}

  // True: one more, which Leave() ends.
  bool TryEnter() {
    if (in_flight_.fetch_add(1) < calls_max_) return true;
    in_flight_.fetch_sub(1);
    return false;
  }
  void Leave() { in_flight_.fetch_sub(1); }

  int in_flight() const { return in_flight_.load(); }
  int calls_max() const { return calls_max_; }

 private:
  const int calls_max_;
  std::atomic<int> in_flight_ = 0;
};

// One call that waits for its answer; gRPC's reactor of it. A client that goes away
// changes nothing: the answer is awaited all the same, and until then the call counts
// against the limit. Owned by gRPC between its making and OnDone().
template <typename Response>
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  // `response` is gRPC's, good until OnDone(). `limit` has been entered.
  UnaryCall(Response* response, CallLimit* limit, const ErrorEncoder* errors)
      : response_(response), limit_(limit), errors_(errors) {}

  // Once. *this may be gone when it returns.
  void Answer(absl::StatusOr<Response> result) {
    if (!result.ok()) return Finish(errors_->Encode(result.status()));
    *response_ = *std::move(result);
    Finish(grpc::Status::OK);
  }

 private:
  ~UnaryCall() override { limit_->Leave(); }

  void OnDone() override { delete this; }

  Response* const response_;
  CallLimit* const limit_;
  const ErrorEncoder* const errors_;
};

// A Done that answers a call. If it is destroyed without having been called (its
// executor has stopped), the answer is DRAINING: no call waits for ever.
template <typename Response>
class Reply {
 public:
  explicit Reply(UnaryCall<Response>* call) : call_(call) {}
  Reply(Reply&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  Reply& operator=(Reply&&) = delete;
  ~Reply() {
    if (call_ != nullptr) call_->Answer(ShuttingDown());
  }

  void operator()(absl::StatusOr<Response> result) && {
    std::exchange(call_, nullptr)->Answer(std::move(result));
  }

 private:
  UnaryCall<Response>* call_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_UNARY_CALL_H_
