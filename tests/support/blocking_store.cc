#include "tests/support/blocking_store.h"

#include <utility>

#include "tests/support/pending.h"

namespace payments {

absl::StatusOr<Claim<StoredPayment>> BlockingStore::CreatePayment(
    PaymentWrite write, storage::v1::RequestFingerprint fingerprint) {
  Pending<absl::StatusOr<Claim<StoredPayment>>> result;
  store_->CreatePayment(std::move(write), std::move(fingerprint), result.done());
  return result.Wait();
}

absl::StatusOr<StoredPayment> BlockingStore::CommitPayment(PaymentWrite write) {
  Pending<absl::StatusOr<StoredPayment>> result;
  store_->CommitPayment(std::move(write), result.done());
  return result.Wait();
}

absl::Status BlockingStore::SaveSchedule(std::string tenant, std::string name, int64_t sequence,
                                         storage::v1::CheckSchedule schedule) {
  Pending<absl::Status> result;
  store_->SaveSchedule(std::move(tenant), std::move(name), sequence, std::move(schedule),
                       result.done());
  return result.Wait();
}

absl::StatusOr<StoredPayment> BlockingStore::GetPayment(std::string tenant, std::string name) {
  Pending<absl::StatusOr<StoredPayment>> result;
  store_->GetPayment(std::move(tenant), std::move(name), result.done());
  return result.Wait();
}

absl::StatusOr<StoredPayment> BlockingStore::GetPaymentByRequestId(std::string tenant,
                                                                   std::string request_id) {
  Pending<absl::StatusOr<Claim<StoredPayment>>> result;
  store_->GetPaymentByRequestId(std::move(tenant), std::move(request_id), result.done());
  absl::StatusOr<Claim<StoredPayment>> claim = result.Wait();
  if (!claim.ok()) return claim.status();
  return std::move(claim->stored);
}

absl::StatusOr<Claim<StoredPayment>> BlockingStore::TombstoneRequestId(std::string tenant,
                                                                       std::string request_id,
                                                                       absl::Time now) {
  Pending<absl::StatusOr<Claim<StoredPayment>>> result;
  store_->TombstoneRequestId(std::move(tenant), std::move(request_id), now, result.done());
  return result.Wait();
}

absl::StatusOr<Page<v1::Payment>> BlockingStore::ListPayments(std::string tenant,
                                                              PaymentQuery query) {
  Pending<absl::StatusOr<Page<v1::Payment>>> result;
  store_->ListPayments(std::move(tenant), std::move(query), result.done());
  return result.Wait();
}

absl::StatusOr<std::vector<StoredPayment>> BlockingStore::ListDuePayments(absl::Time now,
                                                                          int limit) {
  Pending<absl::StatusOr<std::vector<StoredPayment>>> result;
  store_->ListDuePayments(now, limit, result.done());
  return result.Wait();
}

absl::StatusOr<Page<AttentionEntry>> BlockingStore::ListAttention(std::string tenant,
                                                                  AttentionQuery query) {
  Pending<absl::StatusOr<Page<AttentionEntry>>> result;
  store_->ListAttention(std::move(tenant), std::move(query), result.done());
  return result.Wait();
}

absl::StatusOr<Claim<StoredCard>> BlockingStore::CreateCard(
    CardWrite write, storage::v1::RequestFingerprint fingerprint) {
  Pending<absl::StatusOr<Claim<StoredCard>>> result;
  store_->CreateCard(std::move(write), std::move(fingerprint), result.done());
  return result.Wait();
}

absl::StatusOr<StoredCard> BlockingStore::CommitCard(CardWrite write) {
  Pending<absl::StatusOr<StoredCard>> result;
  store_->CommitCard(std::move(write), result.done());
  return result.Wait();
}

absl::StatusOr<StoredCard> BlockingStore::GetCard(std::string tenant, std::string name) {
  Pending<absl::StatusOr<StoredCard>> result;
  store_->GetCard(std::move(tenant), std::move(name), result.done());
  return result.Wait();
}

absl::StatusOr<Page<v1::Card>> BlockingStore::ListCards(std::string tenant, CardQuery query) {
  Pending<absl::StatusOr<Page<v1::Card>>> result;
  store_->ListCards(std::move(tenant), std::move(query), result.done());
  return result.Wait();
}

absl::StatusOr<std::vector<StoredCard>> BlockingStore::ListDueCards(absl::Time now, int limit) {
  Pending<absl::StatusOr<std::vector<StoredCard>>> result;
  store_->ListDueCards(now, limit, result.done());
  return result.Wait();
}

absl::StatusOr<EventPage> BlockingStore::ReadEvents(std::string tenant, int64_t after_revision,
                                                    int limit) {
  Pending<absl::StatusOr<EventPage>> result;
  store_->ReadEvents(std::move(tenant), after_revision, limit, result.done());
  return result.Wait();
}

absl::StatusOr<FoundRevision> BlockingStore::FindRevision(std::string tenant, absl::Time time) {
  Pending<absl::StatusOr<FoundRevision>> result;
  store_->FindRevision(std::move(tenant), time, result.done());
  return result.Wait();
}

absl::StatusOr<PrunedEvents> BlockingStore::PruneEvents(EventLimits limits, int events_max) {
  Pending<absl::StatusOr<PrunedEvents>> result;
  store_->PruneEvents(limits, events_max, result.done());
  return result.Wait();
}

absl::StatusOr<int64_t> BlockingStore::RecordCallback(CallbackRecord record) {
  Pending<absl::StatusOr<int64_t>> result;
  store_->RecordCallback(std::move(record), result.done());
  return result.Wait();
}

absl::Status BlockingStore::JudgeCallback(int64_t id, CallbackJudgement judgement) {
  Pending<absl::Status> result;
  store_->JudgeCallback(id, std::move(judgement), result.done());
  return result.Wait();
}

absl::StatusOr<std::vector<CallbackRecord>> BlockingStore::ListPendingCallbacks(int64_t after_id,
                                                                                int limit) {
  Pending<absl::StatusOr<std::vector<CallbackRecord>>> result;
  store_->ListPendingCallbacks(after_id, limit, result.done());
  return result.Wait();
}

absl::StatusOr<CallbackRecord> BlockingStore::GetCallback(std::string tenant, int64_t id) {
  Pending<absl::StatusOr<CallbackRecord>> result;
  store_->GetCallback(std::move(tenant), id, result.done());
  return result.Wait();
}

absl::StatusOr<Page<CallbackRecord>> BlockingStore::ListCallbacks(std::string tenant,
                                                                  CallbackQuery query) {
  Pending<absl::StatusOr<Page<CallbackRecord>>> result;
  store_->ListCallbacks(std::move(tenant), std::move(query), result.done());
  return result.Wait();
}

absl::StatusOr<CallbackRecord> BlockingStore::AcknowledgeCallback(std::string tenant, int64_t id,
                                                                  Acknowledgement acknowledgement) {
  Pending<absl::StatusOr<CallbackRecord>> result;
  store_->AcknowledgeCallback(std::move(tenant), id, std::move(acknowledgement), result.done());
  return result.Wait();
}

absl::StatusOr<int> BlockingStore::PruneCallbackBodies(absl::Time before, int limit) {
  Pending<absl::StatusOr<int>> result;
  store_->PruneCallbackBodies(before, limit, result.done());
  return result.Wait();
}

absl::StatusOr<int> BlockingStore::PruneCallbacks(absl::Time before, int limit) {
  Pending<absl::StatusOr<int>> result;
  store_->PruneCallbacks(before, limit, result.done());
  return result.Wait();
}

}  // namespace payments
