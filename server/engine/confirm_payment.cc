#include <memory>
#include <utility>

#include "server/engine/ask_restored.h"
#include "server/engine/change_payment.h"
#include "server/engine/payer_action.h"
#include "server/engine/use_cases.h"

namespace payments {
namespace {

// How long a payer's browser waits for the provider before it goes on to the merchant.
constexpr absl::Duration kBrowserPatience = absl::Seconds(10);

// What ConfirmPayment and the bank's return have in common: one CONFIRM operation,
// whichever way it comes.
class Confirmation : public Steps<Confirmation> {
 public:
  struct Wish {
    std::string tenant;
    std::string name;
    std::map<std::string, Secret> fields;
    v1::Cause cause;
    std::string etag;
  };

  Confirmation(EngineCore* core, Wish wish, absl::Time deadline, Done<ChangePayment::Answer> done)
      : core_(core),
        mark_(core),
        wish_(std::move(wish)),
        deadline_(deadline),
        done_(std::move(done)) {}

  void Start() {
    if (core_->draining) return std::move(done_)(DrainingError());
    core_->deps.store->GetPayment(wish_.tenant, wish_.name, Then(&Confirmation::OnPayment));
  }

 private:
  void OnPayment(absl::StatusOr<StoredPayment> stored) {
    if (!stored.ok()) return std::move(done_)(PaymentNotFound(wish_.name, stored.status()));
    absl::Status posted = CheckPostedFields(stored->record, wish_.fields);
    if (!posted.ok()) return std::move(done_)(std::move(posted));
    if (PhaseOf(stored->record) != Phase::kActionRequired) return Change(*std::move(stored));
    absl::Status sendable = CheckSendable(stored->record);
    if (!sendable.ok()) return std::move(done_)(std::move(sendable));
    AskRestored(core_, *std::move(stored), wish_.cause, deadline_, Then(&Confirmation::OnAsked));
  }

  // What the provider cannot be told is refused before the intent is committed.
  absl::Status CheckSendable(const storage::v1::PaymentRecord& record) const {
    const v1::Payment& payment = record.payment();
    const Account* account = core_->FindAccount(wish_.tenant, payment.account());
    if (account == nullptr) {
      return MakeError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_ACCOUNT_NOT_FOUND,
                       absl::StrCat(payment.account(), " is no longer configured"),
                       {{"payment", payment.name()}, {"provider_called", "false"}});
    }
    if (!IsNumberedFrom(record, account->provider->numbers().sequence)) {
      return MakeError(absl::StatusCode::kFailedPrecondition,
                       v1::ERROR_REASON_PROVIDER_CONFIGURATION,
                       absl::StrCat(payment.account(),
                                    " numbers its operations in another sequence than when this "
                                    "payment began: configure the earlier one under its id"),
                       {{"payment", payment.name()}, {"provider_called", "false"}});
    }
    const auto step = account->provider->Confirm(MakeConfirmCall(record, wish_.fields))->Start();
    if (step.ok()) return absl::OkStatus();
    return WithMetadata(InvalidField("fields", step.status().message()),
                        {{"payment", payment.name()}, {"provider_called", "false"}});
  }

  void OnAsked(absl::StatusOr<StoredPayment> stored) {
    if (!stored.ok()) return std::move(done_)(stored.status());
    Change(*std::move(stored));
  }

  void Change(StoredPayment stored) {
    OperationInput input;
    input.posted_fields = std::move(wish_.fields);
    ChangePayment::Run(core_, std::move(stored),
                       {.rpc = PaymentRpc::kConfirm,
                        .learned = Learned::kConfirmWanted,
                        .cause = std::move(wish_.cause),
                        .etag = std::move(wish_.etag),
                        .input = std::move(input)},
                       deadline_, std::move(done_));
  }

  EngineCore* const core_;
  const WorkMark mark_;
  Wish wish_;
  const absl::Time deadline_;
  Done<ChangePayment::Answer> done_;
};

void Confirm(EngineCore* core, Confirmation::Wish wish, absl::Time deadline,
             Done<ChangePayment::Answer> done) {
  std::make_shared<Confirmation>(core, std::move(wish), deadline, std::move(done))->Start();
}

// Still ACTION_REQUIRED, as the provider was provably not reached: an error, and the same
// fields can be handed on again.
absl::Status NotReached(const v1::Payment& payment) {
  const v1::Operation& last = *payment.operations().rbegin();
  if (payment.state() != v1::PAYMENT_STATE_ACTION_REQUIRED ||
      last.kind() != v1::OPERATION_KIND_CONFIRM ||
      last.dispatch() != v1::OPERATION_DISPATCH_NOT_SENT) {
    return absl::OkStatus();
  }
  return MakeError(
      absl::StatusCode::kUnavailable, v1::ERROR_REASON_PROVIDER_UNAVAILABLE,
      absl::StrCat("the provider was not reached, nothing was confirmed: ",
                   last.provider_message()),
      {{"payment", payment.name()}, {"provider_called", "false"}, {"safe_to_retry", "false"}});
}

// The payer's browser, with what the bank's page posted: whatever comes of it, the
// browser goes on.
class ActionResult : public Steps<ActionResult> {
 public:
  ActionResult(EngineCore* core, ActionTarget target, Done<PayerAction> done)
      : core_(core), target_(std::move(target)), done_(std::move(done)) {}

  void Start(std::map<std::string, Secret> fields) {
    v1::Cause cause;
    cause.set_kind(v1::CAUSE_KIND_CALLBACK);
    cause.set_detail("the payer came back from the bank's page");
    Confirm(core_, {target_.tenant, target_.payment, std::move(fields), std::move(cause), ""},
            core_->deps.clock->Now() + kBrowserPatience, Then(&ActionResult::OnConfirmed));
  }

 private:
  // It may have been confirmed before, or be over: the page shows what is stored.
  void OnConfirmed(absl::StatusOr<ChangePayment::Answer> answer) {
    absl::Status status = answer.ok() ? NotReached(answer->payment) : answer.status();
    if (absl::IsUnavailable(status)) return std::move(done_)(std::move(status));
    refusal_ = std::move(status);
    core_->deps.store->GetPayment(target_.tenant, target_.payment, Then(&ActionResult::OnRead));
  }

  void OnRead(absl::StatusOr<StoredPayment> stored) {
    if (!stored.ok()) return std::move(done_)(stored.status());
    const bool waits = stored->record.payment().state() == v1::PAYMENT_STATE_ACTION_REQUIRED;
    // The same fields would be refused again, unless it is not they that are wrong.
    if (waits && !refusal_.ok() && !absl::IsInvalidArgument(refusal_)) {
      return std::move(done_)(std::move(refusal_));
    }
    PayerAction action = ShownAction(stored->record, core_->Now());
    if (action.form.has_value()) action.is_pending = true;  // He has acted already.
    action.form.reset();
    std::move(done_)(std::move(action));
  }

  EngineCore* const core_;
  const ActionTarget target_;
  absl::Status refusal_;
  Done<PayerAction> done_;
};

class ActionOpening : public Steps<ActionOpening> {
 public:
  ActionOpening(EngineCore* core, Done<PayerAction> done) : core_(core), done_(std::move(done)) {}

  void Start(const ActionTarget& target) {
    core_->deps.store->GetPayment(target.tenant, target.payment, Then(&ActionOpening::OnRead));
  }

 private:
  void OnRead(absl::StatusOr<StoredPayment> stored) {
    if (!stored.ok()) return std::move(done_)(stored.status());
    std::move(done_)(ShownAction(stored->record, core_->Now()));
  }

  EngineCore* const core_;
  Done<PayerAction> done_;
};

// ConfirmPayment's answer from that of the change.
class ConfirmAnswer {
 public:
  explicit ConfirmAnswer(Done<v1::ConfirmPaymentResponse> done) : done_(std::move(done)) {}

  void operator()(absl::StatusOr<ChangePayment::Answer> answer) && {
    if (!answer.ok()) return std::move(done_)(answer.status());
    if (absl::Status status = NotReached(answer->payment); !status.ok()) {
      return std::move(done_)(std::move(status));
    }
    v1::ConfirmPaymentResponse response;
    *response.mutable_payment() = std::move(answer->payment);
    response.set_replayed(answer->replayed);
    std::move(done_)(std::move(response));
  }

 private:
  Done<v1::ConfirmPaymentResponse> done_;
};

}  // namespace

void StartConfirmPayment(EngineCore* core, Caller caller, const v1::ConfirmPaymentRequest& request,
                         std::map<std::string, Secret> fields, absl::Time deadline,
                         Done<v1::ConfirmPaymentResponse> done) {
  v1::Cause cause;
  cause.set_kind(v1::CAUSE_KIND_RPC);
  cause.set_id(request.request_id());
  cause.set_principal(caller.principal);
  Confirm(core,
          {caller.tenant, request.name(), std::move(fields), std::move(cause), request.etag()},
          deadline, ConfirmAnswer(std::move(done)));
}

void StartOpenAction(EngineCore* core, const std::string& token, Done<PayerAction> done) {
  absl::StatusOr<ActionTarget> target = ReadActionToken(*core->deps.keys, token);
  if (!target.ok()) return std::move(done)(target.status());
  std::make_shared<ActionOpening>(core, std::move(done))->Start(*target);
}

void StartFinishAction(EngineCore* core, const std::string& token,
                       std::map<std::string, Secret> fields, Done<PayerAction> done) {
  absl::StatusOr<ActionTarget> target = ReadActionToken(*core->deps.keys, token);
  if (!target.ok()) return std::move(done)(target.status());
  std::make_shared<ActionResult>(core, *std::move(target), std::move(done))
      ->Start(std::move(fields));
}

}  // namespace payments
