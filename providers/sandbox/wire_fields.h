#ifndef PAYMENTS_PROVIDERS_SANDBOX_WIRE_FIELDS_H_
#define PAYMENTS_PROVIDERS_SANDBOX_WIRE_FIELDS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace payments::sandbox {

// One named value on the wire, whatever it is written as.
struct WireField {
  enum class Kind {
    kText,
    kNumber,   // Written as it stands, so that an amount is exact.
    kBoolean,  // "true" or "false".
    kNull,     // An empty text where there are only texts.
    kObject,   // JSON of its own, such as WriteJsonObject() gives.
  };

  const char* name;
  std::string value;  // UTF-8.
  Kind kind = Kind::kText;
};
using WireFields = std::vector<WireField>;

// The fields as a JSON object, in their order. `only_texts`: numbers and booleans too.
// Thread-safe.
std::string WriteJsonObject(const WireFields& fields, bool only_texts = false);

// The fields as application/x-www-form-urlencoded, or as an address' query. Thread-safe.
std::string WriteForm(const WireFields& fields);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_WIRE_FIELDS_H_
