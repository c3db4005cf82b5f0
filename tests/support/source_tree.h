#ifndef PAYMENTS_TESTS_SUPPORT_SOURCE_TREE_H_
#define PAYMENTS_TESTS_SUPPORT_SOURCE_TREE_H_

#include "absl/strings/string_view.h"

namespace payments {

// Where the sources are that the tests were built from; without a slash at the end. Only
// the file behind it knows the path, so that a compiler cache serves every checkout.
absl::string_view SourceTree();

}  // namespace payments

#endif  // PAYMENTS_TESTS_SUPPORT_SOURCE_TREE_H_
