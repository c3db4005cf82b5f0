#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/capability_check.h"
#include "server/engine/check_schedule.h"
#include "server/engine/engine_core.h"
#include "server/engine/new_payment.h"
#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"
#include "server/engine/request_fingerprint.h"
#include "server/engine/run_operation.h"
#include "server/engine/steps.h"
#include "server/engine/use_cases.h"

namespace payments {
namespace {

constexpr absl::string_view kSourceField = "source.card";
constexpr absl::string_view kDestinationField = "destination.card";

// CreatePayment, step by step. Read downwards: each step names the next.
class CreatePaymentCase : public Steps<CreatePaymentCase> {
 public:
  CreatePaymentCase(EngineCore* core, Caller caller, v1::CreatePaymentRequest request,
                    PaymentCards cards, absl::Time deadline, Done<v1::CreatePaymentResponse> done)
      : core_(core),
        mark_(std::make_unique<WorkMark>(core)),
        caller_(std::move(caller)),
        request_(std::move(request)),
        cards_(std::move(cards)),
        deadline_(deadline),
        done_(std::move(done)),
        fingerprint_(FingerprintOf(*core->deps.keys, request_, cards_)) {}

  void Start() {
    if (core_->draining) return Finish(DrainingError());
    if (static_cast<int>(core_->running.size()) >= core_->policy.payments_in_flight_max) {
      return Finish(TooManyInFlight());
    }
    LoadSource();
  }

 private:
  // Not "safe to retry": nobody has looked whether the request_id began a payment before.
  absl::Status TooManyInFlight() const {
    return WithRetryDelay(
        MakeError(
            absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_RATE_LIMITED,
            absl::StrCat("more than ", core_->policy.payments_in_flight_max, " payments in flight"),
            {{"provider_called", "false"}, {"safe_to_retry", "false"}}),
        absl::Seconds(1));
  }

  void LoadSource() {
    if (!request_.source().has_card()) return LoadDestination();
    core_->deps.store->GetCard(caller_.tenant, request_.source().card(),
                               Then(&CreatePaymentCase::OnSource));
  }

  void OnSource(absl::StatusOr<StoredCard> card) {
    if (!IsThere(kSourceField, request_.source().card(), card)) return;
    source_card_ = std::move(card->record);
    LoadDestination();
  }

  void LoadDestination() {
    if (!request_.destination().has_card()) return ChooseAccountAndClaim();
    core_->deps.store->GetCard(caller_.tenant, request_.destination().card(),
                               Then(&CreatePaymentCase::OnDestination));
  }

  void OnDestination(absl::StatusOr<StoredCard> card) {
    if (!IsThere(kDestinationField, request_.destination().card(), card)) return;
    destination_card_ = std::move(card->record);
    ChooseAccountAndClaim();
  }

  // If not, the caller is answered.
  bool IsThere(absl::string_view field, const std::string& name,
               const absl::StatusOr<StoredCard>& card) {
    if (card.ok()) return true;
    if (absl::IsNotFound(card.status())) {
      OnRefused(MakeError(absl::StatusCode::kNotFound, v1::ERROR_REASON_CARD_NOT_FOUND,
                          absl::StrCat(field, ": there is no ", name, " for this caller"),
                          {{"provider_called", "false"}}));
    } else {
      Finish(StoreError(card.status()));
    }
    return false;
  }

  void ChooseAccountAndClaim() {
    absl::StatusOr<const Account*> account =
        ChooseAccount(*core_->deps.accounts, caller_.tenant, AccountName(), request_);
    if (!account.ok()) return OnRefused(account.status());
    account_ = *account;
    if (absl::Status usable = CheckCards(); !usable.ok()) return OnRefused(usable);
    Claim("");
  }

  // A saved card is of use to its own account only. Empty if nothing says which.
  const std::string& AccountName() const {
    if (!request_.account().empty()) return request_.account();
    return source_card_.has_card() ? source_card_.card().account()
                                   : destination_card_.card().account();
  }

  absl::Status CheckCards() const {
    absl::Status status;
    if (source_card_.has_card()) status = CheckCard(kSourceField, source_card_.card());
    if (destination_card_.has_card()) {
      status.Update(CheckCard(kDestinationField, destination_card_.card()));
    }
    return status;
  }

  absl::Status CheckCard(absl::string_view field, const v1::Card& card) const {
    std::string why;
    if (card.account() != account_->name) {
      why = absl::StrCat("belongs to ", card.account(), ", not to ", account_->name);
    } else if (card.destination_only() && field == kSourceField) {
      why = "was saved from a payment's destination and cannot be paid from";
    } else if (card.state() != v1::CARD_STATE_ACTIVE) {
      why = absl::StrCat(
          "is ", v1::CardState_Name(card.state()).substr(absl::string_view("CARD_STATE_").size()),
          ", not ACTIVE");
    } else {
      return absl::OkStatus();
    }
    return MakeError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_CARD_NOT_USABLE,
                     absl::StrCat(field, ": ", card.name(), " ", why),
                     {{"card", card.name()}, {"provider_called", "false"}});
  }

  // Not a payment that could begin now; but it may have begun before.
  void OnRefused(absl::Status why) {
    refusal_ = std::move(why);
    core_->deps.store->GetPaymentByRequestId(caller_.tenant, request_.request_id(),
                                             Then(&CreatePaymentCase::OnEarlier));
  }

  void OnEarlier(absl::StatusOr<payments::Claim<StoredPayment>> earlier) {
    if (absl::IsNotFound(earlier.status())) return Finish(refusal_);
    if (!earlier.ok()) return Finish(StoreError(earlier.status()));
    const storage::v1::PaymentRecord& record = earlier->stored.record;
    const bool failed = record.payment().state() == v1::PAYMENT_STATE_FAILED;
    if (failed && record.contradictions().empty()) return Finish(refusal_);
    OnExisting(*earlier);
  }

  // The intent: durable before the wire is touched, and already saying "may have been sent".
  void Claim(const std::string& retry_of) {
    PaymentWrite write;
    write.record = NewPaymentRecord(caller_, request_, *account_, core_->policy, core_->Now());
    write.record.set_sealed_card_token(source_card_.sealed_token());
    write.record.mutable_payment()->set_name(absl::StrCat("payments/", core_->ids.Next()));
    write.record.mutable_payment()->set_retry_of(retry_of);
    write.cause = cause_ = RpcCause();
    const std::optional<absl::Time> due =
        NextDueTime(write.record, 0, account_->checks, core_->Now());
    if (due.has_value()) *write.schedule.mutable_due_time() = ToTimestamp(*due);
    core_->CreatePayment(std::move(write), fingerprint_, Then(&CreatePaymentCase::OnClaimed));
  }

  v1::Cause RpcCause() const {
    v1::Cause cause;
    cause.set_kind(v1::CAUSE_KIND_RPC);
    cause.set_id(request_.request_id());
    cause.set_principal(caller_.principal);
    return cause;
  }

  void OnClaimed(absl::StatusOr<payments::Claim<StoredPayment>> claim) {
    if (!claim.ok()) return Finish(StoreError(claim.status()));
    if (claim->tombstoned) return Finish(RequestIdCanceled());
    if (!claim->created) return OnExisting(*claim);
    const std::string name = claim->stored.record.payment().name();
    core_->waiters.Wait(name, deadline_, ThenPlain(&CreatePaymentCase::OnSettled));
    name_ = name;
    RunOperation(core_, std::move(claim->stored), 0, cause_, Input());
  }

  // What is not stored: the card data goes to the provider and nowhere else.
  OperationInput Input() {
    OperationInput input;
    if (!IsTransfer(request_)) return input;
    input.transfer =
        NewTransferCall(request_, std::move(cards_),
                        OpenToken(source_card_.sealed_token(), request_.source().card()),
                        OpenToken(destination_card_.sealed_token(), request_.destination().card()));
    return input;
  }

  // Empty if it cannot be opened: the provider's plugin refuses to send that.
  Secret OpenToken(const std::string& sealed, const std::string& card) const {
    if (sealed.empty()) return Secret();
    absl::StatusOr<Secret> token = core_->deps.keys->Open(sealed, card);
    return token.ok() ? *std::move(token) : Secret();
  }

  void OnExisting(const payments::Claim<StoredPayment>& claim) {
    const std::vector<std::string> differing = DifferingFields(claim.fingerprint, fingerprint_);
    if (!differing.empty()) return Finish(RequestIdReused(differing));
    const StoredPayment& existing = claim.stored;
    // Provably nothing happened: the same request may run again. Not if anything speaks
    // against that, even if an operator has seen it since.
    if (existing.record.payment().state() == v1::PAYMENT_STATE_FAILED) {
      if (existing.record.payment().cancel_requested()) return Finish(RequestIdCanceled());
      if (!existing.record.contradictions().empty()) {
        return Finish(FailedIsContradicted(existing.record.payment()));
      }
      return Claim(existing.record.payment().name());
    }
    ForgetCards();
    replayed_ = true;
    if (IsSettled(existing.record.payment())) return Answer(existing.record.payment());
    name_ = existing.record.payment().name();
    core_->waiters.Wait(name_, deadline_, ThenPlain(&CreatePaymentCase::OnSettled));
    // It may have been settled between the reading and the waiting.
    core_->deps.store->GetPayment(caller_.tenant, name_, Then(&CreatePaymentCase::OnReread));
  }

  // This call sends nothing: the cards are of no use to it, however long it waits.
  void ForgetCards() {
    if (cards_.source.has_value()) *cards_.source = CardSecrets();
    if (cards_.destination_number.has_value()) *cards_.destination_number = Secret();
  }

  void OnReread(absl::StatusOr<StoredPayment> stored) {
    if (!stored.ok() || !IsSettled(stored->record.payment())) return;
    Answer(stored->record.payment());
  }

  void OnSettled(const std::shared_ptr<const v1::Event>& event) {
    if (done_ == nullptr) return;
    if (event != nullptr) return Answer(event->payment());
    core_->deps.store->GetPayment(caller_.tenant, name_, Then(&CreatePaymentCase::OnDeadline));
  }

  // The payment goes on; the caller gets the state so far.
  void OnDeadline(absl::StatusOr<StoredPayment> stored) {
    if (done_ == nullptr) return;
    if (!stored.ok()) return Finish(StoreErrorAfterSending(stored.status()));
    Answer(stored->record.payment());
  }

  void Answer(const v1::Payment& payment) {
    if (done_ == nullptr) return;
    if (absl::Status error = ErrorOf(payment); !error.ok()) return Finish(std::move(error));
    v1::CreatePaymentResponse response;
    *response.mutable_payment() = payment;
    response.set_replayed(replayed_);
    Finish(std::move(response));
  }

  // It looked as if the provider had never been reached, and then the provider knew of it.
  static absl::Status FailedIsContradicted(const v1::Payment& payment) {
    return MakeError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_PAYMENT_STATE,
                     absl::StrCat(payment.name(),
                                  " is FAILED, but the provider knows of it: its request_id "
                                  "cannot be used again, an operator has to look at it"),
                     {{"payment", payment.name()},
                      {"state", std::string(ShortStateName(payment.state()))},
                      {"provider_called", "true"},
                      {"safe_to_retry", "false"}});
  }

  // Two ends of a payment are errors for the caller; every other one is an answer.
  static absl::Status ErrorOf(const v1::Payment& payment) {
    const v1::Failure& failure = payment.failure();
    ErrorMetadata metadata = {{"payment", payment.name()},
                              {"provider_called", "true"},
                              {"safe_to_retry", "true"},
                              {"provider_code", failure.provider_code()}};
    const bool settings = failure.category() == v1::FAILURE_CATEGORY_PROVIDER_CONFIGURATION;
    if (settings && !payment.needs_review()) {
      return MakeError(
          absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_PROVIDER_CONFIGURATION,
          "the provider rejects the account's credentials or settings; no money moved", metadata);
    }
    if (payment.state() != v1::PAYMENT_STATE_FAILED) return absl::OkStatus();
    if (payment.needs_review()) return FailedIsContradicted(payment);
    metadata["provider_called"] = "false";
    if (failure.category() == v1::FAILURE_CATEGORY_INVALID_REQUEST) {
      return WithMetadata(InvalidField("request", failure.provider_message()), metadata);
    }
    return MakeError(absl::StatusCode::kUnavailable, v1::ERROR_REASON_PROVIDER_UNAVAILABLE,
                     absl::StrCat("the provider was not reached, nothing happened: ",
                                  failure.provider_message()),
                     metadata);
  }

  void Finish(absl::StatusOr<v1::CreatePaymentResponse> result) {
    mark_.reset();
    if (done_ != nullptr) std::move(done_)(std::move(result));
    done_ = nullptr;
  }

  EngineCore* const core_;
  // Until the caller is answered; the operation that was begun has a mark of its own.
  std::unique_ptr<WorkMark> mark_;
  const Caller caller_;
  const v1::CreatePaymentRequest request_;
  PaymentCards cards_;
  const absl::Time deadline_;
  Done<v1::CreatePaymentResponse> done_;
  const storage::v1::RequestFingerprint fingerprint_;
  v1::Cause cause_;
  const Account* account_ = nullptr;
  // As they are stored; empty where the request names none.
  storage::v1::CardRecord source_card_;
  storage::v1::CardRecord destination_card_;
  absl::Status refusal_;
  std::string name_;
  bool replayed_ = false;
};

}  // namespace

void StartCreatePayment(EngineCore* core, Caller caller, v1::CreatePaymentRequest request,
                        PaymentCards cards, absl::Time deadline,
                        Done<v1::CreatePaymentResponse> done) {
  std::make_shared<CreatePaymentCase>(core, std::move(caller), std::move(request), std::move(cards),
                                      deadline, std::move(done))
      ->Start();
}

}  // namespace payments
