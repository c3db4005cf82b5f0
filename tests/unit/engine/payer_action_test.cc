#include "server/engine/payer_action.h"

#include "server/engine/callback_token.h"
#include "tests/unit/engine/transfer_fixture.h"

namespace payments {
namespace {

// The payer's browser: /actions/{token} and /actions/{token}/result.
using PayerActionTest = TransferTest;

TEST_F(PayerActionTest, ThePageShowsTheBanksFormAsOftenAsItIsOpened) {
  const std::string name = Waiting();
  for (int i = 0; i < 3; ++i) {
    const PayerAction action = Open(HostedUrl(name)).value();
    ASSERT_TRUE(action.form.has_value());
    EXPECT_EQ(action.form->url(), "https://bank.test/acs");
    EXPECT_EQ(action.form->fields().at("MD"), "md-1");
    EXPECT_EQ(action.language, "kk");
    EXPECT_EQ(action.return_url, kReturnUrl);
  }
  EXPECT_EQ(State(name), "ACTION_REQUIRED");
}

TEST_F(PayerActionTest, APageWhoseTimeIsOverShowsNoForm) {
  const std::string name = Waiting();
  RunFor(policy_.payer_action_time);
  EXPECT_FALSE(Open(HostedUrl(name)).value().form.has_value());
  EXPECT_EQ(State(name), "ACTION_REQUIRED") << "until the provider says that it is unpaid";
}

TEST_F(PayerActionTest, APageOfAPaymentThatIsOverShowsNoForm) {
  const std::string name = Waiting();
  const std::string url = HostedUrl(name);
  Cancel(name);
  const PayerAction action = Open(url).value();
  EXPECT_FALSE(action.form.has_value());
  EXPECT_EQ(action.return_url, kFailureUrl);
}

TEST_F(PayerActionTest, TheResultIsHandedOnAndTheBrowserGoesOn) {
  const std::string name = Waiting();
  const std::string url = HostedUrl(name);
  const ActionCall call = Finish(url);
  EXPECT_EQ(http_.Last("confirm").Field("pares"), kPares);
  EXPECT_FALSE(call.answered()) << "the merchant's page would find it unfinished";
  EXPECT_EQ(EventsOf(name).back().cause().kind(), v1::CAUSE_KIND_CALLBACK);
  http_.Answer("confirm", "ok");
  Settle();
  EXPECT_EQ(call.value().return_url, kReturnUrl);
  EXPECT_FALSE(call.value().form.has_value());
}

TEST_F(PayerActionTest, ARefusalLeadsToTheFailurePage) {
  const std::string name = Waiting();
  const ActionCall call = Finish(HostedUrl(name));
  http_.Answer("confirm", "declined");
  Settle();
  EXPECT_EQ(call.value().return_url, kFailureUrl);
}

TEST_F(PayerActionTest, WithoutAFailurePageARefusalLeadsToTheOther) {
  v1::CreatePaymentRequest request = TransferRequest();
  request.clear_failure_return_url();
  Transfer(request);
  http_.Answer("transfer", "action md=md-1");
  Settle();
  const ActionCall call = Finish(HostedUrl(PaymentNames().front()));
  http_.Answer("confirm", "declined");
  Settle();
  EXPECT_EQ(call.value().return_url, kReturnUrl);
}

TEST_F(PayerActionTest, ASecondResultIsAnsweredAlikeAndSentNoMore) {
  const std::string name = Waiting();
  const std::string url = HostedUrl(name);
  const ActionCall first = Finish(url);
  const ActionCall second = Finish(url);
  http_.Answer("confirm", "ok");
  Settle();
  const ActionCall third = Finish(url);
  for (const ActionCall& call : {first, second, third}) {
    EXPECT_EQ(call.value().return_url, kReturnUrl);
  }
  EXPECT_EQ(http_.Count("confirm"), 1);
}

TEST_F(PayerActionTest, ASlowProviderDoesNotKeepTheBrowser) {
  const std::string name = Waiting();
  const ActionCall call = Finish(HostedUrl(name));
  RunFor(absl::Seconds(11));
  EXPECT_EQ(call.value().return_url, kReturnUrl);
  EXPECT_EQ(State(name), "PROCESSING");
}

// The bank's page can be sent again.
TEST_F(PayerActionTest, WhatWasNotSentIsUnavailableAndMayBePostedAgain) {
  const std::string name = Waiting();
  const std::string url = HostedUrl(name);
  const ActionCall call = Finish(url);
  http_.Answer("confirm", ScriptedHttp::kRefused);
  Settle();
  EXPECT_TRUE(absl::IsUnavailable(call.status())) << call.status();
  const ActionCall again = Finish(url);
  http_.Answer("confirm", "ok");
  Settle();
  EXPECT_EQ(again.value().return_url, kReturnUrl);
  EXPECT_EQ(http_.Count("confirm"), 2);
}

// The bank's word is in that request alone: it is not thrown away for what is no fault of it.
TEST_F(PayerActionTest, WhileTheAccountIsGoneTheResultMayBePostedAgain) {
  const std::string name = Waiting();
  const std::string url = HostedUrl(name);
  Reconfigure({});
  EXPECT_FALSE(Finish(url).status().ok());
  EXPECT_EQ(State(name), "ACTION_REQUIRED");
  Reconfigure({{kAccount, TransferCapabilities()}});
  const ActionCall again = Finish(url);
  http_.Answer("confirm", "ok");
  Settle();
  EXPECT_EQ(again.value().return_url, kReturnUrl);
}

TEST_F(PayerActionTest, WhileItIsConfirmedThePageSaysSo) {
  const std::string name = Waiting();
  const std::string url = HostedUrl(name);
  Finish(url);
  EXPECT_TRUE(Open(url).value().is_pending);
  http_.Answer("confirm", "ok");
  Settle();
  EXPECT_FALSE(Open(url).value().is_pending);
}

TEST_F(PayerActionTest, FieldsThatWereChangedAreNotHandedOn) {
  const std::string name = Waiting();
  EXPECT_EQ(Finish(HostedUrl(name), {{"MD", "another"}}).value().return_url, kReturnUrl);
  EXPECT_EQ(http_.Count("confirm"), 0);
  EXPECT_EQ(State(name), "ACTION_REQUIRED");
}

TEST_F(PayerActionTest, AResultAfterTheEndIsNotHandedOn) {
  const std::string name = Waiting();
  const std::string url = HostedUrl(name);
  Cancel(name);
  EXPECT_EQ(Finish(url).value().return_url, kFailureUrl);
  EXPECT_EQ(http_.Count("confirm"), 0);
}

TEST_F(PayerActionTest, AStoreThatIsAwayIsUnavailable) {
  const std::string name = Waiting();
  const std::string url = HostedUrl(name);
  standing_fault_ = MemoryStore::Fault::kFailBefore;
  EXPECT_TRUE(absl::IsUnavailable(Open(url).status()));
  EXPECT_TRUE(absl::IsUnavailable(Finish(url).status()));
  EXPECT_EQ(http_.Count("confirm"), 0);
}

TEST_F(PayerActionTest, OnlyOurOwnTokensOfThisKindAreFound) {
  const std::string name = Waiting();
  const std::string url = HostedUrl(name);
  const std::string base = std::string(kBaseUrl) + "/actions/";
  const std::string callback = TransferUrl().substr(TransferUrl().rfind('/') + 1);
  std::string forged = url;
  forged.back() = forged.back() == '0' ? '1' : '0';
  for (const std::string& other : {forged, base + callback, base + "x", base}) {
    EXPECT_TRUE(absl::IsNotFound(Open(other).status())) << other;
    EXPECT_TRUE(absl::IsNotFound(Finish(other).status())) << other;
  }
  const std::string token = url.substr(base.size());
  EXPECT_FALSE(ReadCallbackToken(*keys_, token).ok()) << "nor is it good for callbacks";
}

TEST_F(PayerActionTest, ATokenOfAPaymentThatIsNotHereIsNotFound) {
  const std::string url = HostedUrl(Waiting());
  Crash();
  disk_ = std::make_shared<MemoryStore::Disk>();
  Restart();
  EXPECT_TRUE(absl::IsNotFound(Open(url).status()));
  EXPECT_TRUE(absl::IsNotFound(Finish(url).status()));
}

}  // namespace
}  // namespace payments
