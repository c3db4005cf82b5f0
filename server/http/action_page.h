#ifndef PAYMENTS_SERVER_HTTP_ACTION_PAGE_H_
#define PAYMENTS_SERVER_HTTP_ACTION_PAGE_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "providers/http_message.h"
#include "providers/secret.h"

namespace payments {

// What the payer's browser is shown at /actions/{token}.
struct ActionPage {
  // The bank's page and the form it wants. Empty: there is nothing to do any more.
  std::string post_url;
  std::map<std::string, std::string> fields;
  // The merchant's page; may be empty.
  std::string return_url;
  // "kk", "ru" or "en": the payment's own. Any other: the browser's.
  std::string language;
};

// The page, whole: it posts the form by itself, or by a button without JavaScript; once
// there is nothing to do, it says so. It loads nothing, is kept by nobody, tells no one
// where the payer came from, and cannot be framed. `accept_language` is the request's header.
HttpResponse RenderActionPage(const ActionPage& page, absl::string_view accept_language);

// For a token that is nobody's, such as an address that was cut: 404, and the same words as
// once there is nothing to do.
HttpResponse RenderUnknownActionPage(absl::string_view accept_language);

// 503: what the payer was about to do could not be done now. The page's button asks for it
// again, at the same address: posts `posted`, or opens the page if there is nothing to post.
HttpResponse RenderTryAgainPage(const std::map<std::string, Secret>& posted,
                                absl::string_view accept_language);

}  // namespace payments

#endif  // PAYMENTS_SERVER_HTTP_ACTION_PAGE_H_
