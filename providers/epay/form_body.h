#ifndef PAYMENTS_PROVIDERS_EPAY_FORM_BODY_H_
#define PAYMENTS_PROVIDERS_EPAY_FORM_BODY_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "providers/secret.h"

namespace payments::epay {

// A field of a form. The views must outlive the call they are passed to.
struct FormField {
  absl::string_view name;
  absl::string_view value;
};

// application/x-www-form-urlencoded, in the order given. Everything but letters, digits
// and "-._~" is percent-encoded, since secrets hold '*' and '#'; a blank is "%20".
Secret FormBody(absl::Span<const FormField> fields);

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_FORM_BODY_H_
