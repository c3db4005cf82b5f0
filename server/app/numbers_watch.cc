#include "server/app/numbers_watch.h"

#include <algorithm>
#include <utility>

namespace payments {
namespace {

// Rounded down; of a range that may be as wide as the integers.
int64_t PercentOf(int64_t left, int64_t size) {
  constexpr double kPercents = 100;
  return static_cast<int64_t>(kPercents * static_cast<double>(left) / static_cast<double>(size));
}

}  // namespace

std::shared_ptr<NumbersWatch> NumbersWatch::Start(Dependencies deps) {
  auto watch = std::make_shared<NumbersWatch>(std::move(deps));
  watch->LookAndGoOn();
  return watch;
}

void NumbersWatch::LookAndGoOn() {
  if (stopped_) return;
  Look();
  deps_.executor->PostAfter(kInterval, [self = shared_from_this()] { self->LookAndGoOn(); });
}

void NumbersWatch::Look() {
  for (const Account& account : deps_.accounts->all()) LookAt(account);
}

void NumbersWatch::LookAt(const Account& account) {
  const NumberRange range = account.provider->numbers();
  const int64_t left = deps_.numbers_left(account);
  int64_t& told_percent = told_percent_.try_emplace(account.name, kFewPercent).first->second;
  const int64_t percent = PercentOf(left, range.last - (range.first - 1));
  if (percent < kFewPercent && percent != told_percent) {
    const bool again = range.at_end == NumberRange::AtEnd::kStartAgain;
    deps_.logger->Log(left > 0 || again ? LogLevel::kWarning : LogLevel::kError, "numbers_left",
                      {{"account", account.name},
                       {"left", left},
                       {"first", range.first},
                       {"last", range.last},
                       {"at_end", again ? "start_again" : "refuse"}});
  }
  told_percent = std::min(percent, kFewPercent);
}

}  // namespace payments
