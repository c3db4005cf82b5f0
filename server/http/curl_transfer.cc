#include "server/http/curl_transfer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace payments {
namespace {

constexpr CurlLong kReceiveBufferBytes = 8 << 10;
constexpr CurlLong kIdleConnectionMaxSeconds = 30;
constexpr size_t kMethodBytesMax = 16;
constexpr int kStatusMin = 200;  // curl handles 1xx itself; 101 is not asked for.
constexpr int kStatusMax = 599;

struct CurlFree {
  void operator()(char* text) const { curl_free(text); }
};

std::string UrlPart(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  const std::unique_ptr<char, CurlFree> owner(text);
  return text;
}

// By name or literal, as curl has normalized it; curl resolves "localhost" itself.
bool IsLoopback(const std::string& host) {
  if (absl::EqualsIgnoreCase(host, "localhost")) return true;
  in_addr v4 = {};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
  const std::string inner(absl::StripSuffix(absl::StripPrefix(host, "["), "]"));
  in6_addr v6 = {};
  return inet_pton(AF_INET6, inner.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6) != 0;
}

bool IsToken(absl::string_view text) {
  constexpr absl::string_view kMarks = "!#$%&'*+-.^_`|~";
  for (const char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) &&
        kMarks.find(c) == absl::string_view::npos) {
      return false;
    }
  }
  return !text.empty();
}

bool HasLineBreakOrNul(absl::string_view text) {
  constexpr absl::string_view kBreaks("\r\n\0", 3);
  return text.find_first_of(kBreaks) != absl::string_view::npos;
}

// Headers that decide how the message is framed, or whom it goes to: curl's to set.
bool IsReserved(absl::string_view name) {
  for (const absl::string_view reserved :
       {"connection", "content-length", "expect", "host", "te", "transfer-encoding", "upgrade"}) {
    if (absl::EqualsIgnoreCase(name, reserved)) return true;
  }
  return false;
}

}  // namespace

void CurlDeleter::operator()(curl_slist* list) const {
  for (const curl_slist* item = list; item != nullptr; item = item->next) {
    OPENSSL_cleanse(item->data, std::strlen(item->data));
  }
  curl_slist_free_all(list);
}

CurlEasy NewCurlEasy(absl::Duration connect_timeout, const std::string& ca_file) {
  CurlEasy easy(curl_easy_init());
  if (easy == nullptr) return easy;
  CURL* const raw = easy.get();
  const auto connect_timeout_ms = static_cast<CurlLong>(absl::ToInt64Milliseconds(connect_timeout));
  curl_easy_setopt(raw, CURLOPT_NOSIGNAL, 1L);
  // A name server that does not answer must not hold the loop up when a transfer ends.
  curl_easy_setopt(raw, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(raw, CURLOPT_PROXY, "");
  curl_easy_setopt(raw, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(raw, CURLOPT_PROTOCOLS_STR, "http,https");
  // One request a connection at a time: nothing of HTTP/2's own ways of sending again.
  curl_easy_setopt(raw, CURLOPT_HTTP_VERSION, static_cast<CurlLong>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(raw, CURLOPT_SSLVERSION, static_cast<CurlLong>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(raw, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(raw, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!ca_file.empty()) curl_easy_setopt(raw, CURLOPT_CAINFO, ca_file.c_str());
  curl_easy_setopt(raw, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
  curl_easy_setopt(raw, CURLOPT_MAXAGE_CONN, kIdleConnectionMaxSeconds);
  curl_easy_setopt(raw, CURLOPT_BUFFERSIZE, kReceiveBufferBytes);
  curl_easy_setopt(raw, CURLOPT_MAXFILESIZE_LARGE,
                   static_cast<curl_off_t>(HttpClient::kMaxBodyBytes));
  return easy;
}

CurlTransfer::CurlTransfer(HttpRequest request, Deadline deadline, HttpClient::DoneHttp done)
    : request_(std::move(request)), deadline_(deadline), done_(std::move(done)) {}

absl::Status CurlTransfer::Prepare(CurlEasy easy) {
  easy_ = std::move(easy);
  absl::Status status = PrepareUrl();
  if (status.ok()) status = PrepareHeaders();
  if (status.ok()) status = PrepareMethod();
  if (!status.ok()) return status;
  CURL* const raw = easy_.get();
  curl_easy_setopt(raw, CURLOPT_PRIVATE, this);
  curl_easy_setopt(raw, CURLOPT_CURLU, url_.get());
  curl_easy_setopt(raw, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(raw, CURLOPT_PREREQFUNCTION, &CurlTransfer::OnBeforeSend);
  curl_easy_setopt(raw, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(raw, CURLOPT_HEADERFUNCTION, &CurlTransfer::OnHeader);
  curl_easy_setopt(raw, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(raw, CURLOPT_WRITEFUNCTION, &CurlTransfer::OnAnswerBody);
  curl_easy_setopt(raw, CURLOPT_WRITEDATA, this);
  return absl::OkStatus();
}

absl::Status CurlTransfer::PrepareUrl() {
  url_.reset(curl_url());
  if (url_ == nullptr) return absl::ResourceExhaustedError("no memory");
  if (HasLineBreakOrNul(request_.url) ||
      curl_url_set(url_.get(), CURLUPART_URL, request_.url.c_str(), 0) != CURLUE_OK) {
    return absl::InvalidArgumentError("not a URL");
  }
  host_ = UrlPart(url_.get(), CURLUPART_HOST);
  const std::string scheme = UrlPart(url_.get(), CURLUPART_SCHEME);
  if (scheme != "https" && !(scheme == "http" && IsLoopback(host_))) {
    return absl::InvalidArgumentError(
        absl::StrCat(host_, ": the URL must be https, or http to this machine"));
  }
  if (!UrlPart(url_.get(), CURLUPART_USER).empty() ||
      !UrlPart(url_.get(), CURLUPART_PASSWORD).empty()) {
    return absl::InvalidArgumentError(absl::StrCat(host_, ": the URL has credentials"));
  }
  return absl::OkStatus();
}

absl::Status CurlTransfer::PrepareHeaders() {
  if (request_.headers.size() > kRequestHeadersMax) {
    return absl::InvalidArgumentError(
        absl::StrCat(request_.headers.size(), " headers; at most ", kRequestHeadersMax));
  }
  // A header without a value removes what curl would send by itself.
  std::vector<std::string> lines = {"Expect:"};
  bool has_content_type = false;
  for (const auto& [name, value] : request_.headers) {
    if (!IsToken(name) || IsReserved(name) || HasLineBreakOrNul(value)) {
      return absl::InvalidArgumentError(absl::StrCat("header ", name, " may not be set so"));
    }
    has_content_type = has_content_type || absl::EqualsIgnoreCase(name, "content-type");
    lines.push_back(value.empty() ? absl::StrCat(name, ";") : absl::StrCat(name, ": ", value));
  }
  if (!has_content_type) lines.emplace_back("Content-Type:");
  if (!request_.bearer_token.empty()) {
    const absl::string_view token = request_.bearer_token.Reveal();
    if (HasLineBreakOrNul(token)) return absl::InvalidArgumentError("bearer_token: a line break");
    lines.push_back(absl::StrCat("Authorization: Bearer ", token));
  }
  absl::Status status;
  for (std::string& line : lines) {
    curl_slist* const grown = curl_slist_append(headers_.get(), line.c_str());
    WipeString(line);
    if (grown == nullptr) {
      status = absl::ResourceExhaustedError("no memory");
      continue;
    }
    std::ignore = headers_.release();
    headers_.reset(grown);
  }
  return status;
}

absl::Status CurlTransfer::PrepareMethod() {
  const std::string& method = request_.method;
  if (!IsToken(method) || method.size() > kMethodBytesMax || method == "CONNECT") {
    return absl::InvalidArgumentError("not a method that can be sent");
  }
  CURL* const raw = easy_.get();
  // The handle was used before, so every one of these is set each time.
  curl_easy_setopt(raw, CURLOPT_CUSTOMREQUEST, nullptr);
  curl_easy_setopt(raw, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  if (method == "HEAD") {
    if (!request_.body.empty()) return absl::InvalidArgumentError("HEAD with a body");
    curl_easy_setopt(raw, CURLOPT_NOBODY, 1L);
    return absl::OkStatus();
  }
  if (method == "POST" || !request_.body.empty()) {
    curl_easy_setopt(raw, CURLOPT_POST, 1L);
    // Not copied; it lives as long as the transfer. A read function would cost 16 KiB.
    curl_easy_setopt(raw, CURLOPT_POSTFIELDS, request_.body.Reveal().data());
    if (method == "POST") return absl::OkStatus();
  } else {
    curl_easy_setopt(raw, CURLOPT_HTTPGET, 1L);
    if (method == "GET") return absl::OkStatus();
  }
  curl_easy_setopt(raw, CURLOPT_CUSTOMREQUEST, method.c_str());
  return absl::OkStatus();
}

CurlEasy CurlTransfer::ReleaseEasy() {
  CURL* const raw = easy_.get();
  if (raw == nullptr) return nullptr;
  curl_easy_setopt(raw, CURLOPT_PRIVATE, nullptr);
  curl_easy_setopt(raw, CURLOPT_CURLU, nullptr);
  curl_easy_setopt(raw, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(raw, CURLOPT_POSTFIELDS, nullptr);
  return std::move(easy_);
}

HttpFailure CurlTransfer::Failure(absl::StatusCode code, absl::string_view what) const {
  return HttpFailure{may_have_been_sent_, absl::Status(code, absl::StrCat(host_, ": ", what))};
}

HttpClient::Result CurlTransfer::ResultOf(CURLcode code) {
  if (answer_is_too_large_ || code == CURLE_FILESIZE_EXCEEDED) {
    return Failure(absl::StatusCode::kResourceExhausted,
                   absl::StrCat("answer of more than ", HttpClient::kMaxBodyBytes,
                                " bytes, or with headers of more than ", kAnswerHeaderBytesMax));
  }
  if (was_to_be_sent_again_) {
    return Failure(absl::StatusCode::kUnavailable,
                   "the connection closed without an answer to the request");
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return Failure(absl::StatusCode::kDeadlineExceeded, "connecting took too long");
  }
  if (code != CURLE_OK) {
    return Failure(absl::StatusCode::kUnavailable, curl_easy_strerror(code));
  }
  CurlLong status_code = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status_code);
  if (status_code < kStatusMin || status_code > kStatusMax) {
    return Failure(absl::StatusCode::kUnavailable,
                   absl::StrCat("status ", status_code, " is not one of HTTP"));
  }
  HttpResponse response;
  response.status_code = static_cast<int>(status_code);
  response.headers = std::move(answer_headers_);
  response.body = answer_body_.Take();
  return response;
}

int CurlTransfer::OnBeforeSend(void* self, char* /*remote_ip*/, char* /*local_ip*/,
                               int /*remote_port*/, int /*local_port*/) {
  auto* const transfer = static_cast<CurlTransfer*>(self);
  if (transfer->may_have_been_sent_) {
    transfer->was_to_be_sent_again_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  transfer->may_have_been_sent_ = true;
  return CURL_PREREQFUNC_OK;
}

size_t CurlTransfer::OnHeader(char* from, size_t size, size_t count, void* self) {
  auto* const transfer = static_cast<CurlTransfer*>(self);
  transfer->answer_header_bytes_ += size * count;
  if (transfer->answer_header_bytes_ > kAnswerHeaderBytesMax) {
    transfer->answer_is_too_large_ = true;
    return 0;  // Ends the transfer.
  }
  transfer->TakeHeaderLine(absl::string_view(from, size * count));
  return size * count;
}

void CurlTransfer::TakeHeaderLine(absl::string_view line) {
  if (absl::StartsWith(line, "HTTP/")) {  // What came before was a 1xx answer's.
    answer_headers_.clear();
    return;
  }
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return;
  answer_headers_.emplace_back(line.substr(0, colon),
                               absl::StripAsciiWhitespace(line.substr(colon + 1)));
}

size_t CurlTransfer::OnAnswerBody(char* from, size_t size, size_t count, void* self) {
  auto* const transfer = static_cast<CurlTransfer*>(self);
  if (transfer->answer_body_.size() + size * count > HttpClient::kMaxBodyBytes) {
    transfer->answer_is_too_large_ = true;
    return 0;  // Ends the transfer.
  }
  transfer->answer_body_.Append(absl::string_view(from, size * count));
  return size * count;
}

}  // namespace payments
