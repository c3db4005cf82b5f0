#ifndef PAYMENTS_TESTS_UNIT_STORE_SQLITE_FIXTURE_H_
#define PAYMENTS_TESTS_UNIT_STORE_SQLITE_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/sqlite_store.h"
#include "tests/support/blocking_store.h"
#include "tests/support/store_records.h"
#include "tests/support/temp_directory.h"
#include "tests/support/thread_executor.h"

namespace payments {

// A directory of its own, and stores in it.
class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStore::Options DefaultOptions() {
    SqliteStore::Options options;
    options.data_directory = path();
    options.executor = &executor_;
    return options;
  }
  absl::StatusOr<std::unique_ptr<SqliteStore>> TryOpen() {
    return SqliteStore::Open(DefaultOptions());
  }
  std::unique_ptr<SqliteStore> OpenOrDie(SqliteStore::Options options) {
    auto store = SqliteStore::Open(std::move(options));
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  std::unique_ptr<SqliteStore> OpenOrDie() { return OpenOrDie(DefaultOptions()); }

  std::string path() const { return directory_.path() + "/data"; }
  std::string database_path() const { return path() + "/payments.db"; }

  TempDirectory directory_;
  ThreadExecutor executor_;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_STORE_SQLITE_FIXTURE_H_
