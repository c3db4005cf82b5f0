#ifndef PAYMENTS_PROVIDERS_EPAY_CALLBACK_READER_H_
#define PAYMENTS_PROVIDERS_EPAY_CALLBACK_READER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "providers/epay/settings.h"
#include "providers/provider.h"

namespace payments::epay {

// Provider::ReadCallback for postLink and failurePostLink. They are not signed: a secret
// that the merchant chose is repeated in them, if there is one, and covers nothing. So a
// callback is never more than a hint to ask.
absl::StatusOr<CallbackNotice> ReadEpayCallback(const EpaySettings& settings,
                                                CallbackSubject subject, absl::string_view body);

// Provider::RedactCallback: order, transaction, amount and codes. Cards, the payer, the secret
// and free text are not shown.
absl::StatusOr<std::string> RedactEpayCallback(absl::string_view body);

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_CALLBACK_READER_H_
