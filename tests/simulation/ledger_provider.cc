#include "tests/simulation/ledger_provider.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace payments::simulation {
namespace {

constexpr int kHttpOk = 200;

HttpRequest MakeRequest(HttpRequest::Effect effect, const LedgerMessage& message) {
  return HttpRequest{effect, "POST", "https://ledger.test/", {}, Secret(Encode(message))};
}

v1::Money Uzs(const std::string& amount_minor) {
  v1::Money money;
  money.set_currency_code("UZS");
  int64_t value = 0;
  if (absl::SimpleAtoi(amount_minor, &value)) money.set_amount_minor(value);
  return money;
}

// Of a card that was kept, if the message tells of one.
std::optional<SavedCard> SavedFrom(const LedgerMessage& message, const char* field) {
  const auto token = message.fields.find(field);
  if (token == message.fields.end()) return std::nullopt;
  return SavedCard{Secret(token->second), "400000******1112"};
}

void ReadReferences(const LedgerMessage& message, ProviderReferences& references) {
  for (const char* name : {"hold_id", "transaction_id"}) {
    const auto field = message.fields.find(name);
    if (field != message.fields.end()) references[name] = field->second;
  }
}

OperationOutcome ReadOutcome(const HttpResponse& response) {
  using Verdict = OperationOutcome::Verdict;
  OperationOutcome outcome;
  if (response.status_code != kHttpOk) return outcome;
  LedgerMessage message = Decode(response.body.Reveal());
  outcome.answer.code = message.verb;
  if (message.verb == "ok") outcome.verdict = Verdict::kSucceeded;
  if (message.verb == "in_process") outcome.verdict = Verdict::kInProcess;
  if (message.verb == "declined") outcome.verdict = Verdict::kDeclined;
  ReadReferences(message, outcome.references);
  if (message.fields.contains("amount")) outcome.amount = Uzs(message.fields["amount"]);
  outcome.saved_source = SavedFrom(message, "source_token");
  outcome.saved_destination = SavedFrom(message, "destination_token");
  if (message.verb == "action_required") {
    outcome.verdict = Verdict::kActionRequired;
    v1::FormPostAction& form = *outcome.next_action.mutable_form_post();
    form.set_url("https://bank.test/acs");
    (*form.mutable_fields())["MD"] = message.fields["transaction_id"];
  }
  return outcome;
}

// One request, one answer.
class OperationExchange : public Exchange<OperationOutcome> {
 public:
  explicit OperationExchange(HttpRequest request) : request_(std::move(request)) {}

  absl::StatusOr<Step> Start() override { return std::move(request_); }

  absl::StatusOr<Step> OnResponse(const HttpResponse& response) override {
    return Step(ReadOutcome(response));
  }

 private:
  HttpRequest request_;
};

// A token, then the transfer; once more both, if the token was refused.
class TransferExchange : public Exchange<OperationOutcome> {
 public:
  explicit TransferExchange(LedgerMessage transfer) : transfer_(std::move(transfer)) {}

  absl::StatusOr<Step> Start() override {
    awaits_token_ = true;
    return Step(
        MakeRequest(HttpRequest::Effect::kReadOnly, {"token",
                                                     {{"account", transfer_.fields.at("account")},
                                                      {"number", transfer_.fields.at("number")}}}));
  }

  absl::StatusOr<Step> OnResponse(const HttpResponse& response) override {
    const std::string said =
        response.status_code == kHttpOk ? Decode(response.body.Reveal()).verb : "";
    if (!awaits_token_) {
      if (said == "refused") return sent_ < kSendsMax ? Start() : Step(NotSent());
      return Step(ReadOutcome(response));
    }
    if (said != "ok") return Step(NotSent());
    awaits_token_ = false;
    ++sent_;
    return Step(MakeRequest(HttpRequest::Effect::kMovesMoney, transfer_));
  }

 private:
  static constexpr int kSendsMax = 2;

  static OperationOutcome NotSent() {
    OperationOutcome outcome;
    outcome.verdict = OperationOutcome::Verdict::kNotSent;
    outcome.answer.message = "no token";
    return outcome;
  }

  const LedgerMessage transfer_;
  bool awaits_token_ = true;
  int sent_ = 0;
};

class CheckExchange : public Exchange<StatusReading> {
 public:
  CheckExchange(std::string account, CheckCall call)
      : account_(std::move(account)), call_(std::move(call)) {}

  absl::StatusOr<Step> Start() override {
    if (call_.transfer_number == 0) return Next();
    return Step(
        MakeRequest(HttpRequest::Effect::kReadOnly,
                    {"check_transfer",
                     {{"account", account_}, {"number", absl::StrCat(call_.transfer_number)}}}));
  }

  absl::StatusOr<Step> OnResponse(const HttpResponse& response) override {
    LedgerMessage message = response.status_code == kHttpOk ? Decode(response.body.Reveal())
                                                            : LedgerMessage{"garbage", {}};
    if (call_.transfer_number != 0) {
      ReadTransfer(message);
      return Step(std::move(reading_));
    }
    asking_hold_ ? ReadHold(message) : ReadCapture(message);
    if (reading_.capture == StatusReading::Capture::kCaptured) return Step(reading_);
    return Next();
  }

 private:
  absl::StatusOr<Step> Next() {
    if (next_capture_ < call_.capture_numbers.size()) {
      const std::string number = absl::StrCat(call_.capture_numbers[next_capture_++]);
      return Step(MakeRequest(HttpRequest::Effect::kReadOnly,
                              {"check", {{"account", account_}, {"number", number}}}));
    }
    auto hold = call_.references.find("hold_id");
    if (asking_hold_ || hold == call_.references.end()) return Step(reading_);
    asking_hold_ = true;
    return Step(
        MakeRequest(HttpRequest::Effect::kReadOnly, {"check", {{"hold_id", hold->second}}}));
  }

  void ReadCapture(LedgerMessage& message) {
    using Capture = StatusReading::Capture;
    if (message.verb == "captured") {
      reading_.capture = Capture::kCaptured;
      reading_.amount = Uzs(message.fields["amount"]);
    } else if (message.verb != "not_known") {
      reading_.capture = Capture::kNoEvidence;
    } else if (reading_.capture == Capture::kNotAsked) {
      reading_.capture = Capture::kNotKnown;
    }
  }

  void ReadTransfer(LedgerMessage& message) {
    using Transfer = StatusReading::Transfer;
    const std::map<std::string, Transfer> words = {
        {"not_known", Transfer::kNotKnown},   {"in_process", Transfer::kInProcess},
        {"waits", Transfer::kActionRequired}, {"done", Transfer::kSucceeded},
        {"declined", Transfer::kDeclined},    {"withdrawn", Transfer::kCanceled},
        {"returned", Transfer::kReturned}};
    const auto word = words.find(message.verb);
    reading_.transfer = word == words.end() ? Transfer::kNoEvidence : word->second;
    reading_.answer.code = message.verb;
    ReadReferences(message, reading_.references);
    if (message.fields.contains("amount")) reading_.amount = Uzs(message.fields["amount"]);
    reading_.saved_source = SavedFrom(message, "source_token");
    reading_.saved_destination = SavedFrom(message, "destination_token");
  }

  void ReadHold(LedgerMessage& message) {
    using Hold = StatusReading::Hold;
    reading_.references["hold_id"] = call_.references.at("hold_id");
    reading_.hold = Hold::kNoEvidence;
    if (message.verb == "held") reading_.hold = Hold::kHeld;
    if (message.verb == "in_process") reading_.hold = Hold::kInProcess;
    if (message.verb == "closed") reading_.hold = Hold::kClosed;
    if (message.verb == "captured") {
      reading_.capture = StatusReading::Capture::kCaptured;
      reading_.amount = Uzs(message.fields["amount"]);
    }
  }

  const std::string account_;
  const CheckCall call_;
  StatusReading reading_;
  size_t next_capture_ = 0;
  bool asking_hold_ = false;
};

class RegistrationExchange : public Exchange<RegistrationOutcome> {
 public:
  explicit RegistrationExchange(RegisterCardCall call) : call_(std::move(call)) {}

  absl::StatusOr<Step> Start() override {
    return Step(
        MakeRequest(HttpRequest::Effect::kRepeatable, {"register", {{"url", call_.callback_url}}}));
  }

  absl::StatusOr<Step> OnResponse(const HttpResponse& response) override {
    RegistrationOutcome outcome;
    if (response.status_code != kHttpOk) return Step(std::move(outcome));
    LedgerMessage message = Decode(response.body.Reveal());
    outcome.verdict = message.verb == "ok" ? RegistrationOutcome::Verdict::kConfirmationRequired
                                           : RegistrationOutcome::Verdict::kDeclined;
    outcome.card_token = Secret(message.fields["card_token"]);
    outcome.next_action.mutable_redirect()->set_url("https://ledger.test/confirm");
    return Step(std::move(outcome));
  }

 private:
  const RegisterCardCall call_;
};

v1::Capabilities MakeCapabilities(LedgerShape shape) {
  v1::Capabilities can;
  can.add_source_kinds(v1::SOURCE_KIND_SAVED_CARD);
  can.add_capture_modes(v1::CAPTURE_MODE_AUTOMATIC);
  if (shape.holds) {
    can.add_destination_kinds(v1::DESTINATION_KIND_MERCHANT);
    can.add_capture_modes(v1::CAPTURE_MODE_MANUAL);
  }
  if (shape.transfers) {
    can.add_source_kinds(v1::SOURCE_KIND_CARD_DATA);
    can.add_destination_kinds(v1::DESTINATION_KIND_CARD_DATA);
    can.add_destination_kinds(v1::DESTINATION_KIND_SAVED_CARD);
    can.add_payer_actions(v1::PAYER_ACTION_KIND_FORM_POST_AT_PAYMENT);
    can.set_saves_cards(true);
  }
  v1::CurrencyLimits& limits = *can.add_currencies();
  limits.set_currency_code("UZS");
  limits.set_amount_minor_min(1);
  limits.set_amount_minor_max(1'000'000'000);
  can.set_card_registration(true);
  can.set_status_query(true);
  can.set_callback_evidence(v1::CALLBACK_EVIDENCE_HINT);
  return can;
}

// Refuses a confirmation without what the bank's page posts.
class NoResultExchange : public Exchange<OperationOutcome> {
 public:
  absl::StatusOr<Step> Start() override { return absl::InvalidArgumentError("PaRes: is required"); }
  absl::StatusOr<Step> OnResponse(const HttpResponse&) override { return Start(); }
};

class LedgerProvider : public Provider {
 public:
  LedgerProvider(std::string account, LedgerShape shape, NumberRange numbers)
      : account_(std::move(account)),
        capabilities_(MakeCapabilities(shape)),
        numbers_(std::move(numbers)) {}

  const v1::Capabilities& capabilities() const override { return capabilities_; }

  std::unique_ptr<Exchange<RegistrationOutcome>> RegisterCard(
      RegisterCardCall call) const override {
    return std::make_unique<RegistrationExchange>(std::move(call));
  }
  std::unique_ptr<Exchange<OperationOutcome>> Authorize(AuthorizeCall call) const override {
    return Operation(HttpRequest::Effect::kMovesMoney,
                     {"authorize",
                      {{"account", account_},
                       {"number", absl::StrCat(call.number)},
                       {"payer", call.payer_account},
                       {"amount", absl::StrCat(call.amount.amount_minor())},
                       {"minutes", absl::StrCat(absl::ToInt64Minutes(call.hold_duration))},
                       {"url", call.callback_url}}});
  }
  std::unique_ptr<Exchange<OperationOutcome>> Capture(CaptureCall call) const override {
    return Operation(HttpRequest::Effect::kMovesMoney,
                     {"capture",
                      {{"account", account_},
                       {"number", absl::StrCat(call.number)},
                       {"hold_id", call.references.at("hold_id")}}});
  }
  std::unique_ptr<Exchange<OperationOutcome>> Cancel(CancelCall call) const override {
    return Operation(HttpRequest::Effect::kRepeatable,
                     {"cancel",
                      {{"account", account_},
                       {"number", absl::StrCat(call.number)},
                       {"hold_id", call.references.at("hold_id")}}});
  }
  std::unique_ptr<Exchange<OperationOutcome>> Transfer(TransferCall call) const override {
    const LedgerMessage message = {"transfer",
                                   {{"account", account_},
                                    {"number", absl::StrCat(call.number)},
                                    {"payer", call.description},
                                    {"amount", absl::StrCat(call.amount.amount_minor())},
                                    {"url", call.callback_url},
                                    {"source", PartyText(call.source)},
                                    {"destination", PartyText(call.destination)}}};
    return std::make_unique<TransferExchange>(message);
  }
  std::unique_ptr<Exchange<OperationOutcome>> Confirm(ConfirmCall call) const override {
    const auto result = call.posted_fields.find("PaRes");
    if (result == call.posted_fields.end()) return std::make_unique<NoResultExchange>();
    return Operation(HttpRequest::Effect::kMovesMoney,
                     {"confirm",
                      {{"account", account_},
                       {"number", absl::StrCat(call.transfer_number)},
                       {"transaction_id", call.references.at("transaction_id")},
                       {"result", std::string(result->second.Reveal())}}});
  }
  std::unique_ptr<Exchange<StatusReading>> Check(CheckCall call) const override {
    return std::make_unique<CheckExchange>(account_, std::move(call));
  }

  absl::StatusOr<CallbackNotice> ReadCallback(CallbackSubject subject,
                                              const HttpRequest& request) const override {
    LedgerMessage message = Decode(request.body.Reveal());
    if (message.verb != "notice") return absl::UnauthenticatedError("not signed");
    CallbackNotice notice;
    notice.success = message.fields["status"] == "0";
    if (subject == CallbackSubject::kPayment) {
      ReadReferences(message, notice.references);
    } else {
      notice.evidence = CallbackNotice::Evidence::kProof;
      notice.card_token = Secret(message.fields["card_token"]);
    }
    return notice;
  }
  absl::StatusOr<std::string> RedactCallback(absl::string_view /*body*/) const override {
    return std::string("[redacted]");
  }
  NumberRange numbers() const override { return numbers_; }
  HttpResponse AcknowledgeCallback() const override { return {kHttpOk, {}, Secret("ok")}; }

 private:
  static std::unique_ptr<Exchange<OperationOutcome>> Operation(HttpRequest::Effect effect,
                                                               const LedgerMessage& message) {
    return std::make_unique<OperationExchange>(MakeRequest(effect, message));
  }

  static std::string PartyText(const TransferParty& party) {
    return std::string(party.card.has_value() ? party.card->number.Reveal()
                                              : party.card_token.Reveal());
  }

  const std::string account_;
  const v1::Capabilities capabilities_;
  const NumberRange numbers_;
};

}  // namespace

std::string Encode(const LedgerMessage& message) {
  std::string text = message.verb;
  for (const auto& [key, value] : message.fields) absl::StrAppend(&text, "\n", key, "=", value);
  return text;
}

LedgerMessage Decode(absl::string_view text) {
  LedgerMessage message;
  bool first = true;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (std::exchange(first, false)) {
      message.verb = std::string(line);
      continue;
    }
    std::pair<std::string, std::string> field = absl::StrSplit(line, absl::MaxSplits('=', 1));
    message.fields.insert(std::move(field));
  }
  return message;
}

std::unique_ptr<Provider> MakeLedgerProvider(std::string account, LedgerShape shape,
                                             NumberRange numbers) {
  return std::make_unique<LedgerProvider>(std::move(account), shape, std::move(numbers));
}

}  // namespace payments::simulation
