#include "tests/support/source_tree.h"

namespace payments {

absl::string_view SourceTree() { return PAYMENTS_SOURCE_DIR; }

}  // namespace payments
