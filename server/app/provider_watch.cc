#include "server/app/provider_watch.h"

#include "absl/strings/str_cat.h"

namespace payments {

void ProviderWatch::OnProviderCall(absl::string_view account, absl::string_view resource,
                                   absl::string_view method, absl::string_view result,
                                   absl::string_view provider_code, absl::Duration latency) {
  const Readiness::Impairment impairment = {"provider_unreachable", std::string(account)};
  int& unanswered = unanswered_[impairment.of];
  if (result == "not_sent" || result == "unknown") {
    if (++unanswered == kUnansweredMin) {
      readiness_->Impair(impairment, Readiness::Effect::kHampers,
                         absl::StrCat(kUnansweredMin, " calls in a row had no usable answer"));
    }
  } else {
    if (unanswered >= kUnansweredMin) readiness_->Recover(impairment);
    unanswered = 0;
  }
  next_->OnProviderCall(account, resource, method, result, provider_code, latency);
}

}  // namespace payments
