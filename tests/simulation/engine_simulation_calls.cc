#include <algorithm>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/engine/payment_phase.h"
#include "tests/simulation/canaries.h"
#include "tests/simulation/engine_simulation.h"

// Whoever calls the server: merchants, payers, operators, and the provider's callbacks.
namespace payments::simulation {
namespace {

constexpr char kPrincipal[] = "test";
constexpr int kHttpOk = 200;
constexpr int kHttpServiceUnavailable = 503;

CardSecrets TestCard() {
  CardSecrets card;
  card.number = Secret(kSourceNumber);
  card.expiry_month = 12;
  card.expiry_year = 2030;
  card.cvc = Secret("123");
  card.holder_name = kHolderName;
  return card;
}

// What the bank's page posts: with what came with the form.
std::map<std::string, Secret> PostedFields(const storage::v1::PaymentRecord& record,
                                           const std::string& result) {
  std::map<std::string, Secret> posted;
  for (const auto& [name, value] : record.payer_action().form_post().fields()) {
    posted.emplace(name, Secret(value));
  }
  posted.emplace("PaRes", Secret(result));
  return posted;
}

}  // namespace

// -- Calls -------------------------------------------------------------------------

Caller EngineSimulation::CallerOf(const std::string& name) const {
  return {tenants_.at(name), kPrincipal};
}

template <typename Response>
void EngineSimulation::Hear(Told told, const absl::StatusOr<Response>& response) {
  // A server that is gone tells nobody anything.
  if (dying_) return;
  told.time = executor_.Monotonic();
  told.code = response.status().code();
  if (response.ok()) told.payment = response->payment();
  record_.words.emplace(response.status().message());
  if constexpr (std::is_same_v<Response, v1::CancelPaymentResponse>) {
    told.tombstoned = response.ok() && response->tombstoned();
  }
  story_.Tell("caller: ", told.call, " ", told.request_id, " is answered ",
              absl::StatusCodeToString(told.code), " ", Story::ShortName(told.payment.name()), " ",
              told.tombstoned ? "tombstoned" : StateWord(told.payment.state()));
  record_.told.push_back(std::move(told));
}

v1::CreatePaymentRequest EngineSimulation::MakeRequest(const Order& order) const {
  const AccountName& account = kAccounts.at(order.account);
  v1::CreatePaymentRequest request;
  request.set_request_id(order.request_id);
  request.set_account(account.account);
  request.mutable_amount()->set_currency_code("UZS");
  request.mutable_amount()->set_amount_minor(order.amount_minor);
  request.set_capture_mode(order.mode);
  if (!order.transfer) {
    request.mutable_source()->set_card(account.card);
    request.mutable_destination()->mutable_merchant()->set_payer_account(order.request_id);
    return request;
  }
  if (order.from_saved_card) {
    request.mutable_source()->set_card(account.card);
  } else {
    request.mutable_source()->mutable_masked_card()->set_masked_number("400000******1112");
  }
  request.mutable_destination()->mutable_masked_card()->set_masked_number("510000******3338");
  request.set_description(order.request_id);
  request.set_merchant_customer_id("customer");
  request.set_return_url("https://merchant.test/done");
  request.set_save_source(order.save_source && !order.from_saved_card);
  request.set_save_destination(order.save_destination);
  return request;
}

void EngineSimulation::Create(const Order& order) {
  if (!is_up()) return;
  const AccountName& account = kAccounts.at(order.account);
  story_.Tell(
      "caller: CreatePayment ", order.request_id, " of ", account.tenant, "/", account.label, ", ",
      order.amount_minor, " ",
      order.transfer ? "transfer" : Word(v1::CaptureMode_Name(order.mode), "CAPTURE_MODE_"));
  PaymentCards cards;
  if (order.transfer) {
    cards.destination_number = Secret(kDestinationNumber);
    if (!order.from_saved_card) cards.source = TestCard();
  }
  Told told{{}, "CreatePayment", account.tenant, order.request_id, order.amount_minor};
  engine_->CreatePayment({account.tenant, kPrincipal}, MakeRequest(order), std::move(cards),
                         Deadline(),
                         [this, told](const absl::StatusOr<v1::CreatePaymentResponse>& response) {
                           Hear(told, response);
                         });
}

void EngineSimulation::Capture(const std::string& name) {
  if (!is_up()) return;
  story_.Tell("caller: CapturePayment ", Story::ShortName(name));
  v1::CapturePaymentRequest request;
  request.set_name(name);
  Told told{{}, "CapturePayment", tenants_.at(name)};
  engine_->CapturePayment(CallerOf(name), std::move(request), Deadline(),
                          [this, told](const absl::StatusOr<v1::CapturePaymentResponse>& response) {
                            Hear(told, response);
                          });
}

void EngineSimulation::Cancel(const std::string& name) {
  if (!is_up()) return;
  story_.Tell("caller: CancelPayment ", Story::ShortName(name));
  v1::CancelPaymentRequest request;
  request.set_name(name);
  Told told{{}, "CancelPayment", tenants_.at(name)};
  engine_->CancelPayment(CallerOf(name), std::move(request), Deadline(),
                         [this, told](const absl::StatusOr<v1::CancelPaymentResponse>& response) {
                           Hear(told, response);
                         });
}

void EngineSimulation::CancelByRequestId(const std::string& tenant, const std::string& request_id) {
  if (!is_up()) return;
  story_.Tell("caller: CancelPayment ", request_id, " of ", tenant);
  v1::CancelPaymentRequest request;
  request.set_create_request_id(request_id);
  Told told{{}, "CancelPayment", tenant, request_id};
  engine_->CancelPayment({tenant, kPrincipal}, std::move(request), Deadline(),
                         [this, told](const absl::StatusOr<v1::CancelPaymentResponse>& response) {
                           Hear(told, response);
                         });
}

void EngineSimulation::Check(const std::string& name) {
  if (!is_up()) return;
  story_.Tell("caller: CheckPayment ", Story::ShortName(name));
  v1::CheckPaymentRequest request;
  request.set_name(name);
  Told told{{}, "CheckPayment", tenants_.at(name)};
  engine_->CheckPayment(CallerOf(name), std::move(request), Deadline(),
                        [this, told](const absl::StatusOr<v1::CheckPaymentResponse>& response) {
                          Hear(told, response);
                        });
}

// -- Payers ------------------------------------------------------------------------

std::string EngineSimulation::PageToken(const std::string& name) const {
  const std::string url = Stored(name).record.payer_action().form_post().hosted_url();
  return std::string(absl::StripPrefix(url, absl::StrCat(kBaseUrl, "/actions/")));
}

void EngineSimulation::HearPage(const std::string& name,
                                const absl::StatusOr<PayerAction>& action) {
  if (dying_) return;
  record_.words.emplace(action.status().message());
  story_.Tell("payer: ", Story::ShortName(name), " ",
              absl::StatusCodeToString(action.status().code()), " ",
              action.ok() && action->form.has_value() ? "a form" : "nothing to do");
}

void EngineSimulation::OpenPage(const std::string& name) {
  if (!is_up() || PageToken(name).empty()) return;
  engine_->OpenAction(PageToken(name), [this, name](const absl::StatusOr<PayerAction>& action) {
    HearPage(name, action);
  });
}

void EngineSimulation::ReturnByPage(const std::string& name, const std::string& result) {
  if (!is_up() || PageToken(name).empty()) return;
  story_.Tell("payer: ", Story::ShortName(name), " is back on the page with ", result);
  engine_->FinishAction(
      PageToken(name), PostedFields(Stored(name).record, result),
      [this, name](const absl::StatusOr<PayerAction>& action) { HearPage(name, action); });
}

void EngineSimulation::ReturnByMerchant(const std::string& name, const std::string& result) {
  if (!is_up() || PageToken(name).empty()) return;
  story_.Tell("caller: ConfirmPayment ", Story::ShortName(name), " with ", result);
  v1::ConfirmPaymentRequest request;
  request.set_name(name);
  Told told{{}, "ConfirmPayment", tenants_.at(name)};
  engine_->ConfirmPayment(CallerOf(name), std::move(request),
                          PostedFields(Stored(name).record, result), Deadline(),
                          [this, told](const absl::StatusOr<v1::ConfirmPaymentResponse>& response) {
                            Hear(told, response);
                          });
}

// -- Operators and callbacks -----------------------------------------------------------

v1::Resolution EngineSimulation::WhatTheTransferShows(const std::string& name) {
  const std::string& key = record_.operation_keys.at(name).front();
  if (world_.MayStillMove(key)) return v1::RESOLUTION_UNSPECIFIED;
  const LedgerWorld::Transfer* transfer = world_.TransferOf(key);
  if (transfer != nullptr && transfer->moves > 0) return v1::RESOLUTION_SUCCEEDED;
  return executor_.Random(2) == 0 ? v1::RESOLUTION_DECLINED : v1::RESOLUTION_CANCELED;
}

v1::Resolution EngineSimulation::WhatTheLedgerShows(const std::string& name) {
  const StoredPayment stored = Stored(name);
  const v1::Payment& payment = stored.record.payment();
  const std::vector<std::string>& keys = record_.operation_keys.at(name);
  if (IsFinal(payment.state()) || payment.state() == v1::PAYMENT_STATE_AUTHORIZED) {
    return v1::RESOLUTION_ACKNOWLEDGED;
  }
  if (payment.operations(0).kind() == v1::OPERATION_KIND_TRANSFER) {
    return WhatTheTransferShows(name);
  }
  const bool moving = std::any_of(
      keys.begin(), keys.end(), [this](const std::string& key) { return world_.IsOnItsWay(key); });
  if (moving) return v1::RESOLUTION_UNSPECIFIED;
  const LedgerWorld::Hold* hold = world_.HoldOf(keys.front());
  if (hold != nullptr && hold->captures > 0) return v1::RESOLUTION_SUCCEEDED;
  if (!world_.IsAlive(keys.front())) {
    return executor_.Random(2) == 0 ? v1::RESOLUTION_DECLINED : v1::RESOLUTION_CANCELED;
  }
  return hold->state == LedgerWorld::HoldState::kHeld ? v1::RESOLUTION_AUTHORIZED
                                                      : v1::RESOLUTION_UNSPECIFIED;
}

void EngineSimulation::Resolve(const std::string& name) {
  if (!is_up()) return;
  v1::ResolvePaymentRequest request;
  request.set_name(name);
  request.set_resolution(WhatTheLedgerShows(name));
  if (request.resolution() == v1::RESOLUTION_UNSPECIFIED) return;
  request.set_etag(disk_->GetPayment(tenants_.at(name), name)->record.payment().etag());
  request.set_reason(absl::StrCat("reason ", record_.reasons.size() + 1));
  record_.reasons[request.reason()] = name;
  story_.Tell("operator: ResolvePayment ", Story::ShortName(name), " ",
              Word(v1::Resolution_Name(request.resolution()), "RESOLUTION_"), ", ",
              request.reason());
  Told told{{}, "ResolvePayment", tenants_.at(name)};
  engine_->ResolvePayment(CallerOf(name), std::move(request), Deadline(),
                          [this, told](const absl::StatusOr<v1::ResolvePaymentResponse>& response) {
                            Hear(told, response);
                          });
}

void EngineSimulation::DeliverCallback(const std::string& url, const std::string& body,
                                       int attempt) {
  if (!is_up()) return world_.DeliverAgain(url, body, attempt);
  const std::string token(absl::StripPrefix(url, absl::StrCat(kBaseUrl, "/callbacks/ledger/")));
  story_.Tell("callback: ", Story::ShortName(token), " ", Decode(body).fields["hold_id"],
              Decode(body).fields["transaction_id"], " status ", Decode(body).fields["status"]);
  HttpRequest request;
  request.body = Secret(body);
  engine_->HandleCallback("ledger", token, std::move(request),
                          [this, url, body, attempt](const HttpResponse& response) {
                            if (dying_) return;
                            record_.callbacks_acknowledged += response.status_code == kHttpOk;
                            if (response.status_code != kHttpServiceUnavailable) return;
                            world_.DeliverAgain(url, body, attempt);
                          });
}

}  // namespace payments::simulation
