#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_TRANSFER_LEDGER_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_TRANSFER_LEDGER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "payments/sandbox/v1/ledger.pb.h"
#include "providers/sandbox/epay/epay_cards.h"
#include "providers/sandbox/movement_log.h"

namespace payments::sandbox {

// 3-D Secure of one transfer, at the bank's page.
struct ThreeDSecureEntry {
  std::string pa_req;
  std::string page_id;   // The unguessable part of the page's own address.
  std::string term_url;  // Where the page sends the payer's browser; the newest one.
  std::string pa_res;    // Made when the payer decides; empty until then.
  bool authenticated = false;
  int wrong_codes = 0;
};

struct TransferEntry {
  v1::Transfer transfer;
  size_t index = 0;
  absl::Time create_time;
  std::string description;
  std::string email;
  std::string sender_name;
  std::string secret_hash;    // Of its token; empty if that had none.
  std::string reference;      // Of the network.
  std::string int_reference;  // Of the bank.
  std::string approval_code;
  EpayCard sender;
  EpayCard receiver;
  bool saves_sender = false;
  bool saves_receiver = false;
  std::optional<ThreeDSecureEntry> three_d_secure;
  // While IN_PROCESS or THREE_D_SECURE: when it ends by itself, and with which code; 0:
  // money moves.
  absl::Time due_time = absl::InfiniteFuture();
  int due_code = 0;
};

// What truly happened at Epay: saved cards, transfers and every movement of money. A
// transfer moves money at most once, and never after it failed: a step that would break
// that ends the process, since a sandbox that miscounts money proves nothing.
//
// Entries stay where they are until the ledger ends. Thread-compatible.
class TransferLedger {
 public:
  static constexpr size_t kTransfersMax = 1'000'000;
  static constexpr size_t kCardsMax = 1'000'000;

  // The log is not owned.
  explicit TransferLedger(MovementLog* movements) : movements_(movements) {}

  bool IsFull() const;

  // True if the terminal had this number before, or one with the same last six digits.
  bool IsOrderTaken(absl::string_view terminal, absl::string_view order_id) const;

  // A transfer that is IN_PROCESS; its id is new and its number free.
  TransferEntry* Add(TransferEntry entry);
  // Null if there is none.
  TransferEntry* Find(absl::string_view id);
  TransferEntry* FindByOrder(absl::string_view terminal, absl::string_view order_id);
  TransferEntry* FindByMd(absl::string_view md);
  TransferEntry* FindByPageId(absl::string_view page_id);

  // IN_PROCESS → THREE_D_SECURE; fails by itself with `code` at `when`. The MD and the
  // page's id are new.
  void AskForThreeDSecure(TransferEntry& entry, ThreeDSecureEntry three_d_secure, absl::Time when,
                          int code);
  // THREE_D_SECURE → IN_PROCESS.
  void Resume(TransferEntry& entry);
  // IN_PROCESS → DONE; the cards that it saves can be used from now on.
  void Move(TransferEntry& entry, absl::Time now);
  // IN_PROCESS or THREE_D_SECURE → FAILED.
  void Fail(TransferEntry& entry, int code);

  // `entry` ends by itself at `when`: fails with `code`, or moves money if that is 0.
  void EndAt(TransferEntry& entry, absl::Time when, int code);
  // Ends what is due and returns it.
  std::vector<TransferEntry*> TakeDue(absl::Time now);

  // Null if there is none.
  const EpayCard* FindCard(absl::string_view card_id) const;

  const std::deque<TransferEntry>& transfers() const { return transfers_; }
  int64_t transferred_minor() const { return transferred_minor_; }

 private:
  using Due = std::pair<absl::Time, size_t>;  // When, and the transfer's index.

  MovementLog* const movements_;
  std::deque<TransferEntry> transfers_;
  absl::flat_hash_map<std::string, TransferEntry*> by_id_;
  absl::flat_hash_map<std::string, TransferEntry*> by_order_;  // terminal + " " + number.
  absl::flat_hash_set<std::string> taken_endings_;             // terminal + " " + six digits.
  absl::flat_hash_map<std::string, TransferEntry*> by_md_;
  absl::flat_hash_map<std::string, TransferEntry*> by_page_id_;
  absl::flat_hash_map<std::string, EpayCard> cards_;
  // May name transfers that have ended since.
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  int64_t transferred_minor_ = 0;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_TRANSFER_LEDGER_H_
