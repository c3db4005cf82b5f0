#ifndef PAYMENTS_PROVIDERS_SANDBOX_UPAY_SOAP_WRITER_H_
#define PAYMENTS_PROVIDERS_SANDBOX_UPAY_SOAP_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "providers/sandbox/bank.h"
#include "providers/sandbox/upay/soap_contract.h"

namespace payments::sandbox {

// Result/code values the sandbox answers by itself. The official list is not public:
// those that upay.md does not name are answered as plain "ERROR".
inline constexpr char kCodeOk[] = "OK";
inline constexpr char kCodeError[] = "ERROR";
inline constexpr char kCodeInternal[] = "STPIMS-ERR-001";
inline constexpr char kCodeCardNotFound[] = "STPIMS-ERR-004";
inline constexpr char kCodeWrongParameters[] = "STPIMS-ERR-009";
inline constexpr char kCodeInProcess[] = "STPIMS-ERR-065";
inline constexpr char kCodeWrongCard[] = "STPIMS-ERR-067";
inline constexpr char kCodeClosed[] = "STPIMS-ERR-092";
inline constexpr char kCodeInsufficientFunds[] = "STPIMS-ERR-112";
inline constexpr char kCodeCardAlreadyBound[] = "STPIMS-ERR-133";

// The code's text in `language` (ru, uz, en; ru if empty). Thread-safe.
std::string DescriptionOf(absl::string_view code, absl::string_view language);

// What goes into <return>.
struct SoapResult {
  std::string code;
  std::string description;
  int64_t server_time_ms = 0;
  std::vector<std::pair<const char*, std::string>> fields;  // After Result, in wire order.
};

// Whole SOAP documents, in the shape the real service gives them. Thread-safe.
std::string WriteResponse(const MethodRule& rule, const SoapResult& result);
std::string WriteFault(absl::string_view reason);
std::string WriteEmptyReturn(const MethodRule& rule);
std::string WriteWithoutReturn(const MethodRule& rule);
// Nine levels of ten references each.
std::string WriteEntityBomb(const MethodRule& rule);
// At least `bytes` long and well-formed.
HugeBody WriteHugeAnswer(const MethodRule& rule, size_t bytes);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_UPAY_SOAP_WRITER_H_
