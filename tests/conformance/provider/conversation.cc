#include "tests/conformance/provider/conversation.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace payments {
namespace {

using Effect = HttpRequest::Effect;

constexpr size_t kRequestsMax = 8;  // Of one conversation.
constexpr int kHttpUnauthorized = 401;
constexpr int kHttpForbidden = 403;

bool MayBeCalled(const std::string& url) {
  return absl::StartsWith(url, "https://") || absl::StartsWith(url, "http://127.0.0.1");
}

// What the contract asks of the next request, after those of `transcript`.
void ExpectAllowed(const Transcript& transcript, const HttpRequest& next,
                   const std::vector<std::string>& secrets) {
  EXPECT_TRUE(MayBeCalled(next.url)) << next.url;
  EXPECT_FALSE(next.method.empty());
  std::string shown = absl::StrCat(next.method, " ", next.url);
  for (const auto& [name, value] : next.headers) absl::StrAppend(&shown, "\n", name, ": ", value);
  ExpectNoSecrets(shown, secrets);
  if (next.effect != Effect::kMovesMoney) return;
  for (size_t i = 0; i < transcript.requests.size(); ++i) {
    if (transcript.requests[i].effect != Effect::kMovesMoney) continue;
    const int answered = transcript.responses.at(i).status_code;
    EXPECT_TRUE(answered == kHttpUnauthorized || answered == kHttpForbidden)
        << "money was moved again, after HTTP " << answered;
  }
}

}  // namespace

HttpResponse AlteredWire::Answer(const HttpRequest& /*request*/) {
  const size_t now = next_++;
  if (now == at_) return instead_;
  return now < at_ ? before_->at(now) : afterwards_;
}

size_t Transcript::MoneyRequests() const {
  return static_cast<size_t>(std::count_if(
      requests.begin(), requests.end(),
      [](const HttpRequest& request) { return request.effect == Effect::kMovesMoney; }));
}

void ExpectNoSecrets(const std::string& text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    EXPECT_FALSE(absl::StrContains(text, secret)) << "a secret of " << secret.size() << " bytes";
  }
}

Transcript Converse(Talk& talk, Wire& wire, const std::vector<std::string>& secrets) {
  Transcript transcript;
  absl::StatusOr<Talk::Step> step = talk.Start();
  while (step.ok() && std::holds_alternative<HttpRequest>(*step)) {
    HttpRequest request = std::get<HttpRequest>(*std::move(step));
    ExpectAllowed(transcript, request, secrets);
    transcript.requests.push_back(request);
    if (transcript.requests.size() > kRequestsMax) {
      ADD_FAILURE() << "more than " << kRequestsMax << " requests";
      return transcript;
    }
    HttpResponse response = wire.Answer(request);
    if (response.status_code == 0) return transcript;
    transcript.responses.push_back(response);
    step = talk.OnResponse(response);
  }
  if (!step.ok()) {
    ExpectNoSecrets(std::string(step.status().message()), secrets);
    transcript.end = step.status();
  } else {
    transcript.end = std::get<AnyOutcome>(*std::move(step));
    ExpectNoSecrets(TextOf(*transcript.end), secrets);
  }
  return transcript;
}

HttpResponse Response(int status_code, std::string body) {
  HttpResponse response;
  response.status_code = status_code;
  response.body = Secret(std::move(body));
  return response;
}

}  // namespace payments
