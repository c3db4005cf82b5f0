#include "providers/sandbox/epay/epay_answers.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "providers/sandbox/epay/epay_codes.h"
#include "providers/sandbox/epay/epay_money.h"
#include "providers/sandbox/html_page.h"
#include "providers/sandbox/wire_fields.h"

namespace payments::sandbox {
namespace {

using Kind = WireField::Kind;

constexpr int kHttpFound = 302;
constexpr int kHttpBadRequest = 400;
constexpr int kHttpUnauthorized = 401;
// The code of what was done.
constexpr int kDone = 0;

// Of the acquirer; the answers never show the one that was sent.
constexpr char kShortTerminal[] = "95555555";
constexpr char kSuccessPage[] = "https://epay.homebank.kz/payform/success.html";
constexpr char kErrorPage[] = "https://epay.homebank.kz/payform/";

constexpr char kStatusFound[] = "100";
constexpr char kStatusRejected[] = "101";
constexpr char kStatusInProgress[] = "103";

EpayOutcome JsonOutcome(const WireFields& fields, absl::string_view code) {
  EpayOutcome outcome;
  outcome.body = WriteJsonObject(fields);
  outcome.code = std::string(code);
  return outcome;
}

std::string AlmatyTime(absl::Time time) {
  constexpr int kOffsetSeconds = 5 * 60 * 60;
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6S%Ez", time, absl::FixedTimeZone(kOffsetSeconds));
}

WireField Amount(int64_t amount_minor, bool as_text) {
  return {"amount", FormatEpayAmount(amount_minor), as_text ? Kind::kText : Kind::kNumber};
}

EpayOutcome ConfirmOutcome(std::string address, bool other_spelling) {
  EpayOutcome outcome;
  if (!other_spelling) {
    outcome.http_status = kHttpFound;
    outcome.headers = {{"Location", std::move(address)}};
    return outcome;
  }
  outcome.headers = {{"Content-Type", "text/html; charset=utf-8"}};
  outcome.body = WriteHtmlPage(
      "Epay", absl::StrCat("<p><a href=\"", EscapeMarkup(address), "\">Back to the shop</a></p>"));
  return outcome;
}

struct StatusOfState {
  const char* code;
  const char* message;
  const char* name;
};

StatusOfState StatusOf(v1::TransferState state) {
  switch (state) {
    case v1::TRANSFER_STATE_DONE:
      return {kStatusFound, "SUCCESS", "AUTH"};
    case v1::TRANSFER_STATE_FAILED:
      return {kStatusRejected, "REJECTED", "FAILED"};
    case v1::TRANSFER_STATE_THREE_D_SECURE:
      return {kStatusFound, "SUCCESS", "3D"};
    default:
      return {kStatusInProgress, "IN PROGRESS", "NEW"};
  }
}

}  // namespace

EpayOutcome TokenAnswer(absl::string_view value, absl::string_view scope, absl::Duration lifetime,
                        bool other_spelling) {
  EpayOutcome outcome = JsonOutcome({{"access_token", std::string(value)},
                                     {"expires_in", absl::StrCat(absl::ToInt64Seconds(lifetime)),
                                      other_spelling ? Kind::kText : Kind::kNumber},
                                     {"refresh_token", ""},
                                     {"scope", std::string(scope)},
                                     {"token_type", "Bearer"}},
                                    "ok");
  outcome.applied = true;
  return outcome;
}

EpayOutcome OAuthError(absl::string_view error, absl::string_view why) {
  EpayOutcome outcome =
      JsonOutcome({{"error", std::string(error)}, {"error_description", std::string(why)}}, error);
  const bool unauthorized = error == "invalid_client" || error == "invalid_token";
  outcome.http_status = unauthorized ? kHttpUnauthorized : kHttpBadRequest;
  return outcome;
}

EpayOutcome TransferAnswer(const TransferEntry& entry, int64_t amount_minor, bool other_spelling) {
  const v1::Transfer& transfer = entry.transfer;
  EpayOutcome outcome = JsonOutcome(
      {{"id", transfer.id()},
       Amount(amount_minor, other_spelling),
       {"currency", transfer.currency()},
       {"email", entry.email},
       {"description", entry.description},
       {"reference", entry.reference},
       {other_spelling ? "invoiceID" : "orderID", transfer.order_id()},
       {other_spelling ? "senderCardId" : "senderCardID", transfer.sender_card_id()},
       {"senderCardPAN", transfer.sender_masked_pan()},
       {other_spelling ? "receiverCardId" : "receiverCardID", transfer.receiver_card_id()},
       {"receiverCardPAN", transfer.receiver_masked_pan()},
       {"intReference", entry.int_reference},
       {"terminalID", kShortTerminal},
       {"code", "0", other_spelling ? Kind::kText : Kind::kNumber},
       {"status", "AUTH"}},
      "0");
  outcome.applied = true;
  return outcome;
}

EpayOutcome ThreeDSecureAnswer(const TransferEntry& entry, absl::string_view action, bool flat) {
  const v1::Transfer& transfer = entry.transfer;
  const WireFields page = {{"paReq", entry.three_d_secure->pa_req},
                           {"md", transfer.md()},
                           {"action", std::string(action)}};
  WireFields fields = {{"id", transfer.id()},
                       Amount(transfer.amount_minor(), flat),
                       {"currency", transfer.currency()},
                       {"orderID", transfer.order_id()}};
  if (flat) {
    fields.insert(fields.end(), page.begin(), page.end());
  } else {
    fields.push_back({"secure3D", WriteJsonObject(page), Kind::kObject});
  }
  EpayOutcome outcome = JsonOutcome(fields, "3D");
  outcome.applied = true;
  return outcome;
}

EpayOutcome EpayRefusal(int code, absl::string_view message, absl::string_view order_id) {
  return JsonOutcome({{"code", absl::StrCat(code), Kind::kNumber},
                      {"message", message.empty() ? EpayMessageOf(code) : std::string(message)},
                      {"invoiceId", std::string(order_id)},
                      {"id", ""},
                      {"reference", ""},
                      {"accountId", ""}},
                     absl::StrCat(code));
}

EpayOutcome ConfirmSuccess(const TransferEntry& entry, bool other_spelling) {
  const v1::Transfer& transfer = entry.transfer;
  const std::string query = WriteForm({Amount(transfer.amount_minor(), false),
                                       {"currency", transfer.currency()},
                                       {"invoiceID", transfer.order_id()},
                                       {"accountID", ""},
                                       {"description", entry.description},
                                       {"reference", entry.reference},
                                       {"language", "rus"},
                                       {"cardid", transfer.sender_card_id()}});
  EpayOutcome outcome = ConfirmOutcome(absl::StrCat(kSuccessPage, "?", query), other_spelling);
  outcome.code = absl::StrCat(kDone);
  outcome.applied = true;
  return outcome;
}

EpayOutcome ConfirmError(int code, absl::string_view message, absl::string_view order_id,
                         bool other_spelling) {
  const std::string text = message.empty() ? EpayMessageOf(code) : std::string(message);
  const std::string query = WriteForm(
      {{"invoiceID", std::string(order_id)}, {"code", absl::StrCat(code)}, {"message", text}});
  EpayOutcome outcome = ConfirmOutcome(absl::StrCat(kErrorPage, "?", query), other_spelling);
  outcome.code = absl::StrCat(code);
  return outcome;
}

EpayOutcome StatusAnswer(const TransferEntry& entry, int64_t amount_minor,
                         absl::string_view status_name, bool other_spelling) {
  const v1::Transfer& transfer = entry.transfer;
  StatusOfState status = StatusOf(transfer.state());
  std::string name = status.name;
  if (!status_name.empty()) {  // Whatever it means, the transaction is to be read.
    status = {kStatusFound, "SUCCESS", ""};
    name = std::string(status_name);
  }
  const bool done = transfer.state() == v1::TRANSFER_STATE_DONE;
  WireFields fields = {{"id", transfer.id()},
                       {"createdDate", AlmatyTime(entry.create_time)},
                       {"invoiceID", transfer.order_id()},
                       Amount(amount_minor, other_spelling),
                       {"amountBonus", "0", Kind::kNumber},
                       {"currency", transfer.currency()},
                       {"terminal", kShortTerminal},
                       {"terminalID", transfer.terminal_id()},
                       {"description", entry.description},
                       {"reference", done ? entry.reference : ""},
                       {"intReference", done ? entry.int_reference : ""},
                       {"statusName", name},
                       {"senderCardID", transfer.sender_card_id()},
                       {"receiverCardID", transfer.receiver_card_id()}};
  if (transfer.state() == v1::TRANSFER_STATE_FAILED) {
    fields.push_back({"reason", EpayMessageOf(transfer.code())});
    fields.push_back({"reasonCode", absl::StrCat(transfer.code()),
                      other_spelling ? Kind::kText : Kind::kNumber});
  }
  const std::string transaction = WriteJsonObject(fields);
  EpayOutcome outcome;
  if (other_spelling) {
    outcome = JsonOutcome({{"resultCode", status.code},
                           {"resultMessage", status.message},
                           {"transaction", transaction, Kind::kObject}},
                          status.code);
  } else {
    const std::string result =
        WriteJsonObject({{"code", status.code}, {"message", status.message}});
    const std::string nested = WriteJsonObject({{"p2p", transaction, Kind::kObject}});
    outcome = JsonOutcome(
        {{"result", result, Kind::kObject}, {"transaction", nested, Kind::kObject}}, status.code);
  }
  outcome.applied = true;
  return outcome;
}

EpayOutcome StatusWithoutTransfer(absl::string_view code, absl::string_view message,
                                  bool other_spelling) {
  const std::string text(message.empty() ? "ERROR" : message);
  if (other_spelling) {
    return JsonOutcome({{"resultCode", std::string(code)}, {"resultMessage", text}}, code);
  }
  const std::string result = WriteJsonObject({{"code", std::string(code)}, {"message", text}});
  return JsonOutcome({{"result", result, Kind::kObject}}, code);
}

}  // namespace payments::sandbox
