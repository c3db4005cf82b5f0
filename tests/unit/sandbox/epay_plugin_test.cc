// The sandbox and the plugin were written apart, from the guide: what each of them says, the
// other must understand.

#include "providers/epay/epay_plugin.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/unit/sandbox/epay_fixture.h"

namespace payments::sandbox {
namespace {

using Verdict = OperationOutcome::Verdict;

constexpr int64_t kOrder = 1'234'567;
constexpr char kMagicCard[] = "440043000000";  // And what its last four digits ask for.
constexpr char kSecretHash[] = "JDKCNDDG*#";

class EpayPluginTest : public EpayTest {
 protected:
  EpayPluginTest() { Configure("off"); }

  void Configure(const std::string& confirm_bearer) {
    const std::string base = absl::StrCat("http://127.0.0.1:", sandbox_->http_port());
    AccountSettings settings;
    settings.settings = {{"oauth_url", base + kTokenPath},
                         {"transfer_url", base + kTransferPath},
                         {"confirm_url", base + kConfirmPath},
                         {"status_url", base + "/api/check-status/p2p/transaction"},
                         {"terminal", "sandbox-terminal"},
                         {"client_id", "sandbox"},
                         {"confirm_bearer", confirm_bearer}};
    settings.secrets = {{"client_secret", Secret("sandbox-client-secret*#")},
                        {"secret_hash", Secret(kSecretHash)}};
    auto provider = epay::Plugin().create(settings);
    ASSERT_TRUE(provider.ok()) << provider.status();
    provider_ = *std::move(provider);
  }

  // Sends one request, as the server would.
  HttpResponse Send(const HttpRequest& request) {
    RawHeaders headers(request.headers.begin(), request.headers.end());
    if (!request.bearer_token.empty()) {
      headers.emplace_back("Authorization", absl::StrCat("Bearer ", request.bearer_token.Reveal()));
    }
    const std::string path = request.url.substr(request.url.find('/', sizeof("http://")));
    const EpayReply reply = {sandbox::Exchange(sandbox_->http_port(), request.method, path, headers,
                                               request.body.Reveal())};
    HttpResponse response;
    response.status_code = reply.http.status;
    response.headers = {{"Location", reply.Header("Location")}};
    response.body = Secret(reply.http.body);
    return response;
  }

  // The whole conversation; a closed connection is an outcome that nobody knows.
  template <typename Outcome>
  Outcome Converse(std::unique_ptr<payments::Exchange<Outcome>> exchange) {
    auto step = exchange->Start();
    while (step.ok() && std::holds_alternative<HttpRequest>(*step)) {
      const HttpResponse response = Send(std::get<HttpRequest>(*step));
      if (response.status_code == 0) return {};
      step = exchange->OnResponse(response);
    }
    EXPECT_TRUE(step.ok()) << step.status();
    return step.ok() ? std::get<Outcome>(*step) : Outcome();
  }

  TransferCall Call(int64_t amount_minor, const std::string& ending = "0001") {
    TransferCall call;
    call.number = kOrder;
    call.amount.set_currency_code("KZT");
    call.amount.set_amount_minor(amount_minor);
    CardSecrets source;
    source.number = Secret(kMagicCard + ending);
    source.expiry_month = 12;
    source.expiry_year = 2099;
    source.cvc = Secret("815");
    source.holder_name = "Sergey Frolov";
    call.source.card = std::move(source);
    call.destination.card.emplace().number = Secret("5578340000000002");
    call.merchant_customer_id = "customer-1";
    call.return_url = "https://shop.example/ok?a=1&b=2";
    call.challenge_url = "http://127.0.0.1:1/actions/t0ken/result";
    call.callback_url = merchant_.url();
    return call;
  }

  OperationOutcome Transfer(TransferCall call) {
    return Converse(provider_->Transfer(std::move(call)));
  }

  StatusReading Check(Secret session = Secret()) {
    CheckCall call;
    call.transfer_number = kOrder;
    call.amount.set_currency_code("KZT");
    call.amount.set_amount_minor(amount_minor_);
    call.session = std::move(session);
    return Converse(provider_->Check(std::move(call)));
  }

  // A transfer with 3-D Secure, opened at the bank and answered there; then the confirm.
  OperationOutcome TransferAndConfirm(int64_t amount_minor, bool refuse) {
    amount_minor_ = amount_minor;
    const OperationOutcome asked = Transfer(Call(amount_minor, "0303"));
    EXPECT_EQ(asked.verdict, Verdict::kActionRequired);
    const payments::v1::FormPostAction& form = asked.next_action.form_post();
    Fields fields;
    for (const auto& [name, value] : form.fields()) fields.emplace_back(name, value);
    const std::string page = form.url().substr(form.url().find("/bank/"));
    EXPECT_EQ(PostForm(page, Form(fields)).http.status, 303);

    v1::AnswerThreeDSecureRequest request;
    v1::AnswerThreeDSecureResponse response;
    request.set_order_id(absl::StrCat(kOrder));
    request.set_refuse(refuse);
    EXPECT_EQ(Order(&v1::SandboxService::Stub::AnswerThreeDSecure, request, &response), grpc::OK);
    ConfirmCall call;
    call.transfer_number = kOrder;
    call.references = asked.references;
    call.amount.set_currency_code("KZT");
    call.amount.set_amount_minor(amount_minor);
    call.action_fields = {form.fields().begin(), form.fields().end()};
    call.posted_fields = {{"PaRes", Secret(response.pa_res())}, {"MD", Secret(response.md())}};
    return Converse(provider_->Confirm(std::move(call)));
  }

  absl::StatusOr<CallbackNotice> NextCallback() {
    const CallbackReceiver::Callback callback = merchant_.Next();
    HttpRequest request;
    request.headers = {{"Content-Type", callback.content_type}};
    request.body = Secret(callback.body);
    return provider_->ReadCallback(CallbackSubject::kPayment, request);
  }

  std::unique_ptr<Provider> provider_;
  int64_t amount_minor_ = 10'000;  // Of the payment that Check() is about.
};

TEST_F(EpayPluginTest, TransfersAndAsks) {
  const OperationOutcome done = Transfer(Call(10'000));
  EXPECT_EQ(done.verdict, Verdict::kSucceeded) << done.answer.message;
  ASSERT_TRUE(done.amount.has_value());
  EXPECT_EQ(done.amount->amount_minor(), 10'000);
  EXPECT_EQ(TransferOf(absl::StrCat(kOrder)).id(), done.references.at("transaction_id"));
  const StatusReading reading = Check();
  EXPECT_EQ(reading.transfer, StatusReading::Transfer::kSucceeded);
  ASSERT_TRUE(reading.session.has_value());
  EXPECT_EQ(Check(reading.session->value).transfer, StatusReading::Transfer::kSucceeded);
  EXPECT_EQ(Counts(v1::METHOD_EPAY_TOKEN).received(), 2);  // The transfer's, and one for both.
}

TEST_F(EpayPluginTest, IsRefused) {
  const OperationOutcome refused = Transfer(Call(10'000, "0484"));
  EXPECT_EQ(refused.verdict, Verdict::kDeclined);
  EXPECT_EQ(refused.answer.category, payments::v1::FAILURE_CATEGORY_INSUFFICIENT_FUNDS);
  EXPECT_EQ(Check().transfer, StatusReading::Transfer::kDeclined);
}

TEST_F(EpayPluginTest, SavesCardsAndTransfersBetweenThem) {
  TransferCall saving = Call(10'000);
  saving.source.save = true;
  saving.destination.save = true;
  const OperationOutcome saved = Transfer(std::move(saving));
  ASSERT_TRUE(saved.saved_source.has_value());
  ASSERT_TRUE(saved.saved_destination.has_value());
  EXPECT_EQ(saved.saved_source->masked_number, "4400********0001");
  TransferCall call = Call(10'000);
  call.number = kOrder + 1;
  call.source = {};
  call.source.card_token = saved.saved_source->card_token;
  call.destination = {};
  call.destination.card_token = saved.saved_destination->card_token;
  EXPECT_EQ(Transfer(std::move(call)).verdict, Verdict::kSucceeded);
  EXPECT_EQ(Totals().transferred_minor(), 20'000);
}

TEST_F(EpayPluginTest, TransfersAbroad) {
  TransferCall call = Call(10'000);
  call.receiver = Receiver{"Ayşe", "Yılmaz", "TR"};
  EXPECT_EQ(Transfer(std::move(call)).verdict, Verdict::kSucceeded);
}

TEST_F(EpayPluginTest, GoesThroughThreeDSecure) {
  EXPECT_NE(TransferAndConfirm(10'050, /*refuse=*/false).verdict, Verdict::kDeclined);
  EXPECT_EQ(Check().transfer, StatusReading::Transfer::kSucceeded);
  EXPECT_EQ(Totals().movements(), 1);
}

TEST_F(EpayPluginTest, GoesThroughThreeDSecureWithATokenOfTheConfirm) {
  Configure("on");
  TransferAndConfirm(10'000, /*refuse=*/false);
  EXPECT_EQ(Check().transfer, StatusReading::Transfer::kSucceeded);
  EXPECT_EQ(Counts(v1::METHOD_EPAY_CONFIRM).refused(), 0);
}

TEST_F(EpayPluginTest, IsRefusedByThePayer) {
  EXPECT_NE(TransferAndConfirm(10'000, /*refuse=*/true).verdict, Verdict::kSucceeded);
  const StatusReading reading = Check();
  EXPECT_EQ(reading.transfer, StatusReading::Transfer::kDeclined);
  EXPECT_EQ(reading.answer.category, payments::v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED);
}

TEST_F(EpayPluginTest, WaitsForThePayerUntilItIsTooLate) {
  EXPECT_EQ(Transfer(Call(10'000, "0304")).verdict, Verdict::kActionRequired);
  EXPECT_EQ(Check().transfer, StatusReading::Transfer::kActionRequired);
  MoveClock(15 * 60 + 1);
  EXPECT_EQ(Check().transfer, StatusReading::Transfer::kDeclined);
}

TEST_F(EpayPluginTest, LearnsTheTruthOfAConfirmThatWasLost) {
  EXPECT_EQ(TransferAndConfirm(10'023, /*refuse=*/false).verdict, Verdict::kUnknown);
  EXPECT_EQ(Check().transfer, StatusReading::Transfer::kSucceeded);
}

// A magic amount, what its answer proves, and what the status says then.
struct MagicTruth {
  int64_t ending;
  Verdict verdict;
  StatusReading::Transfer truth;
};

class EpayPluginMagicTest : public EpayPluginTest,
                            public testing::WithParamInterface<MagicTruth> {};

TEST_P(EpayPluginMagicTest, EndsInTheTruth) {
  amount_minor_ = 10'000 + GetParam().ending;
  EXPECT_EQ(Transfer(Call(amount_minor_)).verdict, GetParam().verdict);
  EXPECT_EQ(Check().transfer, GetParam().truth);
}

constexpr StatusReading::Transfer kMoved = StatusReading::Transfer::kSucceeded;
INSTANTIATE_TEST_SUITE_P(
    Amounts, EpayPluginMagicTest,
    testing::Values(MagicTruth{1, Verdict::kDeclined, StatusReading::Transfer::kDeclined},
                    MagicTruth{3, Verdict::kDeclined, StatusReading::Transfer::kDeclined},
                    MagicTruth{4, Verdict::kUnknown, kMoved},
                    MagicTruth{5, Verdict::kUnknown, StatusReading::Transfer::kNotKnown},
                    MagicTruth{7, Verdict::kUnknown, kMoved},
                    MagicTruth{8, Verdict::kUnknown, StatusReading::Transfer::kNotKnown},
                    MagicTruth{9, Verdict::kUnknown, kMoved},
                    MagicTruth{10, Verdict::kUnknown, StatusReading::Transfer::kNotKnown},
                    MagicTruth{11, Verdict::kUnknown, kMoved},
                    MagicTruth{12, Verdict::kSucceeded, kMoved},
                    MagicTruth{13, Verdict::kUnknown, StatusReading::Transfer::kInProcess},
                    MagicTruth{15, Verdict::kSucceeded, kMoved},
                    MagicTruth{18, Verdict::kUnknown, StatusReading::Transfer::kDeclined},
                    MagicTruth{19, Verdict::kUnknown, kMoved},
                    MagicTruth{22, Verdict::kActionRequired,
                               StatusReading::Transfer::kActionRequired},
                    MagicTruth{27, Verdict::kUnknown, StatusReading::Transfer::kActionRequired},
                    MagicTruth{41, Verdict::kSucceeded, StatusReading::Transfer::kNoEvidence},
                    MagicTruth{43, Verdict::kSucceeded, kMoved},
                    MagicTruth{44, Verdict::kSucceeded, StatusReading::Transfer::kNotKnown},
                    MagicTruth{45, Verdict::kSucceeded, StatusReading::Transfer::kNoEvidence},
                    MagicTruth{47, Verdict::kSucceeded, StatusReading::Transfer::kReturned},
                    MagicTruth{61, Verdict::kNotSent, StatusReading::Transfer::kNotKnown},
                    MagicTruth{62, Verdict::kNotSent, StatusReading::Transfer::kNotKnown},
                    MagicTruth{63, Verdict::kSucceeded, kMoved}),
    [](const testing::TestParamInfo<MagicTruth>& tested) {
      return absl::StrCat("Amount", tested.param.ending);
    });

TEST_F(EpayPluginTest, ReadsEveryCallbackThatTellsTheTruth) {
  int64_t number = kOrder;
  for (const int64_t ending : {0, 57, 58, 59}) {
    TransferCall call = Call(10'000 + ending);
    call.number = ++number;
    EXPECT_EQ(Transfer(std::move(call)).verdict, Verdict::kSucceeded);
    const auto notice = NextCallback();
    ASSERT_TRUE(notice.ok()) << ending << ": " << notice.status();
    EXPECT_TRUE(notice->success) << ending;
  }
}

TEST_F(EpayPluginTest, SeesThroughForgedCallbacksOrMakesThemHints) {
  Transfer(Call(10'055));
  EXPECT_EQ(NextCallback().status().code(), absl::StatusCode::kUnauthenticated);
  TransferCall call = Call(10'056);
  call.number = kOrder + 1;
  Transfer(std::move(call));
  const auto lie = NextCallback();
  ASSERT_TRUE(lie.ok()) << lie.status();
  EXPECT_FALSE(lie->success);
  EXPECT_EQ(lie->evidence, CallbackNotice::Evidence::kHint);
}

TEST_F(EpayPluginTest, ListsWhatItAskedForHowOften) {
  TransferAndConfirm(10'015, /*refuse=*/false);
  v1::ListAttemptsResponse response;
  ASSERT_EQ(Order(&v1::SandboxService::Stub::ListAttempts, v1::ListAttemptsRequest(), &response),
            grpc::OK);
  ASSERT_EQ(response.attempts_size(), 2);
  EXPECT_EQ(response.attempts(0).method(), v1::METHOD_EPAY_TRANSFER);
  EXPECT_EQ(response.attempts(0).key(), absl::StrCat(kOrder));
  EXPECT_EQ(response.attempts(0).terminal_id(), "sandbox-terminal");
  EXPECT_EQ(response.attempts(0).received(), 2);  // HTTP 401, and once more.
  EXPECT_EQ(response.attempts(1).method(), v1::METHOD_EPAY_CONFIRM);
  EXPECT_EQ(response.attempts(1).key(), TransferOf(absl::StrCat(kOrder)).id());
  EXPECT_EQ(response.attempts(1).received(), 1);
}

}  // namespace
}  // namespace payments::sandbox
