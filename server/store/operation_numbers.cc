#include "server/store/operation_numbers.h"

#include <algorithm>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "server/engine/payment_phase.h"

namespace payments {
namespace {

constexpr int64_t kWideJump = 1'000'100'000;
constexpr int64_t kNarrowJump = 100'000;
constexpr int64_t kWideJumpsMin = 1000;  // A range with room for so many jumps wide.
constexpr int64_t kJumpsARound = 10;     // Of a narrow range that may start again.

bool NeedsNumber(const storage::v1::PaymentRecord& record, int index) {
  const v1::Operation& operation = record.payment().operations(index);
  return record.operations(index).number() == 0 && IsInFlight(operation) &&
         operation.kind() != v1::OPERATION_KIND_CONFIRM;
}

bool StartsAgain(const NumberRange& range) {
  return range.at_end == NumberRange::AtEnd::kStartAgain;
}

int64_t SizeOf(const NumberRange& range) { return range.last - (range.first - 1); }

int64_t MissedRestores(const NumberCounter& counter, int64_t restores) {
  return std::max<int64_t>(restores - counter.restores, 0);
}

// How many of the range, from its first, are not to be given out now.
int64_t UsedOf(const NumberRange& range, const NumberCounter& counter, int64_t restores) {
  const int64_t size = SizeOf(range);
  int64_t used = std::max(counter.last_number, range.first - 1) - (range.first - 1);
  // It counted in another range, further up.
  if (used > size) used = StartsAgain(range) ? 0 : size;
  const absl::uint128 jumped =
      absl::uint128(MissedRestores(counter, restores)) * absl::uint128(JumpOf(range)) +
      absl::uint128(used);
  if (jumped <= absl::uint128(size)) return static_cast<int64_t>(jumped);
  return StartsAgain(range) ? static_cast<int64_t>(jumped % absl::uint128(size)) : size;
}

absl::Status UsedUpError(const NumberRange& range, const NumberCounter& counter, int64_t restores) {
  std::string why = absl::StrCat("the operation numbers ", range.first, " to ", range.last,
                                 " are used up; the last one given out is ", counter.last_number);
  if (const int64_t missed = MissedRestores(counter, restores); missed > 0) {
    absl::StrAppend(&why, ", and each of ", missed, " restored backups skips ", JumpOf(range));
  }
  return absl::OutOfRangeError(absl::StrCat(why, ": an operator must configure another range"));
}

}  // namespace

int CountUnnumbered(const storage::v1::PaymentRecord& record) {
  int count = 0;
  for (int i = 0; i < record.operations_size(); ++i) count += NeedsNumber(record, i) ? 1 : 0;
  return count;
}

void SetNumbers(int64_t first_number, storage::v1::PaymentRecord* record) {
  int64_t next = first_number;
  for (int i = 0; i < record->operations_size(); ++i) {
    if (NeedsNumber(*record, i)) record->mutable_operations(i)->set_number(next++);
  }
}

CounterKey CounterOf(const PaymentWrite& write, const NumberRange& numbers) {
  const v1::Payment& payment = write.record.payment();
  return CounterOf(write.record.tenant(), payment.provider(), payment.account(), numbers);
}

CounterKey CounterOf(const std::string& tenant, const std::string& provider,
                     const std::string& account, const NumberRange& numbers) {
  if (numbers.sequence.empty()) return {tenant, account};
  return {"", absl::StrCat(provider, "/", numbers.sequence)};
}

int64_t JumpOf(const NumberRange& range) {
  const int64_t size = SizeOf(range);
  if (size / kWideJump >= kWideJumpsMin) return kWideJump;
  if (!StartsAgain(range)) return kNarrowJump;
  return std::clamp<int64_t>(size / kJumpsARound, 1, kNarrowJump);
}

int64_t NumbersLeft(const NumberRange& range, const NumberCounter& counter, int64_t restores) {
  return SizeOf(range) - UsedOf(range, counter, restores);
}

absl::StatusOr<NumberCounter> TakeNumbers(const NumberRange& range, const NumberCounter& counter,
                                          int64_t restores, int count) {
  int64_t used = UsedOf(range, counter, restores);
  if (SizeOf(range) - used < count) {
    if (!StartsAgain(range) || SizeOf(range) < count) return UsedUpError(range, counter, restores);
    used = 0;
  }
  return NumberCounter{range.first - 1 + used + count, std::max(restores, counter.restores)};
}

}  // namespace payments
