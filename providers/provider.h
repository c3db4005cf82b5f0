#ifndef PAYMENTS_PROVIDERS_PROVIDER_H_
#define PAYMENTS_PROVIDERS_PROVIDER_H_

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "payments/v1/account.pb.h"
#include "payments/v1/failure.pb.h"
#include "payments/v1/money.pb.h"
#include "payments/v1/next_action.pb.h"
#include "providers/http_message.h"
#include "providers/secret.h"

// The contract between the server and a payment provider's plugin.
//
// A plugin translates; it never does. It opens no socket, reads no clock, starts
// no thread and keeps no mutable state: requests go out, retries happen, time
// passes and rows are written in the host, the same way for every provider. So a
// plugin is tested by comparing bytes, fuzzed by feeding bytes, and cannot block
// or double-charge by itself.

namespace payments {

// By the provider's own names, such as {"hold_id", "3794392756034717"}. Opaque,
// unique per account, shown to the merchant. Never a secret.
using ProviderReferences = std::map<std::string, std::string>;

// What the provider said, verbatim, and what we make of it. No card or personal data.
struct ProviderAnswer {
  std::string code;
  std::string message;
  // Set where the answer is a refusal.
  v1::FailureCategory category = v1::FAILURE_CATEGORY_UNSPECIFIED;
  // The plugin's tables do not know this code or state: the host tells its operators.
  bool unlisted = false;
};

// A card that the provider keeps for later: its token, and what may be shown of it.
struct SavedCard {
  Secret card_token;
  std::string masked_number;
};

// What became of a money-moving operation, as far as its own answer tells.
struct OperationOutcome {
  enum class Verdict {
    kUnknown,    // The answer proves nothing; the host will ask. Never turned into kDeclined.
    kInProcess,  // Accepted; the end comes by callback or by Check.
    kSucceeded,
    kDeclined,        // It was not done and will not be.
    kActionRequired,  // A transfer waits for the payer: `next_action` is set.
    // What had to come first, such as an access token, was not given: nothing that moves
    // money was sent. `answer` says why. The host may begin again.
    kNotSent,
  };

  Verdict verdict = Verdict::kUnknown;
  ProviderReferences references;
  v1::NextAction next_action;  // Without expire_time and hosted_url; the host sets them.
  // What the provider tells of the cards; the host keeps those it was asked to save.
  std::optional<SavedCard> saved_source;
  std::optional<SavedCard> saved_destination;
  std::optional<v1::Money> amount;  // As the provider states it, where it does; the host compares.
  ProviderAnswer answer;
};

// What became of a card registration.
struct RegistrationOutcome {
  enum class Verdict {
    kUnknown,
    kConfirmationRequired,  // `next_action` is set.
    kActive,
    kDeclined,
  };

  Verdict verdict = Verdict::kUnknown;
  Secret card_token;
  std::string masked_number;
  v1::NextAction next_action;  // Without expire_time; the host sets it.
  ProviderAnswer answer;
};

// What a provider gave to one check and takes from later ones of the same account, such as
// an access token. The host may keep it, in memory only, and hand it on while it lives; a
// plugin works without one, too, and copes with one that the provider has forgotten.
struct Session {
  Secret value;
  absl::Duration lifetime;  // From when the host received it; positive.
};

// What the provider says when asked about a payment. Each reading is about now.
struct StatusReading {
  enum class Hold {
    kNotAsked,    // Nothing to ask by.
    kNoEvidence,  // Asked and answered, but the answer says nothing about the hold.
    kInProcess,
    kHeld,    // It exists and was not captured; whether a cancel is on its way is not said.
    kClosed,  // It is over.
  };
  enum class Capture {
    kNotAsked,
    kNoEvidence,
    kNotKnown,  // The provider does not know any of our captures. Counts only when repeated.
    kCaptured,
  };

  enum class Transfer {
    kNotAsked,
    kNoEvidence,
    kNotKnown,  // The provider knows no transfer of ours. Counts only when repeated.
    kInProcess,
    kActionRequired,  // It waits for the payer.
    kSucceeded,
    kDeclined,  // Not done, and will not be; `answer` says why.
    kCanceled,  // Withdrawn at the provider before it was done, and will not be done.
    kReturned,  // It was done, and given back later.
  };

  Hold hold = Hold::kNotAsked;
  Capture capture = Capture::kNotAsked;
  Transfer transfer = Transfer::kNotAsked;
  ProviderReferences references;
  std::optional<v1::Money> amount;
  // As in OperationOutcome.
  std::optional<SavedCard> saved_source;
  std::optional<SavedCard> saved_destination;
  ProviderAnswer answer;
  std::optional<Session> session;  // Set only if a new one was given; replaces the old one.
};

// One conversation with a provider, without the I/O: the host sends what Start()
// or OnResponse() returns and feeds the answer back, until an outcome comes.
//
// Used by one thread at a time. A non-OK status ends the conversation: from
// Start() it means nothing was sent (kInvalidArgument: the call cannot be
// expressed to this provider, and the message names the field). OnResponse()
// returns one only if it cannot go on and no outcome could say it; the host treats
// that as an unknown outcome.
//
// A request that moves money follows another one of the same exchange only if the
// provider refused the first before processing it, such as for an expired token.
template <typename Outcome>
class Exchange {
 public:
  using Step = std::variant<HttpRequest, Outcome>;

  virtual ~Exchange() = default;
  virtual absl::StatusOr<Step> Start() = 0;
  virtual absl::StatusOr<Step> OnResponse(const HttpResponse& response) = 0;
};

// What is printed on a card.
struct CardSecrets {
  Secret number;         // 12 to 19 digits.
  int expiry_month = 0;  // 1 to 12.
  int expiry_year = 0;   // 2000 to 2099.
  Secret cvc;            // 3 or 4 digits.
  std::string holder_name;
};

struct RegisterCardCall {
  CardSecrets card;
  std::string phone;     // Digits with country code, or empty.
  std::string language;  // One of the capabilities' languages, or empty.
  std::string callback_url;
};

struct AuthorizeCall {
  int64_t number = 0;  // The operation's; unique per account.
  Secret card_token;
  v1::Money amount;
  absl::Duration hold_duration;  // Whole minutes.
  std::string payer_account;
  std::map<std::string, std::string> options;  // As declared in the capabilities.
  std::string language;
  std::string callback_url;
};

struct CaptureCall {
  int64_t number = 0;  // The operation's; unique per account, new for every capture.
  ProviderReferences references;
  v1::Money amount;
  std::string language;
};

struct CancelCall {
  int64_t number = 0;
  ProviderReferences references;
  std::string language;
};

// One end of a transfer. Exactly one of `card` and `card_token` is set.
struct TransferParty {
  std::optional<CardSecrets> card;  // A destination has the number alone.
  Secret card_token;                // Of a saved card.
  bool save = false;                // Keep the card, and tell its token. Only with `card`.
};

// Who is paid abroad. All three are set.
struct Receiver {
  std::string first_name;
  std::string last_name;
  std::string country_code;  // ISO 3166-1 alpha-2, upper case.
};

// About who pays; each may be empty.
struct Payer {
  std::string ip;  // Of the payer's browser; IPv4 or IPv6 as text.
  std::string email;
  std::string address;
  std::string language;  // One of the capabilities' languages.
};

struct TransferCall {
  int64_t number = 0;  // The operation's; within the provider's numbers().
  TransferParty source;
  TransferParty destination;
  v1::Money amount;
  std::string description;           // May be empty; a plugin may cut it.
  std::string merchant_customer_id;  // Whose cards are saved; needed to save one.
  std::optional<Receiver> receiver;  // Set for a transfer abroad.
  Payer payer;
  // Absolute URLs, of at most 2048 bytes.
  std::string return_url;          // Where the payer's browser goes after a success.
  std::string failure_return_url;  // After a failure; empty: return_url.
  std::string challenge_url;       // Where the bank's page posts its result.
  std::string callback_url;
};

// What the bank's page posted to `challenge_url`. Sent once per transfer.
struct ConfirmCall {
  int64_t transfer_number = 0;
  ProviderReferences references;  // Of the transfer.
  v1::Money amount;
  std::map<std::string, std::string> action_fields;  // As they were in next_action.form_post.
  std::map<std::string, Secret> posted_fields;       // Decoded once: '+' in base64 arrives as '+'.
};

struct CheckCall {
  ProviderReferences references;         // Empty if no answer has told any yet.
  std::vector<int64_t> capture_numbers;  // Of every capture that may have been sent; newest first.
  // Of the transfer, if it may have been sent; 0 if there is none.
  int64_t transfer_number = 0;
  v1::Money amount;  // The payment's.
  std::string language;
  Secret session;  // The newest StatusReading.session that still lives; empty if none.
};

// What a callback is about; the host knows it from the URL it gave out.
enum class CallbackSubject { kCardRegistration, kPayment };

// An HTTP call from a provider, understood.
struct CallbackNotice {
  enum class Evidence {
    kHint,   // The signature does not cover the status: the host asks the provider.
    kProof,  // Believed.
  };

  Evidence evidence = Evidence::kHint;
  bool success = false;
  // kPayment. Only those that the provider has signed: one that is not ours contradicts.
  ProviderReferences references;
  Secret card_token;          // kCardRegistration.
  std::string masked_number;  // kCardRegistration; may be empty.
  ProviderAnswer answer;
};

// Which numbers a provider takes for operations that it knows by a number of ours. The
// host counts from `first` to `last`, durably, and gives no number out twice before it
// has reached `last`. Numbers may be few: only operations that are told one draw one
// (not CONFIRM), and only when they are about to be sent.
struct NumberRange {
  enum class AtEnd {
    kRefuse,      // No number is given out any more: an operator must configure another range.
    kStartAgain,  // From `first`: configured by who knows that the old ones are forgotten.
  };

  // Accounts of this provider with the same sequence share one counter, such as those of
  // one terminal; they must have the same range, and the host refuses to start if not.
  // Empty: the account has a counter of its own.
  std::string sequence;
  int64_t first = 1;                                   // Inclusive; positive.
  int64_t last = std::numeric_limits<int64_t>::max();  // Inclusive; at least `first`.
  AtEnd at_end = AtEnd::kRefuse;
};

// The exchange of what a provider does not declare: it ends before anything is sent.
template <typename Outcome>
class UnsupportedExchange final : public Exchange<Outcome> {
 public:
  absl::StatusOr<typename Exchange<Outcome>::Step> Start() override {
    return absl::InvalidArgumentError("the provider does not support this");
  }
  absl::StatusOr<typename Exchange<Outcome>::Step> OnResponse(const HttpResponse&) override {
    return Start();
  }
};

// One account at one provider. Immutable after construction and so thread-safe.
class Provider {
 public:
  virtual ~Provider() = default;

  // What is not declared here is refused before any other method is called.
  virtual const v1::Capabilities& capabilities() const = 0;

  virtual std::unique_ptr<Exchange<RegistrationOutcome>> RegisterCard(
      RegisterCardCall call) const = 0;
  virtual std::unique_ptr<Exchange<OperationOutcome>> Authorize(AuthorizeCall call) const = 0;
  virtual std::unique_ptr<Exchange<OperationOutcome>> Capture(CaptureCall call) const = 0;
  // Releases what is held. May be sent again.
  virtual std::unique_ptr<Exchange<OperationOutcome>> Cancel(CancelCall call) const = 0;
  // Moves the money in one step, or asks for the payer's action first. Its references and
  // next_action are what Confirm() will need.
  virtual std::unique_ptr<Exchange<OperationOutcome>> Transfer(TransferCall call) const = 0;
  // Goes on with a transfer after the payer's action. Start() refuses, with
  // kInvalidArgument and the field's name, what does not belong to that transfer.
  virtual std::unique_ptr<Exchange<OperationOutcome>> Confirm(ConfirmCall call) const = 0;
  // No request moves money.
  virtual std::unique_ptr<Exchange<StatusReading>> Check(CheckCall call) const = 0;

  // Verifies the signature in constant time and understands the body. Of the headers only
  // Content-Type is there, as when it is handled again. Both errors are recorded:
  // kUnauthenticated: wrong signature, 401; kInvalidArgument: unintelligible, 400, for a person.
  virtual absl::StatusOr<CallbackNotice> ReadCallback(CallbackSubject subject,
                                                      const HttpRequest& request) const = 0;

  // A callback's body as it may be shown to operators: its structure, the names of fields that
  // the plugin knows, and of those values the ones that look as what belongs there;
  // "[redacted]" stands for everything else. kInvalidArgument if it cannot be read. Says nothing
  // about its being genuine.
  virtual absl::StatusOr<std::string> RedactCallback(absl::string_view body) const = 0;

  // For operations that this account sends. Constant.
  virtual NumberRange numbers() const = 0;

  // What the provider wants to hear once its callback is stored.
  virtual HttpResponse AcknowledgeCallback() const = 0;
};

}  // namespace payments

#endif  // PAYMENTS_PROVIDERS_PROVIDER_H_
