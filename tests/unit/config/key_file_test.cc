#include "server/config/key_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/unit/config/temp_files.h"

namespace payments {
namespace {

// Fills with 1, 2, 3, …, on and on.
class CountingRandom : public Random {
 public:
  void Fill(absl::Span<uint8_t> bytes) override {
    for (uint8_t& byte : bytes) byte = ++last_;
  }

 private:
  uint8_t last_ = 0;
};

std::string BytesFrom(int first) {
  std::string bytes;
  for (int i = 0; i < 32; ++i) bytes.push_back(static_cast<char>(first + i));
  return bytes;
}

TEST(KeyFileTest, ReadsDigitsOfEitherCaseWithOrWithoutNewline) {
  const TempFiles files;
  const std::string bytes(32, '\xab');
  std::string digits;
  for (int i = 0; i < 32; ++i) digits += i % 2 == 0 ? "ab" : "AB";
  for (const char* end : {"", "\n"}) {
    const absl::StatusOr<Secret> key = ReadKeyFile(files.Write("key", digits + end));
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_TRUE(key->EqualsInConstantTime(bytes));
  }
  EXPECT_TRUE(ReadKeyFile(files.Write("read_only", digits, 0400)).ok());
}

TEST(KeyFileTest, RefusesWhatIsNotAKeyWithoutShowingIt) {
  const TempFiles files;
  for (const std::string& content : {std::string(), std::string(63, 'a'), std::string(65, 'a'),
                                     std::string(63, 'a') + "g", std::string(64, 'a') + "\n\n"}) {
    const std::string path = files.Write("key", content);
    EXPECT_EQ(ReadKeyFile(path).status().message(),
              absl::StrCat(path,
                           " must hold 64 hexadecimal digits; make one with: openssl rand "
                           "-hex 32"));
  }
}

TEST(KeyFileTest, RefusesAKeyThatOthersCanRead) {
  const TempFiles files;
  for (const unsigned mode : {0640U, 0604U, 0660U, 0601U}) {
    const std::string path = files.Write("key", std::string(64, 'a'), mode);
    EXPECT_EQ(ReadKeyFile(path).status().code(), absl::StatusCode::kPermissionDenied) << mode;
  }
}

TEST(KeyFileTest, MakesTheDevKeyOnceAndForItsOwnerOnly) {
  const TempFiles files;
  CountingRandom random;
  const absl::StatusOr<MasterKey> made = LoadOrMakeDevKey(files.Path("data/"), &random);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->key_id, "dev");
  EXPECT_TRUE(made->bytes.EqualsInConstantTime(BytesFrom(1)));

  struct stat info = {};
  ASSERT_EQ(stat(files.Path("data.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
  EXPECT_EQ(info.st_size, 65);

  const absl::StatusOr<MasterKey> again = LoadOrMakeDevKey(files.Path("data"), &random);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->bytes.EqualsInConstantTime(BytesFrom(1))) << "it was made a second time";
}

TEST(KeyFileTest, SaysWhyTheDevKeyCannotBeMade) {
  const TempFiles files;
  CountingRandom random;
  const std::string directory = files.Path("none/data");
  EXPECT_EQ(
      LoadOrMakeDevKey(directory, &random).status().message(),
      absl::StrCat("cannot make the key file ", directory, ".key: No such file or directory"));
}

TEST(KeyFileTest, DoesNotReplaceADevKeyThatIsNotOne) {
  const TempFiles files;
  CountingRandom random;
  files.Write("data.key", "precious");
  EXPECT_EQ(LoadOrMakeDevKey(files.Path("data"), &random).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::filesystem::file_size(files.Path("data.key")), 8U);
}

}  // namespace
}  // namespace payments
