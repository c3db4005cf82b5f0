#include "providers/sandbox/epay/epay_codes.h"

#include <array>

#include "absl/strings/str_cat.h"

namespace payments::sandbox {
namespace {

struct Message {
  int code;
  const char* text;
};

constexpr std::array kMessages = {
    Message{kEpayTryLater, "The operation failed, please try again later"},
    Message{kEpayNotAuthenticated, "3-D Secure authentication failed"},
    Message{kEpayWrongExpiry, "The expiry date is wrong"},
    Message{458, "The server does not answer, please try later"},
    Message{460, "An error happened, the amount may be blocked on the card"},
    Message{kEpaySystemError, "System error"},
    Message{kEpayCardBlocked, "The card is blocked"},
    Message{467, "The card is blocked"},
    Message{kEpayInvalid, "Invalid transaction, check what was entered"},
    Message{kEpayWrongCardNumber, "The card number is wrong"},
    Message{472, "The card number is wrong"},
    Message{kEpayCardExpired, "The card has expired"},
    Message{484, "Insufficient funds"},
    Message{487, " Not permitted to merchant"},  // The blank is the guide's.
    Message{491, "Exceeds the limit of operations"},
    Message{kEpayUnreadablePaRes, "3-D Secure: the answer of the bank cannot be read"},
    Message{kEpayWrongCvc, "The security code is wrong"},
    Message{kEpayAbandoned, "3-D Secure was not finished in time"},
    Message{528, "The receiver's daily limit is exceeded"},
};

}  // namespace

std::string EpayMessageOf(int code) {
  for (const Message& message : kMessages) {
    if (message.code == code) return message.text;
  }
  return absl::StrCat("Error ", code);
}

}  // namespace payments::sandbox
