#include "providers/sandbox/callback_body.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "providers/sandbox/percent_encoding.h"

namespace payments::sandbox {
namespace {

// What comes from outside was seen to be UTF-8; anything else would be a replacement.
std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', /*ensure_ascii=*/false,
                                   nlohmann::json::error_handler_t::replace);
}

std::string ValueOf(const CallbackField& field, bool only_texts) {
  if (field.kind == CallbackField::Kind::kText || only_texts) return Quoted(field.value);
  return field.kind == CallbackField::Kind::kNull ? "null" : field.value;
}

std::string WriteJson(const std::vector<CallbackField>& fields, bool only_texts) {
  std::string json;
  for (const CallbackField& field : fields) {
    absl::StrAppend(&json, json.empty() ? "{" : ",", Quoted(field.name), ":",
                    ValueOf(field, only_texts));
  }
  return json + "}";
}

std::string WriteForm(const std::vector<CallbackField>& fields) {
  std::string form;
  for (const CallbackField& field : fields) {
    absl::StrAppend(&form, form.empty() ? "" : "&", field.name, "=", EncodePercent(field.value));
  }
  return form;
}

}  // namespace

HttpRequest WriteCallbackRequest(std::string url, const std::vector<CallbackField>& fields,
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
      request.body = Secret(WriteJson(fields, /*only_texts=*/true));
      break;
    case v1::CALLBACK_ENCODING_JSON_WRONG_CONTENT_TYPE:
      content_type = "text/plain";
      [[fallthrough]];
    default:
      request.body = Secret(WriteJson(fields, /*only_texts=*/false));
      break;
  }
  request.headers = {{"Content-Type", content_type}};
  return request;
}

}  // namespace payments::sandbox
