#ifndef PAYMENTS_PROVIDERS_SECRET_H_
#define PAYMENTS_PROVIDERS_SECRET_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace payments {

// A value that must never be shown: a PAN, a CVC, a password, a token, or a body
// that holds one. It cannot be printed or compared by accident, and its memory is
// wiped when it ends or is assigned over. Thread-compatible.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  explicit Secret(absl::string_view value) : value_(value) {}
  explicit Secret(const char* value) : value_(value) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { Wipe(); }

  // The value itself; valid until *this changes. Whoever calls this answers for it.
  absl::string_view Reveal() const { return value_; }

  bool empty() const { return value_.empty(); }
  size_t size() const { return value_.size(); }

  // Takes as long for a wrong value as for the right one of the same size.
  bool EqualsInConstantTime(absl::string_view other) const;

  friend bool operator==(const Secret&, const Secret&) = delete;

 private:
  void Wipe();

  std::string value_;
};

// Overwrites `text`, including what a shorter string left behind in its buffer.
void WipeString(std::string& text);

}  // namespace payments

#endif  // PAYMENTS_PROVIDERS_SECRET_H_
