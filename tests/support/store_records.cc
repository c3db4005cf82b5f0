#include "tests/support/store_records.h"

#include "absl/strings/str_cat.h"
#include "server/engine/proto_time.h"

namespace payments {

absl::Time TestTime(double seconds) {
  constexpr int64_t kStartUnixSeconds = 1'767'225'600;  // 2026-01-01.
  return absl::FromUnixSeconds(kStartUnixSeconds) + absl::Seconds(seconds);
}

PaymentWrite NewPayment(const std::string& tenant, const std::string& id, absl::Time create_time) {
  PaymentWrite write;
  write.record.set_tenant(tenant);
  write.record.set_principal("tester");
  write.record.set_sealed_card_token("sealed");
  write.record.add_operations();
  v1::Payment* payment = write.record.mutable_payment();
  payment->set_name(absl::StrCat("payments/", id));
  payment->set_account(kTestAccount);
  payment->set_provider("upay");
  payment->set_request_id(absl::StrCat("request-of-", id));
  payment->mutable_source()->set_card("cards/1");
  payment->mutable_destination()->mutable_merchant()->set_payer_account("12345");
  payment->mutable_amount()->set_currency_code("UZS");
  payment->mutable_amount()->set_amount_minor(150000);
  payment->set_capture_mode(v1::CAPTURE_MODE_MANUAL);
  payment->set_state(v1::PAYMENT_STATE_PROCESSING);
  v1::Operation* operation = payment->add_operations();
  operation->set_kind(v1::OPERATION_KIND_AUTHORIZE);
  operation->set_dispatch(v1::OPERATION_DISPATCH_SENT);
  operation->set_result(v1::OPERATION_RESULT_PENDING);
  *operation->mutable_start_time() = ToTimestamp(create_time);
  *payment->mutable_create_time() = ToTimestamp(create_time);
  *payment->mutable_update_time() = ToTimestamp(create_time);
  write.cause.set_kind(v1::CAUSE_KIND_RPC);
  write.cause.set_id(payment->request_id());
  write.cause.set_principal("tester");
  return write;
}

PaymentWrite ChangedPayment(const StoredPayment& stored, v1::PaymentState state) {
  PaymentWrite write;
  write.record = stored.record;
  write.schedule = stored.schedule;
  v1::Payment* payment = write.record.mutable_payment();
  payment->set_state(state);
  *payment->mutable_update_time() = ToTimestamp(ToTime(payment->update_time()) + absl::Seconds(1));
  write.cause.set_kind(v1::CAUSE_KIND_CHECK);
  return write;
}

void AddOperation(v1::OperationKind kind, PaymentWrite* write) {
  write->record.add_operations();
  v1::Operation* operation = write->record.mutable_payment()->add_operations();
  operation->set_kind(kind);
  operation->set_dispatch(v1::OPERATION_DISPATCH_SENT);
  operation->set_result(v1::OPERATION_RESULT_PENDING);
}

CardWrite NewCard(const std::string& tenant, const std::string& id, absl::Time create_time) {
  CardWrite write;
  write.record.set_tenant(tenant);
  v1::Card* card = write.record.mutable_card();
  card->set_name(absl::StrCat("cards/", id));
  card->set_account(kTestAccount);
  card->set_provider("upay");
  card->set_request_id(absl::StrCat("request-of-", id));
  card->set_state(v1::CARD_STATE_PENDING_CONFIRMATION);
  *card->mutable_create_time() = ToTimestamp(create_time);
  *card->mutable_update_time() = ToTimestamp(create_time);
  write.cause.set_kind(v1::CAUSE_KIND_RPC);
  return write;
}

CardWrite ChangedCard(const StoredCard& stored, v1::CardState state) {
  CardWrite write;
  write.record = stored.record;
  v1::Card* card = write.record.mutable_card();
  card->set_state(state);
  *card->mutable_update_time() = ToTimestamp(ToTime(card->update_time()) + absl::Seconds(1));
  write.cause.set_kind(v1::CAUSE_KIND_CALLBACK);
  return write;
}

storage::v1::RequestFingerprint TestFingerprint(const std::string& digest) {
  storage::v1::RequestFingerprint fingerprint;
  fingerprint.set_key_id("key-1");
  (*fingerprint.mutable_fields())["amount"] = digest;
  return fingerprint;
}

storage::v1::CheckSchedule DueAt(absl::Time due_time, int checks_done) {
  storage::v1::CheckSchedule schedule;
  *schedule.mutable_due_time() = ToTimestamp(due_time);
  schedule.set_checks_done(checks_done);
  return schedule;
}

}  // namespace payments
