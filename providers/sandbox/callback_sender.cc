#include "providers/sandbox/callback_sender.h"

#include <future>
#include <string>
#include <utility>
#include <variant>

#include "providers/sandbox/limits.h"

namespace payments::sandbox {
namespace {

constexpr int kHttpOk = 200;
constexpr int kCopiesDefault = 2;

int CopiesOf(const v1::CallbackPolicy& policy) {
  if (policy.kind() != v1::CALLBACK_KIND_DUPLICATE) return 1;
  return policy.copies() == 0 ? kCopiesDefault : policy.copies();
}

}  // namespace

int StatusCodeOf(const HttpClient::Result& result) {
  const auto* response = std::get_if<HttpResponse>(&result);
  return response == nullptr ? 0 : response->status_code;
}

CallbackSender::CallbackSender(Options options, HttpClient* client, Executor* executor,
                               Logger* logger)
    : options_(options), client_(client), executor_(executor), logger_(logger) {}

void CallbackSender::Send(const CallbackOrder& order) {
  if (order.request.url.empty() || order.policy.kind() == v1::CALLBACK_KIND_NONE) return;
  if (order.policy.kind() == v1::CALLBACK_KIND_LATE) {
    const absl::Duration delay = ToDuration(order.policy.delay());
    executor_->PostAfter(delay, [this, order] { Start(order, nullptr); });
    return;
  }
  const int copies = CopiesOf(order.policy);
  for (int i = 0; i < copies; ++i) Start(order, nullptr);
}

void CallbackSender::SendEarly(const CallbackOrder& order, Then then) {
  if (order.request.url.empty()) {
    executor_->Post(std::move(then));
    return;
  }
  Start(order, std::move(then));
}

void CallbackSender::SendOnce(const CallbackOrder& order, HttpClient::DoneHttp done) {
  {
    const std::lock_guard<std::mutex> lock(mu_);
    ++stats_.sent;
  }
  client_->Send(HttpRequest(order.request), options_.timeout, std::move(done));
}

CallbackSender::Stats CallbackSender::stats() {
  const std::lock_guard<std::mutex> lock(mu_);
  return stats_;
}

void CallbackSender::Reset() {
  const std::lock_guard<std::mutex> lock(mu_);
  stats_ = {};
  ++generation_;
}

void CallbackSender::Close() {
  std::promise<void> closed;
  executor_->Post([this, &closed] {
    {
      const std::lock_guard<std::mutex> lock(mu_);
      closed_ = true;
    }
    closed.set_value();
  });
  closed.get_future().wait();
}

void CallbackSender::Start(const CallbackOrder& order, Then then) {
  auto delivery = std::make_unique<Delivery>();
  delivery->request = order.request;
  delivery->kind = order.kind;
  delivery->then = std::move(then);
  {
    const std::lock_guard<std::mutex> lock(mu_);
    delivery->generation = generation_;
    ++deliveries_;  // GiveUp() takes it back.
    if (deliveries_ <= options_.deliveries_max) {
      executor_->Post(
          [this, delivery = std::move(delivery)]() mutable { Attempt(std::move(delivery)); });
      return;
    }
  }
  GiveUp(*delivery);
  if (delivery->then) executor_->Post(std::move(delivery->then));
}

void CallbackSender::Attempt(DeliveryPtr delivery) {
  if (!IsCurrent(*delivery)) {
    GiveUp(*delivery);
    if (delivery->then) std::move(delivery->then)();
    return;
  }
  ++delivery->attempts;
  {
    const std::lock_guard<std::mutex> lock(mu_);
    ++stats_.sent;
  }
  HttpRequest request = delivery->request;
  client_->Send(std::move(request), options_.timeout,
                [this, delivery = std::move(delivery)](const HttpClient::Result& result) mutable {
                  OnAnswer(std::move(delivery), result);
                });
}

void CallbackSender::OnAnswer(DeliveryPtr delivery, const HttpClient::Result& result) {
  const int status = StatusCodeOf(result);
  logger_->Log(LogLevel::kInfo, "callback_sent",
               {{"kind", delivery->kind}, {"attempt", delivery->attempts}, {"status", status}});
  if (delivery->then) {
    Then then = std::move(delivery->then);
    delivery->then = nullptr;
    std::move(then)();
  }
  if (status == kHttpOk) {
    const std::lock_guard<std::mutex> lock(mu_);
    --deliveries_;
    if (delivery->generation == generation_) ++stats_.accepted;
    return;
  }
  if (delivery->attempts >= options_.attempts_max || !IsCurrent(*delivery)) {
    GiveUp(*delivery);
    return;
  }
  executor_->PostAfter(options_.retry_interval, [this, delivery = std::move(delivery)]() mutable {
    Attempt(std::move(delivery));
  });
}

void CallbackSender::GiveUp(const Delivery& delivery) {
  logger_->Log(LogLevel::kWarning, "callback_given_up",
               {{"kind", delivery.kind}, {"attempts", delivery.attempts}});
  const std::lock_guard<std::mutex> lock(mu_);
  --deliveries_;
  if (delivery.generation == generation_) ++stats_.given_up;
}

bool CallbackSender::IsCurrent(const Delivery& delivery) {
  const std::lock_guard<std::mutex> lock(mu_);
  return !closed_ && delivery.generation == generation_;
}

}  // namespace payments::sandbox
