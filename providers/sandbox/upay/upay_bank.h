#ifndef PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_BANK_H_
#define PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_BANK_H_

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
#include "providers/sandbox/bank.h"
#include "providers/sandbox/conduct.h"
#include "providers/sandbox/magic_table.h"
#include "providers/sandbox/movement_log.h"
#include "providers/sandbox/upay/hold_ledger.h"
#include "providers/sandbox/upay/soap_reader.h"
#include "providers/sandbox/upay/upay_callback.h"
#include "providers/sandbox/upay/upay_methods.h"
#include "server/base/random.h"

namespace payments::sandbox {

struct UpayState;

// A card as the bank's page sees it.
struct ConfirmationView {
  std::string masked_pan;
  v1::CardState state = v1::CARD_STATE_PENDING;
  bool wrong_code = false;  // The last code was wrong and another may be tried.
};

// UPay and the bank behind it: cards, holds and how their callbacks are sent, behind one
// mutex. Does no I/O. Thread-safe.
class UpayBank final : public Bank {
 public:
  struct Options {
    UpayMethods::Options upay;
    bool hold_callbacks = true;  // False: the policy for holds starts as NONE.
  };
  static constexpr int kWrongCodesMax = 3;
  static constexpr char kWrongCode[] = "0000";

  // Nothing is owned.
  UpayBank(Options options, Conduct* conduct, MovementLog* movements, Random* random);
  ~UpayBank() override;

  std::vector<CallbackOrder> Tick() override;
  void Reset() override;
  void AddTotals(v1::Totals& totals) override;

  void SetConfirmBaseUrl(std::string url);

  BankAnswer Handle(const SoapCall& call);

  // The bank's page. kNotFound: no such confirmation.
  absl::StatusOr<ConfirmationView> View(absl::string_view confirm_id);
  // What the payer decided. Changes nothing if the card is decided already.
  struct Decision {
    ConfirmationView view;
    std::vector<CallbackOrder> callbacks;
  };
  absl::StatusOr<Decision> Decide(absl::string_view confirm_id, bool refuse,
                                  absl::string_view code);

  // The rpcs of SandboxService that concern UPay; errors name the field.
  // The policies are valid; one that is absent stays.
  void SetPolicies(const v1::SetCallbackPolicyRequest& request);
  absl::StatusOr<CallbackOrder> MakeCallback(const v1::SendCallbackRequest& request);
  absl::StatusOr<v1::ListCardsResponse> ListCards(const v1::ListCardsRequest& request);
  absl::StatusOr<v1::ListHoldsResponse> ListHolds(const v1::ListHoldsRequest& request);
  absl::StatusOr<v1::Card> ConfirmCard(const v1::ConfirmCardRequest& request,
                                       std::vector<CallbackOrder>* callbacks);

 private:
  BankAnswer ExecuteLocked(const SoapCall& call, std::optional<v1::Fault> fault, absl::Time now);
  std::optional<v1::Fault> FaultOfLocked(const SoapCall& call);
  void AppendDueLocked(absl::Time now, std::vector<CallbackOrder>& callbacks);
  UpayCallback CardCallbackLocked(const CardEntry& entry) const;
  CallbackOrder CardOrderLocked(const CardEntry& entry) const;
  UpayCallback HoldCallbackLocked(const HoldEntry& entry, absl::Time now) const;
  CallbackOrder HoldOrderLocked(const HoldEntry& entry, const UpayCallback& callback) const;
  void DecideLocked(CardEntry& entry, bool refuse, std::vector<CallbackOrder>& callbacks);

  const Options options_;
  const MagicTable magic_;
  Conduct* const conduct_;
  MovementLog* const movements_;
  Random* const random_;

  std::mutex mu_;
  std::unique_ptr<UpayState> state_;  // Guarded by mu_; replaced by Reset().
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_BANK_H_
