#include "server/engine/engine_core.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace payments {

void EngineCore::CreatePayment(PaymentWrite write, storage::v1::RequestFingerprint fingerprint,
                               Done<Claim<StoredPayment>> done) {
  SetNumbers(write);
  auto translate = [this, account = write.record.payment().account(),
                    done = std::move(done)](absl::StatusOr<Claim<StoredPayment>> claim) mutable {
    if (!claim.ok()) return std::move(done)(Translated(account, claim.status()));
    if (claim->created) TellOfNewRound(claim->stored.record);
    std::move(done)(std::move(claim));
  };
  deps.store->CreatePayment(std::move(write), std::move(fingerprint), std::move(translate));
}

void EngineCore::CommitPayment(PaymentWrite write, Done<StoredPayment> done) {
  const bool draws = SetNumbers(write);
  auto translate = [this, draws, account = write.record.payment().account(),
                    done = std::move(done)](absl::StatusOr<StoredPayment> stored) mutable {
    if (!stored.ok()) return std::move(done)(Translated(account, stored.status()));
    if (draws) TellOfNewRound(stored->record);
    std::move(done)(std::move(stored));
  };
  deps.store->CommitPayment(std::move(write), std::move(translate));
}

bool EngineCore::SetNumbers(PaymentWrite& write) const {
  write.numbers = NumbersOf(write.record);
  if (!write.numbers.has_value()) return false;
  bool draws = false;
  for (storage::v1::OperationRecord& operation : *write.record.mutable_operations()) {
    if (operation.number() != 0) continue;
    operation.set_number_sequence(write.numbers->sequence);
    draws = true;
  }
  return draws;
}

void EngineCore::TellOfNewRound(const storage::v1::PaymentRecord& record) const {
  const std::optional<NumberRange> range = NumbersOf(record);
  if (!range.has_value() || range->at_end != NumberRange::AtEnd::kStartAgain) return;
  if (record.operations().rbegin()->number() != range->first) return;
  deps.observer->OnTrouble("numbers_start_again", record.payment().name(),
                           absl::StrCat(record.payment().account(), ": from ", range->first));
}

std::optional<NumberRange> EngineCore::NumbersOf(const storage::v1::PaymentRecord& record) const {
  const Account* account = FindAccount(record.tenant(), record.payment().account());
  if (account == nullptr) return std::nullopt;
  return account->provider->numbers();
}

absl::Status EngineCore::Translated(const std::string& account, const absl::Status& status) {
  if (!absl::IsOutOfRange(status)) return status;
  deps.observer->OnTrouble("numbers_used_up", account, status.message());
  return MakeError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_NUMBERS_USED_UP,
                   absl::StrCat(account, ": ", status.message()),
                   {{"account", account}, {"provider_called", "false"}, {"safe_to_retry", "true"}});
}

void TellUnlisted(EngineCore* core, absl::string_view resource, const ProviderAnswer& answer) {
  if (!answer.unlisted) return;
  core->deps.observer->OnTrouble("provider_answer_unlisted", resource,
                                 absl::StrCat(answer.code, " ", answer.message));
}

// Not "safe to retry": nobody has looked whether the request_id began something before.
absl::Status DrainingError() {
  return ShuttingDown("the server is shutting down; nothing was begun",
                      {{"provider_called", "false"}, {"safe_to_retry", "false"}});
}

absl::Status StoreError(const absl::Status& status) {
  if (ReasonOf(status) != v1::ERROR_REASON_UNSPECIFIED) return status;
  return WithMetadata(StoreErrorAfterSending(status), {{"provider_called", "false"}});
}

absl::Status StoreErrorAfterSending(const absl::Status& status) {
  if (ReasonOf(status) != v1::ERROR_REASON_UNSPECIFIED) return status;
  const ErrorMetadata metadata = {{"safe_to_retry", "false"}};
  if (absl::IsDataLoss(status)) {
    return MakeError(absl::StatusCode::kDataLoss, v1::ERROR_REASON_STORE_DAMAGED,
                     "the database is damaged and must be restored", metadata);
  }
  return WithRetryDelay(
      MakeError(absl::StatusCode::kUnavailable, v1::ERROR_REASON_STORE_UNAVAILABLE,
                "storage is not available; repeat with the same request_id", metadata),
      kStoreRetryDelay);
}

}  // namespace payments
