#include "server/http/http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/base/connection_acceptor.h"
#include "server/base/listen_socket.h"
#include "server/base/signal_mask.h"
#include "server/http/connection_reaper.h"
#include "server/http/http_framing.h"
#include "server/http/wiped_buffer.h"

namespace payments {
namespace {

// Beside the header the library keeps its own records and the answer's header there.
constexpr size_t kConnectionMemoryExtraBytes = 8 << 10;
// Of a body that is too large this many times the limit is read, so that the 413 is
// seen; then the connection is cut.
constexpr size_t kSwallowFactor = 4;
constexpr int kStatusMin = 200;
constexpr int kStatusMax = 599;

std::string PeerAddress(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  } else if (address->sa_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  }
  if (bytes == nullptr) return "";
  inet_ntop(address->sa_family, bytes, text.data(), text.size());
  return text.data();
}

struct Connection {
  ConnectionReaper::Handle life;
  std::string peer_address;
};

// One request, from its request line to the end of its answer. Of the library's
// thread, but for `response`.
struct ServedRequest {
  std::string target;
  bool head_was_read = false;
  HttpHeaders headers;
  WipedBuffer body;
  size_t body_bytes_received = 0;
  bool body_is_too_large = false;
  bool was_handed_over = false;
  std::optional<HttpResponse> response;  // Guarded by the server's mu_ until it is set.
};

MHD_Result CollectHeader(void* headers, MHD_ValueKind /*kind*/, const char* name, size_t name_size,
                         const char* value, size_t value_size) {
  static_cast<HttpHeaders*>(headers)->emplace_back(
      std::string(name, name_size), value == nullptr ? "" : std::string(value, value_size));
  return MHD_YES;
}

class MicrohttpdServer : public HttpServer {
 public:
  MicrohttpdServer(Options options, Handler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        reaper_(options_.connection_lifetime) {}
  ~MicrohttpdServer() override;

  absl::Status StartDaemon();
  void AcceptFrom(const ListenSocket& socket);

  uint16_t port() const override { return static_cast<uint16_t>(acceptor_->port()); }
  void Quiesce() override;

 private:
  // Stands for the answer that is owed; gives 503 if nobody gave another.
  class OwedReply {
   public:
    OwedReply(MicrohttpdServer* server, MHD_Connection* connection, ServedRequest* served)
        : server_(server), connection_(connection), served_(served) {}
    ~OwedReply();
    OwedReply(const OwedReply&) = delete;
    OwedReply& operator=(const OwedReply&) = delete;
    void Give(HttpResponse response);

   private:
    MicrohttpdServer* server_;
    MHD_Connection* connection_;
    ServedRequest* served_;  // Null once the answer is given.
  };

  static void OnConnection(void* self, MHD_Connection* connection, void** socket_context,
                           MHD_ConnectionNotificationCode code);
  static void* OnTarget(void* self, const char* target, MHD_Connection* connection);
  static MHD_Result OnAccess(void* self, MHD_Connection* connection, const char* path,
                             const char* method, const char* version, const char* upload_data,
                             size_t* upload_data_size, void** served);
  static void OnCompleted(void* self, MHD_Connection* connection, void** served,
                          MHD_RequestTerminationCode code);

  MHD_Result ReadHead(MHD_Connection* connection, absl::string_view version, ServedRequest& served);
  MHD_Result ReadBody(absl::string_view bytes, ServedRequest& served) const;
  MHD_Result HandOver(MHD_Connection* connection, absl::string_view method, ServedRequest& served);
  MHD_Result Answer(MHD_Connection* connection, ServedRequest& served);
  MHD_Result AnswerWith(MHD_Connection* connection, ServedRequest& served, int status_code,
                        absl::string_view text);
  bool MayKeepAlive();
  static Connection& ConnectionOf(MHD_Connection* connection);

  const Options options_;
  Handler handler_;
  ConnectionReaper reaper_;
  MHD_Daemon* daemon_ = nullptr;
  // Those that were handed to the library and have not ended.
  std::atomic<int> connections_ = 0;
  std::unique_ptr<ConnectionAcceptor> acceptor_;

  std::mutex mu_;
  std::condition_variable nothing_is_owed_;
  // Guarded by mu_. Counted are requests handed over whose answer is not through yet,
  // and replies that are not given yet.
  int owed_ = 0;
  bool is_quiet_ = false;
  bool is_stopping_ = false;
};

absl::Status MicrohttpdServer::StartDaemon() {
  const auto idle_timeout_s = static_cast<unsigned int>(std::max<int64_t>(
      1, absl::ToInt64Seconds(absl::Ceil(options_.idle_timeout, absl::Seconds(1)))));
  const unsigned int flags =
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET;
  const SignalMask mask;
  daemon_ = MHD_start_daemon(
      flags, 0, nullptr, nullptr, &MicrohttpdServer::OnAccess, this, MHD_OPTION_STRICT_FOR_CLIENT,
      -1,  // Refuses more than 0 and 1 do; the rest is ours.
      MHD_OPTION_CONNECTION_LIMIT, static_cast<unsigned int>(options_.connections_max),  //
      MHD_OPTION_PER_IP_CONNECTION_LIMIT,                                                //
      static_cast<unsigned int>(options_.connections_per_address_max),                   //
      MHD_OPTION_CONNECTION_TIMEOUT, idle_timeout_s,                                     //
      MHD_OPTION_CONNECTION_MEMORY_LIMIT,                                                //
      options_.header_bytes_max + kConnectionMemoryExtraBytes,                           //
      MHD_OPTION_URI_LOG_CALLBACK, &MicrohttpdServer::OnTarget, this,                    //
      MHD_OPTION_NOTIFY_CONNECTION, &MicrohttpdServer::OnConnection, this,               //
      MHD_OPTION_NOTIFY_COMPLETED, &MicrohttpdServer::OnCompleted, this,                 //
      MHD_OPTION_END);
  if (daemon_ != nullptr) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot serve HTTP on ", options_.address, ": ",
                                             std::generic_category().message(errno)));
}

void MicrohttpdServer::AcceptFrom(const ListenSocket& socket) {
  ConnectionAcceptor::Options options;
  options.descriptors_reserved = options_.descriptors_reserved;
  options.may_accept = [this] { return connections_ < options_.connections_max; };
  options.handle = [this](int fd, const sockaddr* address, socklen_t size) {
    ++connections_;
    // The library closes what it refuses, and says nothing of it then.
    if (MHD_add_connection(daemon_, fd, address, size) != MHD_YES) --connections_;
  };
  acceptor_ = std::make_unique<ConnectionAcceptor>(socket, std::move(options));
  acceptor_->Start();
}

MicrohttpdServer::~MicrohttpdServer() {
  if (daemon_ == nullptr) return;
  Quiesce();
  {
    std::unique_lock<std::mutex> lock(mu_);
    is_stopping_ = true;
    while (owed_ > 0) nothing_is_owed_.wait(lock);
  }
  MHD_stop_daemon(daemon_);
}

void MicrohttpdServer::Quiesce() {
  {
    const std::lock_guard<std::mutex> lock(mu_);
    if (is_quiet_) return;
    is_quiet_ = true;
  }
  if (acceptor_ != nullptr) acceptor_->Stop();
}

bool MicrohttpdServer::MayKeepAlive() {
  const std::lock_guard<std::mutex> lock(mu_);
  return options_.keep_alive && !is_quiet_;
}

Connection& MicrohttpdServer::ConnectionOf(MHD_Connection* connection) {
  const MHD_ConnectionInfo* const info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return *static_cast<Connection*>(info->socket_context);
}

void MicrohttpdServer::OnConnection(void* self, MHD_Connection* connection, void** socket_context,
                                    MHD_ConnectionNotificationCode code) {
  auto* const server = static_cast<MicrohttpdServer*>(self);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    const int fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    const sockaddr* const address =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    *socket_context = new Connection{server->reaper_.Add(fd), PeerAddress(address)};
    return;
  }
  const std::unique_ptr<Connection> ended(static_cast<Connection*>(*socket_context));
  server->reaper_.Remove(ended->life);
  --server->connections_;
  server->acceptor_->Continue();
}

// The only place where the library shows the target as it was sent.
void* MicrohttpdServer::OnTarget(void* /*self*/, const char* target,
                                 MHD_Connection* /*connection*/) {
  auto served = std::make_unique<ServedRequest>();
  served->target = target;
  return served.release();
}

void MicrohttpdServer::OnCompleted(void* self, MHD_Connection* connection, void** served,
                                   MHD_RequestTerminationCode /*code*/) {
  auto* const server = static_cast<MicrohttpdServer*>(self);
  const std::unique_ptr<ServedRequest> ended(static_cast<ServedRequest*>(*served));
  *served = nullptr;
  if (ended == nullptr) return;
  // Counted from the last answer; without keep-alive the connection ends here anyway.
  if (server->options_.keep_alive) server->reaper_.Restart(ConnectionOf(connection).life);
  if (!ended->was_handed_over) return;
  const std::lock_guard<std::mutex> lock(server->mu_);
  if (--server->owed_ == 0) server->nothing_is_owed_.notify_all();
}

// Called with the head, then with every piece of the body, then once more without any;
// and again when the connection is resumed.
MHD_Result MicrohttpdServer::OnAccess(void* self, MHD_Connection* connection, const char* /*path*/,
                                      const char* method, const char* version,
                                      const char* upload_data, size_t* upload_data_size,
                                      void** served) {
  auto* const server = static_cast<MicrohttpdServer*>(self);
  ServedRequest& current = *static_cast<ServedRequest*>(*served);
  if (!current.head_was_read) {
    current.head_was_read = true;
    return server->ReadHead(connection, version, current);
  }
  if (*upload_data_size > 0) {
    const absl::string_view bytes(upload_data, *upload_data_size);
    *upload_data_size = 0;
    return server->ReadBody(bytes, current);
  }
  if (current.was_handed_over) return server->Answer(connection, current);
  return server->HandOver(connection, method, current);
}

MHD_Result MicrohttpdServer::ReadHead(MHD_Connection* connection, absl::string_view version,
                                      ServedRequest& served) {
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, &CollectHeader, &served.headers);
  const size_t header_bytes =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
  if (header_bytes > options_.header_bytes_max) {
    return AnswerWith(connection, served, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                      absl::StrCat("header of more than ", options_.header_bytes_max, " bytes\n"));
  }
  const absl::string_view fault = FaultOfHead(version, served.target, served.headers);
  if (!fault.empty()) {
    return AnswerWith(connection, served, MHD_HTTP_BAD_REQUEST, absl::StrCat(fault, "\n"));
  }
  if (ContentLengthOf(served.headers) > options_.body_bytes_max) {
    return AnswerWith(connection, served, MHD_HTTP_CONTENT_TOO_LARGE,
                      absl::StrCat("body of more than ", options_.body_bytes_max, " bytes\n"));
  }
  return MHD_YES;
}

MHD_Result MicrohttpdServer::ReadBody(absl::string_view bytes, ServedRequest& served) const {
  served.body_bytes_received += bytes.size();
  if (served.body_bytes_received > options_.body_bytes_max) {
    served.body_is_too_large = true;
    // The library takes no answer amid a body: it is swallowed, or cut.
    return served.body_bytes_received > options_.body_bytes_max * kSwallowFactor ? MHD_NO : MHD_YES;
  }
  served.body.Append(bytes);
  return MHD_YES;
}

MHD_Result MicrohttpdServer::HandOver(MHD_Connection* connection, absl::string_view method,
                                      ServedRequest& served) {
  if (served.body_is_too_large) {
    return AnswerWith(connection, served, MHD_HTTP_CONTENT_TOO_LARGE,
                      absl::StrCat("body of more than ", options_.body_bytes_max, " bytes\n"));
  }
  const Connection& peer = ConnectionOf(connection);
  {
    const std::lock_guard<std::mutex> lock(mu_);
    // The library must not be stopped while a connection is suspended.
    if (is_stopping_) return MHD_NO;
    owed_ += 2;
  }
  served.was_handed_over = true;
  const size_t question_mark = served.target.find('?');
  Request request;
  request.method = std::string(method);
  request.path = served.target.substr(0, question_mark);
  if (question_mark != std::string::npos) request.query = served.target.substr(question_mark + 1);
  request.headers = std::move(served.headers);
  request.body = served.body.Take();
  request.peer_address = peer.peer_address;
  reaper_.Exempt(peer.life);
  MHD_suspend_connection(connection);
  handler_(std::move(request), [owed = std::make_unique<OwedReply>(this, connection, &served)](
                                   HttpResponse response) { owed->Give(std::move(response)); });
  return MHD_YES;
}

MicrohttpdServer::OwedReply::~OwedReply() {
  if (served_ == nullptr) return;
  HttpResponse response;
  response.status_code = MHD_HTTP_SERVICE_UNAVAILABLE;
  Give(std::move(response));
}

void MicrohttpdServer::OwedReply::Give(HttpResponse response) {
  ServedRequest* const served = std::exchange(served_, nullptr);
  if (served == nullptr) return;
  {
    const std::lock_guard<std::mutex> lock(server_->mu_);
    served->response = std::move(response);
  }
  MHD_resume_connection(connection_);
  // Only now may the library be stopped: it was in use until here.
  const std::lock_guard<std::mutex> lock(server_->mu_);
  if (--server_->owed_ == 0) server_->nothing_is_owed_.notify_all();
}

MHD_Result MicrohttpdServer::AnswerWith(MHD_Connection* connection, ServedRequest& served,
                                        int status_code, absl::string_view text) {
  HttpResponse response;
  response.status_code = status_code;
  response.headers = {{"Content-Type", "text/plain"}};
  response.body = Secret(text);
  served.response = std::move(response);
  return Answer(connection, served);
}

MHD_Result MicrohttpdServer::Answer(MHD_Connection* connection, ServedRequest& served) {
  // No lock is held while the library is called: it has locks of its own.
  {
    const std::lock_guard<std::mutex> lock(mu_);
    if (!served.response.has_value()) return MHD_NO;
  }
  // Taking the answer has its time too.
  if (served.was_handed_over) reaper_.Restart(ConnectionOf(connection).life);
  const HttpResponse& response = *served.response;
  if (response.status_code == 0) return MHD_NO;  // Closes the connection.
  const absl::string_view body = response.body.Reveal();
  // The body is not copied: it lives as long as `served`, which ends after its answer.
  MHD_Response* const answer = MHD_create_response_from_buffer(
      body.size(), const_cast<char*>(body.data()), MHD_RESPMEM_PERSISTENT);
  if (answer == nullptr) return MHD_NO;
  bool is_valid = response.status_code >= kStatusMin && response.status_code <= kStatusMax;
  for (const auto& [name, value] : response.headers) {
    if (absl::EqualsIgnoreCase(name, "content-length")) continue;  // The library's.
    is_valid = is_valid && MHD_add_response_header(answer, name.c_str(), value.c_str()) == MHD_YES;
  }
  if (!MayKeepAlive()) MHD_add_response_header(answer, "Connection", "close");
  const int status_code = is_valid ? response.status_code : MHD_HTTP_INTERNAL_SERVER_ERROR;
  const MHD_Result queued =
      MHD_queue_response(connection, static_cast<unsigned int>(status_code), answer);
  MHD_destroy_response(answer);
  return queued;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(Options options, Handler handler) {
  absl::StatusOr<ListenSocket> socket = Listen(options.address, options.port);
  if (!socket.ok()) return socket.status();
  auto server = std::make_unique<MicrohttpdServer>(std::move(options), std::move(handler));
  if (absl::Status started = server->StartDaemon(); !started.ok()) {
    close(socket->fd);
    return started;
  }
  server->AcceptFrom(*socket);
  return server;
}

}  // namespace payments
