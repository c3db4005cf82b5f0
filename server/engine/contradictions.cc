#include "server/engine/contradictions.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

// Of a reference's value; a provider may send anything.
constexpr size_t kReferenceCharsToldMax = 64;

// Works on a constant record and on one that may be changed.
template <typename Contradictions>
auto Find(Contradictions& told, absl::string_view detail) {
  return std::find_if(told.begin(), told.end(),
                      [detail](const auto& one) { return one.detail() == detail; });
}

}  // namespace

bool WasTold(const storage::v1::PaymentRecord& record, absl::string_view detail) {
  return Find(record.contradictions(), detail) != record.contradictions().end();
}

bool WasAcknowledged(const storage::v1::PaymentRecord& record, absl::string_view detail) {
  const auto told = Find(record.contradictions(), detail);
  return told != record.contradictions().end() && told->acknowledged();
}

bool RememberContradiction(absl::string_view detail, absl::Time now,
                           storage::v1::PaymentRecord& record) {
  auto& told = *record.mutable_contradictions();
  auto one = Find(told, detail);
  if (one == told.end() && told.size() >= kContradictionsMax) return false;
  storage::v1::Contradiction& entry = one == told.end() ? *told.Add() : *one;
  entry.set_detail(std::string(detail));
  entry.set_acknowledged(false);
  *entry.mutable_time() = ToTimestamp(now);
  return true;
}

void AcknowledgeContradictions(storage::v1::PaymentRecord& record) {
  for (storage::v1::Contradiction& one : *record.mutable_contradictions()) {
    one.set_acknowledged(true);
  }
}

std::string ToldReference(absl::string_view key, absl::string_view value) {
  return absl::StrCat(key, ": ", absl::CHexEscape(value).substr(0, kReferenceCharsToldMax));
}

std::vector<std::string> OpenContradictions(const storage::v1::PaymentRecord& record) {
  std::vector<std::string> open;
  for (const storage::v1::Contradiction& one : record.contradictions()) {
    if (!one.acknowledged()) open.push_back(one.detail());
  }
  return open;
}

}  // namespace payments
