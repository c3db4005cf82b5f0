// 3-D Secure as a payer's browser and a merchant go through it, by plain HTTP.

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/unit/sandbox/epay_fixture.h"

namespace payments::sandbox {
namespace {

constexpr char kOrder[] = "123456";
constexpr char kTermUrl[] = "https://shop.example/back?a=1&b=\"2\"";

// The value of a hidden field, as a browser would send it; empty if there is none.
std::string Hidden(const std::string& page, const std::string& name) {
  const std::string begin = absl::StrCat("name=\"", name, "\" value=\"");
  const size_t at = page.find(begin);
  if (at == std::string::npos) return "";
  const size_t from = at + begin.size();
  return absl::StrReplaceAll(page.substr(from, page.find('"', from) - from),
                             {{"&amp;", "&"}, {"&quot;", "\""}, {"&lt;", "<"}, {"&gt;", ">"}});
}

class ThreeDSecureTest : public EpayTest {
 protected:
  // A transfer that needs it, and what was answered.
  void Begin(const std::string& ending = "0303", const std::string& prefix = "secure3D.",
             const std::string& amount = "100") {
    const EpayReply reply =
        Transfer(kOrder, amount, {{"4400430000000001", absl::StrCat("440043000000", ending)}});
    id_ = reply.Get("id");
    pa_req_ = reply.Get(prefix + "paReq");
    md_ = reply.Get(prefix + "md");
    action_ = reply.Get(prefix + "action");
    EXPECT_EQ(reply.Get("status"), "");
    EXPECT_EQ(reply.Get("code"), "");
  }

  std::string target() const { return action_.substr(action_.find("/bank/")); }

  // Follows a redirect, as a browser does.
  RawResponse PostPage(const std::string& target, const Fields& fields) {
    const EpayReply reply = PostForm(target, Form(fields));
    if (reply.http.status != 303) return reply.http;
    return Exchange(sandbox_->http_port(), "GET", reply.Header("Location"), {}, "");
  }

  // What the hosted page's form does.
  RawResponse Open() {
    RawResponse page = PostPage(target(), {{"PaReq", pa_req_}, {"MD", md_}, {"TermUrl", kTermUrl}});
    const std::string begin = "action=\"/bank/acs/";
    const size_t at = page.body.find(begin);
    if (at != std::string::npos) {
      page_ = page.body.substr(at + 8, page.body.find('"', at + 8) - at - 8);
    }
    return page;
  }

  RawResponse Submit(const std::string& result, const std::string& code = "1234") {
    return PostPage(page_, {{"code", code}, {"result", result}});
  }

  // Opens the page, lets the payer decide, and gives the PaRes.
  std::string PaResOf(const std::string& result) {
    Open();
    return Hidden(Submit(result).body, "PaRes");
  }

  std::string id_;
  std::string pa_req_;
  std::string md_;
  std::string action_;
  std::string page_;
};

TEST_F(ThreeDSecureTest, AsksInANestedObject) {
  Begin();
  EXPECT_EQ(id_.size(), 36U);
  EXPECT_TRUE(absl::StrContains(pa_req_, "+"));
  EXPECT_EQ(md_.size(), 26U);
  EXPECT_EQ(action_,
            absl::StrCat("http://127.0.0.1:", sandbox_->http_port(), "/bank/acs?a=1&b=%3D"));
  const v1::Transfer transfer = TransferOf(kOrder);
  EXPECT_EQ(transfer.state(), v1::TRANSFER_STATE_THREE_D_SECURE);
  EXPECT_EQ(transfer.md(), md_);
  EXPECT_EQ(Totals().movements(), 0);
}

TEST_F(ThreeDSecureTest, AsksInFlatFieldsOrWithoutAnAction) {
  Begin("0304", "");
  EXPECT_FALSE(pa_req_.empty());
  EXPECT_FALSE(md_.empty());
  EXPECT_FALSE(action_.empty());
  const EpayReply without = Transfer("200000", "100", {{"4400430000000001", "4400430000000305"}});
  EXPECT_NE(without.http.body.find("\"action\":\"\""), std::string::npos);
  EXPECT_FALSE(without.Get("secure3D.paReq").empty());
}

TEST_F(ThreeDSecureTest, TheBanksPageNeedsWhatItIsGiven) {
  Begin();
  const Fields good = {{"PaReq", pa_req_}, {"MD", md_}, {"TermUrl", kTermUrl}};
  EXPECT_EQ(PostPage(target(), good).status, 200);
  EXPECT_EQ(PostPage("/bank/acs", good).status, 400);
  EXPECT_EQ(PostPage("/bank/acs?a=1&amp;b=%3D", good).status, 400);
  EXPECT_EQ(Exchange(sandbox_->http_port(), "GET", target(), {}, "").status, 405);
  Fields bad = good;
  bad[0].second = absl::StrReplaceAll(pa_req_, {{"+", " "}});
  EXPECT_EQ(PostPage(target(), bad).status, 404);
  bad = good;
  bad[1].second = "270469967-9CA5EC5779A3358E";
  EXPECT_EQ(PostPage(target(), bad).status, 404);
  bad = good;
  bad[2].second = "javascript:alert(1)";
  EXPECT_EQ(PostPage(target(), bad).status, 400);
  EXPECT_EQ(Exchange(sandbox_->http_port(), "GET", "/bank/acs/0123", {}, "").status, 404);
}

TEST_F(ThreeDSecureTest, AcceptsAndConfirmsByARedirect) {
  Begin();
  const RawResponse page = Open();
  EXPECT_NE(page.body.find("4400********0303"), std::string::npos);
  EXPECT_NE(page.body.find("100 KZT"), std::string::npos);
  EXPECT_EQ(page.body.find("<script"), std::string::npos);
  EXPECT_EQ(Exchange(sandbox_->http_port(), "GET", page_, {}, "").body, page.body);

  const RawResponse back = Submit("accept");
  EXPECT_NE(back.body.find("action=\"https://shop.example/back?a=1&amp;b=&quot;2&quot;\""),
            std::string::npos)
      << back.body;
  EXPECT_NE(back.body.find("<button>"), std::string::npos);
  EXPECT_NE(back.body.find("<script>"), std::string::npos);
  EXPECT_EQ(Hidden(back.body, "MD"), md_);
  const std::string pa_res = Hidden(back.body, "PaRes");
  EXPECT_TRUE(absl::StrContains(pa_res, "+") && absl::StrContains(pa_res, "/")) << pa_res;
  EXPECT_EQ(Totals().movements(), 0);

  const EpayReply confirmed = Confirm(id_, pa_res, md_);
  EXPECT_EQ(confirmed.http.status, 302);
  EXPECT_EQ(confirmed.http.body, "");
  const std::string location = confirmed.Header("Location");
  EXPECT_TRUE(absl::StartsWith(location, "https://epay.homebank.kz/payform/success.html?"))
      << location;
  EXPECT_TRUE(absl::StrContains(location, "amount=100&currency=KZT&invoiceID=123456&"));
  EXPECT_EQ(TransferOf(kOrder).state(), v1::TRANSFER_STATE_DONE);
  EXPECT_EQ(JsonMember(merchant_.Next().body, "secure"), "yes");
}

TEST_F(ThreeDSecureTest, ShowsTheAmountAsPeopleWriteIt) {
  Begin("0303", "secure3D.", "12500.5");
  EXPECT_NE(Open().body.find("<b>12500.50 KZT</b>"), std::string::npos);
}

TEST_F(ThreeDSecureTest, ConfirmsOnceHoweverOftenItIsAsked) {
  Begin();
  const std::string pa_res = PaResOf("accept");
  EXPECT_EQ(Confirm(id_, pa_res, md_).http.status, 302);
  EXPECT_TRUE(absl::StrContains(Confirm(id_, pa_res, md_).Header("Location"), "success.html"));
  EXPECT_EQ(Totals().movements(), 1);
  // The payer goes back and presses again: the same answer.
  EXPECT_EQ(Hidden(Submit("refuse").body, "PaRes"), pa_res);
  EXPECT_EQ(Hidden(Open().body, "PaRes"), pa_res);
}

TEST_F(ThreeDSecureTest, ConfirmsByAPageIfAsked) {
  Begin();
  v1::Fault fault;
  fault.set_other_spelling(true);
  Plan(v1::METHOD_EPAY_CONFIRM, fault);
  const EpayReply reply = Confirm(id_, PaResOf("accept"), md_);
  EXPECT_EQ(reply.http.status, 200);
  EXPECT_TRUE(absl::StrContains(reply.Header("Content-Type"), "text/html"));
  EXPECT_TRUE(absl::StrContains(reply.http.body, "success.html?amount=100&amp;"));
  EXPECT_EQ(TransferOf(kOrder).state(), v1::TRANSFER_STATE_DONE);
}

TEST_F(ThreeDSecureTest, RefusesThePayer) {
  Begin();
  const std::string pa_res = PaResOf("refuse");
  EXPECT_FALSE(pa_res.empty());
  const EpayReply reply = Confirm(id_, pa_res, md_);
  EXPECT_EQ(reply.http.status, 302);
  EXPECT_TRUE(absl::StartsWith(reply.Header("Location"),
                               "https://epay.homebank.kz/payform/?invoiceID=123456&code=455&"));
  EXPECT_EQ(TransferOf(kOrder).state(), v1::TRANSFER_STATE_FAILED);
  EXPECT_EQ(JsonMember(merchant_.Next().body, "reasonCode"), "455");
  EXPECT_EQ(Totals().movements(), 0);
}

TEST_F(ThreeDSecureTest, TakesTwoWrongCodesAndNoThird) {
  Begin();
  Open();
  EXPECT_NE(Submit("accept", "0000").body.find("Wrong code"), std::string::npos);
  EXPECT_NE(Submit("accept", "0000").body.find("Wrong code"), std::string::npos);
  const std::string pa_res = Hidden(Submit("accept", "0000").body, "PaRes");
  EXPECT_FALSE(pa_res.empty());
  EXPECT_TRUE(absl::StrContains(Confirm(id_, pa_res, md_).Header("Location"), "code=455"));
}

TEST_F(ThreeDSecureTest, AnAbandonedPageFailsTheTransferInTime) {
  Begin();
  Open();
  EXPECT_NE(Submit("leave").body.find("You left"), std::string::npos);
  MoveClock(14 * 60);
  EXPECT_EQ(TransferOf(kOrder).state(), v1::TRANSFER_STATE_THREE_D_SECURE);
  EXPECT_EQ(Status(kOrder).Get("transaction.p2p.statusName"), "3D");
  MoveClock(15 * 60 + 1);
  EXPECT_EQ(TransferOf(kOrder).state(), v1::TRANSFER_STATE_FAILED);
  EXPECT_EQ(JsonMember(merchant_.Next().body, "reasonCode"), "503");
  EXPECT_NE(Exchange(sandbox_->http_port(), "GET", page_, {}, "").body.find("Too late"),
            std::string::npos);
  EXPECT_TRUE(absl::StrContains(Confirm(id_, "eJw", md_).Header("Location"), "code=503"));
}

TEST_F(ThreeDSecureTest, APaResThatWasDecodedTwiceIsUnreadable) {
  Begin();
  const std::string pa_res = absl::StrReplaceAll(PaResOf("accept"), {{"+", " "}});
  EXPECT_TRUE(absl::StrContains(Confirm(id_, pa_res, md_).Header("Location"), "code=496"));
  EXPECT_EQ(TransferOf(kOrder).code(), 496);
}

TEST_F(ThreeDSecureTest, AConfirmOfSomethingElseDecidesNothing) {
  Begin();
  const std::string pa_res = PaResOf("accept");
  EXPECT_TRUE(absl::StrContains(Confirm(id_, pa_res, "1-A").Header("Location"), "code=469"));
  EXPECT_TRUE(absl::StrContains(Confirm("nobody", pa_res, md_).Header("Location"), "code=469"));
  EXPECT_EQ(PostJson(kConfirmPath, "", "{\"ID\":\"1\",\"PaRes\":\"2\"}").http.status, 400);
  EXPECT_EQ(PostJson(kConfirmPath, "", "{\"Id\":\"1\",\"PaRes\":\"2\",\"MD\":\"3\"}").http.status,
            400);
  EXPECT_EQ(TransferOf(kOrder).state(), v1::TRANSFER_STATE_THREE_D_SECURE);
  EXPECT_TRUE(absl::StrContains(Confirm(id_, pa_res, md_).Header("Location"), "success.html"));
}

TEST_F(ThreeDSecureTest, ATokenOfAConfirmIsCheckedIfThereIsOne) {
  Begin();
  const std::string pa_res = PaResOf("accept");
  EXPECT_EQ(Confirm(id_, pa_res, md_, "made-up").http.status, 401);
  EXPECT_EQ(Confirm(id_, pa_res, md_, TransferToken("654321", "100")).http.status, 401);
  EXPECT_EQ(Confirm(id_, pa_res, md_, StatusToken()).http.status, 401);
  const std::string token = TransferToken(kOrder, "100");
  EXPECT_EQ(Confirm(id_, pa_res, md_, token).http.status, 302);
  EXPECT_EQ(Confirm(id_, pa_res, md_, token).http.status, 401);
}

TEST_F(ThreeDSecureTest, TheIssuerMayStillRefuse) {
  Begin("0306");
  EXPECT_TRUE(
      absl::StrContains(Confirm(id_, PaResOf("accept"), md_).Header("Location"), "code=484"));
}

TEST_F(ThreeDSecureTest, SavesTheCardOnceItIsConfirmed) {
  const EpayReply reply = Transfer(
      kOrder, "100",
      {{"\"merchantIdForSavingCards\": \"\"", "\"merchantIdForSavingCards\": \"customer-1\""},
       {"\"save\": false", "\"save\": true"},
       {"4400430000000001", "4400430000000303"}});
  EXPECT_EQ(TransferOf(kOrder).sender_card_id(), "");
  v1::AnswerThreeDSecureRequest request;
  v1::AnswerThreeDSecureResponse response;
  request.set_order_id(kOrder);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::AnswerThreeDSecure, request, &response), grpc::OK);
  const EpayReply confirmed = Confirm(reply.Get("id"), response.pa_res(), response.md());
  const std::string card = TransferOf(kOrder).sender_card_id();
  EXPECT_EQ(card.size(), 36U);
  EXPECT_TRUE(absl::StrContains(confirmed.Header("Location"), absl::StrCat("cardid=", card)));
  EXPECT_EQ(Status(kOrder).Get("transaction.p2p.senderCardID"), card);
}

TEST_F(ThreeDSecureTest, TakesOrdersInThePayersPlace) {
  v1::AnswerThreeDSecureRequest request;
  v1::AnswerThreeDSecureResponse response;
  const auto answer = [&] {
    return Order(&v1::SandboxService::Stub::AnswerThreeDSecure, request, &response);
  };
  request.set_order_id(kOrder);
  EXPECT_EQ(answer(), grpc::NOT_FOUND);
  Begin();
  request.set_refuse(true);
  EXPECT_EQ(answer(), grpc::OK);
  EXPECT_EQ(response.md(), md_);
  EXPECT_EQ(answer(), grpc::FAILED_PRECONDITION);
  EXPECT_TRUE(
      absl::StrContains(Confirm(id_, response.pa_res(), md_).Header("Location"), "code=455"));
  EXPECT_EQ(Transfer("200000", "100").Get("status"), "AUTH");
  request.set_order_id("200000");
  EXPECT_EQ(answer(), grpc::FAILED_PRECONDITION);
}

}  // namespace
}  // namespace payments::sandbox
