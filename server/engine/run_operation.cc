#include "server/engine/run_operation.h"

#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/callback_token.h"
#include "server/engine/check_plan.h"
#include "server/engine/commit_evidence.h"
#include "server/engine/conversation.h"
#include "server/engine/payer_action.h"
#include "server/engine/proto_time.h"
#include "server/engine/save_cards.h"

namespace payments {
namespace {

using Verdict = OperationOutcome::Verdict;
using Result = ConversationResult<OperationOutcome>;

Learned LearnedOfHold(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSucceeded:
      return Learned::kHeld;
    case Verdict::kDeclined:
      return Learned::kHoldDeclined;
    case Verdict::kInProcess:
      return Learned::kHoldInProcess;
    default:
      return Learned::kHoldLost;
  }
}

Learned LearnedOfCapture(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSucceeded:
      return Learned::kCaptured;
    case Verdict::kDeclined:
      return Learned::kCaptureDeclined;
    case Verdict::kInProcess:
      return Learned::kCaptureInProcess;
    default:
      return Learned::kCaptureLost;
  }
}

// A release that is "in process" is only known to be done when the hold is gone.
Learned LearnedOfRelease(Verdict verdict) {
  if (verdict == Verdict::kSucceeded) return Learned::kReleased;
  return verdict == Verdict::kDeclined ? Learned::kReleaseDeclined : Learned::kReleaseLost;
}

// Of a transfer's own answer, or of its confirmation's: both end the transfer.
Learned LearnedOfTransfer(v1::OperationKind kind, Verdict verdict) {
  switch (verdict) {
    case Verdict::kSucceeded:
      return Learned::kTransferred;
    case Verdict::kDeclined:
      return Learned::kTransferDeclined;
    case Verdict::kInProcess:
      return Learned::kTransferInProcess;
    case Verdict::kActionRequired:
      return Learned::kTransferActionRequired;
    default:
      return LostOf(kind);
  }
}

Learned LearnedFrom(v1::OperationKind kind, Verdict verdict) {
  if (verdict == Verdict::kNotSent) return NotSentOf(kind);
  switch (kind) {
    case v1::OPERATION_KIND_CAPTURE:
      return LearnedOfCapture(verdict);
    case v1::OPERATION_KIND_CANCEL:
      return LearnedOfRelease(verdict);
    case v1::OPERATION_KIND_TRANSFER:
    case v1::OPERATION_KIND_CONFIRM:
      return LearnedOfTransfer(kind, verdict);
    default:
      return LearnedOfHold(verdict);
  }
}

absl::string_view MethodName(v1::OperationKind kind) {
  switch (kind) {
    case v1::OPERATION_KIND_CAPTURE:
      return "capture";
    case v1::OPERATION_KIND_CANCEL:
      return "cancel";
    case v1::OPERATION_KIND_TRANSFER:
      return "transfer";
    case v1::OPERATION_KIND_CONFIRM:
      return "confirm";
    default:
      return "authorize";
  }
}

absl::string_view ResultName(const Result& result) {
  if (!result.outcome.has_value()) return result.may_have_acted ? "unknown" : "not_sent";
  switch (result.outcome->verdict) {
    case Verdict::kSucceeded:
      return "succeeded";
    case Verdict::kDeclined:
      return "declined";
    case Verdict::kInProcess:
      return "in_process";
    case Verdict::kActionRequired:
      return "action_required";
    case Verdict::kNotSent:
      return "not_sent";
    case Verdict::kUnknown:
      return "unknown";
  }
  return "unknown";
}

class OperationRun : public Steps<OperationRun> {
 public:
  OperationRun(EngineCore* core, StoredPayment stored, int index, v1::Cause cause,
               OperationInput input)
      : core_(core),
        mark_(core),
        running_(core, stored.record.payment().name()),
        stored_(std::move(stored)),
        index_(index),
        kind_(stored_.record.payment().operations(index).kind()),
        cause_(std::move(cause)),
        input_(std::move(input)) {}

  void Start() {
    const v1::Payment& payment = stored_.record.payment();
    const Account* account = core_->FindAccount(stored_.record.tenant(), payment.account());
    if (account == nullptr) {
      return OnConversed(NotSent("the account is no longer configured"));
    }
    absl::StatusOr<std::unique_ptr<Exchange<OperationOutcome>>> exchange = MakeExchange(*account);
    if (!exchange.ok()) return OnConversed(NotSent(exchange.status().message()));
    Conversation<OperationOutcome>::Run(core_->deps.http, core_->deps.clock, *std::move(exchange),
                                        core_->policy.provider_request_timeout,
                                        ThenPlain(&OperationRun::OnConversed));
  }

 private:
  static Result NotSent(absl::string_view why) {
    Result result;
    result.why = absl::FailedPreconditionError(why);
    return result;
  }

  absl::StatusOr<std::unique_ptr<Exchange<OperationOutcome>>> MakeExchange(const Account& account) {
    switch (kind_) {
      case v1::OPERATION_KIND_CAPTURE:
        return account.provider->Capture(MakeCaptureCall());
      case v1::OPERATION_KIND_CANCEL:
        return account.provider->Cancel(MakeCancelCall());
      case v1::OPERATION_KIND_TRANSFER:
        if (!input_.transfer.has_value()) {
          return absl::FailedPreconditionError("what to transfer is not kept over a restart");
        }
        return account.provider->Transfer(MakeTransferCall(account));
      case v1::OPERATION_KIND_CONFIRM:
        return account.provider->Confirm(
            MakeConfirmCall(stored_.record, std::move(input_.posted_fields)));
      default:
        break;
    }
    absl::StatusOr<Secret> token = core_->deps.keys->Open(stored_.record.sealed_card_token(),
                                                          stored_.record.payment().source().card());
    if (!token.ok()) return token.status();
    return account.provider->Authorize(MakeAuthorizeCall(account, *std::move(token)));
  }

  AuthorizeCall MakeAuthorizeCall(const Account& account, Secret token) const {
    const v1::Payment& payment = stored_.record.payment();
    AuthorizeCall call;
    call.number = stored_.record.operations(index_).number();
    call.card_token = std::move(token);
    call.amount = payment.amount();
    call.hold_duration = ToDuration(payment.hold_duration());
    call.payer_account = payment.destination().merchant().payer_account();
    call.options = {payment.provider_options().begin(), payment.provider_options().end()};
    call.language = stored_.record.payer_language();
    call.callback_url = CallbackUrl(account);
    return call;
  }

  std::string CallbackUrl(const Account& account) const {
    return MakeCallbackUrl(
        core_->policy.public_base_url, account.provider_name,
        MakeCallbackToken(*core_->deps.keys, {CallbackSubject::kPayment, stored_.record.tenant(),
                                              stored_.record.payment().name()}));
  }

  TransferCall MakeTransferCall(const Account& account) {
    TransferCall call = *std::move(input_.transfer);
    call.number = stored_.record.operations(index_).number();
    call.callback_url = CallbackUrl(account);
    const std::string page = ActionUrl(*core_, stored_.record);
    if (call.challenge_url.empty()) call.challenge_url = ActionResultUrl(page);
    return call;
  }

  CaptureCall MakeCaptureCall() const {
    const v1::Payment& payment = stored_.record.payment();
    CaptureCall call;
    call.number = stored_.record.operations(index_).number();
    call.references = References();
    call.amount = payment.amount();
    call.language = stored_.record.payer_language();
    return call;
  }

  CancelCall MakeCancelCall() const {
    CancelCall call;
    call.number = stored_.record.operations(index_).number();
    call.references = References();
    call.language = stored_.record.payer_language();
    return call;
  }

  ProviderReferences References() const {
    const auto& references = stored_.record.payment().provider_references();
    return {references.begin(), references.end()};
  }

  void OnConversed(Result result) {
    const v1::Payment& payment = stored_.record.payment();
    Evidence evidence;
    evidence.operation = index_;
    evidence.cause = cause_;
    if (result.outcome.has_value()) {
      evidence.learned = LearnedFrom(kind_, result.outcome->verdict);
      evidence.references = result.outcome->references;
      evidence.amount = result.outcome->amount;
      evidence.answer = result.outcome->answer;
      evidence.next_action = std::move(result.outcome->next_action);
      if (evidence.next_action.has_form_post()) {
        evidence.next_action.mutable_form_post()->set_hosted_url(ActionUrl(*core_, stored_.record));
      }
    } else {
      evidence.learned = result.may_have_acted ? LostOf(kind_) : NotSentOf(kind_);
      evidence.answer.message = std::string(result.why.message());
      evidence.answer.category = absl::IsInvalidArgument(result.why)
                                     ? v1::FAILURE_CATEGORY_INVALID_REQUEST
                                     : v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE;
    }
    core_->deps.observer->OnProviderCall(payment.account(), payment.name(), MethodName(kind_),
                                         ResultName(result), evidence.answer.code, result.latency);
    TellUnlisted(core_, payment.name(), evidence.answer);
    evidence_ = std::move(evidence);
    if (evidence_.learned != Learned::kTransferred) return Commit({});
    SaveCards(
        core_, stored_,
        {std::move(result.outcome->saved_source), std::move(result.outcome->saved_destination)},
        cause_, ThenPlain(&OperationRun::Commit));
  }

  void Commit(SavedCardNames saved) {
    evidence_.saved_cards = std::move(saved);
    CommitEvidence(core_, std::move(stored_), std::move(evidence_),
                   ThenPlain(&OperationRun::OnCommitted));
  }

  void OnCommitted(EvidenceCommitted result) {
    if (result.send_operation < 0) return;
    RunOperation(core_, std::move(result.stored), result.send_operation, cause_);
  }

  EngineCore* const core_;
  const WorkMark mark_;
  const RunningMark running_;
  StoredPayment stored_;
  const int index_;
  const v1::OperationKind kind_;
  const v1::Cause cause_;
  OperationInput input_;
  Evidence evidence_;
};

}  // namespace

void RunOperation(EngineCore* core, StoredPayment stored, int index, v1::Cause cause,
                  OperationInput input) {
  std::make_shared<OperationRun>(core, std::move(stored), index, std::move(cause), std::move(input))
      ->Start();
}

}  // namespace payments
