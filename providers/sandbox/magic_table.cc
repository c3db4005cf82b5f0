#include "providers/sandbox/magic_table.h"

#include <google/protobuf/text_format.h>

#include <cstdlib>

namespace payments::sandbox {
namespace {

constexpr int kEndingModulus = 100;

template <typename Message>
Message Parse(const char* text) {
  Message message;
  if (!google::protobuf::TextFormat::ParseFromString(text, &message)) std::abort();
  return message;
}

}  // namespace

MagicTable::MagicTable(absl::Span<const MagicAmount> amounts,
                       absl::Span<const MagicCallback> callbacks) {
  for (const MagicAmount& row : amounts) amounts_.emplace_back(row, Parse<v1::Fault>(row.fault));
  for (const MagicCallback& row : callbacks) {
    callbacks_.emplace_back(row.ending, Parse<v1::CallbackPolicy>(row.policy));
  }
}

std::optional<v1::Fault> MagicTable::FaultOf(v1::Method method, int64_t amount_minor,
                                             uint32_t methods_called) const {
  const bool first = (methods_called & (1U << method)) == 0;
  for (const auto& [row, fault] : amounts_) {
    if (row.method == method && amount_minor % kEndingModulus == row.ending &&
        (first || !row.first_call_only)) {
      return fault;
    }
  }
  return std::nullopt;
}

std::optional<v1::CallbackPolicy> MagicTable::CallbacksOf(int64_t amount_minor) const {
  for (const auto& [ending, policy] : callbacks_) {
    if (amount_minor % kEndingModulus == ending) return policy;
  }
  return std::nullopt;
}

}  // namespace payments::sandbox
