#ifndef PAYMENTS_PROVIDERS_SANDBOX_UPAY_SOAP_CONTRACT_H_
#define PAYMENTS_PROVIDERS_SANDBOX_UPAY_SOAP_CONTRACT_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "payments/sandbox/v1/fault.pb.h"

// UPay's SOAP contract as data, written from the provider's guide and from nothing of
// the plugin: a misreading must not be on both sides of the wire.
namespace payments::sandbox {

inline constexpr char kSoapPath[] = "/STAPI/STWS";
inline constexpr char kEnvelopeNamespace[] = "http://schemas.xmlsoap.org/soap/envelope/";
inline constexpr char kServiceNamespace[] = "http://st.apus.com/";

// What a field's text must be.
enum class FieldKind {
  kText,
  kPan,        // 12 to 19 digits.
  kExpiry,     // MMYY.
  kCvv,        // 3 or 4 digits.
  kPhone,      // 7 to 15 digits.
  kUrl,        // http:// or https://.
  kInteger,    // 0 to 2^31-1.
  kAmount,     // 1 to kAmountMaxMinor.
  kMinutes,    // 1 to kHoldMinutesMax.
  kLanguage,   // ru, uz or en.
  kCheckType,  // holdId or partnerTrxId.
};

inline constexpr int64_t kAmountMaxMinor = 1'000'000'000'000;  // Tiyin: ten billion so'm.
inline constexpr int64_t kHoldMinutesMax = 30 * 24 * 60;       // Minutes: 30 days.

struct FieldRule {
  const char* name;
  bool required;
  FieldKind kind;
  size_t bytes_max;
};

struct MethodRule {
  v1::Method method;
  const char* operation;  // The wrapper's local name; the request's is this + "Request".
  absl::Span<const FieldRule> fields;             // In wire order.
  absl::Span<const char* const> access_token_of;  // Fields hashed between username and password.
};

// All of them, in the order of v1::Method.
absl::Span<const MethodRule> MethodRules();

// Null if there is no such operation.
const MethodRule* FindMethodRule(absl::string_view operation);

// True if `text` is what `kind` asks for.
bool IsWellFormed(FieldKind kind, absl::string_view text);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_UPAY_SOAP_CONTRACT_H_
