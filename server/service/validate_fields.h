#ifndef PAYMENTS_SERVER_SERVICE_VALIDATE_FIELDS_H_
#define PAYMENTS_SERVER_SERVICE_VALIDATE_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/map.h"
#include "google/protobuf/repeated_field.h"
#include "google/protobuf/timestamp.pb.h"
#include "payments/v1/money.pb.h"
#include "server/base/error.h"

namespace payments {

// Limits of fields, as the comments in proto/payments/v1/ state them.
inline constexpr size_t kRequestIdCharsMax = 128;
inline constexpr size_t kEtagCharsMax = 128;
inline constexpr size_t kMerchantIdCharsMax = 64;  // merchant_reference, merchant_customer_id.
inline constexpr size_t kLanguageCharsMax = 16;
inline constexpr size_t kProviderReferenceCharsMax = 128;
inline constexpr size_t kPhoneDigitsMin = 7;
inline constexpr size_t kPhoneDigitsMax = 15;
inline constexpr size_t kUrlCharsMax = 2048;
inline constexpr int kPageSizeMax = 1000;
inline constexpr int kPageSizeDefault = 50;
// 0 is unset.
inline int PageLimit(int32_t page_size) { return page_size == 0 ? kPageSizeDefault : page_size; }
inline constexpr int kFilterNamesMax = 100;
inline constexpr int kFilterAccountsMax = 100;
inline constexpr int kFilterStatesMax = 16;
inline constexpr int kFilterKindsMax = 8;

inline constexpr char kPaymentPrefix[] = "payments/";
inline constexpr char kCardPrefix[] = "cards/";
inline constexpr char kAccountPrefix[] = "accounts/";
inline constexpr char kCallbackPrefix[] = "callbacks/";

// Collects everything that is wrong with one request, by field path, up to
// kViolationsMax. Says what the limit is and never what the value was. Judges form
// only: whether a name exists, or an account takes a currency, is not known here.
class FieldChecker {
 public:
  static constexpr size_t kViolationsMax = 32;

  void Add(absl::string_view field, absl::string_view description);

  // 1 to kRequestIdCharsMax of [A-Za-z0-9._:-].
  void RequestId(absl::string_view field, absl::string_view value);
  // Without control characters; counted in characters, not in bytes.
  void RequiredText(absl::string_view field, absl::string_view value, size_t chars_max);
  void OptionalText(absl::string_view field, absl::string_view value, size_t chars_max);
  // The same, but line ends and tabs are welcome.
  void OptionalLines(absl::string_view field, absl::string_view value, size_t chars_max);
  // `prefix` and an id.
  void Name(absl::string_view field, absl::string_view value, absl::string_view prefix);
  void OptionalAccount(absl::string_view field, absl::string_view value);
  void Accounts(absl::string_view field,
                const google::protobuf::RepeatedPtrField<std::string>& values);
  void OptionalLanguage(absl::string_view field, absl::string_view value);
  // Digits with country code.
  void OptionalPhone(absl::string_view field, absl::string_view value);
  // An IPv4 or IPv6 address.
  void OptionalIpAddress(absl::string_view field, absl::string_view value);
  // Absolute, https (or http to loopback), without a user's name, printable ASCII, at most
  // kUrlCharsMax.
  void OptionalUrl(absl::string_view field, absl::string_view value);
  // More than 0, with a currency.
  void Amount(absl::string_view field, const v1::Money& amount);
  void PageSize(int32_t value);
  // Adds a violation if there are more than `count_max`.
  void Count(absl::string_view field, int count, int count_max);
  // Adds a violation for every value that is not `known`, or is 0.
  void States(absl::string_view field, const google::protobuf::RepeatedField<int>& values,
              bool (*known)(int), int count_max);
  // Keys of 1 to 40 characters, values of at most 500, at most 20 of them.
  void TextMap(absl::string_view field,
               const google::protobuf::Map<std::string, std::string>& values);
  // As google/protobuf/timestamp.proto says. False if it is not.
  bool Timestamp(absl::string_view field, const google::protobuf::Timestamp& value);
  // The same for a duration; it must also be within [min, max].
  bool Duration(absl::string_view field, const google::protobuf::Duration& value,
                absl::Duration min, absl::Duration max);

  // OK, or InvalidFields().
  absl::Status Result() const;

 private:
  void Text(absl::string_view field, absl::string_view value, size_t chars_max,
            absl::string_view allowed_controls);

  FieldViolations violations_;
};

// "filter.names[3]".
std::string IndexedField(absl::string_view field, int index);

bool IsResourceName(absl::string_view value, absl::string_view prefix);
// Decimal digits only, `min` to `max` of them.
bool IsDigits(absl::string_view value, size_t min, size_t max);

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_VALIDATE_FIELDS_H_
