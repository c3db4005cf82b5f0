#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_BANK_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_BANK_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "payments/sandbox/v1/sandbox_service.pb.h"
#include "providers/sandbox/bank.h"
#include "providers/sandbox/conduct.h"
#include "providers/sandbox/epay/acs_pages.h"
#include "providers/sandbox/epay/epay_callback.h"
#include "providers/sandbox/epay/epay_methods.h"
#include "providers/sandbox/magic_table.h"
#include "providers/sandbox/movement_log.h"
#include "server/base/random.h"

namespace payments::sandbox {

struct EpayState;

// Epay, the payer's bank and its page of 3-D Secure: tokens, saved cards, transfers and
// how their callbacks are sent, behind one mutex. Does no I/O. Thread-safe.
class EpayBank final : public Bank {
 public:
  struct Options {
    EpayMethods::Options epay;
    bool transfer_callbacks = true;  // False: the policy for transfers starts as NONE.
  };
  static constexpr int kWrongCodesMax = 3;
  static constexpr char kWrongCode[] = "0000";

  // Nothing is owned.
  EpayBank(Options options, Conduct* conduct, MovementLog* movements, Random* random);
  ~EpayBank() override;

  std::vector<CallbackOrder> Tick() override;
  void Reset() override;
  void AddTotals(v1::Totals& totals) override;

  void SetPublicUrl(std::string url);

  // The four methods: a body as it came, and the bearer's token, empty if there is none.
  BankAnswer Token(absl::string_view form);
  BankAnswer Transfer(absl::string_view bearer, absl::string_view body);
  BankAnswer Confirm(absl::string_view bearer, absl::string_view body);
  BankAnswer Status(absl::string_view bearer, absl::string_view order_id);

  // The bank's page. kNotFound: no such transfer; kInvalidArgument: no TermUrl.
  absl::StatusOr<AcsView> OpenPage(absl::string_view pa_req, absl::string_view md,
                                   absl::string_view term_url);
  absl::StatusOr<AcsView> ViewPage(absl::string_view page_id);
  // What the payer decided. Changes nothing if that was decided already, or if there is
  // no such page.
  void DecidePage(absl::string_view page_id, bool refuse, absl::string_view code);

  // The rpcs of SandboxService that concern Epay; errors name the field.
  // The policies are valid; one that is absent stays.
  void SetPolicies(const v1::SetCallbackPolicyRequest& request);
  absl::StatusOr<CallbackOrder> MakeCallback(const v1::SendCallbackRequest& request);
  absl::StatusOr<v1::ListTransfersResponse> ListTransfers(const v1::ListTransfersRequest& request);
  absl::StatusOr<v1::AnswerThreeDSecureResponse> AnswerThreeDSecure(
      const v1::AnswerThreeDSecureRequest& request);

 private:
  // Runs a step that is given the time, between what is due and the latency.
  template <typename Step>
  BankAnswer Serve(Step step);

  BankAnswer TokenLocked(absl::string_view form, absl::Time now);
  BankAnswer TransferLocked(absl::string_view bearer, absl::string_view body, absl::Time now);
  BankAnswer ConfirmLocked(absl::string_view bearer, absl::string_view body, absl::Time now);
  BankAnswer StatusLocked(absl::string_view bearer, absl::string_view order_id, absl::Time now);

  // By what the merchant's side may never send twice.
  void CountAttempt(v1::Method method, std::string key, std::string terminal_id);
  // The fault of this call: planned, or asked for by its amount; none: a default one.
  v1::Fault FaultLocked(v1::Method method, absl::string_view order_id, int64_t amount_minor);
  BankAnswer RefusedLocked(v1::Method method, EpayOutcome outcome);
  BankAnswer LostLocked(v1::Method method, const v1::Fault& fault);
  BankAnswer ExecutedLocked(v1::Method method, const v1::Fault& fault, EpayOutcome outcome);
  std::vector<CallbackOrder> DueLocked(absl::Time now);
  CallbackOrder OrderLocked(const TransferEntry& entry) const;
  void DecideLocked(TransferEntry& entry, bool authenticated);
  static AcsView ViewOf(const TransferEntry& entry);
  // Null if no terminal has a transfer of this number.
  TransferEntry* FindByOrderLocked(absl::string_view order_id);

  const Options options_;
  const MagicTable magic_;
  Conduct* const conduct_;
  MovementLog* const movements_;
  Random* const random_;

  std::mutex mu_;
  std::unique_ptr<EpayState> state_;  // Guarded by mu_; replaced by Reset().
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_BANK_H_
