#ifndef PAYMENTS_SERVER_BASE_DONE_H_
#define PAYMENTS_SERVER_BASE_DONE_H_

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace payments {

// Receives the result of one asynchronous operation.
//
// An operation that takes a Done<T> calls it exactly once, never from inside
// the call that started the operation, and always on the operation's Executor.
// Calling it consumes it: `std::move(done)(result)`.
template <typename T>
using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

// The same for an operation that has nothing to return.
using DoneStatus = absl::AnyInvocable<void(absl::Status) &&>;

}  // namespace payments

#endif  // PAYMENTS_SERVER_BASE_DONE_H_
