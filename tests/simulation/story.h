#ifndef PAYMENTS_TESTS_SIMULATION_STORY_H_
#define PAYMENTS_TESTS_SIMULATION_STORY_H_

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "payments/v1/payment.pb.h"
#include "tests/fakes/simulated_executor.h"

namespace payments::simulation {

// An enum value's name without what all of its enum begin with.
inline std::string Word(const std::string& name, absl::string_view prefix) {
  return name.substr(prefix.size());
}

inline std::string StateWord(v1::PaymentState state) {
  return Word(v1::PaymentState_Name(state), "PAYMENT_STATE_");
}

// What happened in a run, a line a step, for the person who looks for the defect. Keeps
// the newest lines only. Off, it costs nothing: the same seed is run again to tell it.
class Story {
 public:
  static constexpr size_t kLinesMax = 5000;

  // `executor` is not owned: it says when.
  Story(const SimulatedExecutor* executor, bool on) : executor_(executor), on_(on) {}

  // A resource's name, as the story says it: its end.
  static std::string ShortName(absl::string_view name) {
    constexpr size_t kLastCharacters = 6;
    return std::string(name.substr(name.size() - std::min(name.size(), kLastCharacters)));
  }

  bool on() const { return on_; }

  template <typename... Words>
  void Tell(const Words&... words) {
    if (on_) Add(absl::StrCat(words...));
  }

  // The newest `count`, oldest first, of those that contain one of `words`; of all if
  // there are none.
  std::vector<std::string> Last(size_t count, const std::vector<std::string>& words) const {
    std::vector<std::string> last;
    for (auto it = lines_.rbegin(); it != lines_.rend() && last.size() < count; ++it) {
      const bool wanted = std::any_of(words.begin(), words.end(), [it](const std::string& word) {
        return absl::StrContains(*it, word);
      });
      if (wanted || words.empty()) last.push_back(*it);
    }
    return {last.rbegin(), last.rend()};
  }

 private:
  void Add(const std::string& what) {
    if (lines_.size() == kLinesMax) lines_.pop_front();
    const std::string when = absl::FormatDuration(executor_->Monotonic());
    lines_.push_back(
        absl::StrCat(when, std::string(kWhenColumns - when.size() % kWhenColumns, ' '), what));
  }

  static constexpr size_t kWhenColumns = 16;

  const SimulatedExecutor* const executor_;
  const bool on_;
  std::deque<std::string> lines_;
};

}  // namespace payments::simulation

#endif  // PAYMENTS_TESTS_SIMULATION_STORY_H_
