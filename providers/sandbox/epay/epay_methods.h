#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_METHODS_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_METHODS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "payments/sandbox/v1/fault.pb.h"
#include "providers/sandbox/epay/epay_answers.h"
#include "providers/sandbox/epay/epay_requests.h"
#include "providers/sandbox/epay/epay_tokens.h"
#include "providers/sandbox/epay/transfer_ledger.h"
#include "server/base/random.h"

namespace payments::sandbox {

// The page of 3-D Secure, below the sandbox's public address. Like UPay's ConfirmUrl it
// ends in a query that a client must not escape or encode once more.
inline constexpr char kAcsPath[] = "/bank/acs";
inline constexpr char kAcsQuery[] = "a=1&b=%3D";

// The four methods, on requests that were read. A Refuse… function gives an answer if
// the call must be refused before anything is executed; the others execute the call as
// its fault asks, as far as the fault is about the method itself and not about the
// answer's bytes. Thread-compatible.
class EpayMethods {
 public:
  struct Options {
    std::string client_id = "sandbox";
    // The real ones hold such characters too.
    Secret client_secret = Secret("sandbox-client-secret*#");
    std::vector<std::string> terminal_ids = {"sandbox-terminal"};
    absl::Duration token_lifetime = absl::Seconds(7200);
    absl::Duration three_d_secure_lifetime = absl::Minutes(15);
    std::string public_url;  // http://host:port
  };

  // Neither is owned.
  EpayMethods(Options options, Random* random, TransferLedger* ledger)
      : options_(std::move(options)), random_(random), ledger_(ledger) {}

  void SetPublicUrl(std::string url) { options_.public_url = std::move(url); }
  const Options& options() const { return options_; }

  std::optional<EpayOutcome> RefuseToken(const EpayTokenRequest& request) const;
  EpayOutcome Token(EpayTokenRequest request, const v1::Fault& fault, absl::Time now);

  bool KnowsToken(absl::string_view bearer, absl::Time now) {
    return tokens_.Find(bearer, now) != nullptr;
  }
  // Null and an outcome in `refusal` unless the bearer's token is good for this call.
  EpayToken* TokenOfTransfer(absl::string_view bearer, const EpayTransferRequest& request,
                             absl::Time now, EpayOutcome& refusal);
  EpayToken* TokenOfConfirm(absl::string_view bearer, const TransferEntry& entry, absl::Time now,
                            EpayOutcome& refusal);
  EpayToken* TokenOfStatus(absl::string_view bearer, absl::Time now, EpayOutcome& refusal);

  // Uses the token up.
  EpayOutcome Transfer(const EpayTransferRequest& request, EpayToken& token, const v1::Fault& fault,
                       absl::Time now);
  // `entry`: of the request's ID; null if there is none.
  EpayOutcome Confirm(const EpayConfirmRequest& request, TransferEntry* entry,
                      const v1::Fault& fault, absl::Time now);
  // `entry`: null if there is none.
  EpayOutcome Status(const TransferEntry* entry, const v1::Fault& fault);

  // The transfer that a status token may see; null if there is none.
  TransferEntry* TransferOfStatus(const EpayToken& token, absl::string_view order_id);

  // What the payer decided at the bank's page: makes the PaRes.
  void Decide(ThreeDSecureEntry& three_d_secure, bool authenticated);

 private:
  // Null if a side names a saved card that does not exist.
  std::optional<EpayCard> CardOf(const EpaySide& side) const;
  TransferEntry EntryOf(const EpayTransferRequest& request, const EpayToken& token, EpayCard sender,
                        EpayCard receiver, absl::Time now);
  EpayOutcome AskForThreeDSecure(TransferEntry& entry, const v1::Fault& fault, absl::Time now);
  EpayOutcome FailTransfer(TransferEntry& entry, int code, absl::string_view message);
  void EndLater(TransferEntry& entry, const v1::Fault& fault, absl::Time now);

  std::string RandomBytes(size_t size);
  std::string RandomDigits(size_t digits);
  std::string RandomHex(size_t digits);  // In capitals.
  std::string RandomUuid();
  // Base64 of `bytes` random bytes, with a plus sign, a slash and padding in it, so that
  // a form that is decoded once too often is found out.
  std::string RandomBase64(size_t bytes);

  Options options_;
  Random* random_;
  TransferLedger* ledger_;
  EpayTokens tokens_;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_METHODS_H_
