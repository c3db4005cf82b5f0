#include <memory>
#include <utility>

#include "server/store/sqlite_store.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/memory_store.h"
#include "tests/support/temp_directory.h"

namespace payments {
namespace {

class MemoryBackend : public StoreBackend {
 public:
  std::unique_ptr<Store> Open(Executor* executor) override {
    return std::make_unique<MemoryStore>(disk_, executor);
  }

 private:
  std::shared_ptr<MemoryStore::Disk> disk_ = std::make_shared<MemoryStore::Disk>();
};

class SqliteBackend : public StoreBackend {
 public:
  std::unique_ptr<Store> Open(Executor* executor) override {
    SqliteStore::Options options;
    options.data_directory = directory_.path();
    options.executor = executor;
    auto store = SqliteStore::Open(std::move(options));
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

 private:
  TempDirectory directory_;
};

template <typename Backend>
std::unique_ptr<StoreBackend> Make() {
  return std::make_unique<Backend>();
}

}  // namespace

std::vector<StoreBackendParam> AllStoreBackends() {
  return {{"Memory", &Make<MemoryBackend>}, {"Sqlite", &Make<SqliteBackend>}};
}

std::string NameOfStoreBackend(const testing::TestParamInfo<StoreBackendParam>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreConformance, testing::ValuesIn(AllStoreBackends()),
                         NameOfStoreBackend);

}  // namespace payments
