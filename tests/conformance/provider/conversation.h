#ifndef PAYMENTS_TESTS_CONFORMANCE_PROVIDER_CONVERSATION_H_
#define PAYMENTS_TESTS_CONFORMANCE_PROVIDER_CONVERSATION_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/conformance/provider/in_process_sandbox.h"
#include "tests/conformance/provider/operations.h"

namespace payments {

// Where the requests of a conversation go.
class Wire {
 public:
  virtual ~Wire() = default;
  // A status of 0: no answer ever comes.
  virtual HttpResponse Answer(const HttpRequest& request) = 0;
};

class SandboxWire final : public Wire {
 public:
  explicit SandboxWire(InProcessSandbox* sandbox) : sandbox_(sandbox) {}
  HttpResponse Answer(const HttpRequest& request) override { return sandbox_->Send(request); }

 private:
  InProcessSandbox* const sandbox_;
};

// Answers as it was answered before, but to the request number `at` with `instead`, and to
// those after it with `afterwards`.
class AlteredWire final : public Wire {
 public:
  AlteredWire(const std::vector<HttpResponse>* before, size_t at, HttpResponse instead,
              HttpResponse afterwards)
      : before_(before),
        at_(at),
        instead_(std::move(instead)),
        afterwards_(std::move(afterwards)) {}

  HttpResponse Answer(const HttpRequest& request) override;

 private:
  const std::vector<HttpResponse>* const before_;
  const size_t at_;
  const HttpResponse instead_;
  const HttpResponse afterwards_;
  size_t next_ = 0;
};

// What was said, and how it ended.
struct Transcript {
  std::vector<HttpRequest> requests;
  std::vector<HttpResponse> responses;  // Fewer than requests by one if the last was lost.
  absl::StatusOr<AnyOutcome> end = absl::UnknownError("no answer");

  bool lost() const { return responses.size() < requests.size(); }
  size_t MoneyRequests() const;
};

// Goes through a conversation as the host does, and sees to it that the plugin keeps the
// contract of Exchange: it ends, names addresses that may be called, follows a request
// that moves money with another one only if that was refused at the door (HTTP 401 or 403),
// and shows none of `secrets` outside of bodies and bearer tokens, nor in its outcome.
Transcript Converse(Talk& talk, Wire& wire, const std::vector<std::string>& secrets);

// Fails the test if one of `secrets` stands in `text`.
void ExpectNoSecrets(const std::string& text, const std::vector<std::string>& secrets);

HttpResponse Response(int status_code, std::string body);

}  // namespace payments

#endif  // PAYMENTS_TESTS_CONFORMANCE_PROVIDER_CONVERSATION_H_
