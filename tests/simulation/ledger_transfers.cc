#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/simulation/canaries.h"
#include "tests/simulation/ledger_world.h"

// The provider's transfers: asked for, confirmed after the payer has acted, asked about.
namespace payments::simulation {
namespace {

// The status query tells a change so late at most. Together with kLateMax less than the
// quiet period after which a negative answer is believed.
constexpr absl::Duration kStatusLagMax = absl::Seconds(20);
// The bank waits for a payer so long at most, where it does not wait for ever.
constexpr absl::Duration kPayerPatienceMax = absl::Minutes(25);
constexpr absl::Duration kReturnedAfterMax = absl::Minutes(3);
constexpr absl::Duration kUndeadAfterMax = absl::Minutes(3);

std::string Token(const std::string& key, absl::string_view end) {
  return absl::StrCat(kCardTokenCanary, key, "-", end);
}

// It ended without money: a confirmation that still comes is declined.
bool IsOver(LedgerWorld::TransferState state) {
  return state == LedgerWorld::TransferState::kDeclined ||
         state == LedgerWorld::TransferState::kWithdrawn;
}

// What is told of a transfer that was done.
LedgerMessage Done(const char* verb, const std::string& key,
                   const LedgerWorld::Transfer& transfer) {
  LedgerMessage message = {verb, {{"transaction_id", absl::StrCat("tx-", key)}}};
  message.fields["amount"] = absl::StrCat(transfer.stated_minor);
  // Whether or not it was asked to keep them: the server has to know what it asked for.
  message.fields["source_token"] = Token(key, "source");
  message.fields["destination_token"] = Token(key, "destination");
  return message;
}

}  // namespace

const LedgerWorld::Transfer* LedgerWorld::TransferOf(const std::string& key) const {
  const auto it = transfers_.find(key);
  return it == transfers_.end() ? nullptr : &it->second;
}

bool LedgerWorld::MayStillMove(const std::string& transfer_key) const {
  if (IsOnItsWay(transfer_key)) return true;
  const Transfer* transfer = TransferOf(transfer_key);
  if (transfer == nullptr) return false;
  if (transfer->state == TransferState::kInProcess) return true;
  return IsOnItsWay(ConfirmKey(transfer_key)) && !IsOver(transfer->state);
}

void LedgerWorld::Enter(const std::string& key, TransferState state) {
  Transfer& transfer = transfers_.at(key);
  if (executor_->Monotonic() >= transfer.lags_until) transfer.told_before = transfer.state;
  transfer.state = state;
  if (!Chance(faults_.status_lagging)) return;
  transfer.lags_until = executor_->Monotonic() + DrawDelay(kStatusLagMax);
}

std::string LedgerWorld::StartTransfer(const LedgerMessage& message) {
  const std::string key = OperationKey(Field(message, "account"), Field(message, "number"));
  Transfer& transfer = transfers_[key];
  transfer.payer = absl::StrCat(Field(message, "account"), " ", Field(message, "payer"));
  transfer.url = Field(message, "url");
  (void)absl::SimpleAtoi(Field(message, "amount"), &transfer.amount_minor);
  transfer.stated_minor = transfer.amount_minor + (Chance(faults_.wrong_amount) ? 1 : 0);
  ++authorizations_[transfer.payer];
  if (Chance(faults_.status_lagging)) {
    transfer.lags_until = executor_->Monotonic() + DrawDelay(kStatusLagMax);
  }
  if (Chance(faults_.declined)) {
    transfer.state = TransferState::kDeclined;
    MayRiseAgain(key);
    return "declined";
  }
  if (!Chance(faults_.challenge)) return Chance(faults_.in_process) ? MoveLater(key) : Move(key);
  transfer.state = TransferState::kWaits;
  if (Chance(faults_.payer_late)) {
    const absl::Duration patience =
        absl::Seconds(1 + executor_->Random(absl::ToInt64Seconds(kPayerPatienceMax)));
    const TransferState end =
        executor_->Random(2) == 0 ? TransferState::kDeclined : TransferState::kWithdrawn;
    Later(patience, [this, key, end] { GiveUp(key, end); });
  }
  return Encode({"action_required", {{"transaction_id", absl::StrCat("tx-", key)}}});
}

// A wrong code is a refusal; what is not waited for any more is, too.
std::string LedgerWorld::Confirm(const LedgerMessage& message) {
  const std::string key = OperationKey(Field(message, "account"), Field(message, "number"));
  const auto it = transfers_.find(key);
  if (it == transfers_.end()) return "declined";
  Transfer& transfer = it->second;
  ++transfer.confirms;
  if (IsOver(transfer.state)) return "declined";
  const bool accepted = absl::StartsWith(Field(message, "result"), kAccepted);
  if (transfer.state == TransferState::kWaits && (!accepted || Chance(faults_.declined))) {
    EndTransfer(key, TransferState::kDeclined);
    return "declined";
  }
  return Chance(faults_.in_process) ? MoveLater(key) : Move(key);
}

std::string LedgerWorld::Move(const std::string& key) {
  Enter(key, TransferState::kDone);
  Transfer& transfer = transfers_.at(key);
  ++transfer.moves;
  NotifyOfTransfer(key, true);
  if (Chance(faults_.returned)) {
    Later(absl::Seconds(1 + executor_->Random(absl::ToInt64Seconds(kReturnedAfterMax))),
          [this, key] { Return(key); });
  }
  return Encode(Done("ok", key, transfer));
}

std::string LedgerWorld::MoveLater(const std::string& key) {
  Enter(key, TransferState::kInProcess);
  const bool done = !Chance(faults_.declined);
  Later(absl::Seconds(1 + executor_->Random(absl::ToInt64Seconds(kLateMax))),
        [this, key, done] { ResolveTransfer(key, done); });
  return Encode({"in_process", {{"transaction_id", absl::StrCat("tx-", key)}}});
}

void LedgerWorld::ResolveTransfer(const std::string& key, bool done) {
  story_->Tell("ledger: transfer ", key, " ", done ? "is done" : "is declined");
  if (done) return (void)Move(key);
  EndTransfer(key, TransferState::kDeclined);
}

// Without money.
void LedgerWorld::EndTransfer(const std::string& key, TransferState end) {
  Enter(key, end);
  NotifyOfTransfer(key, false);
  MayRiseAgain(key);
}

void LedgerWorld::MayRiseAgain(const std::string& key) {
  if (!Chance(faults_.undead)) return;
  Later(absl::Seconds(1 + executor_->Random(absl::ToInt64Seconds(kUndeadAfterMax))),
        [this, key] { RiseAgainAsTransfer(key); });
}

void LedgerWorld::RiseAgainAsTransfer(const std::string& key) {
  story_->Tell("ledger: transfer ", key, " was over, and is done all the same");
  transfers_.at(key).undead = true;
  (void)Move(key);
}

void LedgerWorld::GiveUp(const std::string& key, TransferState end) {
  if (transfers_.at(key).state != TransferState::kWaits) return;
  story_->Tell("ledger: transfer ", key, " waits for its payer no more");
  EndTransfer(key, end);
}

void LedgerWorld::Return(const std::string& key) {
  story_->Tell("ledger: transfer ", key, " is given back");
  Enter(key, TransferState::kReturned);
  NotifyOfTransfer(key, false);
}

std::string LedgerWorld::CheckTransfer(const std::string& key) const {
  const Transfer* transfer = TransferOf(key);
  if (transfer == nullptr) return "not_known";
  const bool lags = executor_->Monotonic() < transfer->lags_until;
  if (lags && !transfer->told_before.has_value()) return "not_known";
  switch (lags ? *transfer->told_before : transfer->state) {
    case TransferState::kInProcess:
      return "in_process";
    case TransferState::kWaits:
      return "waits";
    case TransferState::kDone:
      return Encode(Done("done", key, *transfer));
    case TransferState::kDeclined:
      return "declined";
    case TransferState::kWithdrawn:
      return "withdrawn";
    case TransferState::kReturned:
      return "returned";
  }
  return "not_known";
}

void LedgerWorld::NotifyOfTransfer(const std::string& key, bool success) {
  const bool told = Chance(faults_.callback_forged) ? !success : success;
  Deliver(transfers_.at(key).url,
          {"notice", {{"transaction_id", absl::StrCat("tx-", key)}, {"status", told ? "0" : "1"}}});
}

}  // namespace payments::simulation
