#ifndef PAYMENTS_PROVIDERS_EPAY_OWN_SECRETS_H_
#define PAYMENTS_PROVIDERS_EPAY_OWN_SECRETS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "providers/epay/settings.h"
#include "providers/secret.h"

namespace payments::epay {

// The secrets that one conversation tells the bank: credentials, tokens, a card's data. A
// fault may quote them, so every word of the bank's that is kept passes through here. Owns
// copies, which are wiped with it. Thread-compatible.
class OwnSecrets {
 public:
  // With the account's credentials.
  explicit OwnSecrets(const EpaySettings& settings);

  void Add(const Secret& secret);
  void Forget() { secrets_.clear(); }

  // As Presentable() makes it; empty if it repeats a secret. Few digits, such as a security
  // code, repeat one only where they stand alone: they are part of many a number.
  std::string Message(absl::string_view text) const;
  // The same for a code, which may well be the same few digits.
  std::string Code(absl::string_view text) const;

 private:
  std::vector<Secret> secrets_;
};

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_OWN_SECRETS_H_
