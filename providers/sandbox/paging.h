#ifndef PAYMENTS_PROVIDERS_SANDBOX_PAGING_H_
#define PAYMENTS_PROVIDERS_SANDBOX_PAGING_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace payments::sandbox {

inline constexpr int kPageSizeMax = 1000;
inline constexpr int kPageSizeDefault = 100;

// A page token is the index of the page's first entry: entries are never removed.
struct Page {
  size_t begin = 0;
  size_t size = kPageSizeDefault;
};

// kInvalidArgument names the field.
template <typename Request>
absl::StatusOr<Page> ReadPage(const Request& request) {
  Page page;
  if (request.page_size() < 0 || request.page_size() > kPageSizeMax) {
    return absl::InvalidArgumentError(absl::StrCat("page_size: 0 to ", kPageSizeMax));
  }
  if (request.page_size() != 0) page.size = static_cast<size_t>(request.page_size());
  uint64_t begin = 0;
  if (!request.page_token().empty() && !absl::SimpleAtoi(request.page_token(), &begin)) {
    return absl::InvalidArgumentError("page_token: not one of ours");
  }
  page.begin = static_cast<size_t>(begin);
  return page;
}

// The index after the page's last entry; names the next page, if there is one.
template <typename Response>
size_t EndOfPage(const Page& page, size_t total, Response& response) {
  if (page.begin >= total) return page.begin;
  const size_t end = page.begin + std::min(page.size, total - page.begin);
  if (end < total) response.set_next_page_token(absl::StrCat(end));
  return end;
}

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_PAGING_H_
