#include "providers/sandbox/wire_fields.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "providers/sandbox/percent_encoding.h"

namespace payments::sandbox {
namespace {

// What comes from outside was seen to be UTF-8; anything else would be replaced.
std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', /*ensure_ascii=*/false,
                                   nlohmann::json::error_handler_t::replace);
}

std::string ValueOf(const WireField& field, bool only_texts) {
  if (field.kind == WireField::Kind::kObject) return field.value;
  if (field.kind == WireField::Kind::kText || only_texts) return Quoted(field.value);
  return field.kind == WireField::Kind::kNull ? "null" : field.value;
}

}  // namespace

std::string WriteJsonObject(const WireFields& fields, bool only_texts) {
  std::string json = "{";
  for (const WireField& field : fields) {
    absl::StrAppend(&json, json.size() == 1 ? "" : ",", Quoted(field.name), ":",
                    ValueOf(field, only_texts));
  }
  return json + "}";
}

std::string WriteForm(const WireFields& fields) {
  std::string form;
  for (const WireField& field : fields) {
    absl::StrAppend(&form, form.empty() ? "" : "&", field.name, "=", EncodePercent(field.value));
  }
  return form;
}

}  // namespace payments::sandbox
