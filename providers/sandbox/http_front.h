#ifndef PAYMENTS_PROVIDERS_SANDBOX_HTTP_FRONT_H_
#define PAYMENTS_PROVIDERS_SANDBOX_HTTP_FRONT_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "payments/sandbox/v1/sandbox_service.pb.h"
#include "providers/sandbox/answer_queue.h"
#include "providers/sandbox/provider_front.h"
#include "server/base/log.h"
#include "server/http/http_server.h"

namespace payments::sandbox {

// The HTTP side: the port that all providers and their banks' pages share, and its outages.
// Thread-safe, but Start() comes first and the destructor last.
class HttpFront {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    uint16_t port = 0;  // 0 takes a free one, and keeps it.
  };

  // Nothing is owned.
  HttpFront(Options options, std::vector<ProviderFront*> providers, AnswerQueue* answers,
            Logger* logger);
  ~HttpFront() { Close(); }

  absl::Status Start();
  uint16_t port();

  // Drops the answers that are owed and stops listening, for good: outages that are
  // ended later have no effect.
  void Close();

  // kUnavailable: the port was taken by somebody else during an outage.
  absl::Status SetOutage(v1::OutageKind kind);

 private:
  void OnRequest(const HttpServer::Request& request, HttpServer::Reply reply);
  absl::Status Listen();

  Options options_;
  const std::vector<ProviderFront*> providers_;
  AnswerQueue* const answers_;
  Logger* const logger_;

  std::mutex mu_;                       // Held while the server starts or stops.
  std::unique_ptr<HttpServer> server_;  // Guarded by mu_; null during a REFUSE outage.
  bool closed_ = false;                 // Guarded by mu_.
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_HTTP_FRONT_H_
