#include "providers/epay/status_table.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"

namespace payments::epay {
namespace {

using Meaning = StatusResultRow::Meaning;
using Transfer = StatusReading::Transfer;

constexpr std::array<StatusResultRow, 7> kResults = {{
    {"100", Meaning::kAnswered},
    {"101", Meaning::kRejected},
    {"102", Meaning::kNotFound},
    {"103", Meaning::kInProcess},
    {"104", Meaning::kNoRights},
    {"107", Meaning::kInProcess},
    {"109", Meaning::kNoRights},
}};

constexpr std::array<StatusNameRow, 10> kNames = {{
    {"NEW", Transfer::kInProcess},
    {"FINGERPRINT", Transfer::kInProcess},
    {"3D", Transfer::kActionRequired},
    {"AUTH", Transfer::kSucceeded},
    {"CHARGE", Transfer::kSucceeded},
    {"CANCEL", Transfer::kCanceled},
    {"CANCEL_OLD", Transfer::kCanceled},
    {"REFUND", Transfer::kReturned},
    {"FAILED", Transfer::kDeclined},
    {"REJECT", Transfer::kDeclined},
}};

}  // namespace

absl::Span<const StatusResultRow> StatusResultTable() { return kResults; }
absl::Span<const StatusNameRow> StatusNameTable() { return kNames; }

const StatusResultRow* FindStatusResult(absl::string_view code) {
  const auto* const row =
      std::find_if(kResults.begin(), kResults.end(),
                   [code](const StatusResultRow& candidate) { return candidate.code == code; });
  return row == kResults.end() ? nullptr : row;
}

const StatusNameRow* FindStatusName(absl::string_view name) {
  const auto* const row =
      std::find_if(kNames.begin(), kNames.end(), [name](const StatusNameRow& candidate) {
        return absl::EqualsIgnoreCase(candidate.name, name);
      });
  return row == kNames.end() ? nullptr : row;
}

}  // namespace payments::epay
