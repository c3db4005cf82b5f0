#ifndef PAYMENTS_SERVER_SERVICE_UNARY_CALLS_H_
#define PAYMENTS_SERVER_SERVICE_UNARY_CALLS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/engine/payment_engine.h"
#include "server/service/authenticator.h"
#include "server/service/error_encoding.h"
#include "server/service/unary_call.h"

namespace payments {

// What the unary rpcs of a service have in common: who calls, whether he may, whether
// there is room, how long he waits, and how he is answered. Thread-safe; outlives the
// calls.
class UnaryCalls {
 public:
  struct Options {
    // How long a call waits that has no deadline, or a later one.
    absl::Duration call_timeout_default = absl::Seconds(60);
    // How long before the caller's deadline the answer is ready.
    absl::Duration answer_margin = absl::Milliseconds(250);
    // Calls being worked on at once, not counting streams.
    int calls_in_flight_max = 20000;
  };

  // Not owned; outlive this.
  struct Dependencies {
    Executor* engine_executor;
    PaymentEngine* engine;
    const Authenticator* authenticator;
    const ErrorEncoder* errors;
    const Clock* clock;
  };

  enum class Audience { kEveryCaller, kOperators };

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  UnaryCalls(Options options, Dependencies deps, Audience audience);

  int in_flight() const { return limit_.in_flight(); }

  // kUnauthenticated; or kPermissionDenied, ROLE_REQUIRED.
  absl::StatusOr<Caller> Authenticate(const Context& context) const;

  // The caller, if the request is valid.
  template <typename Request>
  absl::StatusOr<Caller> Admit(const Context& context, const Request& request,
                               absl::Status (*validate)(const Request&)) const {
    absl::StatusOr<Caller> caller = Authenticate(context);
    if (!caller.ok()) return caller;
    if (absl::Status valid = validate(request); !valid.ok()) return valid;
    return caller;
  }

  // OK: there is one call more, which NewCall() is for.
  absl::Status EnterLimit();
  template <typename Response>
  UnaryCall<Response>* NewCall(Response* response) {
    return new UnaryCall<Response>(response, &limit_, deps_.errors);
  }

  // When the answer is to be ready.
  absl::Time AnswerDeadline(const Context& context) const;

  // Ends the call here and now, with an error or with what is in the response.
  Reactor* Finish(Context* context, const absl::Status& status) const;

  // The pattern of every rpc that the engine answers.
  template <typename Request, typename Response>
  Reactor* RunOnEngine(Context* context, const Request& request, Response* response,
                       absl::Status (*validate)(const Request&),
                       void (PaymentEngine::*method)(Caller, Request, absl::Time, Done<Response>)) {
    absl::StatusOr<Caller> caller = Admit(*context, request, validate);
    if (!caller.ok()) return Finish(context, caller.status());
    if (absl::Status room = EnterLimit(); !room.ok()) return Finish(context, room);
    UnaryCall<Response>* call = NewCall(response);
    deps_.engine_executor->Post([engine = deps_.engine, method, caller = *std::move(caller),
                                 request, deadline = AnswerDeadline(*context),
                                 reply = Reply<Response>(call)]() mutable {
      (engine->*method)(std::move(caller), std::move(request), deadline, std::move(reply));
    });
    return call;
  }

  // The same for requests with secrets, which were taken out of them first of all.
  template <typename Request, typename Secrets, typename Response>
  Reactor* RunOnEngine(Context* context, const Request& request, Secrets secrets,
                       Response* response,
                       absl::Status (*validate)(const Request&, const Secrets&, absl::Time),
                       void (PaymentEngine::*method)(Caller, Request, Secrets, absl::Time,
                                                     Done<Response>)) {
    absl::StatusOr<Caller> caller = Authenticate(*context);
    if (!caller.ok()) return Finish(context, caller.status());
    if (absl::Status valid = validate(request, secrets, deps_.clock->Now()); !valid.ok()) {
      return Finish(context, valid);
    }
    if (absl::Status room = EnterLimit(); !room.ok()) return Finish(context, room);
    UnaryCall<Response>* call = NewCall(response);
    deps_.engine_executor->Post([engine = deps_.engine, method, caller = *std::move(caller),
                                 request, secrets = std::move(secrets),
                                 deadline = AnswerDeadline(*context),
                                 reply = Reply<Response>(call)]() mutable {
      (engine->*method)(std::move(caller), std::move(request), std::move(secrets), deadline,
                        std::move(reply));
    });
    return call;
  }

 private:
  const Options options_;
  const Dependencies deps_;
  const Audience audience_;
  CallLimit limit_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_UNARY_CALLS_H_
