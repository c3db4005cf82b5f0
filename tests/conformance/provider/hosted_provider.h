#ifndef PAYMENTS_TESTS_CONFORMANCE_PROVIDER_HOSTED_PROVIDER_H_
#define PAYMENTS_TESTS_CONFORMANCE_PROVIDER_HOSTED_PROVIDER_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/base/key_ring.h"
#include "server/engine/payment_engine.h"
#include "tests/conformance/provider/provider_conformance.h"
#include "tests/fakes/memory_store.h"
#include "tests/fakes/simulated_executor.h"

namespace payments {

// A payment that the host is asked for, with what the service would have taken out of it.
struct WantedPayment {
  v1::CreatePaymentRequest request;
  PaymentCards cards;
};

// The engine with one account, of the real plugin, whose requests go to the sandbox in
// process and are counted on their way.
class HostedProvider : public ProviderConformance {
 protected:
  explicit HostedProvider(const ProviderRow& row);
  ~HostedProvider() override;

  // A payment that is declared in every respect, with what is required and nothing else.
  WantedPayment Wanted() const;
  WantedPayment WantedOf(v1::SourceKind source, v1::DestinationKind destination,
                         v1::CaptureMode mode) const;
  // The account has this card, and may be paid with it.
  void SaveCard(const Secret& token);

  absl::StatusOr<v1::Payment> Create(WantedPayment wanted);
  absl::StatusOr<v1::Card> Register(v1::RegisterCardRequest request);
  absl::Status Capture(const std::string& name, int64_t amount_minor);
  absl::Status Confirm(const std::string& name, const std::string& field);
  absl::Status Cancel(const std::string& name);

  size_t requests_sent() const { return http_.sent().size(); }
  const std::vector<HttpRequest::Effect>& sent() const { return http_.sent(); }
  size_t payments_stored() const {
    return disk_->ListPayments(kTenant, PaymentQuery()).items.size();
  }

  static constexpr char kAccount[] = "accounts/shop";
  static constexpr char kCard[] = "cards/saved";

 private:
  static constexpr char kTenant[] = "acme";

  // Sends to the sandbox, and counts.
  class Http : public HttpClient {
   public:
    Http(InProcessSandbox* sandbox, Executor* executor) : sandbox_(sandbox), executor_(executor) {}
    void Send(HttpRequest request, absl::Duration timeout, DoneHttp done) override;
    const std::vector<HttpRequest::Effect>& sent() const { return sent_; }

   private:
    InProcessSandbox* const sandbox_;
    Executor* const executor_;
    std::vector<HttpRequest::Effect> sent_;
  };
  class Nobody : public Observer {
   public:
    void OnProviderCall(absl::string_view, absl::string_view, absl::string_view, absl::string_view,
                        absl::string_view, absl::Duration) override {}
    void OnCallback(absl::string_view, absl::string_view, absl::string_view) override {}
    void OnContradiction(absl::string_view, absl::string_view) override {}
    void OnCheckPostponed(absl::string_view) override {}
    void OnTrouble(absl::string_view, absl::string_view, absl::string_view) override {}
  };

  // What is handed to the engine as `done`, and what it was called with.
  template <typename Response>
  class Answer {
   public:
    Done<Response> done() {
      return [result = result_](absl::StatusOr<Response> answer) {
        result->emplace(std::move(answer));
      };
    }
    absl::StatusOr<Response> Take() {
      if (result_->has_value()) return **result_;
      return absl::InternalError("test: not answered");
    }

   private:
    std::shared_ptr<std::optional<absl::StatusOr<Response>>> result_ =
        std::make_shared<std::optional<absl::StatusOr<Response>>>();
  };

  Caller caller() const { return {kTenant, "tester"}; }
  absl::Time deadline() const { return executor_.Now() + absl::Minutes(1); }
  void Settle() { executor_.RunFor(absl::Seconds(1)); }

  class Bytes : public Random {
   public:
    explicit Bytes(SimulatedExecutor* executor) : executor_(executor) {}
    void Fill(absl::Span<uint8_t> bytes) override;

   private:
    SimulatedExecutor* const executor_;
  };

  SimulatedExecutor executor_{2};
  Bytes random_{&executor_};
  Http http_{&sandbox_, &executor_};
  Nobody observer_;
  KeyRing keys_;
  std::shared_ptr<MemoryStore::Disk> disk_ = std::make_shared<MemoryStore::Disk>();
  MemoryStore store_{disk_, &executor_};
  std::unique_ptr<AccountDirectory> accounts_;
  std::unique_ptr<PaymentEngine> engine_;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_CONFORMANCE_PROVIDER_HOSTED_PROVIDER_H_
