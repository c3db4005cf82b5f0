#ifndef PAYMENTS_TESTS_CONFORMANCE_STORE_STORE_CONFORMANCE_H_
#define PAYMENTS_TESTS_CONFORMANCE_STORE_STORE_CONFORMANCE_H_

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/engine/store.h"
#include "tests/support/blocking_store.h"
#include "tests/support/store_records.h"
#include "tests/support/thread_executor.h"

namespace payments {

// An implementation under test: makes stores over the same data, one after the other.
class StoreBackend {
 public:
  virtual ~StoreBackend() = default;
  // The one made before is gone by then.
  virtual std::unique_ptr<Store> Open(Executor* executor) = 0;
};

struct StoreBackendParam {
  std::string name;
  std::unique_ptr<StoreBackend> (*make)();
};

// Every implementation.
std::vector<StoreBackendParam> AllStoreBackends();
std::string NameOfStoreBackend(const testing::TestParamInfo<StoreBackendParam>& info);

// What every Store must do. A new implementation adds itself to backends.cc.
class StoreConformance : public testing::TestWithParam<StoreBackendParam> {
 protected:
  StoreConformance() : backend_(GetParam().make()) { Open(); }

  // As after a restart of the server.
  void Reopen() {
    Close();
    Open();
  }

  // Creates a payment that must not be there yet.
  StoredPayment Create(PaymentWrite write) {
    const auto claim = call().CreatePayment(std::move(write), TestFingerprint("1500"));
    EXPECT_TRUE(claim.ok()) << claim.status();
    EXPECT_TRUE(claim.ok() && claim->created);
    return claim.ok() ? claim->stored : StoredPayment{};
  }
  StoredCard Create(CardWrite write) {
    const auto claim = call().CreateCard(std::move(write), TestFingerprint("1500"));
    EXPECT_TRUE(claim.ok()) << claim.status();
    EXPECT_TRUE(claim.ok() && claim->created);
    return claim.ok() ? claim->stored : StoredCard{};
  }

  Store& store() { return *store_; }
  BlockingStore& call() { return *blocking_; }
  ThreadExecutor& executor() { return *executor_; }

 private:
  void Open() {
    executor_ = std::make_unique<ThreadExecutor>();
    store_ = backend_->Open(executor_.get());
    blocking_ = std::make_unique<BlockingStore>(store_.get());
  }
  void Close() {
    blocking_.reset();
    store_.reset();
    executor_.reset();
  }

  std::unique_ptr<StoreBackend> backend_;
  std::unique_ptr<ThreadExecutor> executor_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<BlockingStore> blocking_;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_CONFORMANCE_STORE_STORE_CONFORMANCE_H_
