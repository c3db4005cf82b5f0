#ifndef PAYMENTS_SERVER_SERVICE_PAGE_TOKEN_H_
#define PAYMENTS_SERVER_SERVICE_PAGE_TOKEN_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "server/engine/store.h"

namespace payments {

// Writes and reads the page tokens of one list: the position behind which the next
// page begins, bound to tenant and filter by a digest. Immutable, so thread-safe.
class PageTokenCodec {
 public:
  static constexpr size_t kTokenCharsMax = 256;

  // `request` is the list's, with page_token and page_size cleared: what is left is
  // the filter, and the kind of list.
  PageTokenCodec(absl::string_view tenant, const google::protobuf::Message& request);

  std::string Encode(const ListPosition& position) const;

  // nullopt for an empty token. kInvalidArgument, CURSOR_INVALID: not a token of this
  // tenant's and this filter.
  absl::StatusOr<std::optional<ListPosition>> Decode(absl::string_view token) const;

 private:
  std::string Digest(absl::string_view head) const;

  std::string list_;  // What the digest binds to.
};

// What a list's page tokens are bound to: the request without the paging itself.
template <typename Request>
PageTokenCodec PageTokensOf(absl::string_view tenant, Request request) {
  request.clear_page_size();
  request.clear_page_token();
  return PageTokenCodec(tenant, request);
}

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_PAGE_TOKEN_H_
