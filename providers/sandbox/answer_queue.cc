#include "providers/sandbox/answer_queue.h"

#include <utility>

#include "providers/sandbox/soap_writer.h"

namespace payments::sandbox {

void AnswerQueue::Deliver(HttpServer::Reply reply, BankAnswer answer) {
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
    response.headers = {{"Content-Type", "text/xml; charset=utf-8"}};
    response.body = Secret(answer.huge_bytes > 0 ? WriteHugeAnswer(*answer.rule, answer.huge_bytes)
                                                 : std::move(answer.body));
  }
  std::move(owed.reply)(std::move(response));
  for (const CallbackOrder& order : answer.callbacks) callbacks_->Send(order);
}

}  // namespace payments::sandbox
