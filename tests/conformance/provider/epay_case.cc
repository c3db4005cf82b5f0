#include "tests/conformance/provider/epay_case.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace payments {

AccountSettings EpayCase::Account() const {
  const std::string base = InProcessSandbox::kBaseUrl;
  AccountSettings account;
  account.settings = {
      {"oauth_url", base + "/epay2/oauth2/token"},
      {"transfer_url", base + "/api/p2p/transfer"},
      {"confirm_url", base + "/api/p2p/api/confirm"},
      {"status_url", base + "/api/check-status/p2p/transaction"},
      {"terminal", "sandbox-terminal"},
      {"client_id", "sandbox"},
      {"transfer_scope", "transfer"},
      {"status_scope",
       "webapi usermanagement email_send verification statement statistics payment"},
      {"confirm_bearer", "on"},
      {"order_number_first", "1234000"},
      {"order_number_last", "1235999"},
      {"order_number_at_end", "refuse"},
      {"order_number_last_six", "unique"},
  };
  account.secrets = {{"client_secret", Secret("sandbox-client-secret*#")},
                     {"secret_hash", Secret("sandbox-secret-hash")}};
  return account;
}

sandbox::v1::Method EpayCase::MethodOf(Operation operation) const {
  switch (operation) {
    case Operation::kTransfer:
      return sandbox::v1::METHOD_EPAY_TRANSFER;
    case Operation::kConfirm:
      return sandbox::v1::METHOD_EPAY_CONFIRM;
    default:
      return sandbox::v1::METHOD_EPAY_STATUS;
  }
}

KnownRefusal EpayCase::RefusalOf(Operation /*operation*/) const {
  return {"484", v1::FAILURE_CATEGORY_INSUFFICIENT_FUNDS};
}

bool EpayCase::AnswersNameTheirSubject(Operation /*operation*/) const { return true; }

std::map<std::string, Secret> EpayCase::ConfirmTransfer(int64_t number,
                                                        const v1::NextAction& action) {
  const auto& fields = action.form_post().fields();
  const auto view =
      sandbox().epay().OpenPage(fields.at("PaReq"), fields.at("MD"), fields.at("TermUrl"));
  EXPECT_TRUE(view.ok()) << view.status();
  sandbox::v1::AnswerThreeDSecureRequest request;
  request.set_order_id(absl::StrCat(number));
  const auto posted = sandbox().epay().AnswerThreeDSecure(request);
  EXPECT_TRUE(posted.ok()) << posted.status();
  if (!posted.ok()) return {};
  return {{"PaRes", Secret(posted->pa_res())}, {"MD", Secret(posted->md())}};
}

}  // namespace payments
