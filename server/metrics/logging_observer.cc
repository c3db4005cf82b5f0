#include "server/metrics/logging_observer.h"

namespace payments {

void LoggingObserver::OnProviderCall(absl::string_view account, absl::string_view resource,
                                     absl::string_view method, absl::string_view result,
                                     absl::string_view provider_code, absl::Duration latency) {
  const LogLevel level = result == "unknown" ? LogLevel::kWarning : LogLevel::kInfo;
  logger_->Log(level, "provider_call",
               {{"resource", resource},
                {"account", account},
                {"method", method},
                {"result", result},
                {"provider_code", provider_code},
                {"latency_ms", absl::ToInt64Milliseconds(latency)}});
  next_->OnProviderCall(account, resource, method, result, provider_code, latency);
}

void LoggingObserver::OnCallback(absl::string_view provider, absl::string_view resource,
                                 absl::string_view verdict) {
  next_->OnCallback(provider, resource, verdict);
  // Whoever has a URL could fill the log: OnTrouble() tells of these, now and then.
  if (verdict == "too_many") return;
  const bool expected = verdict == "accepted" || verdict == "repeated";
  logger_->Log(expected ? LogLevel::kInfo : LogLevel::kWarning, "callback",
               {{"resource", resource}, {"provider", provider}, {"verdict", verdict}});
}

void LoggingObserver::OnContradiction(absl::string_view resource, absl::string_view detail) {
  logger_->Log(LogLevel::kError, "contradiction", {{"resource", resource}, {"detail", detail}});
  next_->OnContradiction(resource, detail);
}

void LoggingObserver::OnTrouble(absl::string_view what, absl::string_view resource,
                                absl::string_view detail) {
  next_->OnTrouble(what, resource, detail);
  Told& told = told_[std::string(what)];
  const absl::Duration now = clock_->Monotonic();
  if (now - told.at < kTroubleInterval) {
    ++told.untold;
    return;
  }
  logger_->Log(
      LogLevel::kWarning, "trouble",
      {{"what", what}, {"resource", resource}, {"detail", detail}, {"untold", told.untold}});
  told = {now, 0};
}

}  // namespace payments
