#ifndef PAYMENTS_TESTS_UNIT_ENGINE_SCRIPTED_PROVIDER_H_
#define PAYMENTS_TESTS_UNIT_ENGINE_SCRIPTED_PROVIDER_H_

#include <map>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "providers/provider.h"

namespace payments {

// A message of the scripted provider's protocol: "verb key=value key=value".
struct ScriptedMessage {
  std::string verb;
  std::map<std::string, std::string> fields;

  // Empty if there is none.
  std::string Field(const std::string& key) const;
};

ScriptedMessage ParseScripted(absl::string_view text);

// UZS and KZT from 1 to 1,000,000 minor units, holds of up to 24 hours, both capture
// modes, options "region" (digits, at most 4) and "note" (text, at most 8), "ru" and
// "uz", a phone at registration.
v1::Capabilities ScriptedCapabilities();

// Transfers instead of holds: from card data and saved cards, to card numbers and saved
// cards, in KZT as above, AUTOMATIC, with forms for the payer, kept cards, receivers
// abroad, "kk" and "ru", a return_url.
v1::Capabilities TransferCapabilities();

// A plugin whose provider is the test: what the test answers is what it reads.
//
//   authorize, capture, cancel: "ok" | "declined" | "in_process" | anything else is
//     unknown; with hold_id, amount, currency, code, message, category (a number);
//     an amount without a currency is UZS.
//   transfer, confirm: the same and "action", "not_sent"; with tx instead of hold_id,
//     saved_source and saved_destination (tokens), unlisted. "action" has md, and no form
//     if it has no md. Sent only if card data or card numbers are declared.
//   check: "status" with hold=held|in_process|closed|silent and
//     capture=captured|not_known|silent; nothing is sent if there is nothing to ask by.
//     About a transfer: transfer=succeeded|declined|canceled|returned|in_process|action|
//     not_known|silent, session, session_seconds, and what a transfer's answer has.
//   register: "confirm" | "active" | "declined" with token, masked, code, category.
//   callbacks: "notice" with status (0 is a success), hold_id, token; "forged" has a
//     wrong signature; anything else is unintelligible.
// A payer_account "unspeakable" cannot be expressed: its Authorize ends in Start(). So does
// a Transfer with the description "unspeakable", and a Confirm without PaRes.
std::unique_ptr<Provider> MakeScriptedProvider(v1::Capabilities capabilities,
                                               NumberRange numbers = {});

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_ENGINE_SCRIPTED_PROVIDER_H_
