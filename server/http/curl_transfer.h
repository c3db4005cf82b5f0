#ifndef PAYMENTS_SERVER_HTTP_CURL_TRANSFER_H_
#define PAYMENTS_SERVER_HTTP_CURL_TRANSFER_H_

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "providers/http_message.h"
#include "providers/secret.h"
#include "server/engine/http_client.h"
#include "server/http/wiped_buffer.h"

namespace payments {

using CurlLong = long;  // NOLINT(google-runtime-int): what curl takes.

struct CurlDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  // Headers hold credentials, so they are wiped.
  void operator()(curl_slist* list) const;
};

// An easy handle, set up once with what never changes: TLS, timeouts, limits, no
// redirects, no proxy. Null without memory.
using CurlEasy = std::unique_ptr<CURL, CurlDeleter>;
CurlEasy NewCurlEasy(absl::Duration connect_timeout, const std::string& ca_file);

// One request and its answer on a borrowed easy handle. Used by one thread.
//
// Whether the request may have been sent is known from curl's own word: it asks
// before it writes a request to an established connection (CURLOPT_PREREQFUNCTION).
// The first time is noted; a second time, which is curl sending again after a kept
// connection died, is refused.
class CurlTransfer {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  static constexpr size_t kRequestHeadersMax = 64;
  static constexpr size_t kAnswerHeaderBytesMax = 64 << 10;

  CurlTransfer(HttpRequest request, Deadline deadline, HttpClient::DoneHttp done);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  // Sets `easy` up for this request. kInvalidArgument: it may not be sent.
  absl::Status Prepare(CurlEasy easy);

  CURL* easy() const { return easy_.get(); }
  Deadline deadline() const { return deadline_; }
  // Gives the handle back, with nothing of this transfer in it.
  CurlEasy ReleaseEasy();

  // What came of it, once curl says so.
  HttpClient::Result ResultOf(CURLcode code);
  HttpFailure Failure(absl::StatusCode code, absl::string_view what) const;
  HttpClient::DoneHttp TakeDone() { return std::move(done_); }

 private:
  static int OnBeforeSend(void* self, char* remote_ip, char* local_ip, int remote_port,
                          int local_port);
  static size_t OnHeader(char* from, size_t size, size_t count, void* self);
  static size_t OnAnswerBody(char* from, size_t size, size_t count, void* self);

  absl::Status PrepareUrl();
  absl::Status PrepareHeaders();
  absl::Status PrepareMethod();
  void TakeHeaderLine(absl::string_view line);

  HttpRequest request_;
  const Deadline deadline_;
  HttpClient::DoneHttp done_;

  CurlEasy easy_;
  std::unique_ptr<CURLU, CurlDeleter> url_;
  std::unique_ptr<curl_slist, CurlDeleter> headers_;
  std::string host_;  // For messages; the rest of a URL may be secret.

  bool may_have_been_sent_ = false;
  bool was_to_be_sent_again_ = false;
  bool answer_is_too_large_ = false;
  size_t answer_header_bytes_ = 0;
  HttpHeaders answer_headers_;
  WipedBuffer answer_body_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_HTTP_CURL_TRANSFER_H_
