#include "providers/upay/soap_request.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "providers/upay/text.h"

namespace payments::upay {
namespace {

constexpr absl::string_view kBegin =
    R"(<?xml version="1.0" encoding="UTF-8"?>)"
    "\n"
    R"(<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/")"
    R"( xmlns:st="http://st.apus.com/"><soapenv:Body>)";
constexpr absl::string_view kEnd = "</soapenv:Body></soapenv:Envelope>\n";
constexpr size_t kEscapedSizeMaxBytes = 6;  // "&quot;" for one character.
constexpr size_t kMarkupSizeMaxBytes = 5;   // "<></>" around a field's value.
constexpr size_t kWrapperSizeMaxBytes = 64;

absl::Status Validate(const SoapField& field) {
  if (field.value.empty() && field.presence == SoapField::Presence::kRequired) {
    return absl::InvalidArgumentError(absl::StrCat(field.name, " must not be empty"));
  }
  if (field.value.size() > kRequestFieldSizeMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(field.name, " is longer than ", kRequestFieldSizeMaxBytes, " bytes"));
  }
  if (!IsXmlText(field.value)) {
    return absl::InvalidArgumentError(
        absl::StrCat(field.name, " is not UTF-8 or holds a control character"));
  }
  return absl::OkStatus();
}

void AppendEscaped(absl::string_view value, std::string& out) {
  for (const char c : value) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\r':  // A parser would read a bare one as a line feed.
        out += "&#13;";
        break;
      default:
        out += c;
    }
  }
}

// An upper bound: growing the buffer would leave secrets in memory that nobody wipes.
size_t SizeMaxBytes(absl::string_view method, absl::Span<const SoapField> fields) {
  size_t size = kBegin.size() + kEnd.size() + 4 * method.size() + kWrapperSizeMaxBytes;
  for (const SoapField& field : fields) {
    size += 2 * field.name.size() + kMarkupSizeMaxBytes + kEscapedSizeMaxBytes * field.value.size();
  }
  return size;
}

}  // namespace

absl::StatusOr<Secret> SoapRequestBody(absl::string_view method,
                                       absl::Span<const SoapField> fields) {
  for (const SoapField& field : fields) {
    if (absl::Status status = Validate(field); !status.ok()) return status;
  }
  std::string body;
  body.reserve(SizeMaxBytes(method, fields));
  absl::StrAppend(&body, kBegin, "<st:", method, "><", method, "Request>");
  for (const SoapField& field : fields) {
    if (field.value.empty()) continue;
    absl::StrAppend(&body, "<", field.name, ">");
    AppendEscaped(field.value, body);
    absl::StrAppend(&body, "</", field.name, ">");
  }
  absl::StrAppend(&body, "</", method, "Request></st:", method, ">", kEnd);
  return Secret(std::move(body));
}

}  // namespace payments::upay
