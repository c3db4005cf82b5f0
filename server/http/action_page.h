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
  enum class Kind {
    kForm,     // 200: he must act; his bank's page is one step away.
    kPending,  // 200: it has not ended, but there is nothing for him to do, least of all to pay.
    kOver,     // 410: it has ended, or his time has.
  };

  Kind kind = Kind::kOver;
  // Of kForm: the bank's page and the form it wants.
  std::string post_url;
  std::map<std::string, std::string> fields;
  // The merchant's page; may be empty.
  std::string return_url;
  // "kk", "ru" or "en": the payment's own. Any other: the browser's.
  std::string language;
};

// Every page here is whole: it loads nothing, is kept by nobody, tells no one where the
// payer came from, and cannot be framed. `accept_language` is the request's header.

// A form posts itself, or by a button without JavaScript; the others lead to the merchant.
HttpResponse RenderActionPage(const ActionPage& page, absl::string_view accept_language);

// 503: what the bank's page posted could not be handed on. It is nowhere else, so the page
// has it in a form that posts it to the same address once more, when the payer says so.
// Of `page`, what is known: the language, and where the answer to that may lead.
HttpResponse RenderRetryPage(const ActionPage& page, const std::map<std::string, Secret>& posted,
                             absl::string_view accept_language);

// 503: the page cannot be told just now.
HttpResponse RenderBusyPage(absl::string_view accept_language);

// A 4xx: no page of ours, or not called as it should be.
HttpResponse RenderNothingHere(int status_code, absl::string_view accept_language);

}  // namespace payments

#endif  // PAYMENTS_SERVER_HTTP_ACTION_PAGE_H_
