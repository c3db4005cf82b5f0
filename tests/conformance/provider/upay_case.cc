#include "tests/conformance/provider/upay_case.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace payments {

AccountSettings UpayCase::Account() const {
  AccountSettings account;
  account.settings = {{"endpoint", absl::StrCat(InProcessSandbox::kBaseUrl, "/STAPI/STWS")},
                      {"username", "sandbox"},
                      {"service_id", "628"},
                      {"version", "1"},
                      {"language", "ru"}};
  account.secrets = {{"partner_key", Secret("sandbox-partner-key")},
                     {"password", Secret("sandbox-password")}};
  return account;
}

sandbox::v1::Method UpayCase::MethodOf(Operation operation) const {
  switch (operation) {
    case Operation::kRegisterCard:
      return sandbox::v1::METHOD_REGISTER_CARD;
    case Operation::kAuthorize:
      return sandbox::v1::METHOD_HOLD_CREATE;
    case Operation::kCapture:
      return sandbox::v1::METHOD_HOLD_PAYMENT;
    case Operation::kCancel:
      return sandbox::v1::METHOD_HOLD_CANCEL;
    default:
      return sandbox::v1::METHOD_HOLD_CHECK;
  }
}

KnownRefusal UpayCase::RefusalOf(Operation operation) const {
  if (operation == Operation::kRegisterCard) {
    return {"STPIMS-ERR-133", v1::FAILURE_CATEGORY_DUPLICATE};
  }
  return {"STPIMS-ERR-112", v1::FAILURE_CATEGORY_INSUFFICIENT_FUNDS};
}

// A hold is known by the id that its own answer gives; a release tells nothing but its code.
bool UpayCase::AnswersNameTheirSubject(Operation operation) const {
  return operation == Operation::kCapture || operation == Operation::kCheckCapture;
}

void UpayCase::ConfirmRegistration(const RegistrationOutcome& registered) {
  sandbox::v1::ConfirmCardRequest request;
  request.set_confirm_url(registered.next_action.redirect().url());
  std::vector<sandbox::CallbackOrder> callbacks;
  const auto card = sandbox().upay().ConfirmCard(request, &callbacks);
  ASSERT_TRUE(card.ok()) << card.status();
  sandbox().Call(callbacks);
}

}  // namespace payments
