#include "server/base/stderr_logger.h"

#include <cerrno>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace payments {
namespace {

constexpr char kCutMark[] = "...";

absl::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "unknown";
}

bool IsPlain(absl::string_view value) {
  constexpr absl::string_view kPlainMarks = "-_.:/+@,";
  for (const char c : value) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) &&
        kPlainMarks.find(c) == absl::string_view::npos) {
      return false;
    }
  }
  return !value.empty();
}

bool IsContinuationByte(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// U+0080 to U+009F, which a terminal may take for the start of an escape sequence.
bool HasC1Control(absl::string_view value) {
  for (size_t i = 0; i + 1 < value.size(); ++i) {
    const auto next = static_cast<unsigned char>(value[i + 1]);
    if (static_cast<unsigned char>(value[i]) == 0xC2 && next >= 0x80 && next <= 0x9F) return true;
  }
  return false;
}

std::string Render(absl::string_view value) {
  absl::string_view cut_mark;
  if (value.size() > StderrLogger::kValueBytesMax) {
    size_t end = StderrLogger::kValueBytesMax;
    while (end > 0 && IsContinuationByte(value[end])) --end;
    value = value.substr(0, end);
    cut_mark = kCutMark;
  }
  if (IsPlain(value)) return absl::StrCat(value, cut_mark);
  // Providers' messages are often not English: their letters stay readable.
  const std::string escaped =
      HasC1Control(value) ? absl::CEscape(value) : absl::Utf8SafeCEscape(value);
  return absl::StrCat("\"", escaped, cut_mark, "\"");
}

}  // namespace

void StderrLogger::Log(LogLevel level, absl::string_view event,
                       std::initializer_list<LogField> fields) {
  std::string line = absl::StrCat(
      "time=", absl::FormatTime("%Y-%m-%d%ET%H:%M:%E3SZ", clock_->Now(), absl::UTCTimeZone()),
      " level=", LevelName(level), " event=", Render(event));
  for (const LogField& field : fields) {
    absl::StrAppend(&line, " ", field.key, "=", Render(field.value));
  }
  line += '\n';
  ssize_t written = 0;
  do {
    written = write(fd_, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
}

}  // namespace payments
