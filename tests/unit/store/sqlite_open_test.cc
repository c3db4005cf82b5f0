// Opening the database: what is made, what is refused, and how that is said.

#include <sqlite3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/store/sqlite_schema.h"
#include "tests/unit/store/sqlite_fixture.h"

namespace payments {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr unsigned kModeBits = 0777;

unsigned ModeOf(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & kModeBits;
}

void ExecuteSql(const std::string& path, const char* sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
}

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

using SqliteOpenTest = SqliteStoreTest;

TEST_F(SqliteOpenTest, MakesADirectoryForItsOwnerOnly) {
  const auto store = OpenOrDie();
  BlockingStore(store.get()).CreatePayment(NewPayment("acme", "a")).IgnoreError();
  EXPECT_EQ(ModeOf(path()), 0700U);
  for (const auto& entry : std::filesystem::directory_iterator(path())) {
    EXPECT_EQ(ModeOf(entry.path()), 0600U) << entry.path();
  }
}

TEST_F(SqliteOpenTest, ASecondServerIsRefused) {
  const auto first = OpenOrDie();
  const auto second = TryOpen();
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(MessageOf(second.status()),
              AllOf(HasSubstr("another server uses"), HasSubstr(path())));
  EXPECT_TRUE(BlockingStore(first.get()).CreatePayment(NewPayment("acme", "a")).ok());
}

TEST_F(SqliteOpenTest, TheDirectoryIsFreeAgainAfterwards) {
  OpenOrDie().reset();
  EXPECT_TRUE(TryOpen().ok());
}

TEST_F(SqliteOpenTest, ASchemaOfANewerServerIsRefused) {
  OpenOrDie().reset();
  ExecuteSql(database_path(), "PRAGMA user_version = 72");
  const absl::Status status = TryOpen().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(MessageOf(status), AllOf(HasSubstr("version 72"),
                                       HasSubstr(absl::StrCat("up to ", kSqliteSchemaVersion)),
                                       HasSubstr(database_path())));
}

TEST_F(SqliteOpenTest, ADatabaseOfSomebodyElseIsRefused) {
  std::filesystem::create_directories(path());
  ExecuteSql(database_path(), "CREATE TABLE recipes (name TEXT)");
  const absl::Status status = TryOpen().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(MessageOf(status), HasSubstr("not of this server"));
}

TEST_F(SqliteOpenTest, AFileThatIsNoDatabaseIsDataLoss) {
  std::filesystem::create_directories(path());
  std::ofstream(database_path()) << std::string(10000, 'x');
  const absl::Status status = TryOpen().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(MessageOf(status), HasSubstr(database_path()));
}

TEST_F(SqliteOpenTest, ADamagedDatabaseIsDataLoss) {
  OpenOrDie().reset();
  const auto size = std::filesystem::file_size(database_path());
  std::fstream file(database_path(), std::ios::in | std::ios::out | std::ios::binary);
  constexpr int kHeaderBytes = 100;
  file.seekp(kHeaderBytes);
  file << std::string(size - kHeaderBytes, '\xff');
  file.close();
  EXPECT_EQ(TryOpen().status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SqliteOpenTest, AFileInPlaceOfTheDirectoryIsNamed) {
  std::ofstream(path()) << "a file";
  const absl::Status status = TryOpen().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(MessageOf(status), HasSubstr(path()));
}

TEST_F(SqliteOpenTest, ADirectoryInPlaceOfTheDatabaseIsNamed) {
  std::filesystem::create_directories(database_path());
  const absl::Status status = TryOpen().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(MessageOf(status), HasSubstr(database_path()));
}

TEST_F(SqliteOpenTest, ADirectoryInPlaceOfTheLockIsNamed) {
  std::filesystem::create_directories(path() + "/lock");
  const absl::Status status = TryOpen().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(MessageOf(status), HasSubstr(path() + "/lock"));
}

TEST_F(SqliteOpenTest, EachDatabaseHasALogOfItsOwn) {
  const std::string first = OpenOrDie()->LogIncarnation();
  EXPECT_EQ(first.size(), 32);
  EXPECT_EQ(OpenOrDie()->LogIncarnation(), first);
  std::filesystem::remove_all(path());
  EXPECT_NE(OpenOrDie()->LogIncarnation(), first);
}

TEST_F(SqliteOpenTest, ARecordThatCannotBeReadIsDataLoss) {
  {
    const auto store = OpenOrDie();
    PaymentWrite payment = NewPayment("acme", "a");
    payment.record.mutable_payment()->set_needs_review(true);
    ASSERT_TRUE(BlockingStore(store.get()).CreatePayment(std::move(payment)).ok());
    ASSERT_TRUE(BlockingStore(store.get()).CreateCard(NewCard("acme", "a")).ok());
  }
  ExecuteSql(database_path(),
             "UPDATE payments SET record = x'ff'; UPDATE cards SET record = x'ff'; "
             "UPDATE events SET event = x'ff'; UPDATE payment_request_ids SET fingerprint = "
             "x'ff'");
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  EXPECT_EQ(call.GetPayment("acme", "payments/a").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(call.ListPayments("acme", {}).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(call.ListAttention("acme", {absl::InfiniteFuture()}).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(call.GetPaymentByRequestId("acme", "request-of-a").status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(call.GetCard("acme", "cards/a").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(call.ListCards("acme", {}).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(call.ReadEvents("acme", 0, 10).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace payments
