#ifndef PAYMENTS_TESTS_UNIT_SERVICE_VIOLATIONS_H_
#define PAYMENTS_TESTS_UNIT_SERVICE_VIOLATIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace payments {

// The paths of the fields at fault; empty if the status is OK. Fails the test if it is
// another error, or does not say of each field what is wrong.
std::vector<std::string> Fields(const absl::Status& status);

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_SERVICE_VIOLATIONS_H_
