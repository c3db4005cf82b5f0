#include "providers/epay/own_secrets.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "providers/epay/names.h"
#include "providers/text.h"

namespace payments::epay {
namespace {

constexpr size_t kFewDigitsMax = 4;

bool IsFewDigits(const Secret& secret) { return IsDigits(secret.Reveal(), kFewDigitsMax); }

// Whether `digits` are somewhere in `text` with no other digit beside them.
bool StandsAlone(absl::string_view text, absl::string_view digits) {
  for (size_t at = text.find(digits); at != absl::string_view::npos;
       at = text.find(digits, at + 1)) {
    const size_t end = at + digits.size();
    const bool before = at > 0 && absl::ascii_isdigit(text[at - 1]);
    const bool after = end < text.size() && absl::ascii_isdigit(text[end]);
    if (!before && !after) return true;
  }
  return false;
}

bool Repeats(absl::string_view text, const Secret& secret) {
  return IsFewDigits(secret) ? StandsAlone(text, secret.Reveal())
                             : absl::StrContains(text, secret.Reveal());
}

}  // namespace

OwnSecrets::OwnSecrets(const EpaySettings& settings) {
  Add(settings.client_secret);
  Add(settings.secret_hash);
}

void OwnSecrets::Add(const Secret& secret) {
  if (!secret.empty()) secrets_.push_back(secret);
}

std::string OwnSecrets::Message(absl::string_view text) const {
  const bool repeats = std::any_of(secrets_.begin(), secrets_.end(),
                                   [text](const Secret& secret) { return Repeats(text, secret); });
  return repeats ? "" : Presentable(text, kAnswerMessageSizeMaxBytes);
}

std::string OwnSecrets::Code(absl::string_view text) const {
  const bool repeats = std::any_of(secrets_.begin(), secrets_.end(), [text](const Secret& secret) {
    return !IsFewDigits(secret) && Repeats(text, secret);
  });
  return repeats ? "" : Presentable(text, kAnswerCodeSizeMaxBytes);
}

}  // namespace payments::epay
