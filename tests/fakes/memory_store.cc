#include "tests/fakes/memory_store.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace payments {

template <typename Result>
struct MemoryStore::Call {
  Access access;
  Work<Result> work;
  Reply<Result> done;
};

MemoryStore::MemoryStore(std::shared_ptr<Disk> disk, Executor* executor)
    : disk_(std::move(disk)), executor_(executor) {}

template <typename Result>
void MemoryStore::Start(Work<Result> work, Reply<Result> done, Access access) {
  Call<Result> call{access, std::move(work), std::move(done)};
  executor_->Post([this, call = std::move(call)]() mutable { OnStarted(std::move(call)); });
}

template <typename Result>
void MemoryStore::OnStarted(Call<Result> call) {
  const Fault fault = next_fault_ ? next_fault_(call.access) : Fault::kNone;
  Result result = absl::UnavailableError("the store is unavailable (injected fault)");
  if (fault != Fault::kFailBefore) {
    Disk::Log log;
    Result written = std::move(call.work)(&log);
    if (fault == Fault::kNone) result = std::move(written);
    if (!log.empty() && listener_) listener_(log);
  }
  executor_->Post([done = std::move(call.done), result = std::move(result)]() mutable {
    std::move(done)(std::move(result));
  });
}

// Each method below is the disk's method of the same name, made a call.

void MemoryStore::CreatePayment(PaymentWrite write, storage::v1::RequestFingerprint fingerprint,
                                Done<Claim<StoredPayment>> done) {
  Start<absl::StatusOr<Claim<StoredPayment>>>(
      [this, write = std::move(write), print = std::move(fingerprint)](Disk::Log* log) mutable {
        return disk_->CreatePayment(std::move(write), std::move(print), log);
      },
      std::move(done), Access::kWrite);
}

void MemoryStore::CommitPayment(PaymentWrite write, Done<StoredPayment> done) {
  Start<absl::StatusOr<StoredPayment>>(
      [this, write = std::move(write)](Disk::Log* log) mutable {
        return disk_->CommitPayment(std::move(write), log);
      },
      std::move(done), Access::kWrite);
}

void MemoryStore::SaveSchedule(std::string tenant, std::string name, int64_t sequence,
                               storage::v1::CheckSchedule schedule, DoneStatus done) {
  Start<absl::Status>(
      [=, this, schedule = std::move(schedule)](Disk::Log*) mutable {
        return disk_->SaveSchedule(tenant, name, sequence, std::move(schedule));
      },
      std::move(done), Access::kWrite);
}

void MemoryStore::GetPayment(std::string tenant, std::string name, Done<StoredPayment> done) {
  Start<absl::StatusOr<StoredPayment>>([this, tenant = std::move(tenant), name = std::move(name)](
                                           Disk::Log*) { return disk_->GetPayment(tenant, name); },
                                       std::move(done));
}

void MemoryStore::GetPaymentByRequestId(std::string tenant, std::string request_id,
                                        Done<Claim<StoredPayment>> done) {
  Start<absl::StatusOr<Claim<StoredPayment>>>(
      [this, tenant = std::move(tenant), id = std::move(request_id)](Disk::Log*) {
        return disk_->GetPaymentByRequestId(tenant, id);
      },
      std::move(done));
}

void MemoryStore::TombstoneRequestId(std::string tenant, std::string request_id, absl::Time /*now*/,
                                     Done<Claim<StoredPayment>> done) {
  Start<absl::StatusOr<Claim<StoredPayment>>>(
      [this, tenant = std::move(tenant), id = std::move(request_id)](Disk::Log*) {
        return disk_->TombstoneRequestId(tenant, id);
      },
      std::move(done), Access::kWrite);
}

void MemoryStore::ListPayments(std::string tenant, PaymentQuery query,
                               Done<Page<v1::Payment>> done) {
  Start<absl::StatusOr<Page<v1::Payment>>>(
      [this, tenant = std::move(tenant), query = std::move(query)](Disk::Log*) {
        return disk_->ListPayments(tenant, query);
      },
      std::move(done));
}

void MemoryStore::ListDuePayments(absl::Time now, int limit,
                                  Done<std::vector<StoredPayment>> done) {
  Start<absl::StatusOr<std::vector<StoredPayment>>>(
      [=, this](Disk::Log*) { return disk_->ListDuePayments(now, limit); }, std::move(done));
}

void MemoryStore::ListAttention(std::string tenant, AttentionQuery query,
                                Done<Page<AttentionEntry>> done) {
  Start<absl::StatusOr<Page<AttentionEntry>>>(
      [this, tenant = std::move(tenant), query = std::move(query)](Disk::Log*) {
        return disk_->ListAttention(tenant, query);
      },
      std::move(done));
}

void MemoryStore::CreateCard(CardWrite write, storage::v1::RequestFingerprint fingerprint,
                             Done<Claim<StoredCard>> done) {
  Start<absl::StatusOr<Claim<StoredCard>>>(
      [this, write = std::move(write), print = std::move(fingerprint)](Disk::Log* log) mutable {
        return disk_->CreateCard(std::move(write), std::move(print), log);
      },
      std::move(done), Access::kWrite);
}

void MemoryStore::CommitCard(CardWrite write, Done<StoredCard> done) {
  Start<absl::StatusOr<StoredCard>>(
      [this, write = std::move(write)](Disk::Log* log) mutable {
        return disk_->CommitCard(std::move(write), log);
      },
      std::move(done), Access::kWrite);
}

void MemoryStore::GetCard(std::string tenant, std::string name, Done<StoredCard> done) {
  Start<absl::StatusOr<StoredCard>>([this, tenant = std::move(tenant), name = std::move(name)](
                                        Disk::Log*) { return disk_->GetCard(tenant, name); },
                                    std::move(done));
}

void MemoryStore::ListCards(std::string tenant, CardQuery query, Done<Page<v1::Card>> done) {
  Start<absl::StatusOr<Page<v1::Card>>>(
      [this, tenant = std::move(tenant), query = std::move(query)](Disk::Log*) {
        return disk_->ListCards(tenant, query);
      },
      std::move(done));
}

void MemoryStore::ListDueCards(absl::Time now, int limit, Done<std::vector<StoredCard>> done) {
  Start<absl::StatusOr<std::vector<StoredCard>>>(
      [=, this](Disk::Log*) { return disk_->ListDueCards(now, limit); }, std::move(done));
}

void MemoryStore::ReadEvents(std::string tenant, int64_t after_revision, int limit,
                             Done<EventPage> done) {
  Start<absl::StatusOr<EventPage>>(
      [=, this, tenant = std::move(tenant)](Disk::Log*) {
        return disk_->ReadEvents(tenant, after_revision, limit);
      },
      std::move(done));
}

void MemoryStore::FindRevision(std::string tenant, absl::Time time, Done<FoundRevision> done) {
  Start<absl::StatusOr<FoundRevision>>(
      [=, this, tenant = std::move(tenant)](Disk::Log*) {
        return disk_->FindRevision(tenant, time);
      },
      std::move(done));
}

void MemoryStore::PruneEvents(EventLimits limits, int events_max, Done<PrunedEvents> done) {
  Start<absl::StatusOr<PrunedEvents>>(
      [=, this](Disk::Log*) { return disk_->PruneEvents(limits, events_max); }, std::move(done),
      Access::kWrite);
}

void MemoryStore::SetCommitListener(CommitListener listener) { listener_ = std::move(listener); }

std::string MemoryStore::LogIncarnation() const { return disk_->incarnation(); }

void MemoryStore::RecordCallback(CallbackRecord record, Done<int64_t> done) {
  Start<absl::StatusOr<int64_t>>(
      [this, record = std::move(record)](Disk::Log*) mutable {
        return disk_->RecordCallback(std::move(record));
      },
      std::move(done), Access::kWrite);
}

void MemoryStore::JudgeCallback(int64_t id, CallbackJudgement judgement, DoneStatus done) {
  Start<absl::Status>(
      [this, id, judgement = std::move(judgement)](Disk::Log*) mutable {
        return disk_->JudgeCallback(id, std::move(judgement));
      },
      std::move(done), Access::kWrite);
}

void MemoryStore::ListPendingCallbacks(int64_t after_id, int limit,
                                       Done<std::vector<CallbackRecord>> done) {
  Start<absl::StatusOr<std::vector<CallbackRecord>>>(
      [=, this](Disk::Log*) { return disk_->ListPendingCallbacks(after_id, limit); },
      std::move(done));
}

void MemoryStore::GetCallback(std::string tenant, int64_t id, Done<CallbackRecord> done) {
  Start<absl::StatusOr<CallbackRecord>>(
      [this, tenant = std::move(tenant), id](Disk::Log*) { return disk_->GetCallback(tenant, id); },
      std::move(done));
}

void MemoryStore::ListCallbacks(std::string tenant, CallbackQuery query,
                                Done<Page<CallbackRecord>> done) {
  Start<absl::StatusOr<Page<CallbackRecord>>>(
      [this, tenant = std::move(tenant), query = std::move(query)](Disk::Log*) {
        return disk_->ListCallbacks(tenant, query);
      },
      std::move(done));
}

void MemoryStore::AcknowledgeCallback(std::string tenant, int64_t id,
                                      Acknowledgement acknowledgement, Done<CallbackRecord> done) {
  Start<absl::StatusOr<CallbackRecord>>(
      [this, tenant = std::move(tenant), id,
       acknowledgement = std::move(acknowledgement)](Disk::Log*) mutable {
        return disk_->AcknowledgeCallback(tenant, id, std::move(acknowledgement));
      },
      std::move(done), Access::kWrite);
}

void MemoryStore::PruneCallbackBodies(absl::Time before, int limit, Done<int> done) {
  Start<absl::StatusOr<int>>(
      [=, this](Disk::Log*) { return disk_->PruneCallbackBodies(before, limit); }, std::move(done),
      Access::kWrite);
}

void MemoryStore::PruneCallbacks(absl::Time before, int limit, Done<int> done) {
  Start<absl::StatusOr<int>>([=, this](Disk::Log*) { return disk_->PruneCallbacks(before, limit); },
                             std::move(done), Access::kWrite);
}

}  // namespace payments
