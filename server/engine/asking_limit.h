#ifndef PAYMENTS_SERVER_ENGINE_ASKING_LIMIT_H_
#define PAYMENTS_SERVER_ENGINE_ASKING_LIMIT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/engine/engine_core.h"

// How often a provider is asked about one payment or card because a caller wishes it.
namespace payments {

// OK at most once a second a resource; otherwise RATE_LIMITED, with RetryInfo.
absl::Status AdmitAsking(EngineCore* core, const std::string& resource);

// RATE_LIMITED. `resource` is told in the metadata.
absl::Status AskedTooOften(const std::string& resource, absl::string_view why,
                           absl::Duration retry_delay);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_ASKING_LIMIT_H_
