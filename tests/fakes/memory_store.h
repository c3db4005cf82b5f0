#ifndef PAYMENTS_TESTS_FAKES_MEMORY_STORE_H_
#define PAYMENTS_TESTS_FAKES_MEMORY_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "server/base/executor.h"
#include "server/engine/store.h"
#include "tests/fakes/memory_disk.h"

namespace payments {

// A Store in memory, for tests of everything above it. It passes the same
// conformance suite as the real one.
//
// Each call is two tasks on the executor: one does the work and tells the commit
// listener, the other calls the Done; so a simulated crash can fall in between. A
// new MemoryStore over the same Disk is the restart. Thread-safe if the executor is,
// as the work happens there. Drop or run the executor's tasks before destroying it.
class MemoryStore : public Store {
 public:
  using Disk = MemoryDisk;

  enum class Fault {
    kNone,
    kFailBefore,  // kUnavailable, and nothing is written.
    kLoseReply,   // It is written, yet the Done gets kUnavailable.
  };

  // What a call does to the disk.
  enum class Access { kRead, kWrite };

  // `executor` is not owned and outlives the store.
  MemoryStore(std::shared_ptr<Disk> disk, Executor* executor);

  // Asked once a call, when its work begins. Set it before the first call.
  void SetFaults(absl::AnyInvocable<Fault()> next_fault) {
    next_fault_ = [next = std::move(next_fault)](Access) mutable { return next(); };
  }
  // The same, told whether the call writes.
  void SetFaultsByAccess(absl::AnyInvocable<Fault(Access)> next_fault) {
    next_fault_ = std::move(next_fault);
  }

  void CreatePayment(PaymentWrite write, storage::v1::RequestFingerprint fingerprint,
                     Done<Claim<StoredPayment>> done) override;
  void CommitPayment(PaymentWrite write, Done<StoredPayment> done) override;
  void SaveSchedule(std::string tenant, std::string name, int64_t sequence,
                    storage::v1::CheckSchedule schedule, DoneStatus done) override;
  void GetPayment(std::string tenant, std::string name, Done<StoredPayment> done) override;
  void GetPaymentByRequestId(std::string tenant, std::string request_id,
                             Done<Claim<StoredPayment>> done) override;
  void TombstoneRequestId(std::string tenant, std::string request_id, absl::Time now,
                          Done<Claim<StoredPayment>> done) override;
  void ListPayments(std::string tenant, PaymentQuery query, Done<Page<v1::Payment>> done) override;
  void ListDuePayments(absl::Time now, int limit, Done<std::vector<StoredPayment>> done) override;
  void ListAttention(std::string tenant, AttentionQuery query,
                     Done<Page<AttentionEntry>> done) override;

  void CreateCard(CardWrite write, storage::v1::RequestFingerprint fingerprint,
                  Done<Claim<StoredCard>> done) override;
  void CommitCard(CardWrite write, Done<StoredCard> done) override;
  void GetCard(std::string tenant, std::string name, Done<StoredCard> done) override;
  void ListCards(std::string tenant, CardQuery query, Done<Page<v1::Card>> done) override;
  void ListDueCards(absl::Time now, int limit, Done<std::vector<StoredCard>> done) override;

  void ReadEvents(std::string tenant, int64_t after_revision, int limit,
                  Done<EventPage> done) override;
  void FindRevision(std::string tenant, absl::Time time, Done<FoundRevision> done) override;
  void PruneEvents(EventLimits limits, int events_max, Done<PrunedEvents> done) override;
  void SetCommitListener(CommitListener listener) override;
  std::string LogIncarnation() const override;

  void RecordCallback(CallbackRecord record, Done<int64_t> done) override;
  void JudgeCallback(int64_t id, CallbackJudgement judgement, DoneStatus done) override;
  void ListPendingCallbacks(int64_t after_id, int limit,
                            Done<std::vector<CallbackRecord>> done) override;
  void GetCallback(std::string tenant, int64_t id, Done<CallbackRecord> done) override;
  void ListCallbacks(std::string tenant, CallbackQuery query,
                     Done<Page<CallbackRecord>> done) override;
  void AcknowledgeCallback(std::string tenant, int64_t id, Acknowledgement acknowledgement,
                           Done<CallbackRecord> done) override;
  void PruneCallbackBodies(absl::Time before, int limit, Done<int> done) override;
  void PruneCallbacks(absl::Time before, int limit, Done<int> done) override;

 private:
  // `Result` is absl::StatusOr<T> or absl::Status.
  template <typename Result>
  using Work = absl::AnyInvocable<Result(Disk::Log*) &&>;
  template <typename Result>
  using Reply = absl::AnyInvocable<void(Result) &&>;

  // One call on its way through the executor.
  template <typename Result>
  struct Call;
  template <typename Result>
  void Start(Work<Result> work, Reply<Result> done, Access access = Access::kRead);
  // The first task.
  template <typename Result>
  void OnStarted(Call<Result> call);

  std::shared_ptr<Disk> disk_;
  Executor* executor_;
  CommitListener listener_;
  absl::AnyInvocable<Fault(Access)> next_fault_;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_FAKES_MEMORY_STORE_H_
