#include "server/engine/new_payment.h"

#include <utility>

#include "server/engine/apply_evidence.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

void SetHold(const v1::CreatePaymentRequest& request, const Account& account, absl::Time now,
             storage::v1::PaymentRecord& record) {
  const absl::Duration hold = request.has_hold_duration() ? ToDuration(request.hold_duration())
                                                          : account.hold_duration_default;
  *record.mutable_hold_start_time() = ToTimestamp(now);
  *record.mutable_payment()->mutable_hold_duration() = ToDurationProto(hold);
  *record.mutable_payment()->mutable_expire_time() = ToTimestamp(now + hold);
}

}  // namespace

bool IsTransfer(const v1::CreatePaymentRequest& request) {
  return !request.destination().has_merchant();
}

storage::v1::PaymentRecord NewPaymentRecord(const Caller& caller,
                                            const v1::CreatePaymentRequest& request,
                                            const Account& account, const EnginePolicy& policy,
                                            absl::Time now) {
  storage::v1::PaymentRecord record;
  record.set_tenant(caller.tenant);
  record.set_payer_language(request.payer().language());
  record.set_principal(caller.principal);
  record.set_return_url(request.return_url());
  record.set_failure_return_url(request.failure_return_url());
  record.set_save_source(request.save_source());
  record.set_save_destination(request.save_destination());
  v1::Payment& payment = *record.mutable_payment();
  payment.set_account(account.name);
  payment.set_provider(account.provider_name);
  *payment.mutable_source() = request.source();
  *payment.mutable_destination() = request.destination();
  *payment.mutable_amount() = request.amount();
  payment.set_capture_mode(request.capture_mode());
  payment.set_state(v1::PAYMENT_STATE_PROCESSING);
  payment.set_merchant_reference(request.merchant_reference());
  payment.set_description(request.description());
  *payment.mutable_metadata() = request.metadata();
  *payment.mutable_provider_options() = request.provider_options();
  payment.set_merchant_customer_id(request.merchant_customer_id());
  payment.set_request_id(request.request_id());
  *payment.mutable_create_time() = ToTimestamp(now);
  *payment.mutable_update_time() = ToTimestamp(now);
  const bool transfer = IsTransfer(request);
  if (!transfer) SetHold(request, account, now, record);
  AppendOperation(record, transfer ? v1::OPERATION_KIND_TRANSFER : v1::OPERATION_KIND_AUTHORIZE,
                  policy, now);
  return record;
}

TransferCall NewTransferCall(const v1::CreatePaymentRequest& request, PaymentCards cards,
                             Secret source_token, Secret destination_token) {
  TransferCall call;
  call.source.card = std::move(cards.source);
  call.source.card_token = std::move(source_token);
  call.source.save = request.save_source();
  if (cards.destination_number.has_value()) {
    call.destination.card.emplace().number = *std::move(cards.destination_number);
  }
  call.destination.card_token = std::move(destination_token);
  call.destination.save = request.save_destination();
  call.amount = request.amount();
  call.description = request.description();
  call.merchant_customer_id = request.merchant_customer_id();
  if (request.has_receiver()) {
    call.receiver = {request.receiver().first_name(), request.receiver().last_name(),
                     request.receiver().country_code()};
  }
  call.payer = {request.payer().ip_address(), request.payer().email(), request.payer().address(),
                request.payer().language()};
  call.return_url = request.return_url();
  call.failure_return_url = request.failure_return_url();
  call.challenge_url = request.challenge_return_url();
  return call;
}

}  // namespace payments
