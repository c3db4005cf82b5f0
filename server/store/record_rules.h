#ifndef PAYMENTS_SERVER_STORE_RECORD_RULES_H_
#define PAYMENTS_SERVER_STORE_RECORD_RULES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "payments/storage/v1/records.pb.h"
#include "payments/v1/card.pb.h"
#include "payments/v1/event.pb.h"
#include "payments/v1/payment.pb.h"
#include "server/engine/store.h"

// What every Store does the same way, whatever it stores in. Pure functions.
namespace payments {

// -- Time: stores keep and order moments in whole microseconds -------------------

int64_t ToMicros(absl::Time time);
int64_t ToMicros(const google::protobuf::Timestamp& time);
std::optional<int64_t> DueMicros(const storage::v1::CheckSchedule& schedule);
std::optional<int64_t> DueMicros(std::optional<absl::Time> due_time);

// -- Commits --------------------------------------------------------------------

// kInvalidArgument if the write breaks the contract of Store, which is a defect of
// the caller: no tenant, name or account, or operations that do not pair up.
absl::Status CheckWrite(const PaymentWrite& write);
absl::Status CheckWrite(const CardWrite& write);

// Makes the write what is stored: `sequence`, its etag, and the schedule in the
// payment's last operation.
void Stamp(int64_t sequence, PaymentWrite* write);
void Stamp(int64_t sequence, CardWrite* write);

// The event of a stamped write, still without its revision. `previous` is unset for a new
// resource.
std::shared_ptr<v1::Event> MakeEvent(const PaymentWrite& write,
                                     std::optional<v1::PaymentState> previous);
std::shared_ptr<v1::Event> MakeEvent(const CardWrite& write, std::optional<v1::CardState> previous);

// The provider references that belong to the payment alone; empty values do not count.
std::vector<std::pair<std::string, std::string>> OwnedReferences(const v1::Payment& payment);

// -- Reads ------------------------------------------------------------------------

// Shows checks_done and next_check_time in the last operation.
void ShowSchedule(const storage::v1::CheckSchedule& schedule, v1::Payment* payment);

bool Matches(const v1::PaymentFilter& filter, const v1::Payment& payment);
bool Matches(const CardQuery& query, const v1::Card& card);

// What is kept of a tenant's log.
struct LogExtent {
  int64_t newest_revision = 0;
  int64_t oldest_revision = 1;  // More than the newest if there are no events.
  int64_t pruned_time_us = 0;   // The newest time of all that were deleted, if any was.
};

// Where a moment is in a log. `newest_time_us_at` is the newest time of all events up to a
// revision that is kept: unlike an event's own time it never goes back, whatever the clock
// did, so it can be searched by halves.
FoundRevision FindRevisionIn(const LogExtent& log, int64_t time_us,
                             absl::FunctionRef<int64_t(int64_t revision)> newest_time_us_at);

// -- What a person must look at ------------------------------------------------------

// What a payment waits for; NEEDS_REVIEW outranks UNKNOWN.
enum class Attention { kNone, kUnknown, kReview };
Attention AttentionOf(v1::PaymentState state, bool needs_review);

// Since when, in microseconds; nothing if it waits for nothing.
struct AttentionSince {
  Attention what = Attention::kNone;
  std::optional<int64_t> since_us;
};
// After the change to `changed`: it waits on, or since its update_time.
AttentionSince NextAttention(const AttentionSince& before, const v1::Payment& changed);

// Callbacks: those with the given verdict wait for a person until one has taken note; so do
// those that are still PENDING after such a time. A repeated one waits with the first.
bool IsRefused(v1::CallbackVerdict verdict);
inline constexpr absl::Duration kCallbackPendingMax = absl::Hours(24);
struct CallbackAttention {
  v1::CallbackVerdict verdict = v1::CALLBACK_VERDICT_PENDING;
  v1::CallbackVerdict last_verdict = v1::CALLBACK_VERDICT_PENDING;  // But for PENDING.
  // Of the one that it is a duplicate of, as it is now.
  v1::CallbackVerdict first_verdict = v1::CALLBACK_VERDICT_UNSPECIFIED;
  int64_t receive_time_us = 0;
  bool acknowledged = false;
  std::optional<int64_t> since_us;  // In microseconds; nothing if it waits for nobody.
};
// A callback that was judged, or whose asking was ended, is not PENDING because one that handled
// it at the same time came to no end. (One that is begun anew is: that has no detail.)
bool IsOvertaken(const CallbackAttention& before, const CallbackJudgement& judgement);
// After the judgement.
CallbackAttention NextAttention(const CallbackAttention& before,
                                const CallbackJudgement& judgement);

// One page out of a page of payments and one of callbacks, both behind the same position.
Page<AttentionEntry> MergeAttention(Page<AttentionEntry> payments, Page<AttentionEntry> callbacks,
                                    int limit);
// The last callback that may come before the position in such a list: those of the same moment
// have a higher id. Payments follow the callbacks of the same moment, as their names do.
int64_t LastCallbackBefore(const ListPosition& position);

// -- Callbacks --------------------------------------------------------------------

// What an operator's acknowledgement makes of one that is PENDING and waits for a person: it is
// REPEATED, with these words.
inline constexpr absl::string_view kAskingEnded = "an operator ended the asking";

// So many are stored of one payment or card in such a time: whoever has its URL could otherwise
// fill the disk. Bodies of 64 KiB come to 150 MiB a day; repeated ones have none of their own.
inline constexpr int kCallbacksPerResourceMax = 3000;
inline constexpr int kCallbackBodiesPerResourceMax = 100;
inline constexpr absl::Duration kCallbacksPerResourceInterval = absl::Hours(1);
absl::Status TooManyCallbacksError(int max);

bool Matches(const v1::CallbackFilter& filter, const CallbackRecord& record);
// The first whole microsecond that is not before the moment.
int64_t CeilMicros(const google::protobuf::Timestamp& time);

// -- Errors ----------------------------------------------------------------------

absl::Status NotFoundError(absl::string_view resource);
absl::Status NoPaymentOfRequestError();
absl::Status NoCallbackError(int64_t id);
absl::Status ChangedMeanwhileError(absl::string_view resource, int64_t stored_sequence,
                                   int64_t expected_sequence);
absl::Status NameTakenError(absl::string_view resource);
absl::Status ReferenceTakenError(absl::string_view resource, absl::string_view key,
                                 absl::string_view owner);

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_RECORD_RULES_H_
