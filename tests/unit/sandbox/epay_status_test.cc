// Epay's status, in both spellings.

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/epay_fixture.h"

namespace payments::sandbox {
namespace {

class EpayStatusTest : public EpayTest {
 protected:
  EpayReply OtherSpelling(const std::string& order) {
    v1::Fault fault;
    fault.set_other_spelling(true);
    Plan(v1::METHOD_EPAY_STATUS, fault);
    return Status(order);
  }
};

TEST_F(EpayStatusTest, TellsOfADoneTransfer) {
  const EpayReply transfer = Transfer("123456", "100.50");
  const EpayReply reply = Status("123456");
  EXPECT_EQ(reply.http.status, 200);
  bool is_text = false;
  EXPECT_EQ(reply.Get("result.code", &is_text), "100");
  EXPECT_TRUE(is_text);
  EXPECT_EQ(reply.Get("transaction.p2p.id"), transfer.Get("id"));
  EXPECT_EQ(reply.Get("transaction.p2p.invoiceID"), "123456");
  EXPECT_NE(reply.http.body.find("\"amount\":100.5,"), std::string::npos);
  EXPECT_EQ(reply.Get("transaction.p2p.currency"), "KZT");
  EXPECT_EQ(reply.Get("transaction.p2p.terminalID"), "sandbox-terminal");
  EXPECT_EQ(reply.Get("transaction.p2p.reference"), transfer.Get("reference"));
  EXPECT_EQ(reply.Get("transaction.p2p.statusName"), "AUTH");
}

TEST_F(EpayStatusTest, TellsItInTheOtherSpelling) {
  Transfer("123456", "100.50");
  const EpayReply reply = OtherSpelling("123456");
  EXPECT_EQ(reply.Get("resultCode"), "100");
  bool is_text = false;
  EXPECT_EQ(reply.Get("transaction.amount", &is_text), "100.5");
  EXPECT_TRUE(is_text);
  EXPECT_EQ(reply.Get("transaction.statusName"), "AUTH");
}

TEST_F(EpayStatusTest, TellsOfAFailedTransfer) {
  Transfer("123456", "100", {{"4400430000000001", "4400430000000484"}});
  const EpayReply reply = Status("123456");
  EXPECT_EQ(reply.Get("result.code"), "101");
  EXPECT_EQ(reply.Get("transaction.p2p.statusName"), "FAILED");
  EXPECT_EQ(reply.Get("transaction.p2p.reasonCode"), "484");
  EXPECT_EQ(OtherSpelling("123456").Get("transaction.reasonCode"), "484");
}

TEST_F(EpayStatusTest, TellsOfWhatIsNotDecided) {
  Transfer("123456", "100", {{"4400430000000001", "4400430000000303"}});
  EXPECT_EQ(Status("123456").Get("result.code"), "100");
  EXPECT_EQ(Status("123456").Get("transaction.p2p.statusName"), "3D");
  Plan(v1::METHOD_EPAY_TRANSFER, v1::FAULT_KIND_IN_PROCESS);
  Transfer("200000", "100");
  EXPECT_EQ(Status("200000").Get("result.code"), "103");
  EXPECT_EQ(Status("200000").Get("transaction.p2p.statusName"), "NEW");
}

TEST_F(EpayStatusTest, KnowsOnlyItsOwnOrders) {
  EXPECT_EQ(Status("123456").Get("result.code"), "102");
  EXPECT_EQ(OtherSpelling("123456").Get("resultCode"), "102");
  EXPECT_EQ(Status("12345").http.status, 400);
  EXPECT_EQ(Status("123456/7").http.status, 400);
  EXPECT_EQ(Counts(v1::METHOD_EPAY_STATUS).declined(), 2);
}

TEST_F(EpayStatusTest, TakesTheProductionPathAndGetOnly) {
  Transfer("123456", "100");
  const RawHeaders headers = {{"Authorization", absl::StrCat("Bearer ", StatusToken())}};
  const char* path = "/check-status/p2p/transaction/123456";
  EXPECT_EQ(Exchange(sandbox_->http_port(), "GET", path, headers, "").status, 200);
  EXPECT_EQ(Exchange(sandbox_->http_port(), "POST", path, headers, "").status, 405);
  EXPECT_EQ(Exchange(sandbox_->http_port(), "GET", path, {}, "").status, 401);
}

}  // namespace
}  // namespace payments::sandbox
