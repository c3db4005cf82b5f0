#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_ACS_PAGES_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_ACS_PAGES_H_

#include <cstdint>
#include <string>

namespace payments::sandbox {

// A transfer as the bank's page of 3-D Secure sees it.
struct AcsView {
  enum class State {
    kAsking,
    kDecided,  // The browser is to take the answer to TermUrl.
    kGone,     // Failed or past before the payer decided.
  };

  State state = State::kAsking;
  std::string page_id;
  std::string masked_pan;
  int64_t amount_minor = 0;
  std::string currency;
  bool wrong_code = false;  // A code was wrong and another may be tried.
  std::string term_url;
  std::string pa_res;
  std::string md;
};

// The pages as HTML; only the one that goes back to the shop has a script, and a button
// where scripts are off. Thread-safe.
std::string WriteAcsPage(const AcsView& view);
// The payer went away: nothing is sent to anybody.
std::string WriteAcsLeftPage();
std::string WriteUnknownAcsPage();

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_ACS_PAGES_H_
