#ifndef PAYMENTS_SERVER_ENGINE_CONVERSATION_H_
#define PAYMENTS_SERVER_ENGINE_CONVERSATION_H_

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "providers/provider.h"
#include "server/base/clock.h"
#include "server/engine/http_client.h"
#include "server/engine/steps.h"

namespace payments {

// What came of a conversation with a provider.
template <typename Outcome>
struct ConversationResult {
  std::optional<Outcome> outcome;  // Unset: it ended without one, and `why` says how.
  absl::Status why;
  // Something that is not read-only may have reached the provider. False is proof.
  bool may_have_acted = false;
  absl::Duration latency;
};

// Sends what an exchange wants sent, and feeds it the answers, until it has an
// outcome. Never sends a request again. Runs on the engine's executor.
template <typename Outcome>
class Conversation : public Steps<Conversation<Outcome>> {
 public:
  using Result = ConversationResult<Outcome>;
  using DoneConversation = absl::AnyInvocable<void(Result) &&>;

  // An exchange that never comes to an end is cut here.
  static constexpr int kRequestsMax = 32;

  // `timeout` is for the whole of it. `done` may run inside this call if nothing
  // needs to be sent.
  static void Run(HttpClient* http, Clock* clock, std::unique_ptr<Exchange<Outcome>> exchange,
                  absl::Duration timeout, DoneConversation done) {
    auto self =
        std::make_shared<Conversation>(http, clock, std::move(exchange), timeout, std::move(done));
    self->OnStep(self->exchange_->Start());
  }

  Conversation(HttpClient* http, Clock* clock, std::unique_ptr<Exchange<Outcome>> exchange,
               absl::Duration timeout, DoneConversation done)
      : http_(http),
        clock_(clock),
        exchange_(std::move(exchange)),
        start_(clock->Monotonic()),
        timeout_(timeout),
        done_(std::move(done)) {}

 private:
  using Step = typename Exchange<Outcome>::Step;

  void OnStep(absl::StatusOr<Step> step) {
    if (!step.ok()) return Finish(std::nullopt, step.status());
    if (auto* outcome = std::get_if<Outcome>(&*step)) {
      return Finish(std::move(*outcome), absl::OkStatus());
    }
    if (++requests_ > kRequestsMax) {
      return Finish(std::nullopt, absl::InternalError("the exchange does not end"));
    }
    HttpRequest request = std::get<HttpRequest>(*std::move(step));
    acts_ = request.effect != HttpRequest::Effect::kReadOnly;
    const absl::Duration left = timeout_ - (clock_->Monotonic() - start_);
    if (left <= absl::ZeroDuration()) {
      return Finish(std::nullopt, absl::DeadlineExceededError("no time left to send"));
    }
    http_->Send(std::move(request), left, this->ThenPlain(&Conversation::OnAnswer));
  }

  void OnAnswer(HttpClient::Result result) {
    if (auto* failure = std::get_if<HttpFailure>(&result)) {
      may_have_acted_ |= acts_ && failure->request_may_have_been_sent;
      return Finish(std::nullopt, failure->why);
    }
    may_have_acted_ |= acts_;
    OnStep(exchange_->OnResponse(std::get<HttpResponse>(result)));
  }

  void Finish(std::optional<Outcome> outcome, absl::Status why) {
    Result result{std::move(outcome), std::move(why), may_have_acted_,
                  clock_->Monotonic() - start_};
    std::move(done_)(std::move(result));
  }

  HttpClient* const http_;
  Clock* const clock_;
  std::unique_ptr<Exchange<Outcome>> exchange_;
  const absl::Duration start_;
  const absl::Duration timeout_;
  DoneConversation done_;
  int requests_ = 0;
  bool acts_ = false;            // The request on its way is not read-only.
  bool may_have_acted_ = false;  // One that was on its way before may have arrived.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CONVERSATION_H_
