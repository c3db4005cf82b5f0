#include "providers/sandbox/callback_writer.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "providers/sandbox/upay_methods.h"

namespace payments::sandbox {
namespace {

struct Field {
  const char* name;
  std::string value;
  bool is_number = false;  // In JSON.
};

int StatusOf(const CallbackOrder& order) {
  if (order.policy.kind() != v1::CALLBACK_KIND_FORGED_STATUS) return order.status;
  const int forged = order.policy.forged_status();
  return forged == 0 && order.status == kCallbackSucceeded ? kCallbackFailed : forged;
}

std::string AccessTokenOf(const CallbackOrder& order, const Credentials& credentials) {
  if (!order.access_token.empty()) return order.access_token;
  Credentials signer = credentials;
  if (order.policy.kind() == v1::CALLBACK_KIND_FORGED_TOKEN) {
    signer.password = Secret("not-the-password");
  }
  std::string token = CallbackAccessToken(order.id, signer);
  if (order.policy.encoding() == v1::CALLBACK_ENCODING_JSON_STRINGS) {
    absl::AsciiStrToUpper(&token);
  }
  return token;
}

std::vector<Field> FieldsOf(const CallbackOrder& order, const Credentials& credentials) {
  const std::string status = absl::StrCat(StatusOf(order));
  const std::string date = FormatUpayTime(order.date);
  const std::string token = AccessTokenOf(order, credentials);
  if (order.subject == CallbackOrder::Subject::kCard) {
    return {{"cardToken", order.id},    {"pan", order.masked_pan}, {"status", status, true},
            {"message", order.message}, {"registerDate", date},    {"accessToken", token}};
  }
  return {{"holdId", order.id},     {"serviceId", order.service_id, true},
          {"status", status, true}, {"message", order.message},
          {"holdDate", date},       {"accessToken", token}};
}

std::string WriteJson(const std::vector<Field>& fields, bool numbers) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const Field& field : fields) {
    int64_t number = 0;
    if (numbers && field.is_number && absl::SimpleAtoi(field.value, &number)) {
      json[field.name] = number;
    } else {
      json[field.name] = field.value;
    }
  }
  // A message ordered over gRPC is valid UTF-8: protobuf has checked it.
  return json.dump();
}

std::string PercentEncode(absl::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_') {
      encoded += c;
    } else if (c == ' ') {
      encoded += '+';
    } else {
      absl::StrAppendFormat(&encoded, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string WriteForm(const std::vector<Field>& fields) {
  std::string form;
  for (const Field& field : fields) {
    absl::StrAppend(&form, form.empty() ? "" : "&", field.name, "=", PercentEncode(field.value));
  }
  return form;
}

}  // namespace

HttpRequest WriteCallback(const CallbackOrder& order, const Credentials& credentials) {
  const std::vector<Field> fields = FieldsOf(order, credentials);
  HttpRequest request;
  request.effect = HttpRequest::Effect::kRepeatable;
  request.url = order.url;
  const char* content_type = "application/json";
  switch (order.policy.encoding()) {
    case v1::CALLBACK_ENCODING_FORM:
      content_type = "application/x-www-form-urlencoded";
      request.body = Secret(WriteForm(fields));
      break;
    case v1::CALLBACK_ENCODING_JSON_STRINGS:
      request.body = Secret(WriteJson(fields, /*numbers=*/false));
      break;
    case v1::CALLBACK_ENCODING_JSON_WRONG_CONTENT_TYPE:
      content_type = "text/plain";
      [[fallthrough]];
    default:
      request.body = Secret(WriteJson(fields, /*numbers=*/true));
      break;
  }
  request.headers = {{"Content-Type", content_type}};
  return request;
}

}  // namespace payments::sandbox
