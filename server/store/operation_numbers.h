#ifndef PAYMENTS_SERVER_STORE_OPERATION_NUMBERS_H_
#define PAYMENTS_SERVER_STORE_OPERATION_NUMBERS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "payments/storage/v1/records.pb.h"
#include "providers/provider.h"
#include "server/engine/store.h"

// How every store numbers operations, whatever it stores in. Pure functions.
namespace payments {

// How many operations have no number and need one: those that are about to be sent, and are
// told their own (a confirmation is about its transfer's). And giving them some, ascending.
int CountUnnumbered(const storage::v1::PaymentRecord& record);
void SetNumbers(int64_t first_number, storage::v1::PaymentRecord* record);

// Whose counter numbers the operations of an account: the account's own, or the one
// that a sequence's accounts share, whatever tenant they belong to. `numbers` are those of
// write.numbers.
struct CounterKey {
  std::string tenant;  // Empty: shared.
  std::string account;
};
CounterKey CounterOf(const PaymentWrite& write, const NumberRange& numbers);
CounterKey CounterOf(const std::string& tenant, const std::string& provider,
                     const std::string& account, const NumberRange& numbers);

// A durable counter. One that is not there yet is as this one.
struct NumberCounter {
  int64_t last_number = 0;
  int64_t restores = 0;  // So many restores of a backup it has jumped for.
};

// By so many numbers a counter jumps for each restore of a backup, so that none that was
// given out after the backup was made is given out again:
//   1,000,100,000  if the range has room for a thousand such jumps. More than any account
//                  has operations between a backup and its use.
//   100,000        otherwise; or a tenth of the range if that is less and it may start
//                  again, so that ten restores are not back where they began.
// Both are new ones in the last six digits too, which are all that some providers compare.
int64_t JumpOf(const NumberRange& range);

// How many of the range are left to `counter`, before it ends or starts again, if there
// were `restores` restores in all.
int64_t NumbersLeft(const NumberRange& range, const NumberCounter& counter, int64_t restores);

// The counter after `count` numbers were taken: the last ones up to its last_number.
// kOutOfRange if the range has no more.
absl::StatusOr<NumberCounter> TakeNumbers(const NumberRange& range, const NumberCounter& counter,
                                          int64_t restores, int count);

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_OPERATION_NUMBERS_H_
