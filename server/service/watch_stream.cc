#include "server/service/watch_stream.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "server/base/error.h"
#include "server/engine/proto_time.h"
#include "server/service/message_bytes.h"
#include "server/service/validate_events.h"
#include "server/service/validate_fields.h"

namespace payments {
namespace {

absl::Duration HeartbeatInterval(const v1::WatchEventsRequest& request) {
  return request.has_heartbeat_interval() ? ToDuration(request.heartbeat_interval())
                                          : kHeartbeatIntervalDefault;
}

// The names to stop for, each once, in the caller's order.
std::vector<std::string> DistinctNames(const v1::EventFilter& filter) {
  std::vector<std::string> names;
  absl::flat_hash_set<std::string> seen;
  for (const std::string& name : filter.names()) {
    if (seen.insert(name).second) names.push_back(name);
  }
  return names;
}

}  // namespace

// -- Opening ---------------------------------------------------------------------

WatchStream::WatchStream(const Dependencies& deps, Caller caller,
                         const v1::WatchEventsRequest& request)
    : deps_(deps),
      tenant_(std::move(caller.tenant)),
      principal_(std::move(caller.principal)),
      matcher_(request.filter()),
      heartbeat_interval_(HeartbeatInterval(request)),
      stop_when_final_(request.stop_when_final()),
      last_write_(deps.clock->Monotonic()) {
  if (!stop_when_final_) return;
  names_ = DistinctNames(request.filter());
  not_final_.insert(names_.begin(), names_.end());
  std::reverse(names_.begin(), names_.end());  // Read from the back.
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchStream::Start(
    const Dependencies& deps, Caller caller, const v1::WatchEventsRequest& request) {
  // Not make_shared: what still holds it weakly must not keep its memory.
  const std::shared_ptr<WatchStream> stream(new WatchStream(deps, std::move(caller), request));
  stream->self_ = stream;
  stream->Open(request);
  return stream.get();  // OnDone() cannot come before gRPC has it.
}

void WatchStream::Open(const v1::WatchEventsRequest& request) {
  if (absl::Status open = deps_.registry->Add(principal_, shared_from_this()); !open.ok()) {
    const std::lock_guard lock(mu_);
    return EndLocked(open);
  }
  // Before anything is read, so that nothing falls in between.
  subscription_ = deps_.broadcaster->Subscribe(tenant_, [this] { OnWake(); });
  FindPlace(deps_.store, deps_.broadcaster, deps_.cursors, tenant_, StartOf(request),
            [weak = weak_from_this()](auto place) {
              if (const auto stream = weak.lock()) stream->OnPlaceFound(std::move(place));
            });
}

void WatchStream::OnPlaceFound(absl::StatusOr<LogPlace> place) {
  const std::lock_guard lock(mu_);
  if (!place.ok()) return EndLocked(place.status());
  place_ = *std::move(place);
  ReadNextSnapshotLocked();
}

void WatchStream::ReadNextSnapshotLocked() {
  if (end_.has_value()) return;
  if (names_.empty()) {
    running_ = true;
    // The store may have called, on the engine's thread, which is not for sending.
    return deps_.executor->Post([weak = weak_from_this()] {
      if (const auto stream = weak.lock()) stream->OnWake();
    });
  }
  std::string name = std::move(names_.back());
  names_.pop_back();
  if (absl::StartsWith(name, kPaymentPrefix)) {
    return deps_.store->GetPayment(tenant_, std::move(name), [weak = weak_from_this()](auto found) {
      if (const auto stream = weak.lock()) stream->OnPaymentSnapshot(std::move(found));
    });
  }
  deps_.store->GetCard(tenant_, std::move(name), [weak = weak_from_this()](auto found) {
    if (const auto stream = weak.lock()) stream->OnCardSnapshot(std::move(found));
  });
}

void WatchStream::OnPaymentSnapshot(absl::StatusOr<StoredPayment> stored) {
  const std::lock_guard lock(mu_);
  if (!stored.ok()) return EndLocked(ReadError(stored.status(), PaymentNotFound()));
  v1::CurrentSnapshot snapshot;
  *snapshot.mutable_payment() = std::move(*stored->record.mutable_payment());
  if (IsFinal(snapshot.payment())) not_final_.erase(snapshot.payment().name());
  snapshots_.push_back(std::move(snapshot));
  ReadNextSnapshotLocked();
}

void WatchStream::OnCardSnapshot(absl::StatusOr<StoredCard> stored) {
  const std::lock_guard lock(mu_);
  if (!stored.ok()) return EndLocked(ReadError(stored.status(), CardNotFound()));
  v1::CurrentSnapshot snapshot;
  *snapshot.mutable_card() = std::move(*stored->record.mutable_card());
  if (IsFinal(snapshot.card())) not_final_.erase(snapshot.card().name());
  snapshots_.push_back(std::move(snapshot));
  ReadNextSnapshotLocked();
}

// -- Running ---------------------------------------------------------------------

void WatchStream::AdvanceLocked() {
  while (!end_.has_value() && !writing_ && StepLocked()) {
  }
}

// The order is what the contract promises: the drain before anything else, the judgement of
// the cursor before what hides that it was not good, the snapshots before the events, the end
// before what comes after it.
bool WatchStream::StepLocked() {
  if (draining_) {
    if (!running_ || draining_sent_) {
      EndLocked(ShuttingDown());
      return false;
    }
    draining_sent_ = true;
    v1::WatchEventsResponse response;
    response.mutable_draining();
    SendLocked(std::move(response));
    return true;
  }
  if (!running_) return false;
  if (!place_.target.has_value()) {
    if (reading_) return false;
    ReadLocked();  // CheckPage() sets it, or the stream ends.
    return true;
  }
  if (!snapshots_.empty()) {
    v1::WatchEventsResponse response;
    *response.mutable_current() = std::move(snapshots_.front());
    snapshots_.pop_front();
    SendLocked(std::move(response));
    return true;
  }
  if (stop_when_final_ && not_final_.empty()) {
    EndLocked(grpc::Status::OK);
    return false;
  }
  if (!page_.empty()) return SendNextEventLocked();
  if (!caught_up_sent_ && place_.revision >= *place_.target) {
    caught_up_sent_ = true;
    v1::WatchEventsResponse response;
    response.mutable_caught_up();
    SendLocked(std::move(response));
    return true;
  }
  if (heartbeat_due_) {
    v1::WatchEventsResponse response;
    *response.mutable_heartbeat()->mutable_time() = ToTimestamp(deps_.clock->Now());
    SendLocked(std::move(response));
    return true;
  }
  if (!stale_ || reading_) return false;
  ReadLocked();
  return true;
}

// Sends or skips one event. Whether it is the last one of its resource is judged
// before the filter is asked.
bool WatchStream::SendNextEventLocked() {
  std::shared_ptr<const PublishedEvent> published = std::move(page_.front());
  page_.pop_front();
  const v1::Event& event = published->event();
  place_.revision = published->revision();
  if (stop_when_final_ && IsFinal(event)) not_final_.erase(event.resource());
  if (matcher_.Matches(event)) WriteLocked(ShareBytes(std::move(published)));
  return true;
}

void WatchStream::SendLocked(v1::WatchEventsResponse response) {
  response.set_cursor(deps_.cursors->Encode(tenant_, place_.revision));
  WriteLocked(ToBytes(response));
}

void WatchStream::WriteLocked(grpc::ByteBuffer message) {
  message_.Swap(&message);
  writing_ = true;
  heartbeat_due_ = false;
  last_write_ = deps_.clock->Monotonic();
  StartWrite(&message_);
}

void WatchStream::ReadLocked() {
  stale_ = false;
  if (std::optional<PublishedPage> page =
          deps_.broadcaster->TryRead(tenant_, place_.revision, read_events_max_);
      page.has_value()) {
    return TakePageLocked(*std::move(page));
  }
  reading_ = true;
  deps_.broadcaster->Read(tenant_, place_.revision, read_events_max_,
                          [weak = weak_from_this()](auto page) {
                            if (const auto stream = weak.lock()) stream->OnPage(std::move(page));
                          });
}

void WatchStream::OnPage(absl::StatusOr<PublishedPage> page) {
  const std::lock_guard lock(mu_);
  reading_ = false;
  if (end_.has_value()) return;
  if (!page.ok()) return EndLocked(ReadError(page.status(), CursorAhead()));
  TakePageLocked(*std::move(page));
  AdvanceLocked();
}

void WatchStream::TakePageLocked(PublishedPage page) {
  absl::Status good = CheckPage(page, *deps_.cursors, tenant_, &place_);
  if (!good.ok()) return EndLocked(good);
  newest_seen_ = std::max(newest_seen_, page.newest_revision);
  size_t bytes = 0;
  for (std::shared_ptr<const PublishedEvent>& event : page.events) {
    bytes += event->bytes();
    if (bytes > kPageBytesMax && !page_.empty()) break;
    page_.push_back(std::move(event));
  }
  // So that little is read in vain, and soon as much as can be.
  read_events_max_ = page_.size() < page.events.size()
                         ? static_cast<int>(page_.size())
                         : std::min(2 * read_events_max_, kPageEventsMax);
  // A page that is not the last leaves more to read, without being woken.
  if (!page_.empty() && page_.back()->revision() < page.newest_revision) stale_ = true;
}

void WatchStream::OnWake() {
  const std::lock_guard lock(mu_);
  stale_ = true;
  AdvanceLocked();
}

void WatchStream::OnTick() {
  const std::lock_guard lock(mu_);
  if (writing_ || deps_.clock->Monotonic() - last_write_ < heartbeat_interval_) return;
  heartbeat_due_ = true;
  AdvanceLocked();
}

int64_t WatchStream::Lag() const {
  const int64_t newest = deps_.broadcaster->NewestRevision(tenant_);
  const std::lock_guard lock(mu_);
  // After a restart nothing is published until the next commit, but pages were read.
  const int64_t known = std::max({newest, newest_seen_, place_.target.value_or(0)});
  return running_ ? std::max<int64_t>(0, known - place_.revision) : 0;
}

size_t WatchStream::Buffered() const {
  const std::lock_guard lock(mu_);
  return page_.size() + snapshots_.size() + (writing_ ? 1 : 0);
}

// -- Ending ----------------------------------------------------------------------

void WatchStream::Drain() {
  const std::lock_guard lock(mu_);
  draining_ = true;
  AdvanceLocked();
}

void WatchStream::OnWriteDone(bool ok) {
  const std::lock_guard lock(mu_);
  writing_ = false;
  message_.Clear();
  if (end_.has_value()) return Finish(*end_);
  if (!ok) return EndLocked(grpc::Status::CANCELLED);
  AdvanceLocked();
}

void WatchStream::OnCancel() {
  const std::lock_guard lock(mu_);
  EndLocked(grpc::Status::CANCELLED);
}

void WatchStream::EndLocked(const absl::Status& status) {
  if (!end_.has_value()) EndLocked(deps_.errors->Encode(status));
}

void WatchStream::EndLocked(const grpc::Status& status) {
  if (end_.has_value()) return;
  end_ = status;
  page_.clear();
  snapshots_.clear();
  if (!writing_) Finish(status);
}

void WatchStream::OnDone() {
  deps_.registry->Remove(this);
  // Not under the lock: it waits for wakes.
  subscription_.reset();
  // Whoever holds the stream at this moment finds it ended.
  const std::shared_ptr<WatchStream> last = std::move(self_);
}

}  // namespace payments
