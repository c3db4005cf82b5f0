#ifndef PAYMENTS_PROVIDERS_SANDBOX_UPAY_SOAP_READER_H_
#define PAYMENTS_PROVIDERS_SANDBOX_UPAY_SOAP_READER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "providers/sandbox/upay/soap_contract.h"

namespace payments::sandbox {

// One call as it came: the method and its fields' texts. Holds card data, so it lives
// only as long as the call and is never logged. Thread-compatible.
class SoapCall {
 public:
  explicit SoapCall(const MethodRule* rule) : rule_(rule), values_(rule->fields.size()) {}
  SoapCall(SoapCall&&) = default;
  SoapCall& operator=(SoapCall&&) = default;
  SoapCall(const SoapCall&) = delete;
  SoapCall& operator=(const SoapCall&) = delete;
  ~SoapCall();

  const MethodRule& rule() const { return *rule_; }
  v1::Method method() const { return rule_->method; }

  // Empty if the call has no such field: an empty element counts as absent.
  absl::string_view Get(absl::string_view field) const;
  void Set(size_t field_index, std::string value) { values_[field_index] = std::move(value); }

 private:
  const MethodRule* rule_;
  std::vector<std::string> values_;  // By the index of the field's rule.
};

// Reads a SOAP 1.1 request as strictly as the contract is written: namespaces exact,
// wrapper qualified, everything inside it unqualified, fields in order and at most
// once, no DTD. Does not judge the fields' texts. kInvalidArgument says what is wrong,
// without repeating any text of the request but element names. Thread-safe.
absl::StatusOr<SoapCall> ReadSoapCall(absl::string_view body);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_UPAY_SOAP_READER_H_
