#ifndef PAYMENTS_TESTS_UNIT_SERVICE_SERVICE_FIXTURE_H_
#define PAYMENTS_TESTS_UNIT_SERVICE_SERVICE_FIXTURE_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "payments/v1/payments_service.grpc.pb.h"
#include "server/base/log.h"
#include "server/base/random.h"
#include "server/service/grpc_server.h"
#include "server/service/operations_service.h"
#include "server/service/payments_service.h"
#include "tests/fakes/memory_store.h"
#include "tests/unit/service/fake_engine.h"
#include "tests/unit/service/test_executor.h"

namespace payments {

inline constexpr char kDevTenant[] = "default";
inline constexpr char kAccount[] = "accounts/shop";

// Keeps what was logged. Thread-safe.
class LogLines : public Logger {
 public:
  void Log(LogLevel level, absl::string_view event,
           std::initializer_list<LogField> fields) override;
  std::string text() const;

 private:
  mutable std::mutex mu_;
  std::string text_;
};

// The google.rpc details of a failed call.
struct ErrorDetails {
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  google::rpc::RetryInfo retry;
  bool has_retry = false;
};
ErrorDetails DetailsOf(const grpc::Status& status);
// The paths of the fields at fault.
std::vector<std::string> FieldsOf(const grpc::Status& status);

// The service behind a real gRPC server on a port of its own, with a fake engine and
// a store in memory. Time stands still unless the test moves it.
class ServiceFixture : public testing::Test {
 protected:
  struct Setup {
    PaymentsService::Options service;
    GrpcServer::Options server;
    Broadcaster::Options broadcaster;
    std::vector<BearerPrincipal> principals;  // Empty: DevAuthenticator.
  };

  explicit ServiceFixture(StreamRegistry::Limits streams = {});
  ~ServiceFixture() override;

  void StartServer() { StartServer(Setup()); }
  void StartServer(Setup setup);
  std::unique_ptr<v1::PaymentsService::Stub> NewStub() const;

  // Commits a change of a payment or card, creating it if need be; returns when it is done.
  void CommitPayment(const std::string& name, v1::PaymentState state,
                     const std::string& tenant = kDevTenant);
  void CommitCard(const std::string& name, v1::CardState state,
                  const std::string& tenant = kDevTenant);

  // Deletes the oldest events of every tenant but this many, as retention does.
  void PruneAllBut(int64_t events);

  // Creates payments/many-0, payments/many-1, …; returns when all are committed.
  // Large enough to fill every window between the server and a reader who does not read.
  static constexpr size_t kManyBytes = 500;
  void CommitManyPayments(int count, size_t bytes_each = kManyBytes);

  // Outlives the others: they post to it.
  TestExecutor executor_;
  LogLines log_;
  SystemRandom random_;
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  MemoryStore store_{disk_, &executor_};
  FakeEngine engine_;
  AccountDirectory accounts_;
  CursorCodec cursors_;
  ErrorEncoder errors_{&log_, &random_};
  StreamRegistry streams_;
  std::unique_ptr<Broadcaster> broadcaster_;
  std::unique_ptr<Authenticator> authenticator_;
  std::unique_ptr<PaymentsService> service_;
  std::unique_ptr<OperationsService> operations_;
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::PaymentsService::Stub> stub_;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_SERVICE_SERVICE_FIXTURE_H_
