#include "server/http/curl_http_client.h"

#include <curl/curl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "server/http/curl_transfer.h"

namespace payments {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr absl::Duration kTimeoutMax = absl::Hours(1);
constexpr size_t kIdleHandlesMax = 4096;  // Some 6 KiB each.

struct CurlMultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

SteadyTime Now() { return std::chrono::steady_clock::now(); }

// curl's multi handle on the loop. Used on the loop thread only, from its first
// Start() to Close(); timers that are still on their way then find it gone.
class CurlMulti : public std::enable_shared_from_this<CurlMulti> {
 public:
  CurlMulti(CurlHttpClient::Options options, EventLoop* loop);

  void Start(std::unique_ptr<CurlTransfer> transfer);
  // Ends everything in flight with kCancelled, and every Start() from now on.
  void Close();

  // Thread-safe. False: there are as many as there may be. A place is given back when
  // its transfer has ended.
  bool TakePlace();

 private:
  static int OnSocketWish(CURL* easy, curl_socket_t fd, int what, void* self, void* socket);
  static int OnTimerWish(CURLM* multi, CurlLong timeout_ms, void* self);

  void OnSocketReady(int fd, uint32_t epoll_events);
  void OnCurlTimer(uint64_t generation);
  void OnDeadlineTimer(uint64_t generation);
  void ArmCurlTimer();
  void ArmDeadlineTimer();
  CurlEasy TakeEasy();
  void FinishWhatCurlHasDone();
  void Finish(CurlTransfer* transfer, HttpClient::Result result);
  void Report(std::unique_ptr<CurlTransfer> transfer, HttpClient::Result result);

  const CurlHttpClient::Options options_;
  EventLoop* const loop_;
  std::atomic<int> places_taken_ = 0;

  // Of the loop thread.
  std::vector<CurlEasy> idle_handles_;
  absl::flat_hash_map<CurlTransfer*, std::unique_ptr<CurlTransfer>> transfers_;

  // When curl wants to be called, and the timer that stands for it. A timer that was
  // set for later than a newer one is not cancelled: its generation is old.
  SteadyTime curl_due_ = SteadyTime::max();
  SteadyTime curl_timer_due_ = SteadyTime::max();
  uint64_t curl_timer_generation_ = 0;

  // curl does not time those that wait for a connection, so we time all of them.
  std::set<std::pair<SteadyTime, CurlTransfer*>> deadlines_;
  SteadyTime deadline_timer_due_ = SteadyTime::max();
  uint64_t deadline_timer_generation_ = 0;

  // Last: closing it calls back.
  std::unique_ptr<CURLM, CurlMultiDeleter> multi_;
};

CurlMulti::CurlMulti(CurlHttpClient::Options options, EventLoop* loop)
    : options_(std::move(options)), loop_(loop), multi_(curl_multi_init()) {
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlMulti::OnSocketWish);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlMulti::OnTimerWish);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, static_cast<CurlLong>(CURLPIPE_NOTHING));
  curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS,
                    static_cast<CurlLong>(options_.connections_per_host_max));
  // Otherwise curl keeps four a transfer in flight, and closes the rest at every lull.
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS,
                    static_cast<CurlLong>(options_.in_flight_max));
}

bool CurlMulti::TakePlace() {
  if (places_taken_.fetch_add(1) < options_.in_flight_max) return true;
  places_taken_.fetch_sub(1);
  return false;
}

void CurlMulti::Start(std::unique_ptr<CurlTransfer> transfer) {
  if (multi_ == nullptr) {
    HttpFailure failure = transfer->Failure(absl::StatusCode::kCancelled, "shutting down");
    Report(std::move(transfer), std::move(failure));
    return;
  }
  if (transfer->deadline() <= Now()) {
    HttpFailure failure = transfer->Failure(absl::StatusCode::kDeadlineExceeded, "too late");
    Report(std::move(transfer), std::move(failure));
    return;
  }
  absl::Status prepared = absl::ResourceExhaustedError("no memory");
  if (CurlEasy easy = TakeEasy(); easy != nullptr) prepared = transfer->Prepare(std::move(easy));
  if (prepared.ok() && curl_multi_add_handle(multi_.get(), transfer->easy()) != CURLM_OK) {
    prepared = absl::ResourceExhaustedError("no memory");
  }
  if (!prepared.ok()) {
    Report(std::move(transfer), HttpFailure{false, std::move(prepared)});
    return;
  }
  CurlTransfer* const key = transfer.get();
  deadlines_.emplace(key->deadline(), key);
  transfers_.emplace(key, std::move(transfer));
  ArmDeadlineTimer();
}

void CurlMulti::Close() {
  while (!transfers_.empty()) {
    CurlTransfer* const transfer = transfers_.begin()->first;
    Finish(transfer, transfer->Failure(absl::StatusCode::kCancelled, "shutting down"));
  }
  idle_handles_.clear();
  multi_.reset();
}

CurlEasy CurlMulti::TakeEasy() {
  if (idle_handles_.empty()) return NewCurlEasy(options_.connect_timeout, options_.ca_file);
  CurlEasy easy = std::move(idle_handles_.back());
  idle_handles_.pop_back();
  return easy;
}

int CurlMulti::OnSocketWish(CURL* /*easy*/, curl_socket_t fd, int what, void* self,
                            void* /*socket*/) {
  auto* const multi = static_cast<CurlMulti*>(self);
  if (what == CURL_POLL_REMOVE) {
    multi->loop_->Unwatch(fd);
    return 0;
  }
  const uint32_t events =
      ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
  multi->loop_->Watch(fd, events, [multi, fd](uint32_t ready) { multi->OnSocketReady(fd, ready); });
  return 0;
}

void CurlMulti::OnSocketReady(int fd, uint32_t epoll_events) {
  const int ready = ((epoll_events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                    ((epoll_events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                    ((epoll_events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
  int running = 0;
  curl_multi_socket_action(multi_.get(), fd, ready, &running);
  FinishWhatCurlHasDone();
}

int CurlMulti::OnTimerWish(CURLM* /*multi*/, CurlLong timeout_ms, void* self) {
  auto* const multi = static_cast<CurlMulti*>(self);
  multi->curl_due_ =
      timeout_ms < 0 ? SteadyTime::max() : Now() + std::chrono::milliseconds(timeout_ms);
  multi->ArmCurlTimer();
  return 0;
}

void CurlMulti::ArmCurlTimer() {
  if (curl_due_ >= curl_timer_due_) return;
  curl_timer_due_ = curl_due_;
  const uint64_t generation = ++curl_timer_generation_;
  loop_->PostAfter(absl::FromChrono(curl_due_ - Now()), [weak = weak_from_this(), generation] {
    if (const std::shared_ptr<CurlMulti> multi = weak.lock()) multi->OnCurlTimer(generation);
  });
}

void CurlMulti::OnCurlTimer(uint64_t generation) {
  if (generation != curl_timer_generation_ || multi_ == nullptr) return;
  curl_timer_due_ = SteadyTime::max();
  if (curl_due_ > Now()) return ArmCurlTimer();
  curl_due_ = SteadyTime::max();
  int running = 0;
  curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
  FinishWhatCurlHasDone();
}

void CurlMulti::ArmDeadlineTimer() {
  if (deadlines_.empty() || deadlines_.begin()->first >= deadline_timer_due_) return;
  deadline_timer_due_ = deadlines_.begin()->first;
  const uint64_t generation = ++deadline_timer_generation_;
  loop_->PostAfter(absl::FromChrono(deadline_timer_due_ - Now()),
                   [weak = weak_from_this(), generation] {
                     if (const std::shared_ptr<CurlMulti> multi = weak.lock())
                       multi->OnDeadlineTimer(generation);
                   });
}

void CurlMulti::OnDeadlineTimer(uint64_t generation) {
  if (generation != deadline_timer_generation_ || multi_ == nullptr) return;
  deadline_timer_due_ = SteadyTime::max();
  while (!deadlines_.empty() && deadlines_.begin()->first <= Now()) {
    CurlTransfer* const transfer = deadlines_.begin()->second;
    Finish(transfer, transfer->Failure(absl::StatusCode::kDeadlineExceeded, "no answer in time"));
  }
  ArmDeadlineTimer();
}

void CurlMulti::FinishWhatCurlHasDone() {
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    auto* const finished = reinterpret_cast<CurlTransfer*>(transfer);
    Finish(finished, finished->ResultOf(code));
  }
}

void CurlMulti::Finish(CurlTransfer* transfer, HttpClient::Result result) {
  const auto found = transfers_.find(transfer);
  std::unique_ptr<CurlTransfer> owned = std::move(found->second);
  transfers_.erase(found);
  deadlines_.erase({owned->deadline(), transfer});
  curl_multi_remove_handle(multi_.get(), owned->easy());
  Report(std::move(owned), std::move(result));
}

void CurlMulti::Report(std::unique_ptr<CurlTransfer> transfer, HttpClient::Result result) {
  CurlEasy easy = transfer->ReleaseEasy();
  if (easy != nullptr && idle_handles_.size() < kIdleHandlesMax) {
    idle_handles_.push_back(std::move(easy));
  }
  HttpClient::DoneHttp done = transfer->TakeDone();
  transfer.reset();  // What it holds of the request is wiped before anyone goes on.
  places_taken_.fetch_sub(1);
  std::move(done)(std::move(result));
}

class CurlHttpClientImpl : public CurlHttpClient {
 public:
  CurlHttpClientImpl(Options options, EventLoop* loop)
      : loop_(loop), multi_(std::make_shared<CurlMulti>(std::move(options), loop)) {}
  ~CurlHttpClientImpl() override;

  void Send(HttpRequest request, absl::Duration timeout, DoneHttp done) override;

 private:
  EventLoop* const loop_;
  const std::shared_ptr<CurlMulti> multi_;
};

CurlHttpClientImpl::~CurlHttpClientImpl() {
  std::promise<void> closed;
  loop_->Post([this, &closed] {
    multi_->Close();
    closed.set_value();
  });
  closed.get_future().wait();
}

void CurlHttpClientImpl::Send(HttpRequest request, absl::Duration timeout, DoneHttp done) {
  if (!multi_->TakePlace()) {
    HttpFailure failure{false, absl::ResourceExhaustedError("too many requests in flight")};
    loop_->Post([done = std::move(done), failure = std::move(failure)]() mutable {
      std::move(done)(std::move(failure));
    });
    return;
  }
  const SteadyTime deadline =
      Now() + absl::ToChronoNanoseconds(std::clamp(timeout, absl::ZeroDuration(), kTimeoutMax));
  auto transfer = std::make_unique<CurlTransfer>(std::move(request), deadline, std::move(done));
  loop_->Post([multi = multi_, transfer = std::move(transfer)]() mutable {
    multi->Start(std::move(transfer));
  });
}

}  // namespace

std::unique_ptr<CurlHttpClient> CurlHttpClient::Create(Options options, EventLoop* loop) {
  return std::make_unique<CurlHttpClientImpl>(std::move(options), loop);
}

}  // namespace payments
