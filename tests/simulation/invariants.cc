#include "tests/simulation/invariants.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace payments::simulation {

std::vector<Invariant> AllInvariants() {
  std::vector<Invariant> all;
  for (const auto& some : {LedgerInvariants(), TransferInvariants(), LogInvariants(),
                           StateInvariants(), RequestInvariants()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::vector<Broken> BrokenInvariants(const RunRecord& record) {
  const RunIndex run(record);
  std::vector<Broken> broken;
  std::vector<std::string> places;
  for (const Invariant& invariant : AllInvariants()) {
    places.clear();
    invariant.check(run, places);
    for (std::string& place : places) {
      broken.emplace_back(std::string(invariant.name), std::move(place));
    }
  }
  return broken;
}

namespace {

// How the story names the payments that the broken places are about: by the end of their
// names, their operations' keys and their holds. And what concerns everybody.
std::vector<std::string> WordsOf(const std::vector<Broken>& broken, const RunRecord& record) {
  std::vector<std::string> words;
  for (const auto& payment : record.operation_keys) {
    const auto& [name, keys] = payment;
    const bool concerned = std::any_of(broken.begin(), broken.end(), [&payment](const Broken& one) {
      return absl::StrContains(one.second, payment.first);
    });
    if (!concerned) continue;
    words.push_back(Story::ShortName(name));
    for (const std::string& key : keys) words.push_back(absl::StrCat(key, " "));
    for (const auto& [id, hold] : record.holds) {
      if (hold.operation != keys.front()) continue;
      words.insert(words.end(), {absl::StrCat(id, " "), absl::StrCat(id, ":")});
    }
  }
  if (!words.empty()) words.insert(words.end(), {"server", "clock is"});
  return words;
}

}  // namespace

std::string DescribeFailure(uint64_t seed, const std::vector<Broken>& broken,
                            const RunRecord& record, const Story& story) {
  constexpr size_t kLinesMax = 150;
  std::string text = absl::StrCat("seed ", seed, " breaks:\n");
  for (const auto& [name, place] : broken) {
    absl::StrAppend(&text, "  INVARIANT ", name, ": ", place, "\n");
  }
  absl::StrAppend(&text, "replay: SIMULATION_SEED=", seed,
                  " build/dev/bin/simulation_test --gtest_filter='Simulation.*'\n",
                  "the last steps that concern it:\n");
  for (const std::string& line : story.Last(kLinesMax, WordsOf(broken, record))) {
    absl::StrAppend(&text, "  ", line, "\n");
  }
  return text;
}

}  // namespace payments::simulation
