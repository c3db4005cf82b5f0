#ifndef PAYMENTS_SERVER_HTTP_WIPED_BUFFER_H_
#define PAYMENTS_SERVER_HTTP_WIPED_BUFFER_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "providers/secret.h"

namespace payments {

// Collects a body that may hold card data: growing leaves no copy in freed memory, as
// a string's own growing would. For one thread.
class WipedBuffer {
 public:
  WipedBuffer() = default;
  ~WipedBuffer() { WipeString(bytes_); }
  WipedBuffer(const WipedBuffer&) = delete;
  WipedBuffer& operator=(const WipedBuffer&) = delete;

  size_t size() const { return bytes_.size(); }
  void Append(absl::string_view bytes);
  // What was collected; the buffer is empty then.
  Secret Take();

 private:
  std::string bytes_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_HTTP_WIPED_BUFFER_H_
