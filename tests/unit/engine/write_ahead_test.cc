#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

// API.md, rules 1 and 2: the intent is durable before the wire is touched.
class WriteAheadTest : public EngineTest {
 protected:
  // Keeps what the disk says of the payment at the moment that `verb` is sent.
  void SpyOn(const std::string& verb) {
    http_.SetSpy([this, verb](const ScriptedMessage& message) {
      if (message.verb != verb) return;
      const std::vector<std::string> names = PaymentNames();
      ASSERT_EQ(names.size(), 1U) << "sent before the intent was durable";
      at_send_ = Operations(names.front());
      number_at_send_ = Stored(names.front()).record.operations().rbegin()->number();
    });
  }

  // A callback for the newest payment, at the same time as everything else.
  void Notify(const std::string& body) {
    HttpRequest request;
    request.body = Secret(body);
    engine_->HandleCallback(kProvider, PaymentUrl().substr(PaymentUrl().rfind('/') + 1),
                            std::move(request), [](const HttpResponse&) {});
  }

  std::string at_send_ = "(never sent)";
  int64_t number_at_send_ = 0;
};

TEST_F(WriteAheadTest, HoldIsDurableAndSentBeforeTheWireIsTouched) {
  SpyOn("authorize");
  Sent();
  EXPECT_EQ(at_send_, "AUTHORIZE SENT PENDING");
  EXPECT_EQ(http_.Last("authorize").Field("number"), std::to_string(number_at_send_));
}

TEST_F(WriteAheadTest, CaptureIsDurableAndSentBeforeTheWireIsTouched) {
  const std::string name = Authorized();
  SpyOn("capture");
  Capture(name);
  EXPECT_EQ(at_send_, "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE SENT PENDING");
  EXPECT_EQ(http_.Last("capture").Field("number"), std::to_string(number_at_send_));
}

TEST_F(WriteAheadTest, ReleaseIsDurableAndSentBeforeTheWireIsTouched) {
  const std::string name = Authorized();
  SpyOn("cancel");
  Cancel(name);
  EXPECT_EQ(at_send_, "AUTHORIZE ANSWERED SUCCEEDED, CANCEL SENT PENDING");
}

TEST_F(WriteAheadTest, NothingIsSentIfTheIntentCannotBeStored) {
  standing_fault_ = MemoryStore::Fault::kFailBefore;
  const CreateCall call = Create(PaymentRequest());
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_TRUE(http_.sent().empty());
  standing_fault_ = MemoryStore::Fault::kNone;
  EXPECT_TRUE(PaymentNames().empty());
}

// Who does not know that his commit created the operation may not send it.
TEST_F(WriteAheadTest, NothingIsSentIfTheIntentIsNotAcknowledged) {
  const std::string name = Authorized();
  faults_ = {MemoryStore::Fault::kNone, MemoryStore::Fault::kLoseReply};  // Read, commit.
  const CaptureCallResult call = Capture(name);
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_EQ(http_.Count("capture"), 0);
  EXPECT_EQ(Operations(name), "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE SENT PENDING");
  // Repeating attaches to it, and does not send it either.
  Capture(name);
  EXPECT_EQ(http_.Count("capture"), 0);
}

// Two say "held" at once; the one that loses the compare-and-set sends nothing.
TEST_F(WriteAheadTest, TheLoserOfTheCompareAndSetNeverSends) {
  constexpr uint64_t kInterleavings = 200;
  for (uint64_t i = 0; i < kInterleavings; ++i) {
    const std::string name = Sent("r" + std::to_string(i), v1::CAPTURE_MODE_AUTOMATIC);
    const std::string hold = "hold_id=h" + std::to_string(i);
    const int before = http_.Count("capture");
    http_.Always("check", "status hold=held capture=silent " + hold);
    http_.Answer("authorize", "ok " + hold);
    for (int callbacks = 0; callbacks < 3; ++callbacks) Notify("notice status=0 " + hold);
    Settle();
    ASSERT_EQ(http_.Count("capture"), before + 1) << "interleaving " << i;
    http_.Answer("capture", "ok");
    Settle();
    ASSERT_EQ(State(name), "SUCCEEDED");
  }
}

}  // namespace
}  // namespace payments
