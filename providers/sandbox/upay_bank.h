#ifndef PAYMENTS_PROVIDERS_SANDBOX_UPAY_BANK_H_
#define PAYMENTS_PROVIDERS_SANDBOX_UPAY_BANK_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "payments/sandbox/v1/sandbox_service.pb.h"
#include "providers/sandbox/callback_order.h"
#include "providers/sandbox/ledger.h"
#include "providers/sandbox/soap_reader.h"
#include "providers/sandbox/upay_methods.h"
#include "server/base/clock.h"
#include "server/base/random.h"

namespace payments::sandbox {

struct BankState;

// What goes back over the wire, and what follows it.
struct BankAnswer {
  int http_status = 200;  // 0: close the connection without an answer.
  std::string body;       // Empty if huge_bytes is set.
  size_t huge_bytes = 0;  // Made when it is sent, so that a delayed one costs nothing.
  const MethodRule* rule = nullptr;
  absl::Duration delay;
  std::vector<CallbackOrder> callbacks;
  std::string code;          // For the log: Result/code before any fault.
  const char* verdict = "";  // For the log: refused, declined, applied or lost.
};

// A card as the bank's page sees it.
struct ConfirmationView {
  std::string masked_pan;
  v1::CardState state = v1::CARD_STATE_PENDING;
  bool wrong_code = false;  // The last code was wrong and another may be tried.
};

// The provider and the bank behind it: the ledger, what was ordered to go wrong, and
// the sandbox's clock, behind one mutex. Does no I/O. Thread-safe.
class UpayBank {
 public:
  struct Options {
    UpayMethods::Options upay;
    absl::Duration latency;
    bool hold_callbacks = true;  // False: the policy for holds starts as NONE.
  };
  static constexpr int kWrongCodesMax = 3;
  static constexpr char kWrongCode[] = "0000";
  static constexpr int kPageSizeMax = 1000;
  static constexpr int kPageSizeDefault = 100;

  // Neither is owned.
  UpayBank(Options options, Clock* clock, Random* random);
  ~UpayBank();

  void SetConfirmBaseUrl(std::string url);

  BankAnswer Handle(const SoapCall& call);
  void CountUnreadable();

  // The bank's page. kNotFound: no such confirmation.
  absl::StatusOr<ConfirmationView> View(absl::string_view confirm_id);
  // What the payer decided. Changes nothing if the card is decided already.
  struct Decision {
    ConfirmationView view;
    std::vector<CallbackOrder> callbacks;
  };
  absl::StatusOr<Decision> Decide(absl::string_view confirm_id, bool refuse,
                                  absl::string_view code);

  // What became due since the last call: resolutions and expiries.
  std::vector<CallbackOrder> Tick();

  // The rpcs of SandboxService that concern the bank; errors name the field.
  absl::Status PlanFault(const v1::PlanFaultRequest& request);
  void ClearFaults(v1::Method method);
  absl::Status SetCallbackPolicy(const v1::SetCallbackPolicyRequest& request);
  absl::StatusOr<CallbackOrder> MakeCallback(const v1::SendCallbackRequest& request);
  v1::GetLedgerResponse GetLedger();
  absl::StatusOr<v1::ListCardsResponse> ListCards(const v1::ListCardsRequest& request);
  absl::StatusOr<v1::ListHoldsResponse> ListHolds(const v1::ListHoldsRequest& request);
  absl::StatusOr<v1::ListMovementsResponse> ListMovements(const v1::ListMovementsRequest& request);
  absl::StatusOr<v1::ListAttemptsResponse> ListAttempts(const v1::ListAttemptsRequest& request);
  absl::StatusOr<v1::Card> ConfirmCard(const v1::ConfirmCardRequest& request,
                                       std::vector<CallbackOrder>* callbacks);
  absl::Status SetLatency(const v1::SetLatencyRequest& request);
  absl::StatusOr<v1::SetClockSkewResponse> SetClockSkew(const v1::SetClockSkewRequest& request);
  void Reset();

 private:
  absl::Time NowLocked() const;
  BankAnswer ExecuteLocked(const SoapCall& call, std::optional<v1::Fault> fault, absl::Time now);
  std::optional<v1::Fault> FaultOfLocked(const SoapCall& call);
  void AppendDueLocked(absl::Time now, std::vector<CallbackOrder>& callbacks);
  CallbackOrder CardCallbackLocked(const CardEntry& entry) const;
  CallbackOrder HoldCallbackLocked(const HoldEntry& entry, absl::Time now) const;
  void DecideLocked(CardEntry& entry, bool refuse, std::vector<CallbackOrder>& callbacks);

  const Options options_;
  Clock* const clock_;
  Random* const random_;

  std::mutex mu_;
  std::unique_ptr<BankState> state_;  // Guarded by mu_; replaced by Reset().
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_UPAY_BANK_H_
