#ifndef PAYMENTS_PROVIDERS_UPAY_CALLBACK_READER_H_
#define PAYMENTS_PROVIDERS_UPAY_CALLBACK_READER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "providers/provider.h"
#include "providers/upay/settings.h"

namespace payments::upay {

// Provider::ReadCallback for UPay. The token is the same for every callback of one
// hold and covers neither status nor amount, so a hold's callback is a hint. A card
// registration cannot be asked about: the token, and the address that only UPay was
// told, is all the proof there is.
absl::StatusOr<CallbackNotice> ReadUpayCallback(const UpaySettings& settings,
                                                CallbackSubject subject, absl::string_view body);

// Provider::RedactCallback: status, service and the hold's id, which merchants are shown, too.
// Tokens, a card's number and free text are not.
absl::StatusOr<std::string> RedactUpayCallback(absl::string_view body);

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_CALLBACK_READER_H_
