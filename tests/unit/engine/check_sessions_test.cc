#include "server/engine/check_sessions.h"

#include "tests/unit/engine/transfer_fixture.h"

namespace payments {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(CheckSessions, ThereIsNoneBeforeOneIsKept) {
  CheckSessions sessions;
  const Account account;
  EXPECT_TRUE(sessions.Find(&account, absl::ZeroDuration()).empty());
}

TEST(CheckSessions, ASessionLivesUntilItsTimeIsOver) {
  CheckSessions sessions;
  const Account account;
  sessions.Keep(&account, {Secret("s1"), absl::Seconds(10)}, absl::Seconds(5));
  EXPECT_EQ(sessions.Find(&account, absl::Seconds(14)).Reveal(), "s1");
  EXPECT_TRUE(sessions.Find(&account, absl::Seconds(15)).empty());
  EXPECT_TRUE(sessions.Find(&account, absl::Seconds(14)).empty()) << "it is gone for good";
}

TEST(CheckSessions, ANewOneReplacesTheOldOneOfItsAccountOnly) {
  CheckSessions sessions;
  const Account one;
  const Account other;
  sessions.Keep(&one, {Secret("s1"), absl::Seconds(10)}, absl::ZeroDuration());
  sessions.Keep(&other, {Secret("s2"), absl::Seconds(10)}, absl::ZeroDuration());
  sessions.Keep(&one, {Secret("s3"), absl::Seconds(20)}, absl::ZeroDuration());
  EXPECT_EQ(sessions.Find(&one, absl::Seconds(15)).Reveal(), "s3");
  EXPECT_EQ(sessions.Find(&other, absl::Seconds(5)).Reveal(), "s2");
}

// The same, seen by providers.
class SessionsTest : public TransferTest {
 protected:
  static constexpr char kSession[] = "session-of-a-check";
  static constexpr char kGiven[] =
      "status transfer=in_process session=session-of-a-check session_seconds=600";

  std::string Lost(const std::string& request_id, const std::string& account = kAccount) {
    v1::CreatePaymentRequest request = TransferRequest(request_id);
    request.set_account(account);
    Transfer(request);
    http_.Answer("transfer", ScriptedHttp::kLost);
    Settle();
    return PaymentNames().back();
  }
  // What the check of `name` was sent with.
  std::string SessionOfCheck(const std::string& name) {
    const int before = http_.Count("check");
    RunFor(absl::Seconds(1));  // The rate.
    Check(name);
    EXPECT_GT(http_.Count("check"), before);
    return http_.Last("check").Field("session");
  }
};

TEST_F(SessionsTest, LaterChecksOfTheAccountUseIt) {
  const std::string one = Lost("r1");
  const std::string other = Lost("r2");
  Checks(kGiven);
  EXPECT_EQ(SessionOfCheck(one), "");
  EXPECT_EQ(SessionOfCheck(one), kSession);
  EXPECT_EQ(SessionOfCheck(other), kSession);
}

TEST_F(SessionsTest, OtherAccountsDoNot) {
  Reconfigure({{kAccount, TransferCapabilities()}, {"accounts/other", TransferCapabilities()}});
  const std::string one = Lost("r1");
  const std::string other = Lost("r2", "accounts/other");
  Checks(kGiven);
  SessionOfCheck(one);
  EXPECT_EQ(SessionOfCheck(other), "");
}

TEST_F(SessionsTest, AnExpiredOneIsNotUsed) {
  const std::string name = Lost("r1");
  Checks("status transfer=silent session=s1 session_seconds=5");
  SessionOfCheck(name);
  Checks("status transfer=silent");
  EXPECT_EQ(SessionOfCheck(name), "s1");
  RunFor(absl::Seconds(5));
  EXPECT_EQ(SessionOfCheck(name), "");
}

TEST_F(SessionsTest, ANewOneReplacesIt) {
  const std::string name = Lost("r1");
  Checks("status transfer=silent session=s1 session_seconds=600");
  SessionOfCheck(name);
  Checks("status transfer=silent session=s2 session_seconds=600");
  EXPECT_EQ(SessionOfCheck(name), "s1");
  EXPECT_EQ(SessionOfCheck(name), "s2");
}

TEST_F(SessionsTest, ARestartForgetsIt) {
  const std::string name = Lost("r1");
  Checks(kGiven);
  SessionOfCheck(name);
  Crash();
  Restart();
  EXPECT_EQ(SessionOfCheck(name), "");
}

TEST_F(SessionsTest, ItIsStoredNowhereAndToldToNobody) {
  const std::string name = Lost("r1");
  Checks(std::string(kGiven) + " code=1 unlisted=1");
  SessionOfCheck(name);
  ASSERT_EQ(SessionOfCheck(name), kSession);
  EXPECT_THAT(Stored(name).record.SerializeAsString(), Not(HasSubstr(kSession)));
  EXPECT_THAT(Stored(name).schedule.SerializeAsString(), Not(HasSubstr(kSession)));
  for (const v1::Event& event : EventsOf(name)) {
    EXPECT_THAT(event.SerializeAsString(), Not(HasSubstr(kSession)));
  }
  for (const std::string& detail : observer_.trouble_details) {
    EXPECT_THAT(detail, Not(HasSubstr(kSession)));
  }
  EXPECT_FALSE(observer_.trouble_details.empty());
}

}  // namespace
}  // namespace payments
