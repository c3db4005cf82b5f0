// Providers' calls.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/engine/callback_record.h"
#include "server/engine/proto_time.h"
#include "server/store/record_rules.h"
#include "tests/conformance/store/store_conformance.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kAcme[] = "acme";
constexpr auto kPending = v1::CALLBACK_VERDICT_PENDING;
constexpr auto kAccepted = v1::CALLBACK_VERDICT_ACCEPTED;
constexpr auto kRepeated = v1::CALLBACK_VERDICT_REPEATED;
constexpr auto kMismatch = v1::CALLBACK_VERDICT_MISMATCH;
constexpr auto kRefused = v1::CALLBACK_VERDICT_REFUSED_SIGNATURE;
constexpr auto kUnintelligible = v1::CALLBACK_VERDICT_UNINTELLIGIBLE;
constexpr int kAll = 1000;

CallbackRecord NewCallback(const std::string& resource, double seconds = 1) {
  CallbackRecord record;
  record.tenant = kAcme;
  record.resource = resource;
  record.account = kTestAccount;
  record.receive_time = TestTime(seconds);
  record.content_type = "application/json";
  record.body_bytes = 17;
  record.sealed_body = std::string("\0\x01sealed", 8);
  return record;
}

class StoreCallbacks : public StoreConformance {
 protected:
  int64_t Record(const CallbackRecord& record) {
    const auto id = call().RecordCallback(record);
    EXPECT_TRUE(id.ok()) << id.status();
    return id.value_or(0);
  }
  int64_t Recorded(double seconds, v1::CallbackVerdict verdict,
                   const std::string& resource = "payments/a") {
    const int64_t id = Record(NewCallback(resource, seconds));
    Judge(id, verdict, seconds);
    return id;
  }
  void Judge(int64_t id, v1::CallbackVerdict verdict, double seconds, std::string detail = "") {
    const absl::Status status =
        call().JudgeCallback(id, {verdict, std::move(detail), TestTime(seconds)});
    EXPECT_TRUE(status.ok()) << status;
  }
  CallbackRecord Get(int64_t id) {
    const auto record = call().GetCallback(kAcme, id);
    EXPECT_TRUE(record.ok()) << record.status();
    return record.value_or(CallbackRecord());
  }
  // Ids.
  std::vector<int64_t> List(CallbackQuery query = {}) {
    const auto page = call().ListCallbacks(kAcme, std::move(query));
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<int64_t> ids;
    if (!page.ok()) return ids;
    for (const CallbackRecord& record : page->items) {
      EXPECT_EQ(record.sealed_body, "") << "lists have no bodies";
      ids.push_back(record.id);
    }
    return ids;
  }
  std::vector<int64_t> ListBy(const v1::CallbackFilter& filter) { return List({.filter = filter}); }
  std::vector<int64_t> Pending() {
    const auto pending = call().ListPendingCallbacks(0, kAll);
    EXPECT_TRUE(pending.ok()) << pending.status();
    std::vector<int64_t> ids;
    for (const CallbackRecord& record : *pending) ids.push_back(record.id);
    return ids;
  }
  // "callbacks/1 since 3", or a payment.
  std::vector<std::string> Attention(const AttentionQuery& query = {
                                         .unknown_before = TestTime(kAll)}) {
    const auto page = call().ListAttention(kAcme, query);
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<std::string> entries;
    if (!page.ok()) return entries;
    for (const AttentionEntry& entry : page->items) {
      entries.push_back(absl::StrCat(entry.callback.has_value() ? CallbackName(entry.callback->id)
                                                                : entry.record.payment().name(),
                                     " since ", absl::ToDoubleSeconds(entry.since - TestTime(0))));
    }
    return entries;
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, StoreCallbacks, testing::ValuesIn(AllStoreBackends()),
                         NameOfStoreBackend);

// -- Until they are judged -----------------------------------------------------------

TEST_P(StoreCallbacks, ArePendingUntilTheyAreJudged) {
  const int64_t first = Record(NewCallback("payments/a"));
  const int64_t second = Record(NewCallback("cards/b"));
  EXPECT_GT(first, 0);
  EXPECT_GT(second, first);
  Reopen();

  const auto pending = call().ListPendingCallbacks(0, 10);
  ASSERT_TRUE(pending.ok()) << pending.status();
  ASSERT_EQ(pending->size(), 2);
  const CallbackRecord& record = (*pending)[0];
  EXPECT_EQ(record.id, first);
  EXPECT_EQ(record.tenant, kAcme);
  EXPECT_EQ(record.resource, "payments/a");
  EXPECT_EQ(record.account, kTestAccount);
  EXPECT_EQ(record.receive_time, TestTime(1));
  EXPECT_EQ(record.content_type, "application/json");
  EXPECT_EQ(record.body_bytes, 17);
  EXPECT_EQ(record.sealed_body, std::string("\0\x01sealed", 8));
  EXPECT_EQ(record.judgement.verdict, kPending);

  Judge(first, kAccepted, 5);
  EXPECT_THAT(Pending(), ElementsAre(second));
}

TEST_P(StoreCallbacks, PendingOnesAreListedInPages) {
  int64_t last = 0;
  for (int i = 0; i < 5; ++i) last = Record(NewCallback("payments/a"));
  const auto page = call().ListPendingCallbacks(last - 3, 2);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->size(), 2);
  EXPECT_EQ((*page)[0].id, last - 2);
  EXPECT_EQ((*page)[1].id, last - 1);
  const auto end = call().ListPendingCallbacks(last, 2);
  ASSERT_TRUE(end.ok());
  EXPECT_TRUE(end->empty());
}

TEST_P(StoreCallbacks, TheLastJudgementCounts) {
  const int64_t id = Record(NewCallback("payments/a"));
  Judge(id, kRefused, 2, "the token is wrong");
  Judge(id, kPending, 3, "not answered");
  EXPECT_THAT(Pending(), IsEmpty()) << "somebody else has judged it";
  Judge(id, kPending, 3);
  EXPECT_THAT(Pending(), ElementsAre(id)) << "it is to be handled again";
  Judge(id, kAccepted, 4, "good");
  Reopen();
  const CallbackRecord record = Get(id);
  EXPECT_EQ(record.judgement.verdict, kAccepted);
  EXPECT_EQ(record.judgement.detail, "good");
  EXPECT_EQ(record.judgement.time, TestTime(4));
  EXPECT_EQ(record.sealed_body, std::string("\0\x01sealed", 8));
  EXPECT_THAT(Pending(), IsEmpty());
}

TEST_P(StoreCallbacks, WhatIsNotThereIsNotFound) {
  const int64_t id = Record(NewCallback("payments/a"));
  EXPECT_TRUE(absl::IsNotFound(call().JudgeCallback(12345, {})));
  EXPECT_TRUE(absl::IsNotFound(call().GetCallback(kAcme, 12345).status()));
  EXPECT_TRUE(absl::IsNotFound(call().AcknowledgeCallback(kAcme, 12345, {}).status()));
  EXPECT_TRUE(absl::IsNotFound(call().GetCallback("globex", id).status()));
  EXPECT_TRUE(absl::IsNotFound(call().AcknowledgeCallback("globex", id, {}).status()));
  EXPECT_FALSE(Get(id).acknowledgement.has_value());
}

TEST_P(StoreCallbacks, IdsAreNotUsedAgain) {
  const int64_t first = Recorded(1, kAccepted);
  EXPECT_EQ(call().PruneCallbacks(TestTime(2), kAll).value_or(0), 1);
  Reopen();
  EXPECT_GT(Record(NewCallback("payments/a")), first);
}

// -- Duplicates ----------------------------------------------------------------------

TEST_P(StoreCallbacks, ADuplicateNamesTheFirst) {
  CallbackRecord one = NewCallback("payments/a");
  one.body_digest = "digest-1";
  CallbackRecord other = one;
  other.body_digest = "digest-2";
  const int64_t first = Record(one);
  const int64_t second = Record(one);
  const int64_t third = Record(one);
  EXPECT_EQ(Get(first).duplicate_of, 0);
  EXPECT_EQ(Get(second).duplicate_of, first);
  EXPECT_EQ(Get(third).duplicate_of, first) << "not of another duplicate";
  EXPECT_EQ(Get(Record(other)).duplicate_of, 0);
  CallbackRecord elsewhere = one;
  elsewhere.resource = "payments/b";
  EXPECT_EQ(Get(Record(elsewhere)).duplicate_of, 0);
  elsewhere = one;
  elsewhere.tenant = "globex";
  const auto foreign = call().RecordCallback(elsewhere);
  ASSERT_TRUE(foreign.ok());
  EXPECT_EQ(call().GetCallback("globex", *foreign)->duplicate_of, 0);
}

// A body is kept as long as one that has it is.
TEST_P(StoreCallbacks, ADuplicatesBodyOutlivesTheFirst) {
  CallbackRecord record = NewCallback("payments/a", 1);
  record.body_digest = "digest-1";
  const int64_t first = Record(record);
  Judge(first, kAccepted, 1);
  record.receive_time = TestTime(2);
  const int64_t pending = Record(record);
  record.receive_time = TestTime(9);
  const int64_t third = Record(record);
  Judge(third, kRepeated, 9);
  EXPECT_EQ(call().PruneCallbackBodies(TestTime(5), kAll).value_or(-1), 1);
  EXPECT_EQ(call().PruneCallbacks(TestTime(5), kAll).value_or(-1), 1);
  Reopen();
  for (const int64_t id : {pending, third}) {
    EXPECT_FALSE(Get(id).body_deleted);
    EXPECT_EQ(Get(id).sealed_body, record.sealed_body);
  }
  EXPECT_THAT(call().ListPendingCallbacks(0, kAll)->at(0).sealed_body, record.sealed_body);
  EXPECT_EQ(call().PruneCallbackBodies(TestTime(10), kAll).value_or(-1), 1);
  Judge(pending, kRepeated, 10);
  EXPECT_EQ(call().PruneCallbackBodies(TestTime(10), kAll).value_or(-1), 1);
  EXPECT_EQ(Get(pending).sealed_body, "");
  record.sealed_body = "sealed anew";
  EXPECT_EQ(Get(Record(record)).sealed_body, "sealed anew");
}

TEST_P(StoreCallbacks, OfOneResourceSoManyAreStored) {
  CallbackRecord record = NewCallback("payments/a");
  for (int i = 0; i < kCallbackBodiesPerResourceMax; ++i) {
    record.body_digest = absl::StrCat("digest-", i);
    ASSERT_NE(Record(record), 0);
  }
  CallbackRecord other = record;
  other.body_digest = "another";
  EXPECT_TRUE(absl::IsResourceExhausted(call().RecordCallback(other).status()));
  for (int i = kCallbackBodiesPerResourceMax; i < kCallbacksPerResourceMax; ++i) {
    ASSERT_NE(Record(record), 0) << "it has no body of its own";
  }
  EXPECT_TRUE(absl::IsResourceExhausted(call().RecordCallback(record).status()));
  other.receive_time += kCallbacksPerResourceInterval;
  EXPECT_NE(Record(other), 0);
}

TEST_P(StoreCallbacks, WithoutADigestNothingIsADuplicate) {
  Record(NewCallback("payments/a"));
  EXPECT_EQ(Get(Record(NewCallback("payments/a"))).duplicate_of, 0);
}

// -- Lists ---------------------------------------------------------------------------

TEST_P(StoreCallbacks, AreListedNewestFirst) {
  const int64_t a = Recorded(3, kAccepted);
  const int64_t b = Recorded(1, kRefused);  // The clock was set back.
  const int64_t c = Recorded(3, kRepeated);
  EXPECT_THAT(List(), ElementsAre(c, a, b));
  EXPECT_THAT(call().ListCallbacks("globex", {})->items, IsEmpty());
}

TEST_P(StoreCallbacks, AreListedInPages) {
  const int64_t a = Recorded(1, kAccepted);
  const int64_t b = Recorded(2, kRefused);
  const int64_t c = Recorded(2, kAccepted);
  const auto page = call().ListCallbacks(kAcme, {.limit = 2});
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->items.size(), 2);
  EXPECT_TRUE(page->more);
  EXPECT_EQ(page->items[0].id, c);
  EXPECT_EQ(page->items[1].id, b);
  const ListPosition after{TestTime(2), CallbackName(b)};
  EXPECT_THAT(List({.limit = 2, .after = after}), ElementsAre(a));
  EXPECT_THAT(List({.limit = 2, .after = ListPosition{TestTime(2), CallbackName(c)}}),
              ElementsAre(b, a));
  EXPECT_FALSE(call().ListCallbacks(kAcme, {.limit = 3})->more);
}

TEST_P(StoreCallbacks, AreFiltered) {
  const int64_t a = Recorded(1, kAccepted);
  const int64_t b = Recorded(2, kRefused, "cards/b");
  CallbackRecord other = NewCallback("payments/c", 3);
  other.account = "accounts/other";
  const int64_t c = Record(other);
  const int64_t d = Recorded(4, kMismatch);

  v1::CallbackFilter filter;
  filter.set_resource("payments/a");
  EXPECT_THAT(ListBy(filter), ElementsAre(d, a));
  filter.add_verdicts(kMismatch);
  EXPECT_THAT(ListBy(filter), ElementsAre(d));
  filter.Clear();
  filter.add_verdicts(kMismatch);
  filter.add_verdicts(kPending);
  filter.add_verdicts(kRefused);
  filter.add_verdicts(kMismatch);
  EXPECT_THAT(ListBy(filter), ElementsAre(d, c, b));
  EXPECT_THAT(List({.filter = filter, .limit = 2}), ElementsAre(d, c));
  filter.Clear();
  filter.add_accounts("accounts/other");
  EXPECT_THAT(ListBy(filter), ElementsAre(c));
  filter.add_accounts(kTestAccount);
  EXPECT_THAT(ListBy(filter), ElementsAre(d, c, b, a));
}

TEST_P(StoreCallbacks, AreFilteredByTime) {
  const int64_t a = Recorded(1, kAccepted);
  const int64_t b = Recorded(2, kAccepted);
  const int64_t c = Recorded(3, kAccepted);
  v1::CallbackFilter filter;
  *filter.mutable_receive_time_min() = ToTimestamp(TestTime(2));
  EXPECT_THAT(ListBy(filter), ElementsAre(c, b));
  *filter.mutable_receive_time_max() = ToTimestamp(TestTime(3));
  EXPECT_THAT(ListBy(filter), ElementsAre(b)) << "before the end, at or after the beginning";
  filter.clear_receive_time_min();
  EXPECT_THAT(ListBy(filter), ElementsAre(b, a));
  *filter.mutable_receive_time_min() = ToTimestamp(TestTime(2) + absl::Nanoseconds(1));
  filter.clear_receive_time_max();
  EXPECT_THAT(ListBy(filter), ElementsAre(c));
  *filter.mutable_receive_time_max() = ToTimestamp(TestTime(3) + absl::Nanoseconds(1));
  EXPECT_THAT(ListBy(filter), ElementsAre(c));
}

// -- For a person to look at ----------------------------------------------------------

TEST_P(StoreCallbacks, RefusedOnesWaitForAPerson) {
  Recorded(1, kAccepted);
  Recorded(2, kRepeated);
  Record(NewCallback("payments/a", 3));
  EXPECT_THAT(Attention(), IsEmpty());
  const int64_t signature = Recorded(6, kRefused);
  const int64_t nonsense = Recorded(4, kUnintelligible);
  const int64_t mismatch = Recorded(5, kMismatch);
  EXPECT_THAT(Attention(), ElementsAre(absl::StrCat(CallbackName(nonsense), " since 4"),
                                       absl::StrCat(CallbackName(mismatch), " since 5"),
                                       absl::StrCat(CallbackName(signature), " since 6")));
  Judge(signature, kRefused, 8, "still");
  Judge(mismatch, kAccepted, 9);
  EXPECT_THAT(Attention(), ElementsAre(absl::StrCat(CallbackName(nonsense), " since 4"),
                                       absl::StrCat(CallbackName(signature), " since 6")));
  EXPECT_EQ(call().PruneCallbacks(TestTime(5), kAll).value_or(0), 3);
  EXPECT_THAT(Attention(), ElementsAre(absl::StrCat(CallbackName(signature), " since 6")));
}

TEST_P(StoreCallbacks, AcknowledgedOnesDoNot) {
  const int64_t id = Recorded(1, kRefused);
  const auto first = call().AcknowledgeCallback(kAcme, id, {TestTime(5), "ops", "a scan"});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->sealed_body, "");
  const auto second = call().AcknowledgeCallback(kAcme, id, {TestTime(6), "other", "again"});
  ASSERT_TRUE(second.ok()) << second.status();
  for (const CallbackRecord& record : {*first, *second, Get(id)}) {
    ASSERT_TRUE(record.acknowledgement.has_value());
    EXPECT_EQ(record.acknowledgement->time, TestTime(5));
    EXPECT_EQ(record.acknowledgement->by, "ops");
    EXPECT_EQ(record.acknowledgement->reason, "a scan");
  }
  EXPECT_THAT(Attention(), IsEmpty());
  Judge(id, kRefused, 7);
  EXPECT_THAT(Attention(), IsEmpty()) << "he knows";
  Judge(id, kMismatch, 8);
  EXPECT_THAT(Attention(), ElementsAre(absl::StrCat(CallbackName(id), " since 8")))
      << "that is something else";
  EXPECT_FALSE(Get(id).acknowledgement.has_value());
}

TEST_P(StoreCallbacks, ARepeatedOneWaitsWithTheFirst) {
  CallbackRecord record = NewCallback("payments/a", 1);
  record.body_digest = "digest-1";
  const int64_t first = Record(record);
  Judge(first, kRefused, 1);
  const int64_t second = Record(record);
  Judge(second, kRefused, 2);
  EXPECT_THAT(Attention(), ElementsAre(absl::StrCat(CallbackName(first), " since 1")));
  Judge(first, kAccepted, 3);
  const int64_t third = Record(record);
  Judge(third, kRefused, 4);
  EXPECT_THAT(Attention(), ElementsAre(absl::StrCat(CallbackName(third), " since 4")))
      << "the first was none of that";
}

TEST_P(StoreCallbacks, HandlingOneAgainTakesNothingBack) {
  const int64_t id = Recorded(1, kRefused);
  const int64_t waiting = Recorded(1, kRefused);
  const std::string waits = absl::StrCat(CallbackName(waiting), " since 1");
  ASSERT_TRUE(call().AcknowledgeCallback(kAcme, id, {TestTime(2), "ops", "seen"}).ok());
  for (const int64_t each : {id, waiting}) Judge(each, kPending, 3);
  EXPECT_THAT(Attention(), ElementsAre(waits));
  EXPECT_TRUE(Get(id).acknowledgement.has_value());
  for (const int64_t each : {id, waiting}) Judge(each, kRefused, 4);
  EXPECT_THAT(Attention(), ElementsAre(waits)) << "it was refused before";
  EXPECT_TRUE(Get(id).acknowledgement.has_value());
}

TEST_P(StoreCallbacks, OneThatIsPendingForLongWaitsForAPerson) {
  constexpr double kDay = 24 * 60 * 60;
  const int64_t id = Record(NewCallback("payments/a", 1));
  Judge(id, kPending, kDay, "not answered");
  EXPECT_THAT(Attention(), IsEmpty());
  Judge(id, kPending, kDay + 1, "not answered");
  const int64_t answered = Recorded(1, kAccepted);
  Judge(answered, kPending, 2);
  for (const int64_t each : {id, answered}) Judge(each, kPending, kDay + 2, "not answered");
  Judge(answered, kAccepted, kDay + 2);
  EXPECT_THAT(Attention(), ElementsAre(absl::StrCat(CallbackName(id), " since ", kDay + 1)));
  const auto ended = call().AcknowledgeCallback(kAcme, id, {TestTime(kDay + 3), "ops", "enough"});
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->judgement.verdict, kRepeated);
  EXPECT_EQ(ended->judgement.detail, kAskingEnded);
  EXPECT_EQ(ended->judgement.time, TestTime(kDay + 3));
  Judge(id, kPending, kDay + 4, "not answered");
  EXPECT_THAT(Pending(), IsEmpty()) << "it was ended";
  EXPECT_EQ(call().PruneCallbacks(TestTime(2), kAll).value_or(-1), 2);
}

TEST_P(StoreCallbacks, NothingIsAcknowledgedBeforeItIsRefused) {
  const int64_t id = Record(NewCallback("payments/a"));
  ASSERT_TRUE(call().AcknowledgeCallback(kAcme, id, {TestTime(5), "ops", "early"}).ok());
  Judge(id, kMismatch, 8);
  EXPECT_THAT(Attention(), ElementsAre(absl::StrCat(CallbackName(id), " since 8")));
}

TEST_P(StoreCallbacks, OneListOfPaymentsAndCallbacksByTime) {
  const auto wait = [this](const std::string& id, double seconds) {
    PaymentWrite write = NewPayment(kAcme, id, TestTime(seconds));
    write.record.mutable_payment()->set_state(v1::PAYMENT_STATE_UNKNOWN);
    Create(std::move(write));
  };
  wait("b", 4);
  wait("a", 2);
  wait("c", 3);
  std::vector<int64_t> ids;
  for (const double seconds : {1, 3, 3, 5}) ids.push_back(Recorded(seconds, kRefused));
  const std::vector<std::string> all = {absl::StrCat(CallbackName(ids[0]), " since 1"),
                                        "payments/a since 2",
                                        absl::StrCat(CallbackName(ids[1]), " since 3"),
                                        absl::StrCat(CallbackName(ids[2]), " since 3"),
                                        "payments/c since 3",
                                        "payments/b since 4",
                                        absl::StrCat(CallbackName(ids[3]), " since 5")};
  EXPECT_EQ(Attention(), all);
  for (int limit = 1; limit <= 4; ++limit) {
    AttentionQuery query{.unknown_before = TestTime(kAll), .limit = limit};
    std::vector<std::string> walked;
    for (bool more = true; more;) {
      const auto page = call().ListAttention(kAcme, query);
      ASSERT_TRUE(page.ok()) << page.status();
      ASSERT_LE(page->items.size(), static_cast<size_t>(limit));
      for (const std::string& entry : Attention(query)) walked.push_back(entry);
      const AttentionEntry& last = page->items.back();
      query.after =
          ListPosition{last.since, last.callback.has_value() ? CallbackName(last.callback->id)
                                                             : last.record.payment().name()};
      more = page->more;
    }
    EXPECT_EQ(walked, all) << limit << " a page";
  }
}

// -- Retention -----------------------------------------------------------------------

TEST_P(StoreCallbacks, OldBodiesAreDeletedInSlices) {
  const int64_t a = Recorded(1, kAccepted);
  const int64_t b = Recorded(2, kRefused);
  const int64_t pending = Record(NewCallback("payments/a", 2));
  const int64_t c = Recorded(3, kAccepted);
  EXPECT_EQ(call().PruneCallbackBodies(TestTime(1), kAll).value_or(-1), 0);
  EXPECT_EQ(call().PruneCallbackBodies(TestTime(3), 1).value_or(-1), 1);
  EXPECT_EQ(call().PruneCallbackBodies(TestTime(3), kAll).value_or(-1), 1);
  EXPECT_EQ(call().PruneCallbackBodies(TestTime(3), kAll).value_or(-1), 0);
  Reopen();
  for (const int64_t id : {a, b}) {
    const CallbackRecord record = Get(id);
    EXPECT_TRUE(record.body_deleted);
    EXPECT_EQ(record.sealed_body, "");
    EXPECT_EQ(record.body_bytes, 17);
  }
  for (const int64_t id : {pending, c}) {
    EXPECT_FALSE(Get(id).body_deleted);
    EXPECT_NE(Get(id).sealed_body, "");
  }
  EXPECT_THAT(List(), ElementsAre(c, pending, b, a));
  EXPECT_THAT(Attention(), ElementsAre(absl::StrCat(CallbackName(b), " since 2")));
}

TEST_P(StoreCallbacks, OldOnesAreDeletedInSlicesButNotPendingOnes) {
  const int64_t a = Recorded(1, kAccepted);
  const int64_t b = Recorded(2, kRefused);
  const int64_t pending = Record(NewCallback("payments/a", 1));
  const int64_t c = Recorded(3, kAccepted);
  EXPECT_EQ(call().PruneCallbackBodies(TestTime(2), kAll).value_or(-1), 1);
  EXPECT_EQ(call().PruneCallbacks(TestTime(3), 1).value_or(-1), 1);
  EXPECT_EQ(call().PruneCallbacks(TestTime(3), kAll).value_or(-1), 1);
  EXPECT_EQ(call().PruneCallbacks(TestTime(3), kAll).value_or(-1), 0);
  Reopen();
  EXPECT_THAT(List(), ElementsAre(c, pending));
  EXPECT_TRUE(absl::IsNotFound(call().GetCallback(kAcme, a).status()));
  EXPECT_TRUE(absl::IsNotFound(call().GetCallback(kAcme, b).status()));
}

}  // namespace
}  // namespace payments
