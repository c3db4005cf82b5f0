#include "server/base/stderr_logger.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_split.h"
#include "tests/unit/base/fixed_parts.h"

namespace payments {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class StderrLoggerTest : public ::testing::Test {
 protected:
  StderrLoggerTest() : clock_(absl::FromUnixMillis(1'767'323'045'678)) {
    EXPECT_EQ(pipe2(pipe_.data(), O_NONBLOCK), 0);
  }
  ~StderrLoggerTest() override {
    close(pipe_[0]);
    close(pipe_[1]);
  }

  StderrLogger Logger() { return StderrLogger(&clock_, pipe_[1]); }

  std::string Written() {
    std::string all;
    std::array<char, 4096> buffer = {};
    ssize_t size = 0;
    while ((size = read(pipe_[0], buffer.data(), buffer.size())) > 0) {
      all.append(buffer.data(), static_cast<size_t>(size));
    }
    return all;
  }

  // The line's end, after the event.
  std::string Rendered(absl::string_view value) {
    Logger().Log(LogLevel::kInfo, "e", {{"v", value}});
    const std::string line = Written();
    return line.substr(line.find(" v=") + 3);
  }

  FixedClock clock_;
  std::array<int, 2> pipe_ = {};
};

TEST_F(StderrLoggerTest, WritesALine) {
  Logger().Log(LogLevel::kInfo, "payment_changed",
               {{"payment", "payments/01j"}, {"amount", 100}, {"note", "two words"}});
  EXPECT_EQ(Written(),
            "time=2026-01-02T03:04:05.678Z level=info event=payment_changed "
            "payment=payments/01j amount=100 note=\"two words\"\n");
}

TEST_F(StderrLoggerTest, NamesTheLevels) {
  Logger().Log(LogLevel::kWarning, "e", {});
  EXPECT_THAT(Written(), HasSubstr(" level=warning event=e\n"));
  Logger().Log(LogLevel::kError, "e", {});
  EXPECT_THAT(Written(), HasSubstr(" level=error event=e\n"));
}

TEST_F(StderrLoggerTest, AValueCannotEndItsLineOrItsQuotes) {
  EXPECT_EQ(Rendered("x\ntime=2026 level=error event=forged"),
            "\"x\\ntime=2026 level=error event=forged\"\n");
  EXPECT_EQ(Rendered("a\" b=\"c"), "\"a\\\" b=\\\"c\"\n");
  EXPECT_EQ(Rendered("a\\"), "\"a\\\\\"\n");
  EXPECT_EQ(Rendered("a=b"), "\"a=b\"\n");
  EXPECT_EQ(Rendered(""), "\"\"\n");
  EXPECT_EQ(Rendered("\r\t"), "\"\\r\\t\"\n");
}

TEST_F(StderrLoggerTest, NoControlCharacterReachesATerminal) {
  for (int c = 0; c < 0x20; ++c) {
    const std::string line = Rendered(std::string("a") + static_cast<char>(c) + "b");
    EXPECT_EQ(line.find(static_cast<char>(c)), c == '\n' ? line.size() - 1 : std::string::npos);
  }
  EXPECT_EQ(Rendered("\x1b[2J\x7f"), "\"\\033[2J\\177\"\n");
  EXPECT_EQ(Rendered("\xc2\x9b"
                     "2J"),
            "\"\\302\\2332J\"\n");
}

TEST_F(StderrLoggerTest, LettersOfOtherScriptsStayReadable) {
  EXPECT_EQ(Rendered("Недостаточно средств"), "\"Недостаточно средств\"\n");
}

TEST_F(StderrLoggerTest, CutsLongValues) {
  const std::string line = Rendered(std::string(1 << 20, 'x'));
  EXPECT_EQ(line, std::string(StderrLogger::kValueBytesMax, 'x') + "...\n");
  std::string letters = "x";
  while (letters.size() < StderrLogger::kValueBytesMax * 2) letters += "ж";
  EXPECT_THAT(Rendered(letters), EndsWith("ж...\"\n"));
  EXPECT_THAT(Rendered(std::string(StderrLogger::kValueBytesMax * 2, '\x80')), StartsWith("\""));
}

TEST_F(StderrLoggerTest, LinesOfThreadsDoNotMix) {
  StderrLogger logger = Logger();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&logger] {
      for (int j = 0; j < 100; ++j) logger.Log(LogLevel::kInfo, "e", {{"v", "0123456789"}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string written = Written();
  const std::vector<std::string> lines = absl::StrSplit(written, '\n');
  ASSERT_EQ(lines.size(), 401U);
  for (size_t i = 0; i < 400; ++i) EXPECT_EQ(lines[i], lines[0]);
}

TEST_F(StderrLoggerTest, ALineThatCannotBeWrittenIsLost) {
  StderrLogger(&clock_, -1).Log(LogLevel::kError, "e", {});
  EXPECT_EQ(Written(), "");
}

}  // namespace
}  // namespace payments
