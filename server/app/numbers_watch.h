#ifndef PAYMENTS_SERVER_APP_NUMBERS_WATCH_H_
#define PAYMENTS_SERVER_APP_NUMBERS_WATCH_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "server/base/executor.h"
#include "server/base/log.h"
#include "server/engine/account_directory.h"

namespace payments {

// Tells in the log when an account's operation numbers become few: there is time to configure
// another range. (That they start again is told by the engine, as it happens.) Runs on its
// executor until stopped there.
class NumbersWatch : public std::enable_shared_from_this<NumbersWatch> {
 public:
  static constexpr absl::Duration kInterval = absl::Seconds(10);
  // Fewer than this are few: told at once, and again with every percent less.
  static constexpr int64_t kFewPercent = 10;

  // What is pointed to is not owned.
  struct Dependencies {
    Executor* executor;
    Logger* logger;
    const AccountDirectory* accounts;
    absl::AnyInvocable<int64_t(const Account&)> numbers_left;
  };

  static std::shared_ptr<NumbersWatch> Start(Dependencies deps);
  explicit NumbersWatch(Dependencies deps) : deps_(std::move(deps)) {}

  // Once; Start() has it done again and again.
  void Look();
  // Nothing is looked at any more.
  void Stop() { stopped_ = true; }

 private:
  void LookAndGoOn();
  void LookAt(const Account& account);

  Dependencies deps_;
  std::map<std::string, int64_t> told_percent_;  // By account.
  bool stopped_ = false;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_APP_NUMBERS_WATCH_H_
