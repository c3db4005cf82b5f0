#include "providers/sandbox/answer_queue.h"

#include <algorithm>
#include <utility>

namespace payments::sandbox {
namespace {

std::string WriteHuge(const HugeBody& huge) {
  std::string body;
  body.reserve(huge.head.size() + huge.filler_bytes + huge.tail.size());
  body += huge.head;
  body.append(huge.filler_bytes, huge.filler);
  body += huge.tail;
  return body;
}

}  // namespace

void AnswerQueue::Deliver(HttpServer::Reply reply, BankAnswer answer) {
  const auto early = std::find_if(
      answer.callbacks.begin(), answer.callbacks.end(),
      [](const CallbackOrder& o) { return o.policy.kind() == v1::CALLBACK_KIND_EARLY; });
  if (early == answer.callbacks.end()) {
    Queue(std::move(reply), std::move(answer));
    return;
  }
  const CallbackOrder order = std::move(*early);
  answer.callbacks.erase(early);
  callbacks_->SendEarly(order,
                        [this, answer = std::move(answer), reply = std::move(reply)]() mutable {
                          Queue(std::move(reply), std::move(answer));
                        });
}

void AnswerQueue::Queue(HttpServer::Reply reply, BankAnswer answer) {
  const absl::Duration delay = answer.delay;
  Owed owed{std::move(reply), std::move(answer)};
  {
    const std::lock_guard<std::mutex> lock(mu_);
    if (dropping_) {
      owed.answer.http_status = 0;
    } else if (delay > absl::ZeroDuration()) {
      const int64_t id = next_id_++;
      owed_.emplace(id, std::move(owed));
      executor_->PostAfter(delay, [this, id] { OnDue(id); });
      return;
    }
  }
  Finish(std::move(owed));
}

void AnswerQueue::SetDropping(bool dropping) {
  absl::flat_hash_map<int64_t, Owed> dropped;
  {
    const std::lock_guard<std::mutex> lock(mu_);
    dropping_ = dropping;
    if (dropping) dropped.swap(owed_);
  }
  for (auto& [id, owed] : dropped) {
    owed.answer.http_status = 0;
    Finish(std::move(owed));
  }
}

bool AnswerQueue::dropping() {
  const std::lock_guard<std::mutex> lock(mu_);
  return dropping_;
}

void AnswerQueue::OnDue(int64_t id) {
  Owed owed;
  {
    const std::lock_guard<std::mutex> lock(mu_);
    const auto found = owed_.find(id);
    if (found == owed_.end()) return;  // Dropped meanwhile.
    owed = std::move(found->second);
    owed_.erase(found);
  }
  Finish(std::move(owed));
}

void AnswerQueue::Finish(Owed owed) {
  BankAnswer& answer = owed.answer;
  HttpResponse response;
  response.status_code = answer.http_status;
  if (answer.http_status != 0) {
    response.headers = std::move(answer.headers);
    response.body =
        Secret(answer.huge.filler_bytes > 0 ? WriteHuge(answer.huge) : std::move(answer.body));
  }
  std::move(owed.reply)(std::move(response));
  for (const CallbackOrder& order : answer.callbacks) callbacks_->Send(order);
}

}  // namespace payments::sandbox
