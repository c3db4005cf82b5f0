#include "tests/conformance/provider/operations.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace payments {
namespace {

using Verdict = OperationOutcome::Verdict;
using Registration = RegistrationOutcome::Verdict;

template <typename Values, typename Value>
bool Has(const Values& values, Value value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

template <typename Outcome>
class TalkOf final : public Talk {
 public:
  explicit TalkOf(std::unique_ptr<Exchange<Outcome>> exchange) : exchange_(std::move(exchange)) {}

  absl::StatusOr<Step> Start() override { return Widen(exchange_->Start()); }
  absl::StatusOr<Step> OnResponse(const HttpResponse& response) override {
    return Widen(exchange_->OnResponse(response));
  }

 private:
  static absl::StatusOr<Step> Widen(absl::StatusOr<typename Exchange<Outcome>::Step> step) {
    if (!step.ok()) return step.status();
    if (auto* request = std::get_if<HttpRequest>(&*step)) return Step(std::move(*request));
    return Step(AnyOutcome(std::get<Outcome>(*std::move(step))));
  }

  const std::unique_ptr<Exchange<Outcome>> exchange_;
};

template <typename Outcome>
std::unique_ptr<Talk> Wrap(std::unique_ptr<Exchange<Outcome>> exchange) {
  return std::make_unique<TalkOf<Outcome>>(std::move(exchange));
}

// Begins the exchange that a call is for.
struct Beginner {
  const Provider& provider;

  std::unique_ptr<Talk> operator()(const RegisterCardCall& call) const {
    return Wrap(provider.RegisterCard(call));
  }
  std::unique_ptr<Talk> operator()(const AuthorizeCall& call) const {
    return Wrap(provider.Authorize(call));
  }
  std::unique_ptr<Talk> operator()(const CaptureCall& call) const {
    return Wrap(provider.Capture(call));
  }
  std::unique_ptr<Talk> operator()(const CancelCall& call) const {
    return Wrap(provider.Cancel(call));
  }
  std::unique_ptr<Talk> operator()(const TransferCall& call) const {
    return Wrap(provider.Transfer(call));
  }
  std::unique_ptr<Talk> operator()(const ConfirmCall& call) const {
    return Wrap(provider.Confirm(call));
  }
  std::unique_ptr<Talk> operator()(const CheckCall& call) const {
    return Wrap(provider.Check(call));
  }
};

bool Claims(const StatusReading& reading) {
  const bool hold =
      reading.hold == StatusReading::Hold::kHeld || reading.hold == StatusReading::Hold::kClosed;
  const bool capture = reading.capture == StatusReading::Capture::kCaptured ||
                       reading.capture == StatusReading::Capture::kNotKnown;
  const bool transfer = reading.transfer != StatusReading::Transfer::kNotAsked &&
                        reading.transfer != StatusReading::Transfer::kNoEvidence &&
                        reading.transfer != StatusReading::Transfer::kInProcess;
  return hold || capture || transfer;
}

std::string CardText(const std::optional<SavedCard>& card) {
  return card.has_value() ? card->masked_number : "";
}

}  // namespace

std::vector<Operation> AllOperations() {
  return {Operation::kRegisterCard, Operation::kAuthorize,    Operation::kCapture,
          Operation::kCancel,       Operation::kTransfer,     Operation::kConfirm,
          Operation::kCheckHold,    Operation::kCheckCapture, Operation::kCheckTransfer};
}

std::string NameOf(Operation operation) {
  switch (operation) {
    case Operation::kRegisterCard:
      return "RegisterCard";
    case Operation::kAuthorize:
      return "Authorize";
    case Operation::kCapture:
      return "Capture";
    case Operation::kCancel:
      return "Cancel";
    case Operation::kTransfer:
      return "Transfer";
    case Operation::kConfirm:
      return "Confirm";
    case Operation::kCheckHold:
      return "CheckHold";
    case Operation::kCheckCapture:
      return "CheckCapture";
    case Operation::kCheckTransfer:
      return "CheckTransfer";
  }
  return "";
}

bool MovesMoney(Operation operation) {
  return operation == Operation::kAuthorize || operation == Operation::kCapture ||
         operation == Operation::kTransfer || operation == Operation::kConfirm;
}

bool IsCheck(Operation operation) {
  return operation == Operation::kCheckHold || operation == Operation::kCheckCapture ||
         operation == Operation::kCheckTransfer;
}

bool TakesFrom(const v1::Capabilities& can, v1::SourceKind kind) {
  return Has(can.source_kinds(), kind);
}
bool PaysTo(const v1::Capabilities& can, v1::DestinationKind kind) {
  return Has(can.destination_kinds(), kind);
}
bool Captures(const v1::Capabilities& can, v1::CaptureMode mode) {
  return Has(can.capture_modes(), mode);
}
bool Asks(const v1::Capabilities& can, v1::PayerActionKind kind) {
  return Has(can.payer_actions(), kind);
}

bool Declares(const v1::Capabilities& can, Operation operation) {
  const bool holds = PaysTo(can, v1::DESTINATION_KIND_MERCHANT);
  const bool transfers =
      PaysTo(can, v1::DESTINATION_KIND_CARD_DATA) || PaysTo(can, v1::DESTINATION_KIND_SAVED_CARD);
  switch (operation) {
    case Operation::kRegisterCard:
      return can.card_registration();
    case Operation::kAuthorize:
    case Operation::kCapture:
    case Operation::kCancel:
      return holds;
    case Operation::kTransfer:
      return transfers;
    case Operation::kConfirm:
      return transfers && Asks(can, v1::PAYER_ACTION_KIND_FORM_POST_AT_PAYMENT);
    case Operation::kCheckHold:
    case Operation::kCheckCapture:
      return holds && can.status_query();
    case Operation::kCheckTransfer:
      return transfers && can.status_query();
  }
  return false;
}

const ProviderAnswer& AnswerOf(const AnyOutcome& outcome) {
  if (const auto* registration = std::get_if<RegistrationOutcome>(&outcome)) {
    return registration->answer;
  }
  if (const auto* operation = std::get_if<OperationOutcome>(&outcome)) return operation->answer;
  return std::get<StatusReading>(outcome).answer;
}

std::optional<v1::Money> AmountOf(const AnyOutcome& outcome) {
  if (const auto* operation = std::get_if<OperationOutcome>(&outcome)) return operation->amount;
  if (const auto* reading = std::get_if<StatusReading>(&outcome)) return reading->amount;
  return std::nullopt;
}

bool ClaimsAnything(const AnyOutcome& outcome) {
  if (const auto* registration = std::get_if<RegistrationOutcome>(&outcome)) {
    return registration->verdict != Registration::kUnknown || !registration->card_token.empty();
  }
  if (const auto* operation = std::get_if<OperationOutcome>(&outcome)) {
    return operation->verdict == Verdict::kSucceeded || operation->verdict == Verdict::kDeclined ||
           operation->verdict == Verdict::kActionRequired;
  }
  return Claims(std::get<StatusReading>(outcome));
}

bool IsDone(Operation operation, const AnyOutcome& outcome) {
  if (const auto* registration = std::get_if<RegistrationOutcome>(&outcome)) {
    return registration->verdict == Registration::kActive ||
           registration->verdict == Registration::kConfirmationRequired;
  }
  if (const auto* moved = std::get_if<OperationOutcome>(&outcome)) {
    return moved->verdict == Verdict::kSucceeded;
  }
  const auto& reading = std::get<StatusReading>(outcome);
  if (operation == Operation::kCheckHold) return reading.hold == StatusReading::Hold::kHeld;
  if (operation == Operation::kCheckCapture) {
    return reading.capture == StatusReading::Capture::kCaptured;
  }
  return reading.transfer == StatusReading::Transfer::kSucceeded;
}

bool IsDeclined(const AnyOutcome& outcome) {
  if (const auto* registration = std::get_if<RegistrationOutcome>(&outcome)) {
    return registration->verdict == Registration::kDeclined;
  }
  const auto* operation = std::get_if<OperationOutcome>(&outcome);
  return operation != nullptr && operation->verdict == Verdict::kDeclined;
}

std::string TextOf(const AnyOutcome& outcome) {
  const ProviderAnswer& answer = AnswerOf(outcome);
  std::string text = absl::StrCat(answer.code, "\n", answer.message, "\n");
  if (const auto* registration = std::get_if<RegistrationOutcome>(&outcome)) {
    return absl::StrCat(text, registration->masked_number, "\n",
                        registration->next_action.ShortDebugString());
  }
  if (const auto* operation = std::get_if<OperationOutcome>(&outcome)) {
    return absl::StrCat(text, absl::StrJoin(operation->references, "\n", absl::PairFormatter("=")),
                        "\n", operation->next_action.ShortDebugString(), "\n",
                        CardText(operation->saved_source), "\n",
                        CardText(operation->saved_destination));
  }
  const auto& reading = std::get<StatusReading>(outcome);
  return absl::StrCat(text, absl::StrJoin(reading.references, "\n", absl::PairFormatter("=")), "\n",
                      CardText(reading.saved_source), "\n", CardText(reading.saved_destination));
}

std::unique_ptr<Talk> Begin(const Provider& provider, const AnyCall& call) {
  return std::visit(Beginner{provider}, call);
}

}  // namespace payments
