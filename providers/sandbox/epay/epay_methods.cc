#include "providers/sandbox/epay/epay_methods.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "providers/sandbox/epay/epay_codes.h"
#include "providers/sandbox/limits.h"

namespace payments::sandbox {
namespace {

constexpr int64_t kWrongAmountExtraMinor = 100;
constexpr size_t kTokenBytes = 16;
constexpr size_t kReferenceDigits = 12;
constexpr size_t kIntReferenceDigits = 16;
constexpr size_t kApprovalDigits = 6;

bool Contains(const std::vector<std::string>& values, absl::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// The amount to answer.
int64_t AmountOf(const TransferEntry& entry, const v1::Fault& fault) {
  const int64_t truth = entry.transfer.amount_minor();
  if (fault.kind() != v1::FAULT_KIND_WRONG_AMOUNT) return truth;
  const int64_t wrong = fault.payment_amount_minor();
  return wrong == 0 ? truth + kWrongAmountExtraMinor : wrong;
}

// The code that a BUSINESS_ERROR asks for; 0 if the fault is another.
int BusinessCodeOf(const v1::Fault& fault) {
  if (fault.kind() != v1::FAULT_KIND_BUSINESS_ERROR) return 0;
  int code = 0;
  return absl::SimpleAtoi(fault.code(), &code) && code != 0 ? code : kEpaySystemError;
}

}  // namespace

std::optional<EpayOutcome> EpayMethods::RefuseToken(const EpayTokenRequest& request) const {
  if (request.client_id != options_.client_id ||
      !options_.client_secret.EqualsInConstantTime(request.client_secret.Reveal())) {
    return OAuthError("invalid_client", "client_id, client_secret");
  }
  if (!request.terminal.empty() && !Contains(options_.terminal_ids, request.terminal)) {
    return OAuthError("invalid_request", "terminal: not one of this client");
  }
  return std::nullopt;
}

EpayOutcome EpayMethods::Token(EpayTokenRequest request, const v1::Fault& fault, absl::Time now) {
  if (fault.kind() == v1::FAULT_KIND_BUSINESS_ERROR) {
    return OAuthError(fault.code(), fault.description());
  }
  const std::string value = absl::WebSafeBase64Escape(RandomBytes(kTokenBytes));
  const std::string scope = request.scope;
  request.client_secret = Secret();  // Has done its work.
  tokens_.Add(value, {std::move(request), now + options_.token_lifetime});
  return TokenAnswer(value, scope, options_.token_lifetime, fault.other_spelling());
}

EpayToken* EpayMethods::TokenOfTransfer(absl::string_view bearer,
                                        const EpayTransferRequest& request, absl::Time now,
                                        EpayOutcome& refusal) {
  EpayToken* token = tokens_.Find(bearer, now);
  const char* why = nullptr;
  if (token == nullptr) {
    why = "unknown or past";
  } else if (!token->bound_to.is_for_transfer()) {
    why = "of another scope";
  } else if (token->used) {
    why = "used already";
  } else if (token->bound_to.invoice_id != request.order_id) {
    why = "of another invoiceID";
  } else if (token->bound_to.amount != request.amount) {
    why = "of another amount, or one that is written otherwise";
  } else if (token->bound_to.currency != request.currency) {
    why = "of another currency";
  } else if (token->bound_to.terminal != request.terminal) {
    why = "of another terminal";
  }
  if (why == nullptr) return token;
  refusal = OAuthError("invalid_token", why);
  return nullptr;
}

EpayToken* EpayMethods::TokenOfConfirm(absl::string_view bearer, const TransferEntry& entry,
                                       absl::Time now, EpayOutcome& refusal) {
  EpayToken* token = tokens_.Find(bearer, now);
  const v1::Transfer& transfer = entry.transfer;
  if (token != nullptr && token->bound_to.is_for_transfer() && !token->used &&
      token->bound_to.invoice_id == transfer.order_id() &&
      token->bound_to.amount_minor == transfer.amount_minor() &&
      token->bound_to.terminal == transfer.terminal_id()) {
    return token;
  }
  refusal = OAuthError("invalid_token", "not a new one of the same invoiceID, amount and terminal");
  return nullptr;
}

EpayToken* EpayMethods::TokenOfStatus(absl::string_view bearer, absl::Time now,
                                      EpayOutcome& refusal) {
  EpayToken* token = tokens_.Find(bearer, now);
  if (token != nullptr && !token->bound_to.is_for_transfer()) return token;
  refusal = OAuthError("invalid_token", token == nullptr ? "unknown or past" : "of another scope");
  return nullptr;
}

EpayOutcome EpayMethods::Transfer(const EpayTransferRequest& request, EpayToken& token,
                                  const v1::Fault& fault, absl::Time now) {
  token.used = true;
  if (ledger_->IsFull()) return EpayRefusal(kEpaySystemError, "", request.order_id);
  if (ledger_->IsOrderTaken(request.terminal, request.order_id)) {
    return EpayRefusal(kEpayInvalid, "order.id, or its last six digits, was used already",
                       request.order_id);
  }
  const auto sender = CardOf(request.sender);
  const auto receiver = CardOf(request.receiver);
  if (!sender.has_value() || !receiver.has_value()) {
    return EpayRefusal(kEpayWrongCardNumber, "no such saved card", request.order_id);
  }
  TransferEntry& entry = *ledger_->Add(EntryOf(request, token, *sender, *receiver, now));
  const int business_code = BusinessCodeOf(fault);
  int code = fault.apply_first() ? 0 : business_code;
  if (code == 0 && !request.sender.by_card_id) code = RefusalOfDetails(request.sender, now);
  if (code == 0 && (sender->is_locked || receiver->is_locked)) code = kEpayCardBlocked;
  if (code == 0 && receiver->as_receiver != nullptr) code = receiver->as_receiver->code;
  const EpayMagicCard* magic = sender->as_sender;
  const bool magic_asks =
      magic != nullptr && magic->three_d_secure != EpayMagicCard::ThreeDSecure::kNone;
  if (code == 0 && magic != nullptr && !magic_asks) code = magic->code;
  if (code != 0) return FailTransfer(entry, code, code == business_code ? fault.description() : "");

  if (magic_asks || fault.kind() == v1::FAULT_KIND_THREE_D_SECURE) {
    return AskForThreeDSecure(entry, fault, now);
  }
  if (fault.kind() == v1::FAULT_KIND_IN_PROCESS) {
    EndLater(entry, fault, now);
    EpayOutcome outcome = EpayRefusal(kEpayTryLater, "", request.order_id);
    outcome.applied = true;
    return outcome;
  }
  ledger_->Move(entry, now);
  EpayOutcome outcome = business_code == 0
                            ? TransferAnswer(entry, AmountOf(entry, fault), fault.other_spelling())
                            : EpayRefusal(business_code, fault.description(), request.order_id);
  outcome.applied = true;
  outcome.ended = &entry;
  return outcome;
}

EpayOutcome EpayMethods::Confirm(const EpayConfirmRequest& request, TransferEntry* entry,
                                 const v1::Fault& fault, absl::Time now) {
  const bool other = fault.other_spelling();
  if (entry == nullptr) return ConfirmError(kEpayInvalid, "ID: no such transfer", "", other);
  const std::string& order_id = entry->transfer.order_id();
  if (!entry->three_d_secure.has_value() || request.md != entry->transfer.md()) {
    return ConfirmError(kEpayInvalid, "MD: of another transfer", order_id, other);
  }
  switch (entry->transfer.state()) {
    case v1::TRANSFER_STATE_DONE:  // A repeat moves nothing.
      return ConfirmSuccess(*entry, other);
    case v1::TRANSFER_STATE_FAILED:
      return ConfirmError(entry->transfer.code(), "", order_id, other);
    case v1::TRANSFER_STATE_IN_PROCESS:
      return ConfirmError(kEpayTryLater, "", order_id, other);
    default:
      break;
  }
  const ThreeDSecureEntry& page = *entry->three_d_secure;
  const int business_code = BusinessCodeOf(fault);
  int code = fault.apply_first() ? 0 : business_code;
  if (code == 0 && (page.pa_res.empty() || page.pa_res != request.pa_res)) {
    code = kEpayUnreadablePaRes;
  }
  if (code == 0 && !page.authenticated) code = kEpayNotAuthenticated;
  if (code == 0 && entry->sender.as_sender != nullptr) code = entry->sender.as_sender->code;
  if (code != 0) {
    ledger_->Fail(*entry, code);
    EpayOutcome outcome =
        ConfirmError(code, code == business_code ? fault.description() : "", order_id, other);
    outcome.ended = entry;
    return outcome;
  }
  ledger_->Resume(*entry);
  if (fault.kind() == v1::FAULT_KIND_IN_PROCESS) {
    EndLater(*entry, fault, now);
    EpayOutcome outcome = ConfirmError(kEpayTryLater, "", order_id, other);
    outcome.applied = true;
    return outcome;
  }
  ledger_->Move(*entry, now);
  EpayOutcome outcome = business_code == 0
                            ? ConfirmSuccess(*entry, other)
                            : ConfirmError(business_code, fault.description(), order_id, other);
  outcome.applied = true;
  outcome.ended = entry;
  return outcome;
}

EpayOutcome EpayMethods::Status(const TransferEntry* entry, const v1::Fault& fault) {
  const bool other = fault.other_spelling();
  if (fault.kind() == v1::FAULT_KIND_BUSINESS_ERROR) {
    return StatusWithoutTransfer(fault.code(), fault.description(), other);
  }
  if (fault.kind() == v1::FAULT_KIND_IN_PROCESS) {
    return StatusWithoutTransfer("103", "IN PROGRESS", other);
  }
  if (entry == nullptr) return StatusWithoutTransfer("102", "NOT FOUND", other);
  return StatusAnswer(*entry, AmountOf(*entry, fault), fault.status_name(), other);
}

TransferEntry* EpayMethods::TransferOfStatus(const EpayToken& token, absl::string_view order_id) {
  if (!token.bound_to.terminal.empty()) {
    return ledger_->FindByOrder(token.bound_to.terminal, order_id);
  }
  for (const std::string& terminal : options_.terminal_ids) {
    if (TransferEntry* entry = ledger_->FindByOrder(terminal, order_id)) return entry;
  }
  return nullptr;
}

void EpayMethods::Decide(ThreeDSecureEntry& three_d_secure, bool authenticated) {
  constexpr size_t kPaResBytes = 400;
  three_d_secure.authenticated = authenticated;
  three_d_secure.pa_res = RandomBase64(kPaResBytes);
}

std::optional<EpayCard> EpayMethods::CardOf(const EpaySide& side) const {
  if (!side.by_card_id) return EpayCardOf(side.credential.Reveal());
  const EpayCard* card = ledger_->FindCard(side.credential.Reveal());
  if (card == nullptr) return std::nullopt;
  return *card;
}

TransferEntry EpayMethods::EntryOf(const EpayTransferRequest& request, const EpayToken& token,
                                   EpayCard sender, EpayCard receiver, absl::Time now) {
  TransferEntry entry;
  v1::Transfer& transfer = entry.transfer;
  transfer.set_id(RandomUuid());
  transfer.set_order_id(request.order_id);
  transfer.set_terminal_id(request.terminal);
  transfer.set_amount_minor(request.amount_minor);
  transfer.set_currency(request.currency);
  transfer.set_sender_masked_pan(sender.masked_pan);
  transfer.set_receiver_masked_pan(receiver.masked_pan);
  transfer.set_sender_card_id(sender.id);
  transfer.set_receiver_card_id(receiver.id);
  transfer.set_post_link(request.post_link);
  transfer.set_failure_post_link(request.failure_post_link);
  SetTimestamp(now, transfer.mutable_create_time());
  entry.create_time = now;
  entry.description = request.description;
  entry.email = request.email;
  entry.sender_name = request.sender.name;
  entry.secret_hash = token.bound_to.secret_hash;
  entry.reference = RandomDigits(kReferenceDigits);
  entry.int_reference = RandomHex(kIntReferenceDigits);
  entry.approval_code = RandomDigits(kApprovalDigits);
  // What is saved already stays what it is.
  entry.saves_sender = request.sender.save && sender.id.empty();
  entry.saves_receiver = request.receiver.save && receiver.id.empty();
  if (entry.saves_sender) sender.id = RandomUuid();
  if (entry.saves_receiver) receiver.id = RandomUuid();
  entry.sender = std::move(sender);
  entry.receiver = std::move(receiver);
  return entry;
}

EpayOutcome EpayMethods::AskForThreeDSecure(TransferEntry& entry, const v1::Fault& fault,
                                            absl::Time now) {
  using Shape = EpayMagicCard::ThreeDSecure;
  constexpr size_t kPaReqBytes = 200;
  constexpr size_t kMdDigits = 9;
  constexpr size_t kMdHexDigits = 16;
  constexpr size_t kPageIdDigits = 32;
  const EpayMagicCard* magic = entry.sender.as_sender;
  const Shape shape = magic == nullptr ? Shape::kNested : magic->three_d_secure;
  entry.transfer.set_md(absl::StrCat(RandomDigits(kMdDigits), "-", RandomHex(kMdHexDigits)));
  entry.transfer.set_action(absl::StrCat(options_.public_url, kAcsPath, "?", kAcsQuery));
  ThreeDSecureEntry page;
  page.pa_req = RandomBase64(kPaReqBytes);
  page.page_id = absl::AsciiStrToLower(RandomHex(kPageIdDigits));
  ledger_->AskForThreeDSecure(entry, std::move(page), now + options_.three_d_secure_lifetime,
                              kEpayAbandoned);
  const bool without_action = fault.omit_action() || shape == Shape::kWithoutAction;
  return ThreeDSecureAnswer(entry, without_action ? "" : entry.transfer.action(),
                            fault.other_spelling() || shape == Shape::kFlat);
}

EpayOutcome EpayMethods::FailTransfer(TransferEntry& entry, int code, absl::string_view message) {
  ledger_->Fail(entry, code);
  EpayOutcome outcome = EpayRefusal(code, message, entry.transfer.order_id());
  outcome.ended = &entry;
  return outcome;
}

void EpayMethods::EndLater(TransferEntry& entry, const v1::Fault& fault, absl::Time now) {
  if (!fault.has_resolve_after()) return;
  ledger_->EndAt(entry, now + ToDuration(fault.resolve_after()),
                 fault.resolve_as_failed() ? kEpaySystemError : 0);
}

std::string EpayMethods::RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  random_->Fill(absl::MakeSpan(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()));
  return bytes;
}

std::string EpayMethods::RandomDigits(size_t digits) {
  constexpr uint8_t kTen = 10;
  std::string text = RandomBytes(digits);
  for (char& c : text) c = static_cast<char>('0' + static_cast<uint8_t>(c) % kTen);
  return text;
}

std::string EpayMethods::RandomHex(size_t digits) {
  return absl::AsciiStrToUpper(absl::BytesToHexString(RandomBytes(digits / 2)));
}

std::string EpayMethods::RandomUuid() {
  constexpr size_t kDigits = 32;
  std::string hex = absl::AsciiStrToLower(RandomHex(kDigits));
  hex[12] = '4';  // Version 4, variant 1: random.
  hex[16] = 'a';
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

std::string EpayMethods::RandomBase64(size_t bytes) {
  constexpr absl::string_view kPlusAndSlash = "\xfb\xff\xbf\xfb\xff\xbf";  // "+/+/+/+/".
  const size_t unpadded = bytes - bytes % 3 + 1;
  return absl::Base64Escape(absl::StrCat(kPlusAndSlash, RandomBytes(unpadded)));
}

}  // namespace payments::sandbox
