#ifndef PAYMENTS_TESTS_UNIT_METRICS_RECORDING_LOGGER_H_
#define PAYMENTS_TESTS_UNIT_METRICS_RECORDING_LOGGER_H_

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/log.h"

namespace payments {

// Keeps lines as "LEVEL EVENT key=value key=value …". Used by one thread.
class RecordingLogger : public Logger {
 public:
  void Log(LogLevel level, absl::string_view event,
           std::initializer_list<LogField> fields) override {
    std::string line = level == LogLevel::kInfo      ? "info"
                       : level == LogLevel::kWarning ? "warning"
                                                     : "error";
    absl::StrAppend(&line, " ", event);
    for (const LogField& field : fields) absl::StrAppend(&line, " ", field.key, "=", field.value);
    lines_.push_back(line);
  }

  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_METRICS_RECORDING_LOGGER_H_
