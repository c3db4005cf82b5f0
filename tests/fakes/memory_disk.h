#ifndef PAYMENTS_TESTS_FAKES_MEMORY_DISK_H_
#define PAYMENTS_TESTS_FAKES_MEMORY_DISK_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/engine/store.h"
#include "server/store/operation_numbers.h"
#include "server/store/record_rules.h"

namespace payments {

// What MemoryStore keeps: it survives the crash of a MemoryStore as a disk survives
// the crash of a server. Its methods are those of Store, done at once and whole; a
// method that changes something adds its event to `log`.
//
// Not thread-safe: MemoryStore uses it on its executor only.
class MemoryDisk {
 public:
  using Log = std::vector<CommittedEvent>;

  explicit MemoryDisk(std::string incarnation = "memory-log")
      : incarnation_(std::move(incarnation)) {}

  absl::StatusOr<Claim<StoredPayment>> CreatePayment(PaymentWrite write,
                                                     storage::v1::RequestFingerprint fingerprint,
                                                     Log* log);
  absl::StatusOr<StoredPayment> CommitPayment(PaymentWrite write, Log* log);
  absl::Status SaveSchedule(const std::string& tenant, const std::string& name, int64_t sequence,
                            storage::v1::CheckSchedule schedule);
  absl::StatusOr<StoredPayment> GetPayment(const std::string& tenant,
                                           const std::string& name) const;
  absl::StatusOr<Claim<StoredPayment>> GetPaymentByRequestId(const std::string& tenant,
                                                             const std::string& request_id) const;
  absl::StatusOr<Claim<StoredPayment>> TombstoneRequestId(const std::string& tenant,
                                                          const std::string& request_id);
  Page<v1::Payment> ListPayments(const std::string& tenant, const PaymentQuery& query) const;
  std::vector<StoredPayment> ListDuePayments(absl::Time now, int limit) const;
  Page<AttentionEntry> ListAttention(const std::string& tenant, const AttentionQuery& query) const;

  absl::StatusOr<Claim<StoredCard>> CreateCard(CardWrite write,
                                               storage::v1::RequestFingerprint fingerprint,
                                               Log* log);
  absl::StatusOr<StoredCard> CommitCard(CardWrite write, Log* log);
  absl::StatusOr<StoredCard> GetCard(const std::string& tenant, const std::string& name) const;
  Page<v1::Card> ListCards(const std::string& tenant, const CardQuery& query) const;
  std::vector<StoredCard> ListDueCards(absl::Time now, int limit) const;

  EventPage ReadEvents(const std::string& tenant, int64_t after_revision, int limit) const;
  FoundRevision FindRevision(const std::string& tenant, absl::Time time) const;
  PrunedEvents PruneEvents(const EventLimits& limits, int events_max);
  const std::string& incarnation() const { return incarnation_; }

  absl::StatusOr<int64_t> RecordCallback(CallbackRecord record);
  absl::Status JudgeCallback(int64_t id, CallbackJudgement judgement);
  std::vector<CallbackRecord> ListPendingCallbacks(int64_t after_id, int limit) const;
  absl::StatusOr<CallbackRecord> GetCallback(const std::string& tenant, int64_t id) const;
  Page<CallbackRecord> ListCallbacks(const std::string& tenant, const CallbackQuery& query) const;
  absl::StatusOr<CallbackRecord> AcknowledgeCallback(const std::string& tenant, int64_t id,
                                                     Acknowledgement acknowledgement);
  int PruneCallbackBodies(absl::Time before, int limit);
  int PruneCallbacks(absl::Time before, int limit);
  // How many there are, judged or not.
  int callbacks() const { return static_cast<int>(callbacks_.size()); }

 private:
  struct RequestId {
    std::string name;  // Empty: tombstoned.
    storage::v1::RequestFingerprint fingerprint;
  };
  using RequestIds = std::map<std::string, RequestId>;
  struct PaymentRow {
    storage::v1::PaymentRecord record;
    storage::v1::CheckSchedule schedule;
    AttentionSince attention;
  };
  struct CardRow {
    storage::v1::CardRecord record;
    std::optional<int64_t> due_time_us;
  };
  // Creation times in microseconds, then names.
  using Index = std::set<std::pair<int64_t, std::string>>;
  struct Tenant {
    std::map<std::string, PaymentRow> payments;
    std::map<std::string, CardRow> cards;
    Index payments_by_time;
    Index payments_by_attention;  // By the time since when.
    Index cards_by_time;
    RequestIds payment_request_ids;
    RequestIds card_request_ids;
    // Account, key and value to the payment.
    std::map<std::tuple<std::string, std::string, std::string>, std::string> references;
    // Those kept, without gaps up to the newest revision.
    std::deque<std::shared_ptr<const v1::Event>> events;
    std::deque<int64_t> newest_times_us;
    int64_t newest_revision = 0;
    int64_t pruned_time_us = 0;  // Of the newest that was deleted.
    int64_t events_bytes = 0;

    int64_t oldest_revision() const {
      return newest_revision - static_cast<int64_t>(events.size()) + 1;
    }
  };
  // Due time in microseconds, tenant and name.
  using DueIndex = std::set<std::tuple<int64_t, std::string, std::string>>;
  struct CallbackRow {
    CallbackRecord record;
    CallbackAttention attention;
  };
  // Those of one page of the list of attention that are callbacks.
  Page<AttentionEntry> ListCallbackAttention(const std::string& tenant,
                                             const AttentionQuery& query) const;

  const Tenant* FindTenant(const std::string& tenant) const;
  static StoredPayment Stored(const Tenant& tenant, const PaymentRow& row);
  static StoredCard Stored(const Tenant& tenant, const CardRow& row);
  static absl::Status CheckReferences(const Tenant& tenant, const v1::Payment& payment);
  // The claim of whoever has the request_id, without what is stored; none if it is
  // free or to be handed over.
  template <typename T>
  static std::optional<Claim<T>> FindClaim(const RequestIds& ids, const std::string& request_id,
                                           const std::string& retry_of);
  absl::Status NumberOperations(PaymentWrite* write);
  // Stores the write under the next sequence, with its event. Cannot fail.
  StoredPayment Put(Tenant* tenant, PaymentWrite write, std::optional<v1::PaymentState> previous,
                    Log* log);
  StoredCard Put(Tenant* tenant, CardWrite write, std::optional<v1::CardState> previous, Log* log);
  // Gives the event its revision.
  static void Append(const std::string& name, Tenant* tenant, std::shared_ptr<v1::Event> event,
                     Log* log);
  // Whether its oldest event is one to be deleted.
  static bool IsBeyond(const EventLimits& limits, const Tenant& tenant);
  static void MoveDue(DueIndex* index, const std::string& tenant, const std::string& name,
                      std::optional<int64_t> from, std::optional<int64_t> to);

  std::string incarnation_;
  std::map<std::string, Tenant> tenants_;
  // By tenant and account, as CounterOf() says.
  std::map<std::pair<std::string, std::string>, NumberCounter> counters_;
  DueIndex due_payments_;
  DueIndex due_cards_;
  std::map<int64_t, CallbackRow> callbacks_;
  int64_t last_callback_ = 0;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_FAKES_MEMORY_DISK_H_
