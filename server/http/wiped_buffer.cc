#include "server/http/wiped_buffer.h"

#include <algorithm>
#include <utility>

namespace payments {
namespace {

constexpr size_t kFirstCapacityBytes = 1 << 10;

}  // namespace

void WipedBuffer::Append(absl::string_view bytes) {
  const size_t needed = bytes_.size() + bytes.size();
  if (needed > bytes_.capacity()) {
    std::string grown;
    grown.reserve(std::max({needed, bytes_.capacity() * 2, kFirstCapacityBytes}));
    grown.append(bytes_);
    bytes_.swap(grown);
    WipeString(grown);
  }
  bytes_.append(bytes.data(), bytes.size());
}

Secret WipedBuffer::Take() {
  Secret taken(std::move(bytes_));
  WipeString(bytes_);  // A short string may have left its bytes behind.
  return taken;
}

}  // namespace payments
