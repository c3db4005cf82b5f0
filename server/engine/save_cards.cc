#include "server/engine/save_cards.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/proto_time.h"
#include "server/engine/steps.h"

namespace payments {
namespace {

// Between attempts while the store is away; doubled each time.
constexpr absl::Duration kRetryDelayMin = absl::Milliseconds(50);
constexpr absl::Duration kRetryDelayMax = absl::Seconds(5);
// A payment's ends.
constexpr absl::string_view kSource = "source";
constexpr absl::string_view kDestination = "destination";

class CardSaving : public Steps<CardSaving> {
 public:
  CardSaving(EngineCore* core, const StoredPayment& payment, CardsToSave cards, v1::Cause cause,
             absl::AnyInvocable<void(SavedCardNames) &&> done)
      : core_(core),
        mark_(core),
        record_(payment.record),
        cards_(std::move(cards)),
        cause_(std::move(cause)),
        done_(std::move(done)) {}

  void Start() {
    if (cards_.source.has_value() && saved_.source.empty()) {
      return Save(kSource, *cards_.source, &CardSaving::OnSource);
    }
    if (cards_.destination.has_value() && saved_.destination.empty()) {
      return Save(kDestination, *cards_.destination, &CardSaving::OnDestination);
    }
    std::move(done_)(std::move(saved_));
  }

 private:
  using Claimed = absl::StatusOr<Claim<StoredCard>>;

  void Save(absl::string_view end, const SavedCard& saved, void (CardSaving::*step)(Claimed)) {
    const v1::Payment& payment = record_.payment();
    const google::protobuf::Timestamp now = ToTimestamp(core_->Now());
    CardWrite write;
    write.cause = cause_;
    write.record.set_tenant(record_.tenant());
    write.record.set_principal(record_.principal());
    v1::Card& card = *write.record.mutable_card();
    card.set_name(absl::StrCat("cards/", core_->ids.Next()));
    card.set_account(payment.account());
    card.set_provider(payment.provider());
    card.set_state(v1::CARD_STATE_ACTIVE);
    card.set_destination_only(end == kDestination);
    card.set_masked_number(saved.masked_number);
    card.set_merchant_customer_id(payment.merchant_customer_id());
    // No caller can choose it: it has a slash.
    card.set_request_id(absl::StrCat(payment.name(), "/", end));
    *card.mutable_create_time() = now;
    *card.mutable_update_time() = now;
    write.record.set_sealed_token(core_->deps.keys->Seal(saved.card_token, card.name()));
    core_->deps.store->CreateCard(std::move(write), {}, Then(step));
  }

  void OnSource(Claimed claim) {
    if (!claim.ok()) return Retry(claim.status());
    saved_.source = claim->stored.record.card().name();
    Start();
  }

  void OnDestination(Claimed claim) {
    if (!claim.ok()) return Retry(claim.status());
    saved_.destination = claim->stored.record.card().name();
    Start();
  }

  void Retry(const absl::Status& why) {
    core_->deps.observer->OnTrouble("store_commit_failed", record_.payment().name(), why.message());
    core_->deps.executor->PostAfter(delay_, ThenVoid(&CardSaving::Start));
    delay_ = std::min(2 * delay_, kRetryDelayMax);
  }

  EngineCore* const core_;
  const WorkMark mark_;
  const storage::v1::PaymentRecord record_;
  const CardsToSave cards_;
  const v1::Cause cause_;
  absl::AnyInvocable<void(SavedCardNames) &&> done_;
  SavedCardNames saved_;
  absl::Duration delay_ = kRetryDelayMin;
};

}  // namespace

void SaveCards(EngineCore* core, const StoredPayment& payment, CardsToSave cards, v1::Cause cause,
               absl::AnyInvocable<void(SavedCardNames) &&> done) {
  const storage::v1::PaymentRecord& record = payment.record;
  if (!record.save_source() || !record.payment().saved_source_card().empty()) cards.source.reset();
  if (!record.save_destination() || !record.payment().saved_destination_card().empty()) {
    cards.destination.reset();
  }
  if (!cards.source.has_value() && !cards.destination.has_value()) return std::move(done)({});
  std::make_shared<CardSaving>(core, payment, std::move(cards), std::move(cause), std::move(done))
      ->Start();
}

}  // namespace payments
