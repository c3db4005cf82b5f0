#ifndef PAYMENTS_SERVER_ENGINE_STORE_H_
#define PAYMENTS_SERVER_ENGINE_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "payments/storage/v1/records.pb.h"
#include "payments/v1/callback.pb.h"
#include "payments/v1/event.pb.h"
#include "payments/v1/operations_service.pb.h"
#include "payments/v1/payments_service.pb.h"
#include "providers/provider.h"
#include "server/base/done.h"

namespace payments {

// One committed change, as subscribers see it (without the cursor).
struct CommittedEvent {
  std::string tenant;
  std::shared_ptr<const v1::Event> event;
};

// A payment as stored. `record.payment` shows the schedule's checks_done and
// next_check_time (= due_time) in its last operation.
struct StoredPayment {
  storage::v1::PaymentRecord record;
  storage::v1::CheckSchedule schedule;
  int64_t revision = 0;  // The tenant's newest, at the time of reading.
};

struct StoredCard {
  storage::v1::CardRecord record;
  int64_t revision = 0;
};

// What came of claiming a request_id. Exactly one of created, existing, tombstoned.
template <typename Stored>
struct Claim {
  bool created = false;
  bool tombstoned = false;                      // CancelPayment came first.
  Stored stored;                                // The new one, or the one that has the request_id.
  storage::v1::RequestFingerprint fingerprint;  // Of the request that made the stored one.
};

// A payment or card to be created, or changed.
struct PaymentWrite {
  storage::v1::PaymentRecord record;
  storage::v1::CheckSchedule schedule;
  v1::Cause cause;
  // The account's: where operations that are about to be sent get theirs from. Unset if
  // it is not configured: then nothing is sent, and none is taken.
  std::optional<NumberRange> numbers = NumberRange();
};
struct CardWrite {
  storage::v1::CardRecord record;
  std::optional<absl::Time> due_time;  // As CheckSchedule.due_time.
  v1::Cause cause;
};

// What was made of a provider's call.
struct CallbackJudgement {
  v1::CallbackVerdict verdict = v1::CALLBACK_VERDICT_PENDING;
  std::string detail;  // For a person; may be empty.
  absl::Time time;     // When.
};

// An operator took note.
struct Acknowledgement {
  absl::Time time;
  std::string by;  // The principal.
  std::string reason;
};

// A provider's HTTP call. The body is sealed before it comes here.
struct CallbackRecord {
  int64_t id = 0;  // Given out by the store, ascending.
  std::string tenant;
  std::string resource;  // "payments/…" or "cards/…".
  std::string account;   // "accounts/…".
  absl::Time receive_time;
  std::string content_type;
  int64_t body_bytes = 0;   // As it was received.
  std::string body_digest;  // Keyed, of resource and body; empty if it is not known.
  std::string sealed_body;  // Empty in lists, and once it was deleted.

  // What the store adds.
  bool body_deleted = false;
  int64_t duplicate_of = 0;  // The first that has this digest; 0 if that is this one.
  CallbackJudgement judgement;
  std::optional<Acknowledgement> acknowledgement;
};

// Where a page of a list goes on: behind this one.
struct ListPosition {
  // What the list is ordered by: create_time, receive_time, or AttentionEntry::since.
  absl::Time time;
  std::string name;
};
struct PaymentQuery {
  v1::PaymentFilter filter;
  int limit = 50;
  std::optional<ListPosition> after;
};
struct CardQuery {
  std::string account;               // Empty for all.
  std::string merchant_customer_id;  // Empty for all.
  bool show_deleted = false;
  int limit = 50;
  std::optional<ListPosition> after;
};
struct CallbackQuery {
  v1::CallbackFilter filter;
  int limit = 50;
  std::optional<ListPosition> after;
};
struct AttentionQuery {
  absl::Time unknown_before;  // UNKNOWN ones count if they are so since then or earlier.
  int limit = 50;
  std::optional<ListPosition> after;
};
// A payment, or a callback, that a person must look at.
struct AttentionEntry {
  storage::v1::PaymentRecord record;  // Empty if it is a callback.
  absl::Time since;
  std::optional<CallbackRecord> callback;  // Without its body.
};
template <typename Resource>
struct Page {
  std::vector<Resource> items;
  bool more = false;
  int64_t revision = 0;
};
struct EventPage {
  std::vector<std::shared_ptr<const v1::Event>> events;  // Oldest first, dense.
  int64_t newest_revision = 0;
};

// Where a moment is in a tenant's log.
struct FoundRevision {
  int64_t revision = 0;  // Just before the first event kept that is at or after it.
  bool pruned = false;   // There were more of them, which were deleted.
};
// What is kept of a tenant's log; its newest event always is.
struct EventLimits {
  absl::Time oldest;      // Older ones go. An event is as old as the newest one up to it.
  int64_t bytes_max = 0;  // Of one tenant's events, as stored: beyond, its oldest go.
};
// What one slice of pruning came to.
struct PrunedEvents {
  struct Begin {
    std::string tenant;
    int64_t oldest_revision = 0;
  };

  int64_t events = 0;         // Deleted.
  bool more = false;          // The limits ask for more of it.
  std::vector<Begin> begins;  // Of the logs that begin later now.
  // What is wrong with the log of each tenant that was left as it is.
  std::vector<std::string> odd_logs;
  // What is kept, of all tenants. Of the oldest event, if there is any but those that are too
  // old and stay as their tenant's newest.
  std::optional<absl::Time> oldest_time;
  int64_t bytes_max = 0;  // Of the tenant whose events take the most.
};

// Payments, cards, and the log of their changes; durable. A resource and its event
// are written in one transaction: there is none without the other.
//
// Every call is asynchronous, so that an implementation can commit many at once; an
// item that fails fails alone. When a Done is called with OK, the change is on disk.
// Thread-safe. Done runs on the store's executor.
//
// Every commit: the store sets sequence (+1), etag, and the numbers of operations that
// are about to be sent and have none (from the durable counter of the account, or of the
// sequence that accounts share: a number is given out once, until a range that may starts
// again), and appends an event of the next revision of the tenant, with time = update_time,
// which the caller has set. Revisions are dense per tenant and become visible in order.
//
// Errors common to all calls: kUnavailable (nothing was written, try again),
// kDataLoss (do not). An I/O error while committing ends the process: what was
// acknowledged is on disk, and what was not is found out after the restart.
class Store {
 public:
  using CommitListener = absl::AnyInvocable<void(const std::vector<CommittedEvent>&)>;

  virtual ~Store() = default;

  // -- Payments ----------------------------------------------------------------

  // Creates the payment, unless its (tenant, request_id) is taken: then nothing is
  // written and the one that has it is returned. A request_id held by the payment
  // named in `record.payment.retry_of` is handed over to the new one, unless that
  // payment's cancel_requested is set, or anything contradicts it.
  //   kOutOfRange  the account's numbers are used up (also from CommitPayment).
  virtual void CreatePayment(PaymentWrite write, storage::v1::RequestFingerprint fingerprint,
                             Done<Claim<StoredPayment>> done) = 0;

  // Replaces the stored payment if its sequence is still that of `write`.
  //   kAborted        somebody else was faster: read again.
  //   kAlreadyExists  a provider reference belongs to another payment of the account.
  virtual void CommitPayment(PaymentWrite write, Done<StoredPayment> done) = 0;

  // Changes the schedule only: no event, no new sequence. kAborted as above.
  virtual void SaveSchedule(std::string tenant, std::string name, int64_t sequence,
                            storage::v1::CheckSchedule schedule, DoneStatus done) = 0;

  // kNotFound if the tenant has none.
  virtual void GetPayment(std::string tenant, std::string name, Done<StoredPayment> done) = 0;
  // As a claim that is neither created nor tombstoned.
  virtual void GetPaymentByRequestId(std::string tenant, std::string request_id,
                                     Done<Claim<StoredPayment>> done) = 0;

  // Takes the request_id so that no payment can be created with it, unless there is
  // one: then it is returned (not `created`, not `tombstoned`).
  virtual void TombstoneRequestId(std::string tenant, std::string request_id, absl::Time now,
                                  Done<Claim<StoredPayment>> done) = 0;

  virtual void ListPayments(std::string tenant, PaymentQuery query,
                            Done<Page<v1::Payment>> done) = 0;

  // Payments of all tenants whose due_time has come, the longest due first.
  virtual void ListDuePayments(absl::Time now, int limit,
                               Done<std::vector<StoredPayment>> done) = 0;

  // Payments that need review, or are UNKNOWN for long, and callbacks that were refused or
  // contradict what is recorded, and were not acknowledged; those that wait longest first. A
  // payment waits since the commit that began what it waits for: a review outranks being
  // UNKNOWN, and begins anew when an operator has cleared the one before. A callback waits
  // since it was first judged so.
  virtual void ListAttention(std::string tenant, AttentionQuery query,
                             Done<Page<AttentionEntry>> done) = 0;

  // -- Cards: as for payments ----------------------------------------------------

  virtual void CreateCard(CardWrite write, storage::v1::RequestFingerprint fingerprint,
                          Done<Claim<StoredCard>> done) = 0;
  virtual void CommitCard(CardWrite write, Done<StoredCard> done) = 0;
  virtual void GetCard(std::string tenant, std::string name, Done<StoredCard> done) = 0;
  virtual void ListCards(std::string tenant, CardQuery query, Done<Page<v1::Card>> done) = 0;
  virtual void ListDueCards(absl::Time now, int limit, Done<std::vector<StoredCard>> done) = 0;

  // -- Events --------------------------------------------------------------------

  // The events kept after `after_revision`, at most `limit`.
  virtual void ReadEvents(std::string tenant, int64_t after_revision, int limit,
                          Done<EventPage> done) = 0;

  virtual void FindRevision(std::string tenant, absl::Time time, Done<FoundRevision> done) = 0;

  // Deletes events beyond the limits, of all tenants, each one's oldest first, `events_max` at
  // most; fewer if they are large.
  // Whoever reads behind one that is gone is given later ones: the gap is his to notice.
  virtual void PruneEvents(EventLimits limits, int events_max, Done<PrunedEvents> done) = 0;

  // Called after each commit with its events, in order, on any thread, before the
  // Dones of that commit. Set once, before the first call; it must not block.
  virtual void SetCommitListener(CommitListener listener) = 0;

  // Random, made with the database and kept with it: a cursor of another log is
  // told by it.
  virtual std::string LogIncarnation() const = 0;

  // -- Callbacks -----------------------------------------------------------------

  // Keeps a provider's call: PENDING. Returns its id. kResourceExhausted: too many of its resource.
  virtual void RecordCallback(CallbackRecord record, Done<int64_t> done) = 0;
  // What was made of it; replaces what was made of it before. PENDING: it is still to be handled;
  // with a detail, only if it was PENDING. Another verdict than the last takes back an operator's
  // acknowledgement, which was not about that. kNotFound if there is no such call.
  virtual void JudgeCallback(int64_t id, CallbackJudgement judgement, DoneStatus done) = 0;
  // PENDING ones of all tenants, with their bodies and an id above `after_id`, ascending.
  virtual void ListPendingCallbacks(int64_t after_id, int limit,
                                    Done<std::vector<CallbackRecord>> done) = 0;
  // With its body, if it has one still. kNotFound if the tenant has none.
  virtual void GetCallback(std::string tenant, int64_t id, Done<CallbackRecord> done) = 0;
  // Newest first, without bodies; Page::revision is not set.
  virtual void ListCallbacks(std::string tenant, CallbackQuery query,
                             Done<Page<CallbackRecord>> done) = 0;
  // The first stays; it ends a PENDING one that waits for a person. Returns it without its body.
  virtual void AcknowledgeCallback(std::string tenant, int64_t id, Acknowledgement acknowledgement,
                                   Done<CallbackRecord> done) = 0;
  // Delete bodies, or all that is known, of at most `limit` callbacks that were received before
  // a moment and are not PENDING. Return how many they were.
  virtual void PruneCallbackBodies(absl::Time before, int limit, Done<int> done) = 0;
  virtual void PruneCallbacks(absl::Time before, int limit, Done<int> done) = 0;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_STORE_H_
