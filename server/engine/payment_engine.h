#ifndef PAYMENTS_SERVER_ENGINE_PAYMENT_ENGINE_H_
#define PAYMENTS_SERVER_ENGINE_PAYMENT_ENGINE_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "payments/v1/operations_service.pb.h"
#include "payments/v1/payments_service.pb.h"
#include "providers/http_message.h"
#include "providers/provider.h"
#include "server/base/clock.h"
#include "server/base/done.h"
#include "server/base/executor.h"
#include "server/base/key_ring.h"
#include "server/base/random.h"
#include "server/engine/account_directory.h"
#include "server/engine/engine_policy.h"
#include "server/engine/http_client.h"
#include "server/engine/observer.h"
#include "server/engine/store.h"

namespace payments {

// Who calls.
struct Caller {
  std::string tenant;
  std::string principal;
  bool is_operator = false;  // May use OperationsService.
};

// The card data of a CreatePayment: in memory only, until the provider is called.
struct PaymentCards {
  std::optional<CardSecrets> source;
  std::optional<Secret> destination_number;
};

// What a payer's browser is shown at /actions/{token}.
struct PayerAction {
  std::optional<v1::FormPostAction> form;  // Unset: there is nothing for him to do.
  bool is_pending = false;                 // No form, but it has not ended: it is being found out.
  std::string return_url;                  // The merchant's page; may be empty.
  std::string language;                    // The payment's; may be empty.
};

// Drives cards and payments through their lives. Start reading here: each public
// method is one use case, implemented in the file of the same name
// (create_payment.cc, handle_callback.cc, …) as a chain of named steps.
//
// Requests are syntactically valid when they come here (server/service/ saw to
// that); the engine judges them against accounts, capabilities and states. Errors
// are those of server/base/error.h. A caller that goes away changes nothing.
//
// Everything runs on `executor`, one task at a time, so nothing in engine/ has a
// lock: call it only there.
class PaymentEngine {
 public:
  // Everything the engine touches. Not owned; must outlive the engine and every
  // task it posted.
  struct Dependencies {
    Executor* executor;
    Clock* clock;
    Random* random;
    Store* store;
    HttpClient* http;
    Observer* observer;
    const KeyRing* keys;
    const AccountDirectory* accounts;
  };

  static std::unique_ptr<PaymentEngine> Create(Dependencies deps, EnginePolicy policy);
  virtual ~PaymentEngine() = default;

  // `request.card` is unset; what was in it is in `card`. `deadline` is when the
  // caller stops waiting: the answer comes before it.
  virtual void RegisterCard(Caller caller, v1::RegisterCardRequest request, CardSecrets card,
                            absl::Time deadline, Done<v1::RegisterCardResponse> done) = 0;
  virtual void DeleteCard(Caller caller, v1::DeleteCardRequest request,
                          Done<v1::DeleteCardResponse> done) = 0;

  // What was card data in `request` is in `cards`; a masked card is in its place.
  virtual void CreatePayment(Caller caller, v1::CreatePaymentRequest request, PaymentCards cards,
                             absl::Time deadline, Done<v1::CreatePaymentResponse> done) = 0;
  // `request.fields` is unset; what was in it is in `fields`.
  virtual void ConfirmPayment(Caller caller, v1::ConfirmPaymentRequest request,
                              std::map<std::string, Secret> fields, absl::Time deadline,
                              Done<v1::ConfirmPaymentResponse> done) = 0;
  virtual void CapturePayment(Caller caller, v1::CapturePaymentRequest request, absl::Time deadline,
                              Done<v1::CapturePaymentResponse> done) = 0;
  virtual void CancelPayment(Caller caller, v1::CancelPaymentRequest request, absl::Time deadline,
                             Done<v1::CancelPaymentResponse> done) = 0;
  virtual void CheckPayment(Caller caller, v1::CheckPaymentRequest request, absl::Time deadline,
                            Done<v1::CheckPaymentResponse> done) = 0;
  // For operators: the service has seen to it that the caller is one.
  virtual void ResolvePayment(Caller caller, v1::ResolvePaymentRequest request, absl::Time deadline,
                              Done<v1::ResolvePaymentResponse> done) = 0;

  // A provider's call to /callbacks/{provider}/{token}. Answered once it is stored:
  // 200 in the provider's words, 404 for an unknown token (nothing is stored), 401
  // for a wrong signature, 400 for an unintelligible body, 503 if it could not be stored.
  virtual void HandleCallback(std::string provider, std::string token, HttpRequest request,
                              absl::AnyInvocable<void(HttpResponse) &&> done) = 0;

  // For operators, who see what is their own tenant's. CALLBACK_NOT_FOUND.
  virtual void GetCallback(Caller caller, v1::GetCallbackRequest request, absl::Time deadline,
                           Done<v1::GetCallbackResponse> done) = 0;
  // Handles a stored callback as HandleCallback would. CALLBACK_BODY_DELETED; RATE_LIMITED if
  // somebody had its payment or card asked about just before.
  virtual void ReplayCallback(Caller caller, v1::ReplayCallbackRequest request, absl::Time deadline,
                              Done<v1::ReplayCallbackResponse> done) = 0;
  virtual void AcknowledgeCallback(Caller caller, v1::AcknowledgeCallbackRequest request,
                                   absl::Time deadline,
                                   Done<v1::AcknowledgeCallbackResponse> done) = 0;

  // The payer's browser at /actions/{token}, as often as it likes, and what the bank's
  // page posted to /actions/{token}/result: handled once, answered alike every time, and
  // never with a form. kNotFound for every token that is not ours; after any other error
  // the same fields can, and should, be given again: it is known nowhere else what they say.
  virtual void OpenAction(const std::string& token, Done<PayerAction> done) = 0;
  virtual void FinishAction(const std::string& token, std::map<std::string, Secret> fields,
                            Done<PayerAction> done) = 0;

  // Starts the reconciler, and what takes up callbacks that were left unhandled. Once.
  virtual void Start() = 0;

  // From now on nothing new is begun: new requests get DRAINING; the reconciler
  // stops. `done` runs when nothing is in flight any more.
  virtual void Drain(absl::AnyInvocable<void() &&> done) = 0;

  // What the store committed; from its commit listener.
  virtual void OnCommitted(const std::vector<CommittedEvent>& events) = 0;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_PAYMENT_ENGINE_H_
