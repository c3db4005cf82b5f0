// Providers' calls.

#include <utility>

#include "tests/conformance/store/store_conformance.h"

namespace payments {
namespace {

CallbackRecord NewCallback(const std::string& resource) {
  CallbackRecord record;
  record.tenant = "acme";
  record.resource = resource;
  record.account = kTestAccount;
  record.receive_time = TestTime(1);
  record.content_type = "application/json";
  record.sealed_body = std::string("\0\x01sealed", 8);
  return record;
}

TEST_P(StoreConformance, CallbacksAreKeptUntilTheyAreFinished) {
  const auto first = call().RecordCallback(NewCallback("payments/a"));
  const auto second = call().RecordCallback(NewCallback("cards/b"));
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_GT(*first, 0);
  EXPECT_GT(*second, *first);
  Reopen();

  const auto unfinished = call().ListUnfinishedCallbacks(0, 10);
  ASSERT_TRUE(unfinished.ok()) << unfinished.status();
  ASSERT_EQ(unfinished->size(), 2);
  const CallbackRecord& record = (*unfinished)[0];
  EXPECT_EQ(record.id, *first);
  EXPECT_EQ(record.tenant, "acme");
  EXPECT_EQ(record.resource, "payments/a");
  EXPECT_EQ(record.account, kTestAccount);
  EXPECT_EQ(record.receive_time, TestTime(1));
  EXPECT_EQ(record.content_type, "application/json");
  EXPECT_EQ(record.sealed_body, std::string("\0\x01sealed", 8));

  ASSERT_TRUE(call().FinishCallback(*first, "accepted").ok());
  const auto rest = call().ListUnfinishedCallbacks(0, 10);
  ASSERT_TRUE(rest.ok());
  ASSERT_EQ(rest->size(), 1);
  EXPECT_EQ((*rest)[0].id, *second);
}

TEST_P(StoreConformance, UnfinishedCallbacksAreListedInPages) {
  int64_t last = 0;
  for (int i = 0; i < 5; ++i) last = call().RecordCallback(NewCallback("payments/a")).value_or(0);
  const auto page = call().ListUnfinishedCallbacks(last - 3, 2);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->size(), 2);
  EXPECT_EQ((*page)[0].id, last - 2);
  EXPECT_EQ((*page)[1].id, last - 1);
  const auto end = call().ListUnfinishedCallbacks(last, 2);
  ASSERT_TRUE(end.ok());
  EXPECT_TRUE(end->empty());
}

TEST_P(StoreConformance, FinishingACallbackTwiceIsHarmless) {
  const auto id = call().RecordCallback(NewCallback("payments/a"));
  ASSERT_TRUE(id.ok());
  EXPECT_TRUE(call().FinishCallback(*id, "accepted").ok());
  EXPECT_TRUE(call().FinishCallback(*id, "repeated").ok());
}

TEST_P(StoreConformance, FinishingAnUnknownCallbackIsNotFound) {
  EXPECT_EQ(call().FinishCallback(12345, "accepted").code(), absl::StatusCode::kNotFound);
}

TEST_P(StoreConformance, CallbackIdsAreNotUsedAgain) {
  const auto first = call().RecordCallback(NewCallback("payments/a"));
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(call().FinishCallback(*first, "accepted").ok());
  Reopen();
  EXPECT_GT(call().RecordCallback(NewCallback("payments/a")).value_or(0), *first);
}

}  // namespace
}  // namespace payments
