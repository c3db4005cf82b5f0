#ifndef PAYMENTS_SERVER_CONFIG_CONFIG_FIELDS_H_
#define PAYMENTS_SERVER_CONFIG_CONFIG_FIELDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace payments {

// Collects what is wrong with a configuration, so that one look at the output is
// enough to put all of it right.
class FieldErrors {
 public:
  // `field` is a path such as `accounts[0].settings["endpoint"]`.
  void Add(absl::string_view field, absl::string_view what);

  size_t size() const { return findings_.size(); }
  // OK, or kInvalidArgument with a line for each.
  absl::Status ToStatus() const;

 private:
  std::vector<std::string> findings_;
};

struct DurationRange {
  absl::Duration unset;
  absl::Duration min;
  absl::Duration max;
};

struct IntRange {
  int unset = 0;
  int min = 0;
  int max = 0;
};

struct Int64Range {
  int64_t unset = 0;
  int64_t min = 0;
  int64_t max = 0;
};

// Reads the numbers of one message of the configuration, by field name. What is out
// of range is reported under "{path}.{name}" and read as unset. A name that the
// message does not have ends the process: it is a mistake in the program.
class FieldReader {
 public:
  // Not owned; both outlive it.
  FieldReader(const google::protobuf::Message& message, std::string path, FieldErrors& errors)
      : message_(message), path_(std::move(path)), errors_(errors) {}

  absl::Duration Duration(const std::string& name, const DurationRange& range) const;
  int Int(const std::string& name, const IntRange& range) const;
  int64_t Int64(const std::string& name, const Int64Range& range) const;

  // "{path}.{name}".
  std::string Path(absl::string_view name) const;

 private:
  int64_t InRange(const std::string& name, int64_t given, const Int64Range& range) const;

  const google::protobuf::Message& message_;
  const std::string path_;
  FieldErrors& errors_;
};

inline constexpr size_t kIdCharactersMax = 32;

// Reports `id` unless it is 1 to `characters_max` of [a-z0-9-].
void CheckId(absl::string_view id, absl::string_view field, FieldErrors& errors,
             size_t characters_max = kIdCharactersMax);

// `text` in quotes, escaped, for a message; long ones are cut.
std::string Quoted(absl::string_view text);

}  // namespace payments

#endif  // PAYMENTS_SERVER_CONFIG_CONFIG_FIELDS_H_
