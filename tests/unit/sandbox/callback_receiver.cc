#include "tests/unit/sandbox/callback_receiver.h"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace payments::sandbox {
namespace {

constexpr std::chrono::seconds kPatience(20);  // Bounds a failing test only.

}  // namespace

CallbackReceiver::CallbackReceiver() {
  auto server =
      HttpServer::Start({}, [this](const HttpServer::Request& request, HttpServer::Reply reply) {
        OnRequest(request, std::move(reply));
      });
  EXPECT_TRUE(server.ok()) << server.status();
  if (server.ok()) server_ = *std::move(server);
}

std::string CallbackReceiver::url() const {
  return absl::StrCat("http://127.0.0.1:", server_->port(), "/callbacks/upay/token?x=1&y=%3D");
}

void CallbackReceiver::AnswerNextWith(int status, int count) {
  const std::lock_guard<std::mutex> lock(mu_);
  bad_status_ = status;
  bad_answers_left_ = count;
}

CallbackReceiver::Callback CallbackReceiver::Next() {
  std::unique_lock<std::mutex> lock(mu_);
  if (!arrived_.wait_for(lock, kPatience, [this] { return !callbacks_.empty(); })) {
    ADD_FAILURE() << "no callback came";
    return {};
  }
  Callback callback = std::move(callbacks_.front());
  callbacks_.pop_front();
  return callback;
}

size_t CallbackReceiver::waiting() {
  const std::lock_guard<std::mutex> lock(mu_);
  return callbacks_.size();
}

void CallbackReceiver::OnRequest(const HttpServer::Request& request, HttpServer::Reply reply) {
  Callback callback;
  callback.body = std::string(request.body.Reveal());
  for (const auto& [name, value] : request.headers) {
    if (absl::EqualsIgnoreCase(name, "Content-Type")) callback.content_type = value;
  }
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/callbacks/upay/token");
  EXPECT_EQ(request.query, "x=1&y=%3D");
  HttpResponse response;
  {
    const std::lock_guard<std::mutex> lock(mu_);
    response.status_code = bad_answers_left_ > 0 ? bad_status_ : 200;
    if (bad_answers_left_ > 0) --bad_answers_left_;
    callbacks_.push_back(std::move(callback));
  }
  arrived_.notify_all();
  response.body = Secret(R"({"status":0,"message":"Success"})");
  std::move(reply)(std::move(response));
}

std::string JsonMember(const std::string& json, const std::string& name) {
  const auto parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object() || !parsed.contains(name)) return "";
  const auto& member = parsed[name];
  return member.is_string() ? member.get<std::string>() : member.dump();
}

}  // namespace payments::sandbox
