#include "tests/unit/engine/scripted_provider.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace payments {
namespace {

constexpr int kHttpOk = 200;
constexpr int64_t kAmountMax = 1'000'000;
constexpr int64_t kHoldSecondsMax = 24 * 60 * 60;
constexpr int kRegionLengthMax = 4;
constexpr int kNoteLengthMax = 8;

using Effect = HttpRequest::Effect;

HttpRequest MakeRequest(Effect effect, const std::string& text) {
  return HttpRequest{effect, "POST", "https://scripted.test/", {}, Secret(text)};
}

int64_t Number(const std::string& text) {
  int64_t value = 0;
  return absl::SimpleAtoi(text, &value) ? value : 0;
}

ProviderReferences References(const ScriptedMessage& message) {
  ProviderReferences references;
  for (const char* name : {"hold_id", "tx"}) {
    if (message.fields.contains(name)) references[name] = message.Field(name);
  }
  return references;
}

std::optional<v1::Money> Amount(const ScriptedMessage& message) {
  if (!message.fields.contains("amount")) return std::nullopt;
  v1::Money amount;
  const std::string currency = message.Field("currency");
  amount.set_currency_code(currency.empty() ? "UZS" : currency);
  amount.set_amount_minor(Number(message.Field("amount")));
  return amount;
}

ProviderAnswer Answer(const ScriptedMessage& message) {
  ProviderAnswer answer;
  answer.code = message.Field("code");
  answer.message = message.Field("message");
  answer.category = static_cast<v1::FailureCategory>(Number(message.Field("category")));
  answer.unlisted = message.fields.contains("unlisted");
  return answer;
}

// The bank's form goes out with MD, as 3-D Secure has it.
v1::NextAction Action(const ScriptedMessage& message) {
  v1::NextAction action;
  if (!message.fields.contains("md")) return action;
  v1::FormPostAction& form = *action.mutable_form_post();
  form.set_url("https://bank.test/acs");
  (*form.mutable_fields())["MD"] = message.Field("md");
  (*form.mutable_fields())["PaReq"] = "pareq";
  return action;
}

std::optional<SavedCard> Saved(const ScriptedMessage& message, const std::string& key) {
  if (!message.fields.contains(key)) return std::nullopt;
  return SavedCard{Secret(message.Field(key)), "440043******0001"};
}

// One request, one answer, read by `Reader`.
template <typename Outcome>
class ScriptedExchange : public Exchange<Outcome> {
 public:
  using Step = typename Exchange<Outcome>::Step;
  using Reader = Outcome (*)(const ScriptedMessage&);

  ScriptedExchange(absl::StatusOr<Step> first, Reader reader)
      : first_(std::move(first)), reader_(reader) {}

  absl::StatusOr<Step> Start() override { return std::move(first_); }
  absl::StatusOr<Step> OnResponse(const HttpResponse& response) override {
    return Step(reader_(ParseScripted(response.body.Reveal())));
  }

 private:
  absl::StatusOr<Step> first_;
  const Reader reader_;
};

OperationOutcome ReadOperation(const ScriptedMessage& message) {
  using Verdict = OperationOutcome::Verdict;
  OperationOutcome outcome;
  if (message.verb == "ok") outcome.verdict = Verdict::kSucceeded;
  if (message.verb == "declined") outcome.verdict = Verdict::kDeclined;
  if (message.verb == "in_process") outcome.verdict = Verdict::kInProcess;
  if (message.verb == "not_sent") outcome.verdict = Verdict::kNotSent;
  if (message.verb == "action") outcome.verdict = Verdict::kActionRequired;
  if (message.verb == "action") outcome.next_action = Action(message);
  outcome.saved_source = Saved(message, "saved_source");
  outcome.saved_destination = Saved(message, "saved_destination");
  outcome.references = References(message);
  outcome.amount = Amount(message);
  outcome.answer = Answer(message);
  return outcome;
}

StatusReading::Transfer TransferOf(const std::string& text) {
  using Transfer = StatusReading::Transfer;
  if (text == "succeeded") return Transfer::kSucceeded;
  if (text == "declined") return Transfer::kDeclined;
  if (text == "canceled") return Transfer::kCanceled;
  if (text == "returned") return Transfer::kReturned;
  if (text == "in_process") return Transfer::kInProcess;
  if (text == "action") return Transfer::kActionRequired;
  if (text == "not_known") return Transfer::kNotKnown;
  return text == "silent" ? Transfer::kNoEvidence : Transfer::kNotAsked;
}

StatusReading ReadStatus(const ScriptedMessage& message) {
  using Hold = StatusReading::Hold;
  using Capture = StatusReading::Capture;
  StatusReading reading;
  const std::string hold = message.Field("hold");
  if (hold == "held") reading.hold = Hold::kHeld;
  if (hold == "in_process") reading.hold = Hold::kInProcess;
  if (hold == "closed") reading.hold = Hold::kClosed;
  if (hold == "silent") reading.hold = Hold::kNoEvidence;
  const std::string capture = message.Field("capture");
  if (capture == "captured") reading.capture = Capture::kCaptured;
  if (capture == "not_known") reading.capture = Capture::kNotKnown;
  if (capture == "silent") reading.capture = Capture::kNoEvidence;
  reading.transfer = TransferOf(message.Field("transfer"));
  reading.saved_source = Saved(message, "saved_source");
  reading.saved_destination = Saved(message, "saved_destination");
  if (message.fields.contains("session")) {
    reading.session = {Secret(message.Field("session")),
                       absl::Seconds(Number(message.Field("session_seconds")))};
  }
  reading.references = References(message);
  reading.amount = Amount(message);
  reading.answer = Answer(message);
  return reading;
}

RegistrationOutcome ReadRegistration(const ScriptedMessage& message) {
  using Verdict = RegistrationOutcome::Verdict;
  RegistrationOutcome outcome;
  if (message.verb == "confirm") {
    outcome.verdict = Verdict::kConfirmationRequired;
    outcome.next_action.mutable_redirect()->set_url("https://bank.test/confirm");
  }
  if (message.verb == "active") outcome.verdict = Verdict::kActive;
  if (message.verb == "declined") outcome.verdict = Verdict::kDeclined;
  outcome.card_token = Secret(message.Field("token"));
  outcome.masked_number = message.Field("masked");
  outcome.answer = Answer(message);
  return outcome;
}

class ScriptedProvider : public Provider {
 public:
  ScriptedProvider(v1::Capabilities capabilities, NumberRange numbers)
      : capabilities_(std::move(capabilities)), numbers_(std::move(numbers)) {}

  const v1::Capabilities& capabilities() const override { return capabilities_; }

  std::unique_ptr<Exchange<RegistrationOutcome>> RegisterCard(
      RegisterCardCall call) const override {
    return std::make_unique<ScriptedExchange<RegistrationOutcome>>(
        MakeRequest(Effect::kRepeatable, absl::StrCat("register url=", call.callback_url)),
        ReadRegistration);
  }

  std::unique_ptr<Exchange<OperationOutcome>> Authorize(AuthorizeCall call) const override {
    if (call.payer_account == "unspeakable") return Refused("payer_account cannot be said");
    return Operation(
        Effect::kMovesMoney,
        absl::StrCat("authorize number=", call.number, " amount=", call.amount.amount_minor(),
                     " minutes=", absl::ToInt64Minutes(call.hold_duration),
                     " language=", call.language, " token=", call.card_token.Reveal(),
                     " payer=", call.payer_account, " url=", call.callback_url));
  }
  std::unique_ptr<Exchange<OperationOutcome>> Capture(CaptureCall call) const override {
    return Operation(Effect::kMovesMoney, absl::StrCat("capture number=", call.number,
                                                       " hold_id=", HoldId(call.references)));
  }
  std::unique_ptr<Exchange<OperationOutcome>> Cancel(CancelCall call) const override {
    return Operation(Effect::kRepeatable, absl::StrCat("cancel number=", call.number,
                                                       " hold_id=", HoldId(call.references)));
  }

  std::unique_ptr<Exchange<OperationOutcome>> Transfer(TransferCall call) const override {
    if (!Transfers()) return std::make_unique<UnsupportedExchange<OperationOutcome>>();
    if (call.description == "unspeakable") return Refused("description cannot be said");
    std::string text = absl::StrCat(
        "transfer number=", call.number, " amount=", call.amount.amount_minor(),
        " from=", PartyText(call.source), " to=", PartyText(call.destination),
        " save=", call.source.save, call.destination.save, " customer=", call.merchant_customer_id,
        " ip=", call.payer.ip, " email=", call.payer.email, " language=", call.payer.language,
        " url=", call.callback_url, " challenge=", call.challenge_url, " back=", call.return_url,
        " failed=", call.failure_return_url);
    if (call.source.card.has_value()) {
      absl::StrAppend(&text, " cvc=", call.source.card->cvc.Reveal());
    }
    if (call.receiver.has_value()) {
      absl::StrAppend(&text, " receiver=", call.receiver->first_name, ".", call.receiver->last_name,
                      ".", call.receiver->country_code);
    }
    return Operation(Effect::kMovesMoney, text);
  }
  std::unique_ptr<Exchange<OperationOutcome>> Confirm(ConfirmCall call) const override {
    if (!Transfers()) return std::make_unique<UnsupportedExchange<OperationOutcome>>();
    const auto pares = call.posted_fields.find("PaRes");
    if (pares == call.posted_fields.end()) return Refused("PaRes is missing");
    return Operation(
        Effect::kMovesMoney,
        absl::StrCat("confirm number=", call.transfer_number,
                     " amount=", call.amount.amount_minor(), " tx=", call.references["tx"],
                     " md=", call.action_fields["MD"], " pares=", pares->second.Reveal()));
  }
  std::unique_ptr<Exchange<StatusReading>> Check(CheckCall call) const override {
    if (call.transfer_number != 0) {
      return std::make_unique<ScriptedExchange<StatusReading>>(
          MakeRequest(Effect::kReadOnly, absl::StrCat("check transfer=", call.transfer_number,
                                                      " session=", call.session.Reveal())),
          ReadStatus);
    }
    const std::string hold_id = HoldId(call.references);
    if (hold_id.empty() && call.capture_numbers.empty()) {
      return std::make_unique<ScriptedExchange<StatusReading>>(StatusReading(), ReadStatus);
    }
    return std::make_unique<ScriptedExchange<StatusReading>>(
        MakeRequest(Effect::kReadOnly, absl::StrCat("check hold_id=", hold_id, " captures=",
                                                    absl::StrJoin(call.capture_numbers, ","))),
        ReadStatus);
  }

  absl::StatusOr<CallbackNotice> ReadCallback(CallbackSubject subject,
                                              const HttpRequest& request) const override {
    const ScriptedMessage message = ParseScripted(request.body.Reveal());
    if (message.verb == "forged") return absl::UnauthenticatedError("wrong signature");
    if (message.verb != "notice") return absl::InvalidArgumentError("not a notice");
    CallbackNotice notice;
    notice.success = message.Field("status") == "0";
    notice.masked_number = message.Field("masked");
    notice.answer = Answer(message);
    if (subject == CallbackSubject::kPayment) {
      notice.references = References(message);
    } else {
      notice.card_token = Secret(message.Field("token"));
    }
    return notice;
  }

  absl::StatusOr<std::string> RedactCallback(absl::string_view body) const override {
    const ScriptedMessage message = ParseScripted(body);
    if (message.verb != "notice") return absl::InvalidArgumentError("not a notice");
    return absl::StrCat("notice status=", message.Field("status"), " [redacted]");
  }
  NumberRange numbers() const override { return numbers_; }
  HttpResponse AcknowledgeCallback() const override {
    return {kHttpOk, {}, Secret("acknowledged")};
  }

 private:
  bool Transfers() const {
    const auto& kinds = capabilities_.destination_kinds();
    return std::any_of(kinds.begin(), kinds.end(),
                       [](int kind) { return kind != v1::DESTINATION_KIND_MERCHANT; });
  }
  // "4400430000000001", or "token:…" of a saved card.
  static std::string PartyText(const TransferParty& party) {
    if (party.card.has_value()) return std::string(party.card->number.Reveal());
    return absl::StrCat("token:", party.card_token.Reveal());
  }
  static std::unique_ptr<Exchange<OperationOutcome>> Refused(absl::string_view why) {
    return std::make_unique<ScriptedExchange<OperationOutcome>>(absl::InvalidArgumentError(why),
                                                                ReadOperation);
  }
  static std::unique_ptr<Exchange<OperationOutcome>> Operation(Effect effect,
                                                               const std::string& text) {
    return std::make_unique<ScriptedExchange<OperationOutcome>>(MakeRequest(effect, text),
                                                                ReadOperation);
  }
  static std::string HoldId(const ProviderReferences& references) {
    const auto it = references.find("hold_id");
    return it == references.end() ? "" : it->second;
  }

  const v1::Capabilities capabilities_;
  const NumberRange numbers_;
};

void AddOption(v1::Capabilities& can, const char* key, v1::ProviderOptionType type,
               int length_max) {
  v1::ProviderOption& option = *can.add_provider_options();
  option.set_key(key);
  option.set_type(type);
  option.set_length_max(length_max);
}

}  // namespace

std::string ScriptedMessage::Field(const std::string& key) const {
  const auto it = fields.find(key);
  return it == fields.end() ? "" : it->second;
}

ScriptedMessage ParseScripted(absl::string_view text) {
  ScriptedMessage message;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (message.verb.empty()) {
      message.verb = std::string(word);
      continue;
    }
    std::pair<std::string, std::string> field = absl::StrSplit(word, absl::MaxSplits('=', 1));
    message.fields.insert(std::move(field));
  }
  return message;
}

v1::Capabilities ScriptedCapabilities() {
  v1::Capabilities can;
  can.add_source_kinds(v1::SOURCE_KIND_SAVED_CARD);
  can.add_destination_kinds(v1::DESTINATION_KIND_MERCHANT);
  can.add_capture_modes(v1::CAPTURE_MODE_MANUAL);
  can.add_capture_modes(v1::CAPTURE_MODE_AUTOMATIC);
  for (const char* currency : {"UZS", "KZT"}) {
    v1::CurrencyLimits& limits = *can.add_currencies();
    limits.set_currency_code(currency);
    limits.set_amount_minor_min(1);
    limits.set_amount_minor_max(kAmountMax);
  }
  can.set_card_registration(true);
  can.add_required_fields("register_card.phone");
  AddOption(can, "region", v1::PROVIDER_OPTION_TYPE_DIGITS, kRegionLengthMax);
  AddOption(can, "note", v1::PROVIDER_OPTION_TYPE_STRING, kNoteLengthMax);
  can.set_status_query(true);
  can.set_callback_evidence(v1::CALLBACK_EVIDENCE_HINT);
  can.mutable_hold_duration_max()->set_seconds(kHoldSecondsMax);
  can.add_languages("ru");
  can.add_languages("uz");
  return can;
}

v1::Capabilities TransferCapabilities() {
  v1::Capabilities can;
  can.add_source_kinds(v1::SOURCE_KIND_CARD_DATA);
  can.add_source_kinds(v1::SOURCE_KIND_SAVED_CARD);
  can.add_destination_kinds(v1::DESTINATION_KIND_CARD_DATA);
  can.add_destination_kinds(v1::DESTINATION_KIND_SAVED_CARD);
  can.add_capture_modes(v1::CAPTURE_MODE_AUTOMATIC);
  v1::CurrencyLimits& limits = *can.add_currencies();
  limits.set_currency_code("KZT");
  limits.set_amount_minor_min(1);
  limits.set_amount_minor_max(kAmountMax);
  can.add_required_fields("create_payment.return_url");
  can.add_payer_actions(v1::PAYER_ACTION_KIND_FORM_POST_AT_PAYMENT);
  can.set_status_query(true);
  can.set_callback_evidence(v1::CALLBACK_EVIDENCE_HINT);
  can.set_saves_cards(true);
  can.set_transfers_abroad(true);
  can.add_languages("kk");
  can.add_languages("ru");
  return can;
}

std::unique_ptr<Provider> MakeScriptedProvider(v1::Capabilities capabilities, NumberRange numbers) {
  return std::make_unique<ScriptedProvider>(std::move(capabilities), std::move(numbers));
}

}  // namespace payments
