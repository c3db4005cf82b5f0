#include "providers/upay/code_table.h"

#include <algorithm>
#include <array>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "providers/text.h"

namespace payments::upay {
namespace {

using Registration = RegistrationOutcome::Verdict;
using Money = OperationOutcome::Verdict;
using Hold = StatusReading::Hold;
using Capture = StatusReading::Capture;

constexpr absl::string_view kAnyNumber = "ERR-*";
constexpr size_t kCodeDigitsMax = 6;

// A refusal that we know: nothing was done.
constexpr CodeRow Refusal(absl::string_view code, absl::string_view meaning,
                          v1::FailureCategory category) {
  return CodeRow{code,
                 meaning,
                 category,
                 Registration::kDeclined,
                 Money::kDeclined,
                 Money::kDeclined,
                 Money::kDeclined,
                 Capture::kNotKnown,
                 Hold::kNoEvidence};
}

// A failure that we do not know: on a capture, the host must ask.
constexpr CodeRow UnknownFailure(absl::string_view code, absl::string_view meaning) {
  CodeRow row = Refusal(code, meaning, v1::FAILURE_CATEGORY_PROVIDER_DECLINED);
  row.capture = Money::kUnknown;
  return row;
}

constexpr std::array<CodeRow, 15> kRows = {{
    {"OK", "success", v1::FAILURE_CATEGORY_UNSPECIFIED, Registration::kConfirmationRequired,
     Money::kSucceeded, Money::kSucceeded, Money::kSucceeded, Capture::kCaptured, Hold::kHeld},
    {"ERR-065", "in process", v1::FAILURE_CATEGORY_UNSPECIFIED, Registration::kUnknown,
     Money::kInProcess, Money::kInProcess, Money::kInProcess, Capture::kNoEvidence,
     Hold::kInProcess},
    {"ERR-001", "internal error", v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE, Registration::kUnknown,
     Money::kUnknown, Money::kUnknown, Money::kUnknown, Capture::kNoEvidence, Hold::kNoEvidence},
    Refusal("ERR-004", "card not found", v1::FAILURE_CATEGORY_CARD_INVALID),
    Refusal("ERR-009", "wrong parameters", v1::FAILURE_CATEGORY_INVALID_REQUEST),
    Refusal("ERR-044", "wrong or expired code", v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED),
    Refusal("ERR-067", "wrong card", v1::FAILURE_CATEGORY_CARD_INVALID),
    Refusal("ERR-080", "wrong or expired code", v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED),
    // Closed by what, the code does not say: by the very capture or cancel, perhaps.
    {"ERR-092", "transaction already closed", v1::FAILURE_CATEGORY_WRONG_STATE,
     Registration::kDeclined, Money::kDeclined, Money::kUnknown, Money::kUnknown,
     Capture::kNoEvidence, Hold::kClosed},
    Refusal("ERR-098", "wrong or expired code", v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED),
    Refusal("ERR-112", "insufficient funds", v1::FAILURE_CATEGORY_INSUFFICIENT_FUNDS),
    Refusal("ERR-133", "card already bound", v1::FAILURE_CATEGORY_DUPLICATE),
    UnknownFailure("ERROR", "failure without a number"),
    UnknownFailure("ERR", "failure without a number"),
    UnknownFailure(kAnyNumber, "failure that is not listed here"),
}};

const CodeRow* FindRow(absl::string_view code) {
  const auto* row =
      std::find_if(kRows.begin(), kRows.end(), [code](const CodeRow& r) { return r.code == code; });
  return row == kRows.end() ? nullptr : row;
}

}  // namespace

absl::Span<const CodeRow> CodeTable() { return kRows; }

const CodeRow* FindCode(absl::string_view code) {
  constexpr absl::string_view kPrefix = "ERR-";
  const std::string upper = absl::AsciiStrToUpper(absl::StripAsciiWhitespace(code));
  const absl::string_view text = upper;
  const size_t prefix = text.rfind(kPrefix);
  if (prefix == absl::string_view::npos) return FindRow(text);
  const absl::string_view digits = text.substr(prefix + kPrefix.size());
  int number = 0;
  if (!IsDigits(digits, kCodeDigitsMax) || !absl::SimpleAtoi(digits, &number)) return nullptr;
  const CodeRow* row = FindRow(absl::StrFormat("%s%03d", kPrefix, number));
  return row != nullptr ? row : FindRow(kAnyNumber);
}

}  // namespace payments::upay
