#ifndef PAYMENTS_TESTS_SUPPORT_BLOCKING_STORE_H_
#define PAYMENTS_TESTS_SUPPORT_BLOCKING_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/engine/store.h"

namespace payments {

// A Store's calls, each waited for. Not for the executor's thread. Thread-safe.
class BlockingStore {
 public:
  explicit BlockingStore(Store* store) : store_(store) {}

  absl::StatusOr<Claim<StoredPayment>> CreatePayment(
      PaymentWrite write, storage::v1::RequestFingerprint fingerprint = {});
  absl::StatusOr<StoredPayment> CommitPayment(PaymentWrite write);
  absl::Status SaveSchedule(std::string tenant, std::string name, int64_t sequence,
                            storage::v1::CheckSchedule schedule);
  absl::StatusOr<StoredPayment> GetPayment(std::string tenant, std::string name);
  absl::StatusOr<StoredPayment> GetPaymentByRequestId(std::string tenant, std::string request_id);
  absl::StatusOr<Claim<StoredPayment>> TombstoneRequestId(std::string tenant,
                                                          std::string request_id, absl::Time now);
  absl::StatusOr<Page<v1::Payment>> ListPayments(std::string tenant, PaymentQuery query);
  absl::StatusOr<std::vector<StoredPayment>> ListDuePayments(absl::Time now, int limit);
  absl::StatusOr<Page<AttentionEntry>> ListAttention(std::string tenant, AttentionQuery query);

  absl::StatusOr<Claim<StoredCard>> CreateCard(CardWrite write,
                                               storage::v1::RequestFingerprint fingerprint = {});
  absl::StatusOr<StoredCard> CommitCard(CardWrite write);
  absl::StatusOr<StoredCard> GetCard(std::string tenant, std::string name);
  absl::StatusOr<Page<v1::Card>> ListCards(std::string tenant, CardQuery query);
  absl::StatusOr<std::vector<StoredCard>> ListDueCards(absl::Time now, int limit);

  absl::StatusOr<EventPage> ReadEvents(std::string tenant, int64_t after_revision, int limit);
  absl::StatusOr<FoundRevision> FindRevision(std::string tenant, absl::Time time);
  absl::StatusOr<PrunedEvents> PruneEvents(EventLimits limits, int events_max);

  absl::StatusOr<int64_t> RecordCallback(CallbackRecord record);
  absl::Status JudgeCallback(int64_t id, CallbackJudgement judgement);
  absl::StatusOr<std::vector<CallbackRecord>> ListPendingCallbacks(int64_t after_id, int limit);
  absl::StatusOr<CallbackRecord> GetCallback(std::string tenant, int64_t id);
  absl::StatusOr<Page<CallbackRecord>> ListCallbacks(std::string tenant, CallbackQuery query);
  absl::StatusOr<CallbackRecord> AcknowledgeCallback(std::string tenant, int64_t id,
                                                     Acknowledgement acknowledgement);
  absl::StatusOr<int> PruneCallbackBodies(absl::Time before, int limit);
  absl::StatusOr<int> PruneCallbacks(absl::Time before, int limit);

 private:
  Store* store_;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_SUPPORT_BLOCKING_STORE_H_
