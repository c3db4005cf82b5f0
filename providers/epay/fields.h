#ifndef PAYMENTS_PROVIDERS_EPAY_FIELDS_H_
#define PAYMENTS_PROVIDERS_EPAY_FIELDS_H_

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "providers/secret.h"

namespace payments::epay {

// Decoded fields by path, such as "transaction.p2p.id". Epay's spellings vary
// (invoiceID, invoiceId, cardid), so letters are lower case here; numbers keep their
// digits. Values are secrets, because some are cards' ids. Thread-compatible.
class Fields {
 public:
  static constexpr size_t kFieldsMax = 256;

  // False if there are kFieldsMax already.
  bool Add(absl::string_view path, std::string value);
  void AddObject(absl::string_view path) { objects_.emplace(path); }

  bool HasObject(absl::string_view path) const { return objects_.find(path) != objects_.end(); }

 private:
  friend class FieldReader;

  std::multimap<std::string, Secret, std::less<>> values_;
  std::set<std::string, std::less<>> objects_;
};

inline constexpr size_t kAnswerSizeMaxBytes = 256 * 1024;
inline constexpr size_t kCallbackSizeMaxBytes = 64 * 1024;
inline constexpr int kJsonDepthMax = 16;

// Reads a JSON object of at most `size_max_bytes`. What is null is as if it were not
// there; arrays, and keys with a dot in them, are passed over.
//
// kInvalidArgument, quoting nothing, if it is larger, is nested deeper than kJsonDepthMax,
// has more than Fields::kFieldsMax fields, is not well-formed UTF-8 JSON, or not an object.
absl::StatusOr<Fields> ReadJsonFields(absl::string_view body, size_t size_max_bytes);

// Reads application/x-www-form-urlencoded, in which '+' is a blank. kInvalidArgument, quoting
// nothing, if there are too many fields, a bad percent escape, or anything but UTF-8.
absl::StatusOr<Fields> ReadFormFields(absl::string_view form);

// Reads the query of a URL, as a form.
absl::StatusOr<Fields> ReadQueryFields(absl::string_view url);

// Looks fields up in `objects`, by any of their names. `fields` must outlive it.
class FieldReader {
 public:
  // Each object is a path; "" is the outermost.
  FieldReader(const Fields* fields, std::initializer_list<absl::string_view> objects)
      : fields_(fields), objects_(objects.begin(), objects.end()) {}

  // The value, without blanks around it; empty if it is nowhere. `names` are lower case.
  // If two spellings state different values, which to believe is not ours to choose:
  // contradictory() is true from then on.
  absl::string_view Get(std::initializer_list<absl::string_view> names);

  bool contradictory() const { return contradictory_; }

 private:
  const Fields* const fields_;
  const std::vector<absl::string_view> objects_;
  bool contradictory_ = false;
};

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_FIELDS_H_
