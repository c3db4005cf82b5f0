#ifndef PAYMENTS_PROVIDERS_SANDBOX_PERCENT_ENCODING_H_
#define PAYMENTS_PROVIDERS_SANDBOX_PERCENT_ENCODING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace payments::sandbox {

// `text` as a form's value: a blank is a plus sign. Thread-safe.
std::string EncodePercent(absl::string_view text);

// Name and value of each field of a form, in the order they came, decoded.
using FormFields = std::vector<std::pair<std::string, std::string>>;

// Reads application/x-www-form-urlencoded; as in a browser, a plus sign is a blank.
// kInvalidArgument: a bad percent sign, a bare field without "=", a repeated name, or
// more than `fields_max`; says nothing of the values. Thread-safe.
absl::StatusOr<FormFields> DecodeForm(absl::string_view form, size_t fields_max);

// Empty if there is no such field.
absl::string_view FieldOf(const FormFields& fields, absl::string_view name);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_PERCENT_ENCODING_H_
