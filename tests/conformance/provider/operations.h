#ifndef PAYMENTS_TESTS_CONFORMANCE_PROVIDER_OPERATIONS_H_
#define PAYMENTS_TESTS_CONFORMANCE_PROVIDER_OPERATIONS_H_

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "providers/provider.h"

namespace payments {

// What can be asked of a provider; a check is three things, by what is checked.
enum class Operation {
  kRegisterCard,
  kAuthorize,
  kCapture,
  kCancel,
  kTransfer,
  kConfirm,
  kCheckHold,
  kCheckCapture,
  kCheckTransfer,
};
std::vector<Operation> AllOperations();
std::string NameOf(Operation operation);

bool MovesMoney(Operation operation);
bool IsCheck(Operation operation);

// By the capabilities alone.
bool Declares(const v1::Capabilities& can, Operation operation);
bool TakesFrom(const v1::Capabilities& can, v1::SourceKind kind);
bool PaysTo(const v1::Capabilities& can, v1::DestinationKind kind);
bool Captures(const v1::Capabilities& can, v1::CaptureMode mode);
bool Asks(const v1::Capabilities& can, v1::PayerActionKind kind);

using AnyCall = std::variant<RegisterCardCall, AuthorizeCall, CaptureCall, CancelCall, TransferCall,
                             ConfirmCall, CheckCall>;
using AnyOutcome = std::variant<RegistrationOutcome, OperationOutcome, StatusReading>;

const ProviderAnswer& AnswerOf(const AnyOutcome& outcome);
// Where it states one.
std::optional<v1::Money> AmountOf(const AnyOutcome& outcome);

// It says that something is so for good, or gives out something to act upon: what bytes
// that prove nothing may never lead to.
bool ClaimsAnything(const AnyOutcome& outcome);
// "succeeded", "captured" and the like: that what was asked for is done.
bool IsDone(Operation operation, const AnyOutcome& outcome);
bool IsDeclined(const AnyOutcome& outcome);
// All of it as text, without what is a Secret.
std::string TextOf(const AnyOutcome& outcome);

// An Exchange, whatever its outcome.
class Talk {
 public:
  using Step = std::variant<HttpRequest, AnyOutcome>;

  virtual ~Talk() = default;
  virtual absl::StatusOr<Step> Start() = 0;
  virtual absl::StatusOr<Step> OnResponse(const HttpResponse& response) = 0;
};

std::unique_ptr<Talk> Begin(const Provider& provider, const AnyCall& call);

}  // namespace payments

#endif  // PAYMENTS_TESTS_CONFORMANCE_PROVIDER_OPERATIONS_H_
