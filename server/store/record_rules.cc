#include "server/store/record_rules.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "absl/strings/str_cat.h"
#include "server/engine/callback_record.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

template <typename List, typename Value>
bool EmptyOrContains(const List& list, const Value& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

// The update time makes it differ from what a restored backup had under this sequence.
std::string MakeEtag(int64_t sequence, const google::protobuf::Timestamp& update_time) {
  return absl::StrCat(sequence, "-", absl::Hex(ToMicros(update_time)));
}

// The common part of both kinds of event.
template <typename Resource>
std::shared_ptr<v1::Event> StartEvent(const Resource& resource, const v1::Cause& cause) {
  auto event = std::make_shared<v1::Event>();
  event->set_resource(resource.name());
  event->set_sequence(resource.sequence());
  *event->mutable_cause() = cause;
  *event->mutable_time() = resource.update_time();
  return event;
}

absl::Status CheckNames(absl::string_view tenant, absl::string_view name,
                        absl::string_view account) {
  if (tenant.empty()) return absl::InvalidArgumentError("store: a record without tenant");
  if (name.empty()) return absl::InvalidArgumentError("store: a record without name");
  if (account.empty()) return absl::InvalidArgumentError("store: a record without account");
  return absl::OkStatus();
}

}  // namespace

int64_t ToMicros(absl::Time time) { return absl::ToUnixMicros(time); }

int64_t ToMicros(const google::protobuf::Timestamp& time) {
  constexpr int64_t kMicrosPerSecond = 1'000'000;
  constexpr int64_t kNanosPerMicro = 1'000;
  return time.seconds() * kMicrosPerSecond + time.nanos() / kNanosPerMicro;
}

std::optional<int64_t> DueMicros(const storage::v1::CheckSchedule& schedule) {
  if (!schedule.has_due_time()) return std::nullopt;
  return ToMicros(schedule.due_time());
}

std::optional<int64_t> DueMicros(std::optional<absl::Time> due_time) {
  if (!due_time.has_value()) return std::nullopt;
  return ToMicros(*due_time);
}

absl::Status CheckWrite(const PaymentWrite& write) {
  const storage::v1::PaymentRecord& record = write.record;
  if (record.operations_size() != record.payment().operations_size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "store: ", record.payment().name(), " has ", record.payment().operations_size(),
        " operations but records of ", record.operations_size()));
  }
  return CheckNames(record.tenant(), record.payment().name(), record.payment().account());
}

absl::Status CheckWrite(const CardWrite& write) {
  return CheckNames(write.record.tenant(), write.record.card().name(),
                    write.record.card().account());
}

void Stamp(int64_t sequence, PaymentWrite* write) {
  v1::Payment* payment = write->record.mutable_payment();
  payment->set_sequence(sequence);
  payment->set_etag(MakeEtag(sequence, payment->update_time()));
  ShowSchedule(write->schedule, payment);
}

void Stamp(int64_t sequence, CardWrite* write) {
  v1::Card* card = write->record.mutable_card();
  card->set_sequence(sequence);
  card->set_etag(MakeEtag(sequence, card->update_time()));
}

std::shared_ptr<v1::Event> MakeEvent(const PaymentWrite& write,
                                     std::optional<v1::PaymentState> previous) {
  auto event = StartEvent(write.record.payment(), write.cause);
  *event->mutable_payment() = write.record.payment();
  if (previous.has_value()) event->set_previous_payment_state(*previous);
  return event;
}

std::shared_ptr<v1::Event> MakeEvent(const CardWrite& write,
                                     std::optional<v1::CardState> previous) {
  auto event = StartEvent(write.record.card(), write.cause);
  *event->mutable_card() = write.record.card();
  if (previous.has_value()) event->set_previous_card_state(*previous);
  return event;
}

std::vector<std::pair<std::string, std::string>> OwnedReferences(const v1::Payment& payment) {
  std::vector<std::pair<std::string, std::string>> owned;
  for (const auto& [key, value] : payment.provider_references()) {
    if (!value.empty()) owned.emplace_back(key, value);
  }
  std::sort(owned.begin(), owned.end());  // A map has no order, but an error names the first.
  return owned;
}

void ShowSchedule(const storage::v1::CheckSchedule& schedule, v1::Payment* payment) {
  if (payment->operations().empty()) return;
  v1::Operation* last = payment->mutable_operations(payment->operations_size() - 1);
  last->set_checks_done(schedule.checks_done());
  if (schedule.has_due_time()) {
    *last->mutable_next_check_time() = schedule.due_time();
  } else {
    last->clear_next_check_time();
  }
}

bool Matches(const v1::PaymentFilter& filter, const v1::Payment& payment) {
  if (!EmptyOrContains(filter.names(), payment.name())) return false;
  if (!EmptyOrContains(filter.states(), payment.state())) return false;
  if (!EmptyOrContains(filter.accounts(), payment.account())) return false;
  if (!filter.merchant_reference().empty() &&
      filter.merchant_reference() != payment.merchant_reference()) {
    return false;
  }
  if (!filter.provider_reference().empty()) {
    const auto& references = payment.provider_references();
    const bool found = std::any_of(references.begin(), references.end(), [&](const auto& entry) {
      return entry.second == filter.provider_reference();
    });
    if (!found) return false;
  }
  const absl::Time created = ToTime(payment.create_time());
  if (filter.has_create_time_min() && created < ToTime(filter.create_time_min())) return false;
  return !filter.has_create_time_max() || created < ToTime(filter.create_time_max());
}

bool Matches(const CardQuery& query, const v1::Card& card) {
  if (!query.account.empty() && query.account != card.account()) return false;
  if (!query.merchant_customer_id.empty() &&
      query.merchant_customer_id != card.merchant_customer_id()) {
    return false;
  }
  return query.show_deleted || card.state() != v1::CARD_STATE_DELETED;
}

FoundRevision FindRevisionIn(const LogExtent& log, int64_t time_us,
                             absl::FunctionRef<int64_t(int64_t revision)> newest_time_us_at) {
  // Everything up to `before` is older than the moment, everything above `after` is not.
  int64_t before = log.oldest_revision - 1;
  if (before > 0 && log.pruned_time_us >= time_us) return {.revision = before, .pruned = true};
  int64_t after = log.newest_revision;
  while (before < after) {
    const int64_t middle = before + (after - before + 1) / 2;
    if (newest_time_us_at(middle) < time_us) {
      before = middle;
    } else {
      after = middle - 1;
    }
  }
  return {.revision = before, .pruned = false};
}

Attention AttentionOf(v1::PaymentState state, bool needs_review) {
  if (needs_review) return Attention::kReview;
  return state == v1::PAYMENT_STATE_UNKNOWN ? Attention::kUnknown : Attention::kNone;
}

AttentionSince NextAttention(const AttentionSince& before, const v1::Payment& changed) {
  const Attention what = AttentionOf(changed.state(), changed.needs_review());
  if (what == Attention::kNone) return {};
  if (what == before.what && before.since_us.has_value()) return before;
  return {what, ToMicros(changed.update_time())};
}

bool IsRefused(v1::CallbackVerdict verdict) {
  return verdict == v1::CALLBACK_VERDICT_MISMATCH ||
         verdict == v1::CALLBACK_VERDICT_REFUSED_SIGNATURE ||
         verdict == v1::CALLBACK_VERDICT_UNINTELLIGIBLE;
}

bool IsOvertaken(const CallbackAttention& before, const CallbackJudgement& judgement) {
  return judgement.verdict == v1::CALLBACK_VERDICT_PENDING &&
         before.verdict != v1::CALLBACK_VERDICT_PENDING && !judgement.detail.empty();
}

CallbackAttention NextAttention(const CallbackAttention& before,
                                const CallbackJudgement& judgement) {
  CallbackAttention next = before;
  next.verdict = judgement.verdict;
  if (judgement.verdict == v1::CALLBACK_VERDICT_PENDING) {
    // Handled again, or still: what was said of it stays until something else is.
    const bool late = !judgement.detail.empty() &&
                      ToMicros(judgement.time - kCallbackPendingMax) >= before.receive_time_us;
    if (late && !before.since_us.has_value()) {
      next.since_us = ToMicros(judgement.time);
      next.acknowledged = false;  // That was about something else: one that waits is ended by it.
    }
    return next;
  }
  next.last_verdict = judgement.verdict;
  if (judgement.verdict == before.last_verdict) {
    if (!IsRefused(judgement.verdict)) next.since_us.reset();
    return next;
  }
  next.acknowledged = false;
  next.since_us.reset();
  if (IsRefused(judgement.verdict) && judgement.verdict != before.first_verdict) {
    next.since_us = ToMicros(judgement.time);
  }
  return next;
}

Page<AttentionEntry> MergeAttention(Page<AttentionEntry> payments, Page<AttentionEntry> callbacks,
                                    int limit) {
  Page<AttentionEntry> merged{.more = payments.more || callbacks.more,
                              .revision = payments.revision};
  // Stable, and callbacks first: at the same moment they come first.
  std::merge(std::make_move_iterator(callbacks.items.begin()),
             std::make_move_iterator(callbacks.items.end()),
             std::make_move_iterator(payments.items.begin()),
             std::make_move_iterator(payments.items.end()), std::back_inserter(merged.items),
             [](const auto& a, const auto& b) { return a.since < b.since; });
  if (static_cast<int>(merged.items.size()) > limit) {
    merged.items.resize(static_cast<size_t>(limit));
    merged.more = true;
  }
  return merged;
}

int64_t LastCallbackBefore(const ListPosition& position) {
  return CallbackIdOf(position.name).value_or(std::numeric_limits<int64_t>::max());
}

int64_t CeilMicros(const google::protobuf::Timestamp& time) {
  const int64_t floor = ToMicros(time);
  return absl::FromUnixMicros(floor) < ToTime(time) ? floor + 1 : floor;
}

bool Matches(const v1::CallbackFilter& filter, const CallbackRecord& record) {
  const int64_t time_us = ToMicros(record.receive_time);
  return (filter.resource().empty() || filter.resource() == record.resource) &&
         EmptyOrContains(filter.verdicts(), record.judgement.verdict) &&
         EmptyOrContains(filter.accounts(), record.account) &&
         (!filter.has_receive_time_min() || time_us >= CeilMicros(filter.receive_time_min())) &&
         (!filter.has_receive_time_max() || time_us < CeilMicros(filter.receive_time_max()));
}

absl::Status NotFoundError(absl::string_view resource) {
  return absl::NotFoundError(absl::StrCat("there is no ", resource));
}

absl::Status NoPaymentOfRequestError() {
  return absl::NotFoundError("there is no payment with this request_id");
}

absl::Status TooManyCallbacksError(int max) {
  return absl::ResourceExhaustedError(absl::StrCat(
      "of one payment or card at most ", max == kCallbacksPerResourceMax ? "" : "different ",
      "callbacks are stored in ", absl::FormatDuration(kCallbacksPerResourceInterval), ": ", max));
}

absl::Status NoCallbackError(int64_t id) {
  return absl::NotFoundError(absl::StrCat("there is no callback ", id));
}

absl::Status ChangedMeanwhileError(absl::string_view resource, int64_t stored_sequence,
                                   int64_t expected_sequence) {
  return absl::AbortedError(absl::StrCat(resource, " is at sequence ", stored_sequence, ", not ",
                                         expected_sequence, ": read it again"));
}

absl::Status NameTakenError(absl::string_view resource) {
  return absl::AlreadyExistsError(absl::StrCat("there is a ", resource, " already"));
}

absl::Status ReferenceTakenError(absl::string_view resource, absl::string_view key,
                                 absl::string_view owner) {
  return absl::AlreadyExistsError(
      absl::StrCat("provider reference ", key, " of ", resource, " belongs to ", owner));
}

}  // namespace payments
