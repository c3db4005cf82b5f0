#include "tests/conformance/provider/provider_conformance.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace payments {
namespace {

constexpr int kHttpUnavailable = 503;
constexpr int64_t kAmountMinor = 1'000'00;
constexpr int kExpiryYear = 2098;
constexpr int kExpiryMonth = 12;

std::vector<OperationParam> AllParams() {
  std::vector<OperationParam> params;
  for (const ProviderRow& row : AllProviderRows()) {
    for (const Operation operation : AllOperations()) params.push_back({row, operation});
  }
  return params;
}

}  // namespace

ProviderConformance::ProviderConformance(const ProviderRow& row)
    : case_(row.make(&sandbox_)), plugin_(PluginNamed(row.name)), amount_minor_(kAmountMinor) {
  const AccountSettings account = case_->Account();
  auto provider = plugin_.create(account);
  EXPECT_TRUE(provider.ok()) << provider.status();
  provider_ = *std::move(provider);
  secrets_ = {kSourcePan, kDestinationPan, kCvc};
  for (const auto& [name, secret] : account.secrets) AddSecret(secret);
}

void ProviderConformance::AddSecret(const Secret& secret) {
  if (!secret.empty()) secrets_.emplace_back(secret.Reveal());
}

v1::Money ProviderConformance::Amount() const {
  v1::Money amount;
  amount.set_currency_code(can().currencies(0).currency_code());
  amount.set_amount_minor(amount_minor_);
  return amount;
}

CardSecrets ProviderConformance::PrintedCard() const {
  CardSecrets card;
  card.number = Secret(kSourcePan);
  card.expiry_month = kExpiryMonth;
  card.expiry_year = kExpiryYear;
  card.cvc = Secret(kCvc);
  card.holder_name = "SERGEY FROLOV";
  return card;
}

RegisterCardCall ProviderConformance::Registration() const {
  RegisterCardCall call;
  call.card = PrintedCard();
  call.phone = "998911902494";
  if (can().languages_size() > 0) call.language = can().languages(0);
  call.callback_url = kCallbackUrl;
  return call;
}

AuthorizeCall ProviderConformance::Authorization(int64_t number, Secret card_token) const {
  AuthorizeCall call;
  call.number = number;
  call.card_token = std::move(card_token);
  call.amount = Amount();
  call.hold_duration = absl::Minutes(60);
  call.payer_account = "login-1";
  call.callback_url = kCallbackUrl;
  return call;
}

TransferCall ProviderConformance::Transfer(int64_t number) const {
  TransferCall call;
  call.number = number;
  call.source.card = PrintedCard();
  call.destination.card.emplace().number = Secret(kDestinationPan);
  call.source.save = call.destination.save = can().saves_cards();
  call.amount = Amount();
  call.merchant_customer_id = "customer-1";
  call.return_url = "https://shop.example/ok?a=1&b=2";
  call.challenge_url = "https://pay.example/actions/t0ken/result";
  call.callback_url = kCallbackUrl;
  return call;
}

Secret ProviderConformance::SavedCard() {
  if (can().card_registration()) {
    const auto registered = Ended<RegistrationOutcome>(Registration());
    if (registered.verdict == RegistrationOutcome::Verdict::kConfirmationRequired) {
      case_->ConfirmRegistration(registered);
    }
    AddSecret(registered.card_token);
    return registered.card_token;
  }
  const auto moved = Ended<OperationOutcome>(Transfer(NextNumber()));
  EXPECT_TRUE(moved.saved_source.has_value());
  if (!moved.saved_source.has_value()) return Secret();
  AddSecret(moved.saved_source->card_token);
  return moved.saved_source->card_token;
}

AnyCall ProviderConformance::MakeCall(Operation operation) {
  switch (operation) {
    case Operation::kRegisterCard:
      return Registration();
    case Operation::kAuthorize: {
      Secret card = SavedCard();
      return Authorization(NextNumber(), std::move(card));
    }
    case Operation::kCapture:
      return MakeCapture();
    case Operation::kCancel:
      return MakeCancel();
    case Operation::kTransfer:
      return Transfer(NextNumber());
    case Operation::kConfirm:
      return MakeConfirm();
    default:
      return MakeCheck(operation);
  }
}

CancelCall ProviderConformance::MakeCancel() {
  CancelCall call;
  call.references = Ended<OperationOutcome>(MakeCall(Operation::kAuthorize)).references;
  call.number = NextNumber();
  return call;
}

AnyCall ProviderConformance::MakeCapture() {
  CaptureCall call;
  call.references = Ended<OperationOutcome>(MakeCall(Operation::kAuthorize)).references;
  call.number = NextNumber();
  call.amount = Amount();
  return call;
}

AnyCall ProviderConformance::MakeConfirm() {
  Plan(Operation::kTransfer, sandbox::v1::FAULT_KIND_THREE_D_SECURE);
  ConfirmCall call;
  call.transfer_number = NextNumber();
  const auto asked = Ended<OperationOutcome>(Transfer(call.transfer_number));
  EXPECT_EQ(asked.verdict, OperationOutcome::Verdict::kActionRequired);
  call.references = asked.references;
  call.amount = Amount();
  const auto& fields = asked.next_action.form_post().fields();
  call.action_fields = {fields.begin(), fields.end()};
  call.posted_fields = case_->ConfirmTransfer(call.transfer_number, asked.next_action);
  for (const auto& [name, value] : call.posted_fields) {
    if (!call.action_fields.contains(name)) AddSecret(value);
  }
  return call;
}

AnyCall ProviderConformance::MakeCheck(Operation operation) {
  CheckCall check;
  check.amount = Amount();
  if (operation == Operation::kCheckHold) {
    check.references = Ended<OperationOutcome>(MakeCall(Operation::kAuthorize)).references;
  } else if (operation == Operation::kCheckCapture) {
    const auto capture = std::get<CaptureCall>(MakeCall(Operation::kCapture));
    Ended<OperationOutcome>(capture);
    check.references = capture.references;
    check.capture_numbers = {capture.number};
  } else {
    const auto transfer = std::get<TransferCall>(MakeCall(Operation::kTransfer));
    check.references = Ended<OperationOutcome>(transfer).references;
    check.transfer_number = transfer.number;
  }
  return check;
}

AnyCall ProviderConformance::SampleCall(Operation operation) const {
  const ProviderReferences references = {{"hold_id", "12a34b"}, {"transaction_id", "12a34b"}};
  const int64_t number = provider_->numbers().first;
  CheckCall check;
  check.amount = Amount();
  switch (operation) {
    case Operation::kRegisterCard:
      return Registration();
    case Operation::kAuthorize:
      return Authorization(number, Secret("card-token"));
    case Operation::kCapture:
      return CaptureCall{number, references, Amount(), ""};
    case Operation::kCancel:
      return CancelCall{number, references, ""};
    case Operation::kTransfer:
      return Transfer(number);
    case Operation::kConfirm:
      return ConfirmCall{number, references, Amount(), {{"MD", "md"}}, {{"MD", Secret("md")}}};
    case Operation::kCheckHold:
      check.references = references;
      break;
    case Operation::kCheckCapture:
      check.capture_numbers = {number};
      break;
    case Operation::kCheckTransfer:
      check.transfer_number = number;
      break;
  }
  return check;
}

Transcript ProviderConformance::Run(const AnyCall& call) {
  SandboxWire wire(&sandbox_);
  return Converse(*Begin(*provider_, call), wire, secrets_);
}

Transcript ProviderConformance::RunAltered(const AnyCall& call, const Transcript& before, size_t at,
                                           const HttpResponse& instead) {
  AlteredWire wire(&before.responses, at, instead, Response(kHttpUnavailable, "out of order"));
  return Converse(*Begin(*provider_, call), wire, secrets_);
}

void ProviderConformance::Plan(Operation operation, const sandbox::v1::Fault& fault) {
  sandbox_.Plan(case_->MethodOf(operation), fault);
}

void ProviderConformance::Plan(Operation operation, sandbox::v1::FaultKind kind) {
  sandbox::v1::Fault fault;
  fault.set_kind(kind);
  Plan(operation, fault);
}

void PrintTo(const OperationParam& param, std::ostream* out) {
  *out << param.row.name << ' ' << NameOf(param.operation);
}

std::string NameOfOperationParam(const testing::TestParamInfo<OperationParam>& info) {
  return absl::StrCat(TestNameOf(info.param.row), NameOf(info.param.operation));
}

std::string NameOfProviderRow(const testing::TestParamInfo<ProviderRow>& info) {
  return TestNameOf(info.param);
}

std::vector<OperationParam> DeclaredOperations() {
  return DeclaredWhere([](Operation) { return true; });
}

std::vector<OperationParam> UndeclaredOperations() {
  std::vector<OperationParam> params;
  for (OperationParam& param : AllParams()) {
    if (!Declares(CapabilitiesOf(param.row), param.operation)) params.push_back(std::move(param));
  }
  return params;
}

std::vector<OperationParam> DeclaredWhere(bool (*is)(Operation)) {
  std::vector<OperationParam> params;
  for (OperationParam& param : AllParams()) {
    const bool declared = Declares(CapabilitiesOf(param.row), param.operation);
    if (declared && is(param.operation)) params.push_back(std::move(param));
  }
  return params;
}

}  // namespace payments
