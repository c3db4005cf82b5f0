#ifndef PAYMENTS_PROVIDERS_SANDBOX_MAGIC_TABLE_H_
#define PAYMENTS_PROVIDERS_SANDBOX_MAGIC_TABLE_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "payments/sandbox/v1/callback.pb.h"
#include "payments/sandbox/v1/fault.pb.h"

namespace payments::sandbox {

// An amount whose last two digits ask for trouble. docs/sandbox.md shows every row.
struct MagicAmount {
  int ending;  // The amount in minor units, modulo 100.
  v1::Method method;
  bool first_call_only;  // Later calls of the method on the same subject are ordinary.
  const char* fault;     // v1::Fault as textproto.
};

// An amount whose callbacks are sent in another way.
struct MagicCallback {
  int ending;
  const char* policy;  // v1::CallbackPolicy as textproto.
};

// One provider's magic amounts, parsed. Immutable, so thread-safe.
class MagicTable {
 public:
  // The process ends if a row cannot be parsed: the table is wrong, not the input.
  MagicTable(absl::Span<const MagicAmount> amounts, absl::Span<const MagicCallback> callbacks);

  // The fault that this amount asks for. `methods_called` has a bit for every method
  // that was called on the same subject before (1 << method).
  std::optional<v1::Fault> FaultOf(v1::Method method, int64_t amount_minor,
                                   uint32_t methods_called) const;
  std::optional<v1::CallbackPolicy> CallbacksOf(int64_t amount_minor) const;

 private:
  std::vector<std::pair<MagicAmount, v1::Fault>> amounts_;
  std::vector<std::pair<int, v1::CallbackPolicy>> callbacks_;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_MAGIC_TABLE_H_
