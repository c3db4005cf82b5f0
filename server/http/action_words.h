#ifndef PAYMENTS_SERVER_HTTP_ACTION_WORDS_H_
#define PAYMENTS_SERVER_HTTP_ACTION_WORDS_H_

#include "absl/strings/string_view.h"

namespace payments {

// What payers read on the server's own pages, in one language. HTML as it is: nothing in
// it needs escaping. All views are of constants.
struct ActionWords {
  struct Page {
    absl::string_view title;
    absl::string_view explanation;
  };

  absl::string_view language;  // "en".
  Page form;                   // The bank wants to see him; `to_bank` takes him there.
  absl::string_view to_bank;
  Page pending;  // He has acted; what became of it is not known yet.
  Page over;     // It has ended, or his time has.
  Page retry;    // What the bank told could not be handed on.
  Page busy;     // The page cannot be shown now.
  Page nothing;  // The address, or how it was called, is none of ours.
  absl::string_view again;
  absl::string_view to_shop;
};

// Those of `own`, the payment's language, or if we do not speak it those that an
// Accept-Language header likes best, or else English.
const ActionWords& ChooseActionWords(absl::string_view own, absl::string_view accept_language);

}  // namespace payments

#endif  // PAYMENTS_SERVER_HTTP_ACTION_WORDS_H_
