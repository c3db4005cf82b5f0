#ifndef PAYMENTS_PROVIDERS_EPAY_CODE_TABLE_H_
#define PAYMENTS_PROVIDERS_EPAY_CODE_TABLE_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "payments/v1/failure.pb.h"

namespace payments::epay {

// How much a code in a transfer's own answer proves. The status query outranks it.
enum class Finality {
  kSuccess,
  kFinal,     // A refusal: it was not done and will not be.
  kByStatus,  // A refusal, but the status is asked before it counts.
  kOpen,      // Proves nothing; the status is asked.
};

// What one of Epay's codes means: the `code` of an answer and the `reasonCode` of a status
// are one list. To learn a code is to add a row, never an `if`.
struct CodeRow {
  int code;
  v1::FailureCategory category;  // Unspecified where the code names no reason.
  Finality finality;
};

// Ascending.
absl::Span<const CodeRow> CodeTable();

// The row for a code as text, such as "487" or "-31". nullptr if it is not listed, or no
// number.
const CodeRow* FindCode(absl::string_view code);

// Some of Epay's codes are HTTP statuses, too: 499, 500, 501, 503 and others. Whether this
// one may be the word of a server or gateway that failed, and so says nothing of a transfer:
// HTTP 5xx, or a code that repeats the HTTP status.
bool MayBeHttpStatus(absl::string_view code, int http_status);

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_CODE_TABLE_H_
