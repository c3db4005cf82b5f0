#ifndef PAYMENTS_SERVER_BASE_LOG_H_
#define PAYMENTS_SERVER_BASE_LOG_H_

#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace payments {

enum class LogLevel { kInfo, kWarning, kError };

// A field of a log line. Values are quoted and escaped as needed; a Secret does not convert.
struct LogField {
  LogField(absl::string_view key, absl::string_view value) : key(key), value(value) {}
  LogField(absl::string_view key, const char* value) : key(key), value(value) {}
  LogField(absl::string_view key, const std::string& value) : key(key), value(value) {}
  LogField(absl::string_view key, int64_t value) : key(key), value(std::to_string(value)) {}
  LogField(absl::string_view key, int value) : key(key), value(std::to_string(value)) {}

  std::string key;
  std::string value;
};

// Where log lines go: one line an event, in logfmt:
//   time=2026-01-02T03:04:05.678Z level=info event=payment_changed payment=payments/01j… …
// Implementations are thread-safe.
class Logger {
 public:
  virtual ~Logger() = default;
  // `event` is snake_case and stable: people grep for it.
  virtual void Log(LogLevel level, absl::string_view event,
                   std::initializer_list<LogField> fields) = 0;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_BASE_LOG_H_
