#include "providers/sandbox/epay/json_reader.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "providers/secret.h"

namespace payments::sandbox {
namespace {

using Json = nlohmann::json;

// Builds the value while the parser reads; false from any function stops it.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return Put(JsonValue::Kind::kNull, ""); }
  bool boolean(bool value) override {
    if (!Put(JsonValue::Kind::kBoolean, "")) return false;
    Last().boolean = value;
    return true;
  }
  bool number_integer(number_integer_t value) override {
    return Put(JsonValue::Kind::kNumber, absl::StrCat(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Put(JsonValue::Kind::kNumber, absl::StrCat(value));
  }
  bool number_float(number_float_t /*value*/, const string_t& digits) override {
    return Put(JsonValue::Kind::kNumber, digits);
  }
  bool string(string_t& text) override { return Put(JsonValue::Kind::kText, std::move(text)); }
  bool binary(binary_t& /*bytes*/) override { return Fail("binary"); }
  bool start_object(size_t /*size*/) override;
  bool key(string_t& name) override;
  bool end_object() override {
    open_.pop_back();
    return true;
  }
  bool start_array(size_t /*size*/) override { return Fail("an array"); }
  bool end_array() override { return true; }
  bool parse_error(size_t position, const std::string& /*token*/,
                   const Json::exception& /*why*/) override {
    return Fail(absl::StrCat("not well-formed at byte ", position));
  }

  const std::string& error() const { return error_; }
  JsonValue& root() { return root_; }

 private:
  bool Fail(std::string why) {
    if (error_.empty()) error_ = std::move(why);
    return false;
  }
  JsonValue& Last() { return open_.back()->members.back().second; }
  bool Put(JsonValue::Kind kind, std::string text) {
    if (open_.empty()) return Fail("not an object");
    Last().kind = kind;
    Last().text = std::move(text);
    return true;
  }

  JsonValue root_;
  std::vector<JsonValue*> open_;  // Objects that are not closed; a parent does not move then.
  size_t members_ = 0;
  std::string error_;
};

bool Builder::start_object(size_t /*size*/) {
  if (open_.size() >= kJsonDepthMax) {
    return Fail(absl::StrCat("deeper than ", kJsonDepthMax, " objects"));
  }
  JsonValue& object = open_.empty() ? root_ : Last();
  object.kind = JsonValue::Kind::kObject;
  open_.push_back(&object);
  return true;
}

bool Builder::key(string_t& name) {
  JsonValue& object = *open_.back();
  if (object.Find(name) != nullptr) return Fail("a member that is repeated");
  if (++members_ > kJsonMembersMax) {
    return Fail(absl::StrCat("more than ", kJsonMembersMax, " members"));
  }
  object.members.emplace_back(name, JsonValue());
  return true;
}

}  // namespace

JsonValue::~JsonValue() { WipeString(text); }

const JsonValue* JsonValue::Find(absl::string_view name) const {
  for (const auto& [key, value] : members) {
    if (key == name) return &value;
  }
  return nullptr;
}

absl::StatusOr<JsonValue> ReadJsonObject(absl::string_view body) {
  Builder builder;
  if (!Json::sax_parse(body.begin(), body.end(), &builder)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the body is not what it must be: ", builder.error()));
  }
  return std::move(builder.root());
}

}  // namespace payments::sandbox
