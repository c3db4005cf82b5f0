#ifndef PAYMENTS_PROVIDERS_EPAY_STATUS_TABLE_H_
#define PAYMENTS_PROVIDERS_EPAY_STATUS_TABLE_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "providers/provider.h"

namespace payments::epay {

// What the status query says of itself: its `result.code` or `resultCode`.
struct StatusResultRow {
  enum class Meaning {
    kAnswered,   // The transaction says the rest.
    kRejected,   // The transfer was refused.
    kNotFound,   // There is no such order.
    kInProcess,  // It is being worked on.
    kNoRights,   // The terminal or its rights are wrong: says nothing about the order.
  };

  absl::string_view code;
  Meaning meaning;
};

// A transaction's statusName. For card payments AUTH means that money is held; a P2P
// transfer in AUTH is done, so this table is not for anything else.
struct StatusNameRow {
  absl::string_view name;
  StatusReading::Transfer transfer;
};

absl::Span<const StatusResultRow> StatusResultTable();
absl::Span<const StatusNameRow> StatusNameTable();

// nullptr if it is not listed. Names are compared without regard to case.
const StatusResultRow* FindStatusResult(absl::string_view code);
const StatusNameRow* FindStatusName(absl::string_view name);

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_STATUS_TABLE_H_
