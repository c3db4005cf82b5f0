#ifndef PAYMENTS_SERVER_BASE_STDERR_LOGGER_H_
#define PAYMENTS_SERVER_BASE_STDERR_LOGGER_H_

#include <unistd.h>

#include <cstddef>
#include <initializer_list>

#include "absl/strings/string_view.h"
#include "server/base/clock.h"
#include "server/base/log.h"

namespace payments {

// Writes log lines to standard error, each with one write(2), so that lines of several
// threads and processes do not mix. Whatever a value holds, it stays within its line:
// quotes, newlines and control characters are escaped, and what is longer than
// kValueBytesMax is cut. Thread-safe. A line that cannot be written is lost: there is
// nowhere to say so.
class StderrLogger : public Logger {
 public:
  static constexpr size_t kValueBytesMax = 2048;

  // `clock` is not owned. Tests write to a pipe instead.
  explicit StderrLogger(Clock* clock, int fd = STDERR_FILENO) : clock_(clock), fd_(fd) {}

  void Log(LogLevel level, absl::string_view event,
           std::initializer_list<LogField> fields) override;

 private:
  Clock* clock_;
  int fd_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_BASE_STDERR_LOGGER_H_
