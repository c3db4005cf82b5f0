// Bytes that prove nothing lead to no claim: whatever comes in place of an answer, at every
// step of every conversation, nothing is said to have succeeded or failed, and no money is
// moved again.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/conformance/provider/provider_conformance.h"

namespace payments {
namespace {

using Verdict = OperationOutcome::Verdict;

constexpr int kHttpOk = 200;

struct Nonsense {
  std::string what;
  HttpResponse response;
};

std::string Repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

std::vector<Nonsense> AllNonsense() {
  constexpr int kDepth = 100'000;
  constexpr int kHugeBytes = 1 << 20;  // As much as the host lets through.
  const std::string page =
      "<!DOCTYPE html><html lang=\"en\"><body>Sorry &nbsp; code=0</body></html>";
  std::vector<Nonsense> all = {
      {"nothing", Response(kHttpOk, "")},
      {"a blank", Response(kHttpOk, " \r\n")},
      {"a page", Response(kHttpOk, page)},
      {"a word", Response(kHttpOk, "OK")},
      {"null", Response(kHttpOk, "null")},
      {"a number", Response(kHttpOk, "0")},
      {"an array", Response(kHttpOk, "[]")},
      {"an object", Response(kHttpOk, "{}")},
      {"an element", Response(kHttpOk, "<a/>")},
      {"no UTF-8", Response(kHttpOk, "\xFF\xFE\x80{\"id\":\"\xC0\xAF\"}")},
      {"half a surrogate", Response(kHttpOk, R"({"code":"\ud800"})")},
      {"NULs", Response(kHttpOk, std::string(64, '\0'))},
      {"deep arrays", Response(kHttpOk, Repeated("[", kDepth))},
      {"deep objects", Response(kHttpOk, Repeated("{\"a\":", kDepth))},
      {"deep elements", Response(kHttpOk, Repeated("<a>", kDepth))},
      {"a huge text",
       Response(kHttpOk, absl::StrCat("{\"id\":\"", std::string(kHugeBytes, 'x'), "\"}"))},
      {"a huge element",
       Response(kHttpOk, absl::StrCat("<a>", std::string(kHugeBytes, 'x'), "</a>"))},
      {"a huge number", Response(kHttpOk, absl::StrCat("{\"code\":", std::string(4096, '9'), "}"))},
      {"nothing, 204", Response(204, "")},
      {"elsewhere",
       {.status_code = 302, .headers = {{"Location", "https://elsewhere.example/?a=b"}}}},
      {"nowhere", {.status_code = 302, .headers = {{"Location", ""}}}},
  };
  for (const int status : {400, 404, 405, 413, 415, 429, 500, 502, 503, 504, 599}) {
    all.push_back({absl::StrCat("a page, ", status), Response(status, page)});
    all.push_back({absl::StrCat("nothing, ", status), Response(status, "")});
  }
  return all;
}

// At every place, something like it and something else.
std::vector<HttpResponse> WithOneWrongByte(const HttpResponse& response) {
  std::vector<HttpResponse> all;
  const std::string body(response.body.Reveal());
  for (size_t at = 0; at < body.size(); ++at) {
    for (const char other : {static_cast<char>(body[at] ^ 1), ' ', '0', '9', '"', '\xFF'}) {
      std::string wrong = body;
      wrong[at] = other;
      all.push_back(response);
      all.back().body = Secret(std::move(wrong));
    }
  }
  return all;
}

class Nonsensical : public ProviderConformance, public testing::WithParamInterface<OperationParam> {
 protected:
  Nonsensical() : ProviderConformance(GetParam().row), call_(MakeCall(GetParam().operation)) {
    before_ = Run(call_);
    EXPECT_TRUE(before_.end.ok()) << before_.end.status();
    EXPECT_FALSE(before_.responses.empty());
  }
  Operation operation() const { return GetParam().operation; }

  // How many requests that move money were sent until the answer number `at` came.
  size_t MoneyRequestsUntil(size_t at) const {
    Transcript until;
    until.requests = {before_.requests.begin(),
                      before_.requests.begin() + static_cast<std::ptrdiff_t>(at) + 1};
    return until.MoneyRequests();
  }

  // What is true of every ending after an answer that proves nothing.
  void ExpectNoClaim(const Transcript& transcript, size_t at) {
    EXPECT_EQ(transcript.MoneyRequests(), MoneyRequestsUntil(at));
    if (!transcript.end.ok()) return;  // The host takes that as unknown, too.
    EXPECT_FALSE(ClaimsAnything(*transcript.end)) << TextOf(*transcript.end);
    const auto* outcome = std::get_if<OperationOutcome>(&*transcript.end);
    if (outcome == nullptr || !MovesMoney(operation())) return;
    EXPECT_EQ(outcome->verdict == Verdict::kNotSent, transcript.MoneyRequests() == 0);
  }

  const AnyCall call_;
  Transcript before_;
};

TEST_P(Nonsensical, ProvesNothing) {
  for (size_t at = 0; at < before_.responses.size(); ++at) {
    for (const Nonsense& nonsense : AllNonsense()) {
      SCOPED_TRACE(absl::StrCat(nonsense.what, " as answer ", at));
      ExpectNoClaim(RunAltered(call_, before_, at, nonsense.response), at);
    }
  }
}

// Cut off at every byte, but for what means nothing at the end.
TEST_P(Nonsensical, HalfAnAnswerProvesNothing) {
  for (size_t at = 0; at < before_.responses.size(); ++at) {
    const HttpResponse& whole = before_.responses[at];
    const size_t size = absl::StripTrailingAsciiWhitespace(whole.body.Reveal()).size();
    for (size_t bytes = 0; bytes < size; ++bytes) {
      SCOPED_TRACE(absl::StrCat(bytes, " bytes of answer ", at));
      HttpResponse half = whole;
      half.body = Secret(whole.body.Reveal().substr(0, bytes));
      ExpectNoClaim(RunAltered(call_, before_, at, half), at);
    }
  }
}

// One wrong byte may make an answer unreadable, but never turns it around.
TEST_P(Nonsensical, OneWrongByteTurnsNoSuccessAround) {
  const size_t last = before_.responses.size() - 1;
  for (const HttpResponse& wrong : WithOneWrongByte(before_.responses[last])) {
    const Transcript transcript = RunAltered(call_, before_, last, wrong);
    if (!transcript.end.ok() || !ClaimsAnything(*transcript.end)) continue;
    ASSERT_TRUE(IsDone(operation(), *transcript.end)) << wrong.body.Reveal();
  }
}

// A server's error proves nothing, even if its body is another time's good answer, unless
// the plugin judges bodies alone: then it must claim what the body says and nothing else.
TEST_P(Nonsensical, AnErrorWithAGoodBodyClaimsNothingElse) {
  for (size_t at = 0; at < before_.responses.size(); ++at) {
    for (const int status : {500, 502, 503, 504}) {
      SCOPED_TRACE(absl::StrCat("answer ", at, " with HTTP ", status));
      HttpResponse odd = before_.responses[at];
      odd.status_code = status;
      const Transcript transcript = RunAltered(call_, before_, at, odd);
      if (!transcript.end.ok() || !ClaimsAnything(*transcript.end)) continue;
      EXPECT_TRUE(IsDone(operation(), *transcript.end)) << TextOf(*transcript.end);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Providers, Nonsensical, testing::ValuesIn(DeclaredOperations()),
                         NameOfOperationParam);

// -- A refusal ------------------------------------------------------------------------------

class Refused : public ProviderConformance, public testing::WithParamInterface<OperationParam> {
 protected:
  Refused() : ProviderConformance(GetParam().row), call_(MakeCall(GetParam().operation)) {
    sandbox::v1::Fault fault;
    fault.set_kind(sandbox::v1::FAULT_KIND_BUSINESS_ERROR);
    fault.set_code(case_->RefusalOf(GetParam().operation).code);
    Plan(GetParam().operation, fault);
    before_ = Run(call_);
    EXPECT_TRUE(before_.end.ok() && IsDeclined(*before_.end));
  }

  const AnyCall call_;
  Transcript before_;
};

TEST_P(Refused, OneWrongByteTurnsItNotAround) {
  const size_t last = before_.responses.size() - 1;
  for (const HttpResponse& wrong : WithOneWrongByte(before_.responses[last])) {
    const Transcript transcript = RunAltered(call_, before_, last, wrong);
    if (!transcript.end.ok()) continue;
    ASSERT_FALSE(IsDone(GetParam().operation, *transcript.end)) << wrong.body.Reveal();
  }
}

TEST_P(Refused, HalfOfItProvesNothing) {
  const size_t last = before_.responses.size() - 1;
  const HttpResponse& whole = before_.responses[last];
  const size_t size = absl::StripTrailingAsciiWhitespace(whole.body.Reveal()).size();
  for (size_t bytes = 0; bytes < size; ++bytes) {
    HttpResponse half = whole;
    half.body = Secret(whole.body.Reveal().substr(0, bytes));
    const Transcript transcript = RunAltered(call_, before_, last, half);
    ASSERT_TRUE(!transcript.end.ok() || !ClaimsAnything(*transcript.end)) << bytes << " bytes";
  }
}

INSTANTIATE_TEST_SUITE_P(Providers, Refused,
                         testing::ValuesIn(DeclaredWhere([](Operation o) { return !IsCheck(o); })),
                         NameOfOperationParam);

// -- Another one's answer -------------------------------------------------------------------

std::vector<OperationParam> OperationsThatAnswersName() {
  std::vector<OperationParam> params;
  InProcessSandbox sandbox;
  for (OperationParam& param : DeclaredOperations()) {
    if (param.row.make(&sandbox)->AnswersNameTheirSubject(param.operation)) {
      params.push_back(std::move(param));
    }
  }
  return params;
}

class Swapped : public ProviderConformance, public testing::WithParamInterface<OperationParam> {
 protected:
  Swapped() : ProviderConformance(GetParam().row) {}
};

TEST_P(Swapped, ProvesNothing) {
  constexpr int64_t kMore = 100;
  const AnyCall theirs = MakeCall(GetParam().operation);
  const Transcript their_answers = Run(theirs);
  amount_minor_ += kMore;
  const AnyCall ours = MakeCall(GetParam().operation);
  const Transcript our_answers = Run(ours);
  ASSERT_EQ(our_answers.responses.size(), their_answers.responses.size());
  // The last answer is the one that a claim is made by; a token is nobody's.
  const size_t last = our_answers.responses.size() - 1;
  const Transcript swapped = RunAltered(ours, our_answers, last, their_answers.responses[last]);
  ASSERT_TRUE(swapped.end.ok()) << swapped.end.status();
  EXPECT_FALSE(ClaimsAnything(*swapped.end)) << TextOf(*swapped.end);
  // Nor is anything learned by which the other one would be captured or asked about.
  EXPECT_FALSE(AmountOf(*swapped.end).has_value());
}

INSTANTIATE_TEST_SUITE_P(Providers, Swapped, testing::ValuesIn(OperationsThatAnswersName()),
                         NameOfOperationParam);

}  // namespace
}  // namespace payments
