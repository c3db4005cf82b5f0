// The bank's page, as a browser and a careless client see it.

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/unit/sandbox/sandbox_fixture.h"

namespace payments::sandbox {
namespace {

class BankPageTest : public SandboxTest {
 protected:
  // Registers a card and opens its page's address.
  void Register(const Fields& overrides = {}) {
    Fields fields = {{"NotifyUrl", NotifyUrl()}};
    fields.insert(fields.end(), overrides.begin(), overrides.end());
    const SoapAnswer answer = RegisterCard(fields);
    card_ = answer.Get("CardToken");
    escaped_url_ = answer.Get("ConfirmUrl");
    url_ = absl::StrReplaceAll(escaped_url_, {{"&amp;", "&"}});
    target_ = url_.substr(url_.find("/bank/"));
  }

  RawResponse Get(const std::string& target) {
    return Exchange(sandbox_->http_port(), "GET", target, {}, "");
  }

  RawResponse Submit(const std::string& form) {
    return Exchange(sandbox_->http_port(), "POST", target_,
                    {{"Content-Type", "application/x-www-form-urlencoded"}}, form);
  }

  std::string card_;
  std::string escaped_url_;
  std::string url_;
  std::string target_;
};

TEST_F(BankPageTest, AddressesNeedToBeUnescapedOnceAndNoMore) {
  Register();
  EXPECT_EQ(escaped_url_, absl::StrCat("http://127.0.0.1:", sandbox_->http_port(),
                                       escaped_url_.substr(escaped_url_.find("/bank/"))));
  EXPECT_NE(escaped_url_.find("?a=1&amp;b=%3D"), std::string::npos);
  EXPECT_EQ(Get(target_).status, 200);
  EXPECT_EQ(Get(absl::StrReplaceAll(target_, {{"&", "&amp;"}})).status, 404);
  EXPECT_EQ(Get(absl::StrReplaceAll(target_, {{"%3D", "%253D"}})).status, 404);
  EXPECT_EQ(Get(absl::StrReplaceAll(target_, {{"%3D", "="}})).status, 404);
  EXPECT_EQ(Get("/bank/confirm/0123456789abcdef?a=1&b=%3D").status, 404);
}

TEST_F(BankPageTest, AsksAndConfirms) {
  Register();
  const RawResponse page = Get(target_);
  EXPECT_NE(page.head.find("text/html; charset=utf-8"), std::string::npos);
  EXPECT_NE(page.body.find("4719*****3250"), std::string::npos);
  EXPECT_NE(page.body.find("method=\"post\""), std::string::npos);
  EXPECT_NE(page.body.find("name=\"code\""), std::string::npos);
  EXPECT_EQ(page.body.find("4719515042883250"), std::string::npos);
  EXPECT_EQ(page.body.find("<script"), std::string::npos);

  const RawResponse confirmed = Submit("code=1234&result=confirm");
  EXPECT_EQ(confirmed.status, 200);
  EXPECT_NE(confirmed.body.find("Card confirmed"), std::string::npos);
  const CallbackReceiver::Callback callback = merchant_.Next();
  EXPECT_EQ(JsonMember(callback.body, "cardToken"), card_);
  EXPECT_EQ(JsonMember(callback.body, "status"), "0");
  EXPECT_EQ(HoldCreate(card_, 100'000).code(), "OK");
}

TEST_F(BankPageTest, DecidesOnce) {
  Register();
  Submit("code=1234&result=confirm");
  EXPECT_NE(Submit("result=refuse").body.find("Card confirmed"), std::string::npos);
  EXPECT_NE(Get(target_).body.find("Card confirmed"), std::string::npos);
  merchant_.Next();
  EXPECT_EQ(Totals().callbacks_sent(), 1);
}

TEST_F(BankPageTest, Refuses) {
  Register();
  EXPECT_NE(Submit("code=&result=refuse").body.find("Card not confirmed"), std::string::npos);
  EXPECT_EQ(JsonMember(merchant_.Next().body, "status"), "1");
  EXPECT_EQ(HoldCreate(card_, 100'000).code(), "STPIMS-ERR-067");
}

TEST_F(BankPageTest, TakesTwoWrongCodes) {
  Register();
  EXPECT_NE(Submit("code=0000&result=confirm").body.find("Wrong code"), std::string::npos);
  EXPECT_NE(Submit("code=0000&result=confirm").body.find("Wrong code"), std::string::npos);
  EXPECT_NE(Submit("code=1111&result=confirm").body.find("Card confirmed"), std::string::npos);
}

TEST_F(BankPageTest, TakesNoThirdWrongCode) {
  Register();
  for (int i = 0; i < 3; ++i) Submit("code=0000&result=confirm");
  EXPECT_NE(Get(target_).body.find("Card not confirmed"), std::string::npos);
  EXPECT_EQ(JsonMember(merchant_.Next().body, "status"), "1");
}

TEST_F(BankPageTest, RefusesACardOfThatEnding) {
  Register({{"CardNumber", "4719515042880098"}});
  EXPECT_NE(Submit("code=1234&result=confirm").body.find("Card not confirmed"), std::string::npos);
}

TEST_F(BankPageTest, TakesOrdersByAddress) {
  Register();
  v1::ConfirmCardRequest request;
  v1::ConfirmCardResponse response;
  request.set_confirm_url(escaped_url_);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::ConfirmCard, request, &response), grpc::NOT_FOUND);
  request.set_confirm_url(url_);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::ConfirmCard, request, &response), grpc::OK);
  EXPECT_EQ(response.card().card_token(), card_);
}

TEST_F(BankPageTest, AnswersNothingElse) {
  Register();
  EXPECT_EQ(Exchange(sandbox_->http_port(), "DELETE", target_, {}, "").status, 405);
  EXPECT_EQ(Get("/").status, 200);
  EXPECT_EQ(Get("/shop").status, 200);
  EXPECT_EQ(Get("/bank/").status, 404);
}

TEST_F(BankPageTest, ShowsAnotherAddressIfTold) {
  Sandbox::Options options = DefaultOptions();
  options.public_url = "http://sandbox.example:8090";
  Restart(options);
  Register();
  EXPECT_EQ(url_.find("http://sandbox.example:8090/bank/confirm/"), 0U);
  EXPECT_EQ(Get(target_).status, 200);
}

}  // namespace
}  // namespace payments::sandbox
