#include "server/app/payments_server.h"

#include <chrono>
#include <future>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/app/callback_pruner.h"
#include "server/app/commit_fan_out.h"
#include "server/app/event_log_gauge.h"
#include "server/app/event_pruner.h"
#include "server/app/machine_watch.h"
#include "server/app/numbers_watch.h"
#include "server/app/provider_watch.h"
#include "server/app/public_routes.h"
#include "server/app/readiness.h"
#include "server/app/retention_keeper.h"
#include "server/base/connection_acceptor.h"
#include "server/base/key_ring.h"
#include "server/config/key_file.h"
#include "server/engine/account_directory.h"
#include "server/engine/payment_engine.h"
#include "server/events/broadcaster.h"
#include "server/events/cursor.h"
#include "server/http/admin_endpoint.h"
#include "server/http/callback_endpoint.h"
#include "server/http/curl_http_client.h"
#include "server/http/event_loop.h"
#include "server/http/http_server.h"
#include "server/metrics/commit_log.h"
#include "server/metrics/logging_observer.h"
#include "server/metrics/prometheus_metrics.h"
#include "server/service/authenticator.h"
#include "server/service/error_encoding.h"
#include "server/service/grpc_server.h"
#include "server/service/operations_service.h"
#include "server/service/payments_service.h"
#include "server/service/stream_registry.h"
#include "server/store/sqlite_store.h"

namespace payments {
namespace {

// Requests to providers beyond those of payments being worked on: checks and releases.
constexpr int kBackgroundRequestsMax = 4096;
// gRPC calls beyond those: reads, and callers that wait for the same payment.
constexpr int kOtherCallsMax = 10'000;
// gRPC calls of operators: people, so few; and none of theirs waits behind a payment.
constexpr int kOperatorCallsMax = 256;
// gRPC calls that are being told that they are too many. A connection has room for all that may
// be open and these: what is beyond that waits in the client, and learns nothing.
constexpr int kRefusedCallsMax = 1'000;
// For streams to take their last message. Always taken in full if a health watch is
// open, which nobody can tell to end; running calls have ended before.
constexpr absl::Duration kStreamGrace = absl::Seconds(1);
constexpr int kServiceUnavailable = 503;

// Callers cannot connect any more while what is left is kept for others.
bool CallersHaveDescriptors() { return HasDescriptors(kDescriptorsReserved); }

int64_t NumbersLeft(const SqliteStore& store, const Account& account) {
  return store.NumbersLeft(account.tenant, account.provider_name, account.name,
                           account.provider->numbers());
}

StoreReadings ReadStore(const SqliteStore& store, const AccountDirectory& accounts,
                        const Clock& clock) {
  const StoreStats stats = store.Stats();
  StoreReadings readings;
  for (const auto& [key, count] : stats.payments) {
    readings.payments.push_back({key.first, key.second, count});
  }
  for (const Account& account : accounts.all()) {
    readings.numbers_left.push_back({account.name, NumbersLeft(store, account)});
  }
  readings.needs_review = stats.needs_review;
  if (stats.oldest_unknown.has_value()) {
    readings.unknown_age_max = clock.Now() - *stats.oldest_unknown;
  }
  return readings;
}

StreamReadings ReadStreams(const StreamRegistry& streams) {
  const StreamRegistry::Stats stats = streams.GetStats();
  return {.open = stats.open,
          .lag_events_max = stats.lag_revisions_max,
          .refused = {{"streams_max", stats.refused_in_all},
                      {"streams_per_principal_max", stats.refused_of_principal}}};
}

EventLogReadings ReadEventLog(const EventLogGauge& gauge, const Clock& clock) {
  const EventLogGauge::Readings log = gauge.Get();
  return {.pruned = log.pruned_events,
          .oldest_event_age =
              log.oldest_time.has_value() ? clock.Now() - *log.oldest_time : absl::ZeroDuration(),
          .bytes_max = log.bytes_max};
}

absl::StatusOr<std::unique_ptr<Authenticator>> MakeAuthenticator(const Config& config) {
  if (config.principals.empty()) return std::make_unique<DevAuthenticator>();
  std::vector<BearerPrincipal> principals;
  for (const PrincipalConfig& one : config.principals) {
    principals.push_back({one.name, one.tenant, one.api_key_sha256_hex, one.is_operator});
  }
  return BearerAuthenticator::Create(principals);
}

GrpcServer::Options GrpcOptions(const Config& config) {
  GrpcServer::Options options;
  options.address = config.grpc.ToString();
  options.message_bytes_max = config.grpc_message_bytes_max;
  options.metadata_bytes_max = config.grpc_metadata_bytes_max;
  options.streams_per_connection_max = config.streams_max + config.policy.payments_in_flight_max +
                                       kOtherCallsMax + kOperatorCallsMax + kRefusedCallsMax;
  if (config.grpc_tls.has_value()) {
    options.tls =
        GrpcServer::Tls{config.grpc_tls->certificate_chain_pem, config.grpc_tls->private_key_pem};
  }
  return options;
}

HttpServer::Options PublicHttpOptions(const Config& config) {
  HttpServer::Options options;
  options.address = config.public_http.address;
  options.port = config.public_http.port;
  options.body_bytes_max = static_cast<size_t>(config.callback_body_bytes_max);
  options.connections_max = config.public_connections_max;
  options.connections_per_address_max = config.public_connections_per_address_max;
  options.connection_lifetime = config.public_connection_lifetime;
  return options;
}

std::string Address(const ListenAddress& listener, int port) {
  return absl::StrCat(listener.address, ":", port);
}

class PaymentsServerImpl : public PaymentsServer {
 public:
  PaymentsServerImpl(Config config, World world)
      : config_(std::move(config)),
        world_(world),
        accounts_(std::move(config_.accounts)),
        readiness_(world.clock, world.logger),
        commit_log_(world.logger),
        errors_(world.logger, world.random) {}
  ~PaymentsServerImpl() override { readiness_.Detach(); }

  // Builds the parts in the order in which they need one another.
  absl::Status Assemble(const std::vector<ProviderPlugin>& plugins);

  const ServerAddresses& addresses() const override { return addresses_; }
  bool Drain() override;

 private:
  absl::Status MakeKeys();
  absl::Status OpenStore();
  absl::Status StartPublicHttp();
  void MakeEngine();
  absl::Status StartGrpc();
  absl::Status StartAdminHttp();
  void Serve();
  void StartRetention();

  void OnCallbackRequest(std::string provider, std::string token, HttpRequest request,
                         HttpServer::Reply reply);
  void DrainOnLoop(absl::AnyInvocable<void() &&> done);
  // Runs `task` on the loop, and waits until what it was given is called.
  using LoopTask = absl::AnyInvocable<void(absl::AnyInvocable<void() &&> done) &&>;
  static bool RunOn(EventLoop* loop, LoopTask task, absl::Duration timeout);
  // The same of a task that has ended when it returns.
  static bool TakeTurn(EventLoop* loop, absl::AnyInvocable<void() &&> task);

  Config config_;
  const World world_;
  ServerAddresses addresses_;

  // Members end in the reverse of this order. First the listeners, so that nothing new
  // comes; then the client and the store, which post what they owe to the loop; then
  // the loop, which runs that; then the streams' loop, which both have posted to; and the
  // broadcaster and the engine only when nothing can call them any more.
  std::optional<KeyRing> keys_;
  const AccountDirectory accounts_;
  Readiness readiness_;
  const CommitLog commit_log_;
  const ErrorEncoder errors_;
  std::unique_ptr<PrometheusMetrics> metrics_;
  std::unique_ptr<LoggingObserver> logging_observer_;
  std::unique_ptr<ProviderWatch> observer_;
  std::unique_ptr<PaymentEngine> engine_;
  PaymentEngine* public_engine_ = nullptr;       // The loop's: set once the engine has started.
  std::shared_ptr<NumbersWatch> numbers_watch_;  // The loop's, too.
  EventLogGauge event_log_gauge_;
  std::shared_ptr<RetentionKeeper> retention_;  // The loop's, too.
  std::unique_ptr<Broadcaster> broadcaster_;
  std::unique_ptr<EventLoop> stream_loop_;  // So that no payment waits for subscribers.
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<CurlHttpClient> http_client_;
  std::unique_ptr<StreamRegistry> streams_;
  std::unique_ptr<Authenticator> authenticator_;
  std::unique_ptr<CursorCodec> cursors_;
  std::unique_ptr<PaymentsService> service_;
  std::unique_ptr<OperationsService> operations_;
  std::unique_ptr<GrpcServer> grpc_;
  std::unique_ptr<HttpServer> public_http_;
  std::unique_ptr<HttpServer> admin_http_;
};

absl::Status PaymentsServerImpl::Assemble(const std::vector<ProviderPlugin>& plugins) {
  std::vector<std::string> provider_names;
  for (const ProviderPlugin& plugin : plugins) provider_names.push_back(plugin.name);
  metrics_ = PrometheusMetrics::Create(std::move(provider_names));
  logging_observer_ =
      std::make_unique<LoggingObserver>(world_.logger, world_.clock, metrics_.get());
  observer_ = std::make_unique<ProviderWatch>(&readiness_, logging_observer_.get());
  loop_ = EventLoop::Start();
  stream_loop_ = EventLoop::Start();

  if (absl::Status status = MakeKeys(); !status.ok()) return status;
  if (absl::Status status = OpenStore(); !status.ok()) return status;
  CurlHttpClient::Options client;
  client.connect_timeout = config_.provider_connect_timeout;
  client.connections_per_host_max = config_.provider_connections_per_host_max;
  client.in_flight_max = config_.policy.payments_in_flight_max + kBackgroundRequestsMax;
  http_client_ = CurlHttpClient::Create(client, loop_.get());

  // The engine must know the URL that providers call back to, so the listener is first.
  if (absl::Status status = StartPublicHttp(); !status.ok()) return status;
  MakeEngine();
  if (absl::Status status = StartGrpc(); !status.ok()) return status;
  if (absl::Status status = StartAdminHttp(); !status.ok()) return status;
  Serve();
  return absl::OkStatus();
}

absl::Status PaymentsServerImpl::MakeKeys() {
  if (!config_.key.has_value()) {
    absl::StatusOr<MasterKey> made = LoadOrMakeDevKey(config_.data_directory, world_.random);
    if (!made.ok()) return made.status();
    config_.key = *std::move(made);
  }
  absl::StatusOr<KeyRing> keys =
      KeyRing::Create(config_.key->key_id, config_.key->bytes, world_.random);
  config_.key.reset();  // What is derived from it is enough from here on.
  if (!keys.ok()) return keys.status();
  keys_ = *std::move(keys);
  return absl::OkStatus();
}

absl::Status PaymentsServerImpl::OpenStore() {
  SqliteStore::Options options;
  options.data_directory = config_.data_directory;
  options.executor = loop_.get();
  options.on_batch = [this](int jobs) { metrics_->OnStoreBatch(jobs); };
  options.on_migration = [this](int from, int to) {
    world_.logger->Log(LogLevel::kInfo, "database_migration", {{"from", from}, {"to", to}});
  };
  options.on_health = [this](const StoreHealth& health) { readiness_.OnStoreHealth(health); };
  absl::StatusOr<std::unique_ptr<SqliteStore>> store = SqliteStore::Open(std::move(options));
  if (!store.ok()) return store.status();
  store_ = *std::move(store);
  cursors_ = std::make_unique<CursorCodec>(store_->LogIncarnation());
  broadcaster_ =
      Broadcaster::Create(Broadcaster::Options(), stream_loop_.get(), store_.get(), cursors_.get());
  return absl::OkStatus();
}

absl::Status PaymentsServerImpl::StartPublicHttp() {
  auto handler = [this](std::string provider, std::string token, HttpRequest request,
                        HttpServer::Reply reply) {
    OnCallbackRequest(std::move(provider), std::move(token), std::move(request), std::move(reply));
  };
  HttpServer::Handler routes =
      MakePublicRoutes(MakeCallbackEndpoint(loop_.get(), std::move(handler)),
                       MakeActionEndpoint(loop_.get(), MakeActionHandlers(&public_engine_)));
  absl::StatusOr<std::unique_ptr<HttpServer>> server =
      HttpServer::Start(PublicHttpOptions(config_), std::move(routes));
  if (!server.ok()) return server.status();
  public_http_ = *std::move(server);
  addresses_.public_http = Address(config_.public_http, public_http_->port());
  return absl::OkStatus();
}

void PaymentsServerImpl::MakeEngine() {
  if (config_.policy.public_base_url.empty()) {
    config_.policy.public_base_url = absl::StrCat("http://", addresses_.public_http);
  }
  engine_ = PaymentEngine::Create({.executor = loop_.get(),
                                   .clock = world_.clock,
                                   .random = world_.random,
                                   .store = store_.get(),
                                   .http = http_client_.get(),
                                   .observer = observer_.get(),
                                   .keys = &*keys_,
                                   .accounts = &accounts_},
                                  config_.policy);
  store_->SetCommitListener(
      CommitFanOut({broadcaster_.get(), &commit_log_, loop_.get(), engine_.get()}));
}

absl::Status PaymentsServerImpl::StartGrpc() {
  absl::StatusOr<std::unique_ptr<Authenticator>> authenticator = MakeAuthenticator(config_);
  if (!authenticator.ok()) return authenticator.status();
  authenticator_ = *std::move(authenticator);
  streams_ = std::make_unique<StreamRegistry>(
      stream_loop_.get(),
      StreamRegistry::Limits{.streams_max = config_.streams_max,
                             .streams_per_principal_max = config_.streams_per_principal_max});
  PaymentsService::Options options;
  options.call_timeout_default = config_.call_timeout_default;
  options.calls_in_flight_max = config_.policy.payments_in_flight_max + kOtherCallsMax;
  service_ = std::make_unique<PaymentsService>(
      options, PaymentsService::Dependencies{.engine_executor = loop_.get(),
                                             .engine = engine_.get(),
                                             .stream_executor = stream_loop_.get(),
                                             .streams = streams_.get(),
                                             .store = store_.get(),
                                             .broadcaster = broadcaster_.get(),
                                             .accounts = &accounts_,
                                             .authenticator = authenticator_.get(),
                                             .cursors = cursors_.get(),
                                             .errors = &errors_,
                                             .clock = world_.clock});
  options.calls_in_flight_max = kOperatorCallsMax;
  operations_ = std::make_unique<OperationsService>(
      options, OperationsService::Dependencies{.calls = {.engine_executor = loop_.get(),
                                                         .engine = engine_.get(),
                                                         .authenticator = authenticator_.get(),
                                                         .errors = &errors_,
                                                         .clock = world_.clock},
                                               .store = store_.get(),
                                               .cursors = cursors_.get()});
  absl::StatusOr<std::unique_ptr<GrpcServer>> server =
      GrpcServer::Start(GrpcOptions(config_), {service_.get(), operations_.get()});
  if (!server.ok()) return server.status();
  grpc_ = *std::move(server);
  addresses_.grpc = Address(config_.grpc, grpc_->port());
  return absl::OkStatus();
}

absl::Status PaymentsServerImpl::StartAdminHttp() {
  metrics_->SetSources({[this] { return ReadStore(*store_, accounts_, *world_.clock); },
                        [this] { return ReadStreams(*streams_); },
                        [this] { return ReadEventLog(event_log_gauge_, *world_.clock); },
                        [this] { return readiness_.Readings(); }});
  HttpServer::Options options;
  options.address = config_.admin_http.address;
  options.port = config_.admin_http.port;
  options.descriptors_reserved = 0;  // It tells that there are none.
  absl::StatusOr<std::unique_ptr<HttpServer>> server =
      HttpServer::Start(options, MakeAdminEndpoint({[this] { return readiness_.Report(); },
                                                    [this] { return metrics_->Scrape(); }}));
  if (!server.ok()) return server.status();
  admin_http_ = *std::move(server);
  addresses_.admin_http = Address(config_.admin_http, admin_http_->port());
  return absl::OkStatus();
}

void PaymentsServerImpl::Serve() {
  loop_->Post([this] {
    public_engine_ = engine_.get();
    engine_->Start();
    MachineWatch::Start({.executor = loop_.get(),
                         .clock = world_.clock,
                         .logger = world_.logger,
                         .readiness = &readiness_,
                         .has_descriptors = &CallersHaveDescriptors});
    numbers_watch_ = NumbersWatch::Start(
        {loop_.get(), world_.logger, &accounts_,
         [this](const Account& account) { return NumbersLeft(*store_, account); }});
    StartRetention();
  });
  readiness_.Attach([this](bool serving) { grpc_->SetServing(serving); });
  readiness_.SetStarted();
  world_.logger->Log(LogLevel::kInfo, "server_started",
                     {{"grpc", addresses_.grpc},
                      {"public_http", addresses_.public_http},
                      {"admin_http", addresses_.admin_http},
                      {"public_base_url", config_.policy.public_base_url},
                      {"dev", config_.dev ? "true" : "false"}});
}

void PaymentsServerImpl::StartRetention() {
  std::vector<std::unique_ptr<Prunable>> prunables;
  prunables.push_back(std::make_unique<EventPruner>(
      EventPruner::Dependencies{.store = store_.get(),
                                .broadcaster = broadcaster_.get(),
                                .clock = world_.clock,
                                .gauge = &event_log_gauge_},
      EventPruner::Limits{.age_max = config_.retention.events_age_max,
                          .bytes_max = config_.retention.events_bytes_max}));
  const CallbackPruner::Dependencies callbacks{.store = store_.get(), .clock = world_.clock};
  prunables.push_back(std::make_unique<CallbackPruner>(callbacks, CallbackPruner::What::kBodies,
                                                       config_.retention.callback_bodies_age_max));
  prunables.push_back(std::make_unique<CallbackPruner>(callbacks, CallbackPruner::What::kCallbacks,
                                                       config_.retention.callbacks_age_max));
  retention_ = RetentionKeeper::Start({loop_.get(), world_.logger}, std::move(prunables));
}

void PaymentsServerImpl::OnCallbackRequest(std::string provider, std::string token,
                                           HttpRequest request, HttpServer::Reply reply) {
  if (public_engine_ == nullptr) {
    return std::move(reply)(HttpResponse{kServiceUnavailable, {}, Secret()});
  }
  public_engine_->HandleCallback(std::move(provider), std::move(token), std::move(request),
                                 std::move(reply));
}

bool PaymentsServerImpl::RunOn(EventLoop* loop, LoopTask task, absl::Duration timeout) {
  auto finished = std::make_shared<std::promise<void>>();
  std::future<void> result = finished->get_future();
  loop->Post([task = std::move(task), finished]() mutable {
    std::move(task)([finished] { finished->set_value(); });
  });
  return result.wait_for(absl::ToChronoMilliseconds(timeout)) == std::future_status::ready;
}

bool PaymentsServerImpl::TakeTurn(EventLoop* loop, absl::AnyInvocable<void() &&> task) {
  auto then_done = [task = std::move(task)](absl::AnyInvocable<void() &&> done) mutable {
    std::move(task)();
    std::move(done)();
  };
  return RunOn(loop, std::move(then_done), kStreamGrace);
}

void PaymentsServerImpl::DrainOnLoop(absl::AnyInvocable<void() &&> done) {
  numbers_watch_->Stop();  // It reads the store.
  retention_->Stop();
  engine_->Drain(std::move(done));
}

bool PaymentsServerImpl::Drain() {
  readiness_.SetDraining();
  // Providers that find nobody call again, or are asked after the restart.
  public_http_->Quiesce();
  const bool drained = RunOn(
      loop_.get(), [this](absl::AnyInvocable<void() &&> done) { DrainOnLoop(std::move(done)); },
      config_.drain_timeout);
  // On their loop: streams hear first of what was committed before.
  const bool told = TakeTurn(stream_loop_.get(), [this] { streams_->Drain(); });
  grpc_->Shutdown(kStreamGrace);
  if (!drained || !told) return false;
  public_http_.reset();
  // Whatever was posted by all of this has run after a turn of the loop.
  return TakeTurn(loop_.get(), [] {});
}

}  // namespace

absl::StatusOr<std::unique_ptr<PaymentsServer>> PaymentsServer::Start(
    Config config, const std::vector<ProviderPlugin>& plugins, World world) {
  auto server = std::make_unique<PaymentsServerImpl>(std::move(config), world);
  absl::Status status = server->Assemble(plugins);
  if (!status.ok()) return status;
  return server;
}

}  // namespace payments
