#include "providers/epay/code_table.h"

#include <algorithm>
#include <array>

#include "absl/strings/numbers.h"

namespace payments::epay {
namespace {

constexpr CodeRow Refusal(int code, v1::FailureCategory category) {
  return {code, category, Finality::kFinal};
}
constexpr CodeRow RefusalByStatus(int code, v1::FailureCategory category) {
  return {code, category, Finality::kByStatus};
}
constexpr CodeRow Open(int code) {
  return {code, v1::FAILURE_CATEGORY_UNSPECIFIED, Finality::kOpen};
}

constexpr std::array<CodeRow, 85> kRows = {{
    Open(-31),
    {0, v1::FAILURE_CATEGORY_UNSPECIFIED, Finality::kSuccess},
    Open(100),
    Open(293),
    Open(454),
    Refusal(455, v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED),
    Refusal(456, v1::FAILURE_CATEGORY_PROVIDER_DECLINED),
    Refusal(457, v1::FAILURE_CATEGORY_CARD_INVALID),
    RefusalByStatus(458, v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE),
    RefusalByStatus(459, v1::FAILURE_CATEGORY_CARD_INVALID),
    Open(460),
    RefusalByStatus(461, v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE),
    Refusal(462, v1::FAILURE_CATEGORY_ISSUER_DECLINED),
    Refusal(463, v1::FAILURE_CATEGORY_ISSUER_DECLINED),
    Refusal(464, v1::FAILURE_CATEGORY_PROVIDER_CONFIGURATION),
    Refusal(465, v1::FAILURE_CATEGORY_CARD_BLOCKED),
    Refusal(466, v1::FAILURE_CATEGORY_ISSUER_DECLINED),
    Refusal(467, v1::FAILURE_CATEGORY_CARD_BLOCKED),
    Refusal(468, v1::FAILURE_CATEGORY_ISSUER_DECLINED),
    Refusal(469, v1::FAILURE_CATEGORY_INVALID_REQUEST),
    Refusal(470, v1::FAILURE_CATEGORY_INVALID_REQUEST),
    Refusal(471, v1::FAILURE_CATEGORY_CARD_INVALID),
    Refusal(472, v1::FAILURE_CATEGORY_CARD_INVALID),
    Refusal(473, v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED),
    RefusalByStatus(475, v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE),
    Refusal(476, v1::FAILURE_CATEGORY_LIMIT_EXCEEDED),
    Refusal(477, v1::FAILURE_CATEGORY_PROVIDER_DECLINED),
    Refusal(478, v1::FAILURE_CATEGORY_CARD_EXPIRED),
    Refusal(479, v1::FAILURE_CATEGORY_CARD_BLOCKED),
    Refusal(480, v1::FAILURE_CATEGORY_ISSUER_DECLINED),
    Refusal(481, v1::FAILURE_CATEGORY_CARD_BLOCKED),  // Lost or stolen: for the payer, blocked like
                                                      // any other.
    Refusal(482, v1::FAILURE_CATEGORY_CARD_BLOCKED),
    Refusal(483, v1::FAILURE_CATEGORY_CARD_BLOCKED),
    Refusal(484, v1::FAILURE_CATEGORY_INSUFFICIENT_FUNDS),
    Refusal(485, v1::FAILURE_CATEGORY_CARD_EXPIRED),
    Refusal(486, v1::FAILURE_CATEGORY_NOT_PERMITTED),
    Refusal(487, v1::FAILURE_CATEGORY_NOT_PERMITTED),
    Refusal(488, v1::FAILURE_CATEGORY_LIMIT_EXCEEDED),
    Refusal(489, v1::FAILURE_CATEGORY_CARD_BLOCKED),
    Refusal(490, v1::FAILURE_CATEGORY_NOT_PERMITTED),
    Refusal(491, v1::FAILURE_CATEGORY_LIMIT_EXCEEDED),
    Refusal(492, v1::FAILURE_CATEGORY_CARD_BLOCKED),
    RefusalByStatus(493, v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE),
    RefusalByStatus(494, v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE),
    Refusal(495, v1::FAILURE_CATEGORY_NOT_PERMITTED),
    Refusal(496, v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED),
    RefusalByStatus(497, v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE),
    Refusal(498, v1::FAILURE_CATEGORY_PROVIDER_DECLINED),
    Refusal(499, v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED),
    Refusal(500, v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED),
    Refusal(501, v1::FAILURE_CATEGORY_CARD_INVALID),
    RefusalByStatus(502, v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE),
    Refusal(503, v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED),
    RefusalByStatus(504, v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE),
    Refusal(505, v1::FAILURE_CATEGORY_LIMIT_EXCEEDED),
    Refusal(521, v1::FAILURE_CATEGORY_ISSUER_DECLINED),
    Refusal(522, v1::FAILURE_CATEGORY_CARD_INVALID),
    Refusal(523, v1::FAILURE_CATEGORY_ISSUER_DECLINED),
    Refusal(524, v1::FAILURE_CATEGORY_CARD_INVALID),
    Refusal(525, v1::FAILURE_CATEGORY_CARD_INVALID),
    RefusalByStatus(526, v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE),
    Refusal(527, v1::FAILURE_CATEGORY_ISSUER_DECLINED),
    Refusal(528, v1::FAILURE_CATEGORY_LIMIT_EXCEEDED),
    Refusal(529, v1::FAILURE_CATEGORY_LIMIT_EXCEEDED),
    Open(690),
    Refusal(877, v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED),
    Open(1267),
    Open(1268),
    Open(1269),
    Open(1563),
    Open(1564),
    Refusal(1612, v1::FAILURE_CATEGORY_NOT_PERMITTED),
    Refusal(1636, v1::FAILURE_CATEGORY_CARD_INVALID),
    Refusal(1654, v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED),
    Refusal(2092, v1::FAILURE_CATEGORY_NOT_PERMITTED),
    Refusal(2357, v1::FAILURE_CATEGORY_INVALID_REQUEST),
    Open(2358),
    Open(2656),
    Refusal(2678, v1::FAILURE_CATEGORY_LIMIT_EXCEEDED),
    Refusal(2740, v1::FAILURE_CATEGORY_LIMIT_EXCEEDED),
    Refusal(2872, v1::FAILURE_CATEGORY_ISSUER_DECLINED),
    Open(3014),
    Open(3225),
    Open(3240),
    Refusal(3298, v1::FAILURE_CATEGORY_INVALID_REQUEST),
}};

}  // namespace

absl::Span<const CodeRow> CodeTable() { return kRows; }

const CodeRow* FindCode(absl::string_view code) {
  int number = 0;
  if (!absl::SimpleAtoi(code, &number)) return nullptr;
  const auto* const row =
      std::find_if(kRows.begin(), kRows.end(),
                   [number](const CodeRow& candidate) { return candidate.code == number; });
  return row == kRows.end() ? nullptr : row;
}

bool MayBeHttpStatus(absl::string_view code, int http_status) {
  constexpr int kServerErrorMin = 500;
  int number = 0;
  return http_status >= kServerErrorMin ||
         (absl::SimpleAtoi(code, &number) && number == http_status);
}

}  // namespace payments::epay
