#ifndef PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_METHODS_H_
#define PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_METHODS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "payments/sandbox/v1/fault.pb.h"
#include "providers/sandbox/upay/access_token.h"
#include "providers/sandbox/upay/hold_ledger.h"
#include "providers/sandbox/upay/soap_reader.h"
#include "providers/sandbox/upay/soap_writer.h"
#include "server/base/random.h"

namespace payments::sandbox {

// Every ConfirmUrl ends in this, so that a client that escapes or re-encodes it is found out.
inline constexpr char kConfirmQuery[] = "a=1&b=%3D";
inline constexpr char kConfirmPath[] = "/bank/confirm/";

// What one call did to the ledger, and what it answers.
struct MethodOutcome {
  SoapResult result;
  bool applied = false;
  // Set if its callback is due.
  CardEntry* card_changed = nullptr;
  HoldEntry* hold_changed = nullptr;
};

// `time` as UPay writes it: YYYY-MM-DD HH:MM:SS in Tashkent.
std::string FormatUpayTime(absl::Time time);

// The five methods, on well-formed calls. Thread-compatible.
class UpayMethods {
 public:
  struct Options {
    UpayCredentials credentials;
    std::vector<std::string> service_ids = {"628"};
    bool auto_confirm = false;     // Cards are ACTIVE at once.
    std::string confirm_base_url;  // http://host:port
  };

  // Neither is owned.
  UpayMethods(Options options, Random* random, HoldLedger* ledger)
      : options_(std::move(options)), random_(random), ledger_(ledger) {}

  void SetConfirmBaseUrl(std::string url) { options_.confirm_base_url = std::move(url); }
  const Options& options() const { return options_; }

  // Code and description if the call must be refused before the ledger is asked: a
  // wrong key or token, a missing or ill-formed value. An empty code if it is fine.
  SoapResult Refuse(const SoapCall& call) const;

  // `in_process`: the call's fault if that is IN_PROCESS, else null.
  MethodOutcome Execute(const SoapCall& call, const v1::Fault* in_process, absl::Time now);

  // The hold that the call is about; null if it names none that exists.
  HoldEntry* HoldOf(const SoapCall& call);

 private:
  MethodOutcome RegisterCard(const SoapCall& call, absl::Time now);
  MethodOutcome HoldCreate(const SoapCall& call, const v1::Fault* in_process, absl::Time now);
  MethodOutcome HoldPayment(const SoapCall& call, const v1::Fault* in_process, absl::Time now);
  MethodOutcome HoldCheck(const SoapCall& call);
  MethodOutcome HoldCancel(const SoapCall& call, absl::Time now);

  // Lower-case hexadecimal.
  std::string RandomHex(size_t digits);
  std::string RandomHoldId();

  Options options_;
  Random* random_;
  HoldLedger* ledger_;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_METHODS_H_
