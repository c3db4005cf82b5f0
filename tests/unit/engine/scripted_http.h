#ifndef PAYMENTS_TESTS_UNIT_ENGINE_SCRIPTED_HTTP_H_
#define PAYMENTS_TESTS_UNIT_ENGINE_SCRIPTED_HTTP_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "server/engine/http_client.h"
#include "tests/fakes/simulated_executor.h"
#include "tests/unit/engine/scripted_provider.h"

namespace payments {

// An HttpClient whose answers the test chooses. A request waits until the test
// answers, refuses or loses it, or until its timeout passes: then it is lost.
// A standing reply answers every request of its verb by itself. Not thread-safe.
class ScriptedHttp : public HttpClient {
 public:
  static constexpr char kRefused[] = "(refused)";  // As a reply: provably not sent.
  static constexpr char kLost[] = "(lost)";        // As a reply: may have been sent.

  explicit ScriptedHttp(SimulatedExecutor* executor) : executor_(executor) {}

  void Send(HttpRequest request, absl::Duration timeout, DoneHttp done) override;

  // Called with every message inside Send(), before anything else.
  void SetSpy(absl::AnyInvocable<void(const ScriptedMessage&)> spy) { spy_ = std::move(spy); }

  // From now on every `verb` gets this answer, kRefused or kLost; empty: it waits.
  void Always(const std::string& verb, const std::string& reply) { replies_[verb] = reply; }

  // The oldest `verb` that waits gets this answer. Fails the test if none waits.
  void Answer(const std::string& verb, const std::string& reply);
  bool IsWaiting(const std::string& verb) const;

  const std::vector<ScriptedMessage>& sent() const { return sent_; }
  // How many of `verb` were sent.
  int Count(const std::string& verb) const;
  // The newest of `verb`; an empty message if there is none.
  ScriptedMessage Last(const std::string& verb) const;

  // The process ended: nobody waits for answers any more.
  void Forget() { waiting_.clear(); }

 private:
  struct Waiting {
    std::string verb;
    DoneHttp done;
  };

  void Reply(uint64_t id, const std::string& reply);

  SimulatedExecutor* const executor_;
  absl::AnyInvocable<void(const ScriptedMessage&)> spy_;
  std::map<std::string, std::string> replies_;
  std::vector<ScriptedMessage> sent_;
  std::map<uint64_t, Waiting> waiting_;
  uint64_t next_id_ = 0;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_ENGINE_SCRIPTED_HTTP_H_
