#include "providers/sandbox/callback_body.h"

#include <utility>

namespace payments::sandbox {

HttpRequest WriteCallbackRequest(std::string url, const WireFields& fields,
                                 v1::CallbackEncoding encoding) {
  HttpRequest request;
  request.effect = HttpRequest::Effect::kRepeatable;
  request.url = std::move(url);
  const char* content_type = "application/json";
  switch (encoding) {
    case v1::CALLBACK_ENCODING_FORM:
      content_type = "application/x-www-form-urlencoded";
      request.body = Secret(WriteForm(fields));
      break;
    case v1::CALLBACK_ENCODING_JSON_STRINGS:
      request.body = Secret(WriteJsonObject(fields, /*only_texts=*/true));
      break;
    case v1::CALLBACK_ENCODING_JSON_WRONG_CONTENT_TYPE:
      content_type = "text/plain";
      [[fallthrough]];
    default:
      request.body = Secret(WriteJsonObject(fields));
      break;
  }
  request.headers = {{"Content-Type", content_type}};
  return request;
}

}  // namespace payments::sandbox
