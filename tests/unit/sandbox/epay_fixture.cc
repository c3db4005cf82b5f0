#include "tests/unit/sandbox/epay_fixture.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace payments::sandbox {

std::string EpayReply::Get(absl::string_view path, bool* is_text) const {
  auto json = nlohmann::json::parse(http.body, nullptr, /*allow_exceptions=*/false);
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (const std::string& name : names) {
    if (!json.is_object() || !json.contains(name)) return "";
    json = nlohmann::json(json[name]);
  }
  if (is_text != nullptr) *is_text = json.is_string();
  return json.is_string() ? json.get<std::string>() : json.dump();
}

std::string EpayReply::Header(absl::string_view name) const {
  for (const absl::string_view line : absl::StrSplit(http.head, "\r\n")) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(": ", 1));
    if (parts.size() == 2 && absl::AsciiStrToLower(parts[0]) == absl::AsciiStrToLower(name)) {
      return parts[1];
    }
  }
  return "";
}

std::string Form(const Fields& fields) {
  std::string form;
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&form, form.empty() ? "" : "&", name, "=");
    for (const char c : value) {
      if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
        form += c;
      } else {
        absl::StrAppendFormat(&form, "%%%02X", static_cast<unsigned char>(c));
      }
    }
  }
  return form;
}

std::string Decoded(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      decoded += absl::HexStringToBytes(text.substr(i + 1, 2));
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

Fields EpayTest::TokenFields(const std::string& order, const std::string& amount,
                             const Fields& overrides) {
  Fields fields = {{"grant_type", "client_credentials"},
                   {"scope", "transfer"},
                   {"invoiceID", order},
                   {"amount", amount},
                   {"currency", "KZT"},
                   {"client_id", "sandbox"},
                   {"client_secret", "sandbox-client-secret*#"},
                   {"terminal", "sandbox-terminal"}};
  for (const auto& [name, value] : overrides) {
    bool found = false;
    for (auto it = fields.begin(); it != fields.end(); ++it) {
      if (it->first != name) continue;
      found = true;
      it->second = value;
      if (value == "-") fields.erase(it);
      break;
    }
    if (!found) fields.emplace_back(name, value);
  }
  return fields;
}

EpayReply EpayTest::PostForm(const std::string& path, const std::string& form) {
  return {Exchange(sandbox_->http_port(), "POST", path,
                   {{"Content-Type", "application/x-www-form-urlencoded"}}, form)};
}

EpayReply EpayTest::PostJson(const std::string& path, const std::string& bearer,
                             const std::string& body) {
  RawHeaders headers = {{"Content-Type", "application/json"}};
  if (!bearer.empty()) headers.emplace_back("Authorization", absl::StrCat("Bearer ", bearer));
  return {Exchange(sandbox_->http_port(), "POST", path, headers, body)};
}

std::string EpayTest::TransferToken(const std::string& order, const std::string& amount,
                                    const Fields& overrides) {
  const EpayReply reply = PostForm(kTokenPath, Form(TokenFields(order, amount, overrides)));
  EXPECT_EQ(reply.http.status, 200) << reply.http.body;
  return reply.Get("access_token");
}

std::string EpayTest::StatusToken() {
  const EpayReply reply = PostForm(
      kTokenPath,
      Form({{"grant_type", "client_credentials"},
            {"scope", "webapi usermanagement email_send verification statement statistics payment"},
            {"client_id", "sandbox"},
            {"client_secret", "sandbox-client-secret*#"},
            {"terminal", "sandbox-terminal"}}));
  EXPECT_EQ(reply.http.status, 200) << reply.http.body;
  return reply.Get("access_token");
}

std::string EpayTest::Body(const std::string& order, const std::string& amount,
                           const Fields& edits) {
  std::string body = absl::StrReplaceAll(
      R"({
 "order": {
  "amount": AMOUNT,
  "currency": "KZT",
  "description": "TEST p2p",
  "merchantIdForSavingCards": "",
  "id": "ORDER",
  "senderIP": "",
  "senderEmail": "armanali@epay.kz",
  "foreign": false,
  "terminalId": "sandbox-terminal",
  "backLink": "https://shop.example/success",
  "failureBackLink": "https://shop.example/failure",
  "postLink": "POSTLINK",
  "failurePostLink": ""
 },
 "card": {
  "sender": {
   "save": false,
   "transferType": "TYPEPAN",
   "address": "",
   "cvc": "815",
   "cardCred": "4400430000000001",
   "expire": {
    "month": "12",
    "year": "99"
   },
   "name": "Sergey Frolov",
   "number": ""
  },
  "receiver": {
   "save": false,
   "id": "",
   "transferType": "TYPEPAN",
   "cardCred": "5578340000000002"
  }
 }
})",
      {{"AMOUNT", amount}, {"ORDER", order}, {"POSTLINK", merchant_.url()}});
  for (const auto& [from, to] : edits) {
    const size_t found = body.find(from);
    if (found == std::string::npos) {
      ADD_FAILURE() << from << " is not there to be replaced";
      return body;
    }
    body.replace(found, from.size(), to);
  }
  return body;
}

EpayReply EpayTest::Transfer(const std::string& order, const std::string& amount,
                             const Fields& edits) {
  return PostJson(kTransferPath, TransferToken(order, amount), Body(order, amount, edits));
}

EpayReply EpayTest::Confirm(const std::string& id, const std::string& pa_res, const std::string& md,
                            const std::string& bearer) {
  const nlohmann::json body = {{"ID", id}, {"PaRes", pa_res}, {"MD", md}};
  return PostJson(kConfirmPath, bearer, body.dump());
}

EpayReply EpayTest::Status(const std::string& order) {
  return {Exchange(sandbox_->http_port(), "GET", absl::StrCat(kStatusPath, order),
                   {{"Authorization", absl::StrCat("Bearer ", StatusToken())}}, "")};
}

v1::Transfer EpayTest::TransferOf(const std::string& order) {
  v1::ListTransfersRequest request;
  v1::ListTransfersResponse response;
  request.set_order_id(order);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::ListTransfers, request, &response), grpc::OK);
  return response.transfers_size() == 1 ? response.transfers(0) : v1::Transfer();
}

std::string EpayTest::SavedCard(const std::string& order) {
  const EpayReply reply = Transfer(
      order, "100",
      {{"\"merchantIdForSavingCards\": \"\"", "\"merchantIdForSavingCards\": \"customer-1\""},
       {"\"save\": false", "\"save\": true"}});
  EXPECT_EQ(reply.Get("status"), "AUTH") << reply.http.body;
  return reply.Get("senderCardID");
}

}  // namespace payments::sandbox
