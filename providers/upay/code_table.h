#ifndef PAYMENTS_PROVIDERS_UPAY_CODE_TABLE_H_
#define PAYMENTS_PROVIDERS_UPAY_CODE_TABLE_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "payments/v1/failure.pb.h"
#include "providers/provider.h"

namespace payments::upay {

// What one of UPay's result codes means for each of its methods. UPay's official
// list is not public: to learn a code is to add a row, never an `if`.
struct CodeRow {
  absl::string_view code;     // "OK", "ERROR" or "ERR-NNN"; "ERR-*" is every other number.
  absl::string_view meaning;  // For people.
  v1::FailureCategory category;
  RegistrationOutcome::Verdict registration;
  OperationOutcome::Verdict hold;
  // Money moves here, so only a code that we know to be a refusal is taken for one.
  OperationOutcome::Verdict capture;
  OperationOutcome::Verdict cancel;
  // Of a check by partnerTrxId. kCaptured holds only if the answer has transaction data.
  StatusReading::Capture check_by_number;
  // Of a check by holdId. kHeld holds only if the answer has no TransactionId.
  StatusReading::Hold check_by_hold_id;
};

// In the order of the documentation.
absl::Span<const CodeRow> CodeTable();

// The row for a code as UPay writes it, such as "STPIMS-ERR-065": what counts is
// its end. nullptr if it is none of UPay's forms, and so proves nothing.
const CodeRow* FindCode(absl::string_view code);

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_CODE_TABLE_H_
