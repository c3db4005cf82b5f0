#ifndef PAYMENTS_SERVER_HTTP_FORM_BODY_H_
#define PAYMENTS_SERVER_HTTP_FORM_BODY_H_

#include <cstddef>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "providers/secret.h"

namespace payments {

inline constexpr size_t kFormFieldsMax = 16;
inline constexpr size_t kFormNameBytesMax = 64;

// The fields of an application/x-www-form-urlencoded body, decoded: a plus sign is a
// blank. Browsers post what a bank's page tells them to, so the values are foreign bytes.
//
// kInvalidArgument, without any of the body in the text: too many fields, a name that is
// empty, too long or there twice, a percent sign without two hexadecimal digits.
absl::StatusOr<std::map<std::string, Secret>> DecodeFormBody(const Secret& body);

}  // namespace payments

#endif  // PAYMENTS_SERVER_HTTP_FORM_BODY_H_
