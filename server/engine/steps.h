#ifndef PAYMENTS_SERVER_ENGINE_STEPS_H_
#define PAYMENTS_SERVER_ENGINE_STEPS_H_

#include <memory>
#include <type_traits>
#include <utility>

#include "server/base/done.h"

namespace payments {

// The base of a use case: a chain of member functions named On…, each the
// continuation of the asynchronous call before it. The object lives as long as a
// call is outstanding.
template <typename Self>
class Steps : public std::enable_shared_from_this<Self> {
 protected:
  // Binds a step as a continuation; keeps *this alive.
  template <typename T>
  Done<T> Then(void (Self::*step)(absl::StatusOr<T>)) {
    return [self = this->shared_from_this(), step](absl::StatusOr<T> result) {
      (self.get()->*step)(std::move(result));
    };
  }
  DoneStatus ThenStatus(void (Self::*step)(const absl::Status&)) {
    return [self = this->shared_from_this(), step](const absl::Status& result) {
      (self.get()->*step)(result);
    };
  }
  // The same for results that are not a StatusOr; the step takes it or only looks at it.
  template <typename T>
  absl::AnyInvocable<void(std::decay_t<T>) &&> ThenPlain(void (Self::*step)(T)) {
    return [self = this->shared_from_this(), step](std::decay_t<T> result) {
      (self.get()->*step)(std::move(result));
    };
  }
  absl::AnyInvocable<void() &&> ThenVoid(void (Self::*step)()) {
    return [self = this->shared_from_this(), step] { (self.get()->*step)(); };
  }
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_STEPS_H_
