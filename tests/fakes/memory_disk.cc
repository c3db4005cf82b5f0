#include "tests/fakes/memory_disk.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>

namespace payments {
namespace {

// Walks an index, newest first, from behind `after`; `load` gives the resource if it
// is wanted.
template <typename Resource, typename Index, typename Load>
Page<Resource> ListNewestFirst(const Index& index, const std::optional<ListPosition>& after,
                               int limit, const Load& load) {
  Page<Resource> page;
  auto it = after.has_value() ? index.lower_bound(std::pair(ToMicros(after->time), after->name))
                              : index.end();
  while (it != index.begin()) {
    --it;
    std::optional<Resource> resource = load(it->second);
    if (!resource.has_value()) continue;
    if (static_cast<int>(page.items.size()) == limit) {
      page.more = true;
      break;
    }
    page.items.push_back(*std::move(resource));
  }
  return page;
}

}  // namespace

const MemoryDisk::Tenant* MemoryDisk::FindTenant(const std::string& tenant) const {
  const auto it = tenants_.find(tenant);
  return it == tenants_.end() ? nullptr : &it->second;
}

StoredPayment MemoryDisk::Stored(const Tenant& tenant, const PaymentRow& row) {
  StoredPayment stored{row.record, row.schedule, tenant.newest_revision};
  ShowSchedule(row.schedule, stored.record.mutable_payment());
  return stored;
}

StoredCard MemoryDisk::Stored(const Tenant& tenant, const CardRow& row) {
  return StoredCard{row.record, tenant.newest_revision};
}

absl::Status MemoryDisk::CheckReferences(const Tenant& tenant, const v1::Payment& payment) {
  for (const auto& [key, value] : OwnedReferences(payment)) {
    const auto it = tenant.references.find(std::tuple(payment.account(), key, value));
    if (it != tenant.references.end() && it->second != payment.name()) {
      return ReferenceTakenError(payment.name(), key, it->second);
    }
  }
  return absl::OkStatus();
}

void MemoryDisk::Append(const std::string& name, Tenant* tenant, std::shared_ptr<v1::Event> event,
                        Log* log) {
  tenant->events_bytes += static_cast<int64_t>(event->ByteSizeLong());
  event->set_revision(++tenant->newest_revision);
  const int64_t time_us = ToMicros(event->time());
  tenant->newest_times_us.push_back(
      tenant->events.empty() ? time_us : std::max(time_us, tenant->newest_times_us.back()));
  tenant->events.push_back(event);
  log->push_back({name, std::move(event)});
}

void MemoryDisk::MoveDue(DueIndex* index, const std::string& tenant, const std::string& name,
                         std::optional<int64_t> from, std::optional<int64_t> to) {
  if (from == to) return;
  if (from.has_value()) index->erase(std::tuple(*from, tenant, name));
  if (to.has_value()) index->emplace(*to, tenant, name);
}

// -- Payments ------------------------------------------------------------------

absl::Status MemoryDisk::NumberOperations(PaymentWrite* write) {
  const int count = CountUnnumbered(write->record);
  if (count == 0 || !write->numbers.has_value()) return absl::OkStatus();
  const CounterKey key = CounterOf(*write, *write->numbers);
  NumberCounter& counter = counters_[std::pair(key.tenant, key.account)];
  const absl::StatusOr<NumberCounter> taken =
      TakeNumbers(*write->numbers, counter, /*restores=*/0, count);
  if (!taken.ok()) return taken.status();
  SetNumbers(taken->last_number - count + 1, &write->record);
  counter = *taken;
  return absl::OkStatus();
}

StoredPayment MemoryDisk::Put(Tenant* tenant, PaymentWrite write,
                              std::optional<v1::PaymentState> previous, Log* log) {
  const v1::Payment& payment = write.record.payment();
  PaymentRow& row = tenant->payments[payment.name()];
  Stamp(row.record.payment().sequence() + 1, &write);
  for (auto& [key, value] : OwnedReferences(payment)) {
    tenant->references[std::tuple(payment.account(), key, value)] = payment.name();
  }
  tenant->payments_by_time.emplace(ToMicros(payment.create_time()), payment.name());
  MoveDue(&due_payments_, write.record.tenant(), payment.name(), DueMicros(row.schedule),
          DueMicros(write.schedule));
  Append(write.record.tenant(), tenant, MakeEvent(write, previous), log);
  Index& waiting = tenant->payments_by_attention;
  if (row.attention.since_us) waiting.erase({*row.attention.since_us, payment.name()});
  const AttentionSince attention = NextAttention(row.attention, payment);
  if (attention.since_us) waiting.emplace(*attention.since_us, payment.name());
  row = PaymentRow{std::move(write.record), std::move(write.schedule), attention};
  return Stored(*tenant, row);
}

template <typename T>
std::optional<Claim<T>> MemoryDisk::FindClaim(const RequestIds& ids, const std::string& request_id,
                                              const std::string& retry_of) {
  const auto it = ids.find(request_id);
  if (it == ids.end()) return std::nullopt;
  const RequestId& holder = it->second;
  if (!holder.name.empty() && holder.name == retry_of) return std::nullopt;
  Claim<T> claim;
  claim.tombstoned = holder.name.empty();
  claim.fingerprint = holder.fingerprint;
  return claim;
}

absl::StatusOr<Claim<StoredPayment>> MemoryDisk::CreatePayment(
    PaymentWrite write, storage::v1::RequestFingerprint fingerprint, Log* log) {
  if (absl::Status status = CheckWrite(write); !status.ok()) return status;
  const v1::Payment& payment = write.record.payment();
  Tenant& tenant = tenants_[write.record.tenant()];
  RequestIds& ids = tenant.payment_request_ids;
  const auto earlier = tenant.payments.find(payment.retry_of());
  const bool kept =
      earlier != tenant.payments.end() && (earlier->second.record.payment().cancel_requested() ||
                                           !earlier->second.record.contradictions().empty());
  if (auto taken =
          FindClaim<StoredPayment>(ids, payment.request_id(), kept ? "" : payment.retry_of())) {
    if (!taken->tombstoned) {
      taken->stored = Stored(tenant, tenant.payments.at(ids[payment.request_id()].name));
    }
    return *std::move(taken);
  }
  if (tenant.payments.contains(payment.name())) return NameTakenError(payment.name());
  if (absl::Status status = CheckReferences(tenant, payment); !status.ok()) return status;
  if (absl::Status status = NumberOperations(&write); !status.ok()) return status;
  ids[payment.request_id()] = RequestId{payment.name(), fingerprint};
  Claim<StoredPayment> claim;
  claim.created = true;
  claim.fingerprint = std::move(fingerprint);
  claim.stored = Put(&tenant, std::move(write), std::nullopt, log);
  return claim;
}

absl::StatusOr<StoredPayment> MemoryDisk::CommitPayment(PaymentWrite write, Log* log) {
  if (absl::Status status = CheckWrite(write); !status.ok()) return status;
  const v1::Payment& payment = write.record.payment();
  Tenant& tenant = tenants_[write.record.tenant()];
  const auto it = tenant.payments.find(payment.name());
  if (it == tenant.payments.end()) return NotFoundError(payment.name());
  const v1::Payment& stored = it->second.record.payment();
  if (stored.sequence() != payment.sequence()) {
    return ChangedMeanwhileError(payment.name(), stored.sequence(), payment.sequence());
  }
  if (absl::Status status = CheckReferences(tenant, payment); !status.ok()) return status;
  if (absl::Status status = NumberOperations(&write); !status.ok()) return status;
  const v1::PaymentState previous = stored.state();
  return Put(&tenant, std::move(write), previous, log);
}

absl::Status MemoryDisk::SaveSchedule(const std::string& tenant, const std::string& name,
                                      int64_t sequence, storage::v1::CheckSchedule schedule) {
  Tenant& data = tenants_[tenant];
  const auto it = data.payments.find(name);
  if (it == data.payments.end()) return NotFoundError(name);
  PaymentRow& row = it->second;
  const int64_t stored_sequence = row.record.payment().sequence();
  if (stored_sequence != sequence) return ChangedMeanwhileError(name, stored_sequence, sequence);
  MoveDue(&due_payments_, tenant, name, DueMicros(row.schedule), DueMicros(schedule));
  row.schedule = std::move(schedule);
  return absl::OkStatus();
}

absl::StatusOr<StoredPayment> MemoryDisk::GetPayment(const std::string& tenant,
                                                     const std::string& name) const {
  const Tenant* data = FindTenant(tenant);
  if (data == nullptr) return NotFoundError(name);
  const auto it = data->payments.find(name);
  if (it == data->payments.end()) return NotFoundError(name);
  return Stored(*data, it->second);
}

absl::StatusOr<Claim<StoredPayment>> MemoryDisk::GetPaymentByRequestId(
    const std::string& tenant, const std::string& request_id) const {
  const Tenant* data = FindTenant(tenant);
  if (data == nullptr) return NoPaymentOfRequestError();
  const auto it = data->payment_request_ids.find(request_id);
  if (it == data->payment_request_ids.end() || it->second.name.empty()) {
    return NoPaymentOfRequestError();
  }
  Claim<StoredPayment> claim;
  claim.fingerprint = it->second.fingerprint;
  claim.stored = Stored(*data, data->payments.at(it->second.name));
  return claim;
}

absl::StatusOr<Claim<StoredPayment>> MemoryDisk::TombstoneRequestId(const std::string& tenant,
                                                                    const std::string& request_id) {
  Tenant& data = tenants_[tenant];
  RequestId& holder = data.payment_request_ids[request_id];  // A new one is a tombstone.
  Claim<StoredPayment> claim;
  claim.tombstoned = holder.name.empty();
  if (claim.tombstoned) return claim;
  claim.fingerprint = holder.fingerprint;
  claim.stored = Stored(data, data.payments.at(holder.name));
  return claim;
}

Page<v1::Payment> MemoryDisk::ListPayments(const std::string& tenant,
                                           const PaymentQuery& query) const {
  const Tenant* data = FindTenant(tenant);
  if (data == nullptr) return {};
  const auto load = [&](const std::string& name) -> std::optional<v1::Payment> {
    const PaymentRow& row = data->payments.at(name);
    if (!Matches(query.filter, row.record.payment())) return std::nullopt;
    return Stored(*data, row).record.payment();
  };
  auto page = ListNewestFirst<v1::Payment>(data->payments_by_time, query.after, query.limit, load);
  page.revision = data->newest_revision;
  return page;
}

std::vector<StoredPayment> MemoryDisk::ListDuePayments(absl::Time now, int limit) const {
  std::vector<StoredPayment> due;
  for (const auto& [due_time_us, tenant, name] : due_payments_) {
    if (due_time_us > ToMicros(now) || static_cast<int>(due.size()) == limit) break;
    const Tenant& data = tenants_.at(tenant);
    due.push_back(Stored(data, data.payments.at(name)));
  }
  return due;
}

Page<AttentionEntry> MemoryDisk::ListAttention(const std::string& tenant,
                                               const AttentionQuery& query) const {
  Page<AttentionEntry> page;
  Page<AttentionEntry> callbacks = ListCallbackAttention(tenant, query);
  const Tenant* data = FindTenant(tenant);
  if (data == nullptr) return callbacks;
  page.revision = data->newest_revision;
  const Index& waiting = data->payments_by_attention;
  auto it = query.after.has_value()
                ? waiting.upper_bound(std::pair(ToMicros(query.after->time), query.after->name))
                : waiting.begin();
  for (; it != waiting.end(); ++it) {
    const PaymentRow& row = data->payments.at(it->second);
    const bool wanted =
        row.attention.what == Attention::kReview || it->first <= ToMicros(query.unknown_before);
    if (!wanted) continue;
    page.more = static_cast<int>(page.items.size()) == query.limit;
    if (page.more) break;
    page.items.push_back({Stored(*data, row).record, absl::FromUnixMicros(it->first), {}});
  }
  return MergeAttention(std::move(page), std::move(callbacks), query.limit);
}

// -- Cards ---------------------------------------------------------------------

StoredCard MemoryDisk::Put(Tenant* tenant, CardWrite write, std::optional<v1::CardState> previous,
                           Log* log) {
  const v1::Card& card = write.record.card();
  CardRow& row = tenant->cards[card.name()];
  Stamp(row.record.card().sequence() + 1, &write);
  tenant->cards_by_time.emplace(ToMicros(card.create_time()), card.name());
  const std::optional<int64_t> due_time_us = DueMicros(write.due_time);
  MoveDue(&due_cards_, write.record.tenant(), card.name(), row.due_time_us, due_time_us);
  Append(write.record.tenant(), tenant, MakeEvent(write, previous), log);
  row = CardRow{std::move(write.record), due_time_us};
  return Stored(*tenant, row);
}

absl::StatusOr<Claim<StoredCard>> MemoryDisk::CreateCard(
    CardWrite write, storage::v1::RequestFingerprint fingerprint, Log* log) {
  if (absl::Status status = CheckWrite(write); !status.ok()) return status;
  const v1::Card& card = write.record.card();
  Tenant& tenant = tenants_[write.record.tenant()];
  RequestIds& ids = tenant.card_request_ids;
  if (auto taken = FindClaim<StoredCard>(ids, card.request_id(), card.retry_of())) {
    taken->stored = Stored(tenant, tenant.cards.at(ids[card.request_id()].name));
    return *std::move(taken);
  }
  if (tenant.cards.contains(card.name())) return NameTakenError(card.name());
  ids[card.request_id()] = RequestId{card.name(), fingerprint};
  Claim<StoredCard> claim;
  claim.created = true;
  claim.fingerprint = std::move(fingerprint);
  claim.stored = Put(&tenant, std::move(write), std::nullopt, log);
  return claim;
}

absl::StatusOr<StoredCard> MemoryDisk::CommitCard(CardWrite write, Log* log) {
  if (absl::Status status = CheckWrite(write); !status.ok()) return status;
  const v1::Card& card = write.record.card();
  Tenant& tenant = tenants_[write.record.tenant()];
  const auto it = tenant.cards.find(card.name());
  if (it == tenant.cards.end()) return NotFoundError(card.name());
  const v1::Card& stored = it->second.record.card();
  if (stored.sequence() != card.sequence()) {
    return ChangedMeanwhileError(card.name(), stored.sequence(), card.sequence());
  }
  const v1::CardState previous = stored.state();
  return Put(&tenant, std::move(write), previous, log);
}

absl::StatusOr<StoredCard> MemoryDisk::GetCard(const std::string& tenant,
                                               const std::string& name) const {
  const Tenant* data = FindTenant(tenant);
  if (data == nullptr) return NotFoundError(name);
  const auto it = data->cards.find(name);
  if (it == data->cards.end()) return NotFoundError(name);
  return Stored(*data, it->second);
}

Page<v1::Card> MemoryDisk::ListCards(const std::string& tenant, const CardQuery& query) const {
  const Tenant* data = FindTenant(tenant);
  if (data == nullptr) return {};
  const auto load = [&](const std::string& name) -> std::optional<v1::Card> {
    const v1::Card& card = data->cards.at(name).record.card();
    return Matches(query, card) ? std::optional(card) : std::nullopt;
  };
  auto page = ListNewestFirst<v1::Card>(data->cards_by_time, query.after, query.limit, load);
  page.revision = data->newest_revision;
  return page;
}

std::vector<StoredCard> MemoryDisk::ListDueCards(absl::Time now, int limit) const {
  std::vector<StoredCard> due;
  for (const auto& [due_time_us, tenant, name] : due_cards_) {
    if (due_time_us > ToMicros(now) || static_cast<int>(due.size()) == limit) break;
    const Tenant& data = tenants_.at(tenant);
    due.push_back(Stored(data, data.cards.at(name)));
  }
  return due;
}

// -- Callbacks -----------------------------------------------------------------

absl::StatusOr<int64_t> MemoryDisk::RecordCallback(CallbackRecord record) {
  record.receive_time = absl::FromUnixMicros(ToMicros(record.receive_time));
  int recent = 0;
  int different = 0;
  bool body_kept = false;
  for (const auto& [id, row] : callbacks_) {
    const CallbackRecord& other = row.record;
    if (other.tenant != record.tenant || other.resource != record.resource) continue;
    if (other.receive_time > record.receive_time - kCallbacksPerResourceInterval) {
      ++recent;
      different += other.duplicate_of == 0 ? 1 : 0;
    }
    if (record.body_digest.empty() || other.body_digest != record.body_digest) continue;
    if (record.duplicate_of == 0) record.duplicate_of = id;
    body_kept = body_kept || !other.body_deleted;
  }
  if (recent >= kCallbacksPerResourceMax) return TooManyCallbacksError(kCallbacksPerResourceMax);
  if (!body_kept && different >= kCallbackBodiesPerResourceMax) {
    return TooManyCallbacksError(kCallbackBodiesPerResourceMax);
  }
  record.id = ++last_callback_;
  CallbackRow& row = callbacks_[last_callback_];
  row.attention.receive_time_us = ToMicros(record.receive_time);
  row.record = std::move(record);
  return last_callback_;
}

absl::Status MemoryDisk::JudgeCallback(int64_t id, CallbackJudgement judgement) {
  const auto it = callbacks_.find(id);
  if (it == callbacks_.end()) return NoCallbackError(id);
  judgement.time = absl::FromUnixMicros(ToMicros(judgement.time));
  CallbackAttention& attention = it->second.attention;
  const auto first = callbacks_.find(it->second.record.duplicate_of);
  attention.first_verdict = first == callbacks_.end() ? v1::CALLBACK_VERDICT_UNSPECIFIED
                                                      : first->second.record.judgement.verdict;
  if (IsOvertaken(attention, judgement)) return absl::OkStatus();
  attention = NextAttention(attention, judgement);
  if (!attention.acknowledged) it->second.record.acknowledgement.reset();
  it->second.record.judgement = std::move(judgement);
  return absl::OkStatus();
}

std::vector<CallbackRecord> MemoryDisk::ListPendingCallbacks(int64_t after_id, int limit) const {
  std::vector<CallbackRecord> pending;
  for (auto it = callbacks_.upper_bound(after_id); it != callbacks_.end(); ++it) {
    if (static_cast<int>(pending.size()) == limit) break;
    const CallbackRecord& record = it->second.record;
    if (record.judgement.verdict == v1::CALLBACK_VERDICT_PENDING) pending.push_back(record);
  }
  return pending;
}

absl::StatusOr<CallbackRecord> MemoryDisk::GetCallback(const std::string& tenant,
                                                       int64_t id) const {
  const auto it = callbacks_.find(id);
  if (it == callbacks_.end() || it->second.record.tenant != tenant) return NoCallbackError(id);
  return it->second.record;
}

Page<CallbackRecord> MemoryDisk::ListCallbacks(const std::string& tenant,
                                               const CallbackQuery& query) const {
  // By time and id, newest first.
  std::map<std::pair<int64_t, int64_t>, CallbackRecord, std::greater<>> wanted;
  for (const auto& [id, row] : callbacks_) {
    const std::pair place(ToMicros(row.record.receive_time), id);
    if (row.record.tenant != tenant || !Matches(query.filter, row.record)) continue;
    if (query.after.has_value() &&
        place >= std::pair(ToMicros(query.after->time), LastCallbackBefore(*query.after))) {
      continue;
    }
    wanted.emplace(place, row.record).first->second.sealed_body.clear();
  }
  Page<CallbackRecord> page;
  for (auto& [place, record] : wanted) {
    page.more = static_cast<int>(page.items.size()) == query.limit;
    if (page.more) break;
    page.items.push_back(std::move(record));
  }
  return page;
}

absl::StatusOr<CallbackRecord> MemoryDisk::AcknowledgeCallback(const std::string& tenant,
                                                               int64_t id,
                                                               Acknowledgement acknowledgement) {
  const auto it = callbacks_.find(id);
  if (it == callbacks_.end() || it->second.record.tenant != tenant) return NoCallbackError(id);
  CallbackRow& row = it->second;
  if (!row.record.acknowledgement.has_value()) {
    acknowledgement.time = absl::FromUnixMicros(ToMicros(acknowledgement.time));
    CallbackJudgement& judgement = row.record.judgement;
    if (judgement.verdict == v1::CALLBACK_VERDICT_PENDING && row.attention.since_us.has_value()) {
      judgement = {v1::CALLBACK_VERDICT_REPEATED, std::string(kAskingEnded), acknowledgement.time};
      row.attention.verdict = row.attention.last_verdict = judgement.verdict;
    }
    row.record.acknowledgement = std::move(acknowledgement);
    row.attention.acknowledged = true;
    row.attention.since_us.reset();
  }
  CallbackRecord record = row.record;
  record.sealed_body.clear();
  return record;
}

int MemoryDisk::PruneCallbackBodies(absl::Time before, int limit) {
  int pruned = 0;
  for (auto& [id, row] : callbacks_) {
    if (pruned == limit) break;
    CallbackRecord& record = row.record;
    if (record.judgement.verdict == v1::CALLBACK_VERDICT_PENDING || record.body_deleted ||
        ToMicros(record.receive_time) >= ToMicros(before)) {
      continue;
    }
    record.sealed_body.clear();
    record.body_deleted = true;
    ++pruned;
  }
  return pruned;
}

int MemoryDisk::PruneCallbacks(absl::Time before, int limit) {
  int pruned = 0;
  for (auto it = callbacks_.begin(); it != callbacks_.end() && pruned < limit;) {
    const CallbackRecord& record = it->second.record;
    const bool keep = record.judgement.verdict == v1::CALLBACK_VERDICT_PENDING ||
                      ToMicros(record.receive_time) >= ToMicros(before);
    it = keep ? std::next(it) : callbacks_.erase(it);
    pruned += keep ? 0 : 1;
  }
  return pruned;
}

Page<AttentionEntry> MemoryDisk::ListCallbackAttention(const std::string& tenant,
                                                       const AttentionQuery& query) const {
  std::map<std::pair<int64_t, int64_t>, AttentionEntry> waiting;  // By time and id.
  for (const auto& [id, row] : callbacks_) {
    if (row.record.tenant != tenant || !row.attention.since_us.has_value()) continue;
    const std::pair place(*row.attention.since_us, id);
    if (query.after.has_value() &&
        place <= std::pair(ToMicros(query.after->time), LastCallbackBefore(*query.after))) {
      continue;
    }
    AttentionEntry entry{{}, absl::FromUnixMicros(place.first), row.record};
    entry.callback->sealed_body.clear();
    waiting.emplace(place, std::move(entry));
  }
  Page<AttentionEntry> page;
  for (auto& [place, entry] : waiting) {
    page.more = static_cast<int>(page.items.size()) == query.limit;
    if (page.more) break;
    page.items.push_back(std::move(entry));
  }
  return page;
}

}  // namespace payments
