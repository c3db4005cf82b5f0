#include "providers/sandbox/epay/epay_requests.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "providers/sandbox/epay/epay_money.h"
#include "providers/sandbox/epay/json_reader.h"

namespace payments::sandbox {
namespace {

using Kind = JsonValue::Kind;

struct MemberRule {
  const char* name;
  Kind kind;
  bool required;
  size_t bytes_max;  // Of a text, or of a number's digits; UTF-8.
};

constexpr size_t kUrlBytesMax = 2048;
constexpr size_t kNameBytesMax = 128;
constexpr size_t kDescriptionBytesMax = 125;
constexpr size_t kPaResBytesMax = 32 << 10;

constexpr std::array kRootRules = {MemberRule{"order", Kind::kObject, true, 0},
                                   MemberRule{"card", Kind::kObject, true, 0}};
constexpr std::array kOrderRules = {
    MemberRule{"amount", Kind::kNumber, true, 16},
    MemberRule{"currency", Kind::kText, true, 3},
    MemberRule{"description", Kind::kText, false, kDescriptionBytesMax},
    MemberRule{"merchantIdForSavingCards", Kind::kText, false, kNameBytesMax},
    MemberRule{"id", Kind::kText, true, 15},
    MemberRule{"senderIP", Kind::kText, false, 45},
    MemberRule{"senderEmail", Kind::kText, false, 254},
    MemberRule{"foreign", Kind::kBoolean, false, 0},
    MemberRule{"terminalId", Kind::kText, true, 64},
    MemberRule{"backLink", Kind::kText, false, kUrlBytesMax},
    MemberRule{"failureBackLink", Kind::kText, false, kUrlBytesMax},
    MemberRule{"postLink", Kind::kText, false, kUrlBytesMax},
    MemberRule{"failurePostLink", Kind::kText, false, kUrlBytesMax}};
constexpr std::array kCardRules = {MemberRule{"sender", Kind::kObject, true, 0},
                                   MemberRule{"receiver", Kind::kObject, true, 0}};
constexpr std::array kSenderRules = {
    MemberRule{"save", Kind::kBoolean, false, 0},
    MemberRule{"transferType", Kind::kText, true, 16},
    MemberRule{"address", Kind::kText, false, 255},
    MemberRule{"cvc", Kind::kText, false, 4},
    MemberRule{"cardCred", Kind::kText, true, 64},
    MemberRule{"expire", Kind::kObject, false, 0},
    MemberRule{"name", Kind::kText, false, kNameBytesMax},
    MemberRule{"id", Kind::kText, false, 0},       // Empty, says the guide.
    MemberRule{"number", Kind::kText, false, 0}};  // Empty in the guide's sample.
constexpr std::array kExpireRules = {MemberRule{"month", Kind::kText, false, 2},
                                     MemberRule{"year", Kind::kText, false, 2}};
constexpr std::array kReceiverRules = {MemberRule{"save", Kind::kBoolean, false, 0},
                                       MemberRule{"id", Kind::kText, false, 64},
                                       MemberRule{"transferType", Kind::kText, true, 16},
                                       MemberRule{"cardCred", Kind::kText, true, 64},
                                       MemberRule{"firstName", Kind::kText, false, kNameBytesMax},
                                       MemberRule{"lastName", Kind::kText, false, kNameBytesMax},
                                       MemberRule{"countryCode", Kind::kText, false, 3}};
constexpr std::array kConfirmRules = {MemberRule{"ID", Kind::kText, true, 64},
                                      MemberRule{"PaRes", Kind::kText, true, kPaResBytesMax},
                                      MemberRule{"MD", Kind::kText, true, 64}};

absl::Status Wrong(absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", why));
}

absl::Status CheckMember(const std::string& field, const MemberRule& rule, const JsonValue* value) {
  if (value == nullptr) return rule.required ? Wrong(field, "required") : absl::OkStatus();
  if (value->kind != rule.kind) return Wrong(field, "of another type");
  if (value->text.size() > rule.bytes_max) {
    return Wrong(field, absl::StrCat("at most ", rule.bytes_max, " bytes"));
  }
  if (rule.required && rule.kind == Kind::kText && value->text.empty()) {
    return Wrong(field, "must not be empty");
  }
  return absl::OkStatus();
}

// `path` ends in a point, or is empty.
absl::Status CheckObject(absl::string_view path, const JsonValue& object,
                         absl::Span<const MemberRule> rules) {
  for (const MemberRule& rule : rules) {
    const std::string field = absl::StrCat(path, rule.name);
    auto status = CheckMember(field, rule, object.Find(rule.name));
    if (!status.ok()) return status;
  }
  for (const auto& [name, value] : object.members) {
    const auto named = [&name = name](const MemberRule& rule) { return name == rule.name; };
    if (std::none_of(rules.begin(), rules.end(), named)) {
      return Wrong(absl::StripSuffix(path, "."), "a member that is not known");
    }
  }
  return absl::OkStatus();
}

std::string TextOf(const JsonValue& object, absl::string_view name) {
  const JsonValue* value = object.Find(name);
  return value == nullptr ? "" : value->text;
}

bool FlagOf(const JsonValue& object, absl::string_view name) {
  const JsonValue* value = object.Find(name);
  return value != nullptr && value->boolean;
}

bool IsDigits(absl::string_view text, size_t size_min, size_t size_max) {
  return text.size() >= size_min && text.size() <= size_max &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
}

absl::Status ReadOrder(const JsonValue& order, EpayTransferRequest& request) {
  request.amount = TextOf(order, "amount");
  const auto amount = ParseEpayAmount(request.amount);
  if (!amount.has_value()) return Wrong("order.amount", "more than 0, at most two decimals");
  request.amount_minor = *amount;
  request.currency = TextOf(order, "currency");
  if (!IsEpayCurrency(request.currency)) {
    return Wrong("order.currency", "not one the terminal knows");
  }
  request.order_id = TextOf(order, "id");
  if (!IsOrderNumber(request.order_id)) return Wrong("order.id", "must be 6 to 15 digits");
  request.description = TextOf(order, "description");
  request.email = TextOf(order, "senderEmail");
  request.terminal = TextOf(order, "terminalId");
  request.post_link = TextOf(order, "postLink");
  request.failure_post_link = TextOf(order, "failurePostLink");
  for (const char* link : {"backLink", "failureBackLink", "postLink", "failurePostLink"}) {
    const std::string url = TextOf(order, link);
    if (!url.empty() && !absl::StartsWith(url, "https://") && !absl::StartsWith(url, "http://")) {
      return Wrong(absl::StrCat("order.", link), "must be an absolute address");
    }
  }
  return absl::OkStatus();
}

// What both sides have. `path` ends in a point.
absl::Status ReadSide(const std::string& path, const JsonValue& object, EpaySide& side) {
  constexpr size_t kPanDigitsMin = 12;
  constexpr size_t kPanDigitsMax = 19;
  const std::string type = TextOf(object, "transferType");
  if (type != "TYPEPAN" && type != "TYPECARDID") {
    return Wrong(path + "transferType", "TYPEPAN or TYPECARDID");
  }
  side.save = FlagOf(object, "save");
  side.by_card_id = type == "TYPECARDID";
  side.credential = Secret(TextOf(object, "cardCred"));
  if (!side.by_card_id && !IsDigits(side.credential.Reveal(), kPanDigitsMin, kPanDigitsMax)) {
    return Wrong(path + "cardCred", "12 to 19 digits");
  }
  return absl::OkStatus();
}

absl::Status ReadSender(const JsonValue& object, EpaySide& side) {
  constexpr size_t kCvcDigitsMin = 3;
  constexpr size_t kCvcDigitsMax = 4;
  constexpr size_t kExpiryDigits = 2;
  const std::string path = "card.sender.";
  if (auto status = ReadSide(path, object, side); !status.ok()) return status;
  side.name = TextOf(object, "name");
  side.cvc = Secret(TextOf(object, "cvc"));
  const bool needs_cvc = !side.by_card_id;  // A saved card may come without.
  if ((needs_cvc || !side.cvc.empty()) &&
      !IsDigits(side.cvc.Reveal(), kCvcDigitsMin, kCvcDigitsMax)) {
    return Wrong(path + "cvc", "3 or 4 digits");
  }
  const JsonValue* expire = object.Find("expire");
  if (expire == nullptr) {
    return side.by_card_id ? absl::OkStatus() : Wrong(path + "expire", "required");
  }
  if (auto status = CheckObject(path + "expire.", *expire, kExpireRules); !status.ok()) {
    return status;
  }
  side.month = TextOf(*expire, "month");
  side.year = TextOf(*expire, "year");
  if (side.by_card_id && side.month.empty() && side.year.empty()) return absl::OkStatus();
  const bool is_month = IsDigits(side.month, kExpiryDigits, kExpiryDigits) && side.month >= "01" &&
                        side.month <= "12";
  if (!is_month) return Wrong(path + "expire.month", "01 to 12");
  if (!IsDigits(side.year, kExpiryDigits, kExpiryDigits)) {
    return Wrong(path + "expire.year", "two digits");
  }
  return absl::OkStatus();
}

absl::Status ReadReceiver(const JsonValue& object, bool foreign, EpaySide& side) {
  const std::string path = "card.receiver.";
  if (auto status = ReadSide(path, object, side); !status.ok()) return status;
  const std::string id = TextOf(object, "id");
  const bool is_right = side.by_card_id ? side.credential.EqualsInConstantTime(id) : id.empty();
  if (!is_right) {
    return Wrong(path + "id", "the saved card's id as in cardCred, or empty");
  }
  for (const char* name : {"firstName", "lastName", "countryCode"}) {
    if (TextOf(object, name).empty() == foreign) {
      return Wrong(path + name, "for transfers abroad, and required for them");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<EpayTransferRequest> ReadEpayTransferRequest(absl::string_view body) {
  const auto root = ReadJsonObject(body);
  if (!root.ok()) return root.status();
  if (auto status = CheckObject("", *root, kRootRules); !status.ok()) return status;
  const JsonValue& order = *root->Find("order");
  const JsonValue& card = *root->Find("card");
  if (auto status = CheckObject("order.", order, kOrderRules); !status.ok()) return status;
  if (auto status = CheckObject("card.", card, kCardRules); !status.ok()) return status;
  const JsonValue& sender = *card.Find("sender");
  const JsonValue& receiver = *card.Find("receiver");
  if (auto status = CheckObject("card.sender.", sender, kSenderRules); !status.ok()) return status;
  if (auto status = CheckObject("card.receiver.", receiver, kReceiverRules); !status.ok()) {
    return status;
  }
  EpayTransferRequest request;
  if (auto status = ReadOrder(order, request); !status.ok()) return status;
  if (auto status = ReadSender(sender, request.sender); !status.ok()) return status;
  const bool foreign = FlagOf(order, "foreign");
  if (auto status = ReadReceiver(receiver, foreign, request.receiver); !status.ok()) return status;
  const bool saves = request.sender.save || request.receiver.save;
  if (saves && TextOf(order, "merchantIdForSavingCards").empty()) {
    return Wrong("order.merchantIdForSavingCards", "required to save a card");
  }
  return request;
}

absl::StatusOr<EpayConfirmRequest> ReadEpayConfirmRequest(absl::string_view body) {
  const auto root = ReadJsonObject(body);
  if (!root.ok()) return root.status();
  if (auto status = CheckObject("", *root, kConfirmRules); !status.ok()) return status;
  return EpayConfirmRequest{TextOf(*root, "ID"), TextOf(*root, "PaRes"), TextOf(*root, "MD")};
}

}  // namespace payments::sandbox
