#include "tests/unit/sandbox/sandbox_fixture.h"

#include <grpcpp/create_channel.h>
#include <openssl/evp.h>

#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace payments::sandbox {
namespace {

constexpr char kUser[] = "sandbox";
constexpr char kPassword[] = "sandbox-password";

std::string Digest(const EVP_MD* algorithm, absl::string_view text) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest = {};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, algorithm, nullptr);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), size});
}

Fields With(Fields fields, const Fields& overrides) {
  for (const auto& [name, value] : overrides) {
    for (auto it = fields.begin(); it != fields.end(); ++it) {
      if (it->first != name) continue;
      it->second = value;
      if (value == "-") fields.erase(it);
      break;
    }
  }
  return fields;
}

std::string ValueOf(const Fields& fields, absl::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return "";
}

// Signs `fields` over `signed_fields`, unless the test chose a token itself.
Fields Signed(Fields fields, const std::vector<std::string>& signed_fields) {
  std::string text = kUser;
  for (const std::string& name : signed_fields) absl::StrAppend(&text, ValueOf(fields, name));
  absl::StrAppend(&text, kPassword);
  for (auto& [name, value] : fields) {
    if (name == "AccessToken" && value.empty()) value = Md5(text);
  }
  return fields;
}

}  // namespace

std::string SoapAnswer::Get(absl::string_view element) const {
  const std::string open = absl::StrCat("<", element, ">");
  const size_t begin = http.body.find(open);
  if (begin == std::string::npos) return "";
  const size_t end = http.body.find(absl::StrCat("</", element, ">"), begin);
  if (end == std::string::npos) return "";
  return http.body.substr(begin + open.size(), end - begin - open.size());
}

bool SoapAnswer::Has(absl::string_view element) const {
  return http.body.find(absl::StrCat("<", element, ">")) != std::string::npos;
}

std::string Md5(absl::string_view text) { return Digest(EVP_md5(), text); }
std::string Sha1(absl::string_view text) { return Digest(EVP_sha1(), text); }

std::string Envelope(absl::string_view operation, const Fields& fields) {
  std::string inner;
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&inner, "<", name, ">", value, "</", name, ">\n");
  }
  return absl::StrCat(
      "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" "
      "xmlns:st=\"http://st.apus.com/\">\n<soapenv:Header/>\n<soapenv:Body>\n<st:",
      operation, ">\n<", operation, "Request>\n", inner, "</", operation,
      "Request>\n</st:", operation, ">\n</soapenv:Body>\n</soapenv:Envelope>\n");
}

Sandbox::Options SandboxTest::DefaultOptions() {
  Sandbox::Options options;
  options.upay.hold_callbacks = false;
  options.callbacks.retry_interval = absl::Milliseconds(1);
  return options;
}

void SandboxTest::Restart(Sandbox::Options options) {
  // gRPC's callback queue is torn down with its last user, and badly: one channel of
  // the process stays for good.
  static const auto* const anchor = new std::shared_ptr<grpc::Channel>(
      grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials()));
  ASSERT_NE(*anchor, nullptr);
  if (options.callbacks.retry_interval == absl::Seconds(1)) options = DefaultOptions();
  sandbox_.reset();
  auto sandbox = Sandbox::Start(options, &clock_, &random_, &logger_);
  ASSERT_TRUE(sandbox.ok()) << sandbox.status();
  sandbox_ = *std::move(sandbox);
  stub_ = v1::SandboxService::NewStub(grpc::CreateChannel(
      absl::StrCat("127.0.0.1:", sandbox_->grpc_port()), grpc::InsecureChannelCredentials()));
}

SoapAnswer SandboxTest::Post(absl::string_view body) {
  return {Exchange(sandbox_->http_port(), "POST", "/STAPI/STWS",
                   {{"Content-Type", "text/xml; charset=utf-8"}, {"SOAPAction", "\"\""}}, body)};
}

SoapAnswer SandboxTest::Call(absl::string_view operation, const Fields& fields) {
  return Post(Envelope(operation, fields));
}

SoapAnswer SandboxTest::RegisterCard(const Fields& overrides) {
  const Fields fields = With({{"StPimsApiPartnerKey", "sandbox-partner-key"},
                              {"AccessToken", ""},
                              {"CardNumber", "4719515042883250"},
                              {"CardExDate", "1299"},
                              {"CardHolderName", "TONY SAPAY"},
                              {"CardCVV", "003"},
                              {"PhoneNumber", "998911902494"},
                              {"NotifyUrl", "https://shop.example/notify"},
                              {"Version", "1"},
                              {"Lang", "en"}},
                             overrides);
  return Call("partnerRegisterCardIPS", Signed(fields, {"CardNumber", "CardExDate", "CardCVV"}));
}

SoapAnswer SandboxTest::HoldCreate(const std::string& card_token, int64_t amount,
                                   const Fields& overrides) {
  const Fields fields = With({{"StPimsApiPartnerKey", "sandbox-partner-key"},
                              {"AccessToken", ""},
                              {"CardToken", card_token},
                              {"ServiceId", "628"},
                              {"PersonalAccount", "112312"},
                              {"RegionId", ""},
                              {"SubRegionId", ""},
                              {"AmountInTiyin", absl::StrCat(amount)},
                              {"HoldMinute", "60"},
                              {"NotifyUrl", "http://127.0.0.1:1/notify"},
                              {"Version", "1"},
                              {"Lang", "en"}},
                             overrides);
  return Call("partnerHoldCreateIPS",
              Signed(fields, {"CardToken", "ServiceId", "PersonalAccount", "AmountInTiyin"}));
}

SoapAnswer SandboxTest::HoldPayment(const std::string& hold_id, const std::string& trx,
                                    const Fields& overrides) {
  const Fields fields = With({{"StPimsApiPartnerKey", "sandbox-partner-key"},
                              {"AccessToken", ""},
                              {"HoldId", hold_id},
                              {"PartnerTrxId", trx},
                              {"Version", "1"},
                              {"Lang", "en"}},
                             overrides);
  return Call("partnerHoldPaymentIPS", Signed(fields, {"HoldId", "PartnerTrxId"}));
}

SoapAnswer SandboxTest::HoldCheck(const std::string& type, const std::string& target,
                                  const Fields& overrides) {
  const Fields fields = With({{"StPimsApiPartnerKey", "sandbox-partner-key"},
                              {"AccessToken", ""},
                              {"Type", type},
                              {"Target", target},
                              {"Lang", "en"}},
                             overrides);
  return Call("partnerHoldCheckIPS", Signed(fields, {"Target"}));
}

SoapAnswer SandboxTest::HoldCancel(const std::string& hold_id, const Fields& overrides) {
  const Fields fields = With({{"StPimsApiPartnerKey", "sandbox-partner-key"},
                              {"AccessToken", ""},
                              {"HoldId", hold_id},
                              {"Lang", "en"}},
                             overrides);
  return Call("partnerHoldCancelIPS", Signed(fields, {"HoldId"}));
}

std::string SandboxTest::NotifyUrl() const {
  return absl::StrReplaceAll(merchant_.url(), {{"&", "&amp;"}});
}

std::string SandboxTest::ActiveCard() {
  const SoapAnswer answer = RegisterCard({{"NotifyUrl", "-"}});
  EXPECT_EQ(answer.code(), "OK");
  v1::ConfirmCardRequest request;
  v1::ConfirmCardResponse response;
  request.set_card_token(answer.Get("CardToken"));
  EXPECT_EQ(Order(&v1::SandboxService::Stub::ConfirmCard, request, &response), grpc::OK);
  EXPECT_EQ(response.card().state(), v1::CARD_STATE_ACTIVE);
  return answer.Get("CardToken");
}

std::string SandboxTest::Held(int64_t amount) {
  const SoapAnswer answer = HoldCreate(ActiveCard(), amount, {{"NotifyUrl", NotifyUrl()}});
  EXPECT_EQ(answer.code(), "OK");
  return answer.Get("HoldId");
}

void SandboxTest::Plan(v1::Method method, const v1::Fault& fault, int calls) {
  v1::PlanFaultRequest request;
  v1::PlanFaultResponse response;
  request.set_method(method);
  *request.mutable_fault() = fault;
  request.set_calls(calls);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::PlanFault, request, &response), grpc::OK) << error_;
}

void SandboxTest::Plan(v1::Method method, v1::FaultKind kind, int calls) {
  v1::Fault fault;
  fault.set_kind(kind);
  Plan(method, fault, calls);
}

void SandboxTest::SetPolicies(const v1::CallbackPolicy& policy) {
  v1::SetCallbackPolicyRequest request;
  v1::SetCallbackPolicyResponse response;
  *request.mutable_registration() = policy;
  *request.mutable_hold() = policy;
  EXPECT_EQ(Order(&v1::SandboxService::Stub::SetCallbackPolicy, request, &response), grpc::OK);
}

void SandboxTest::SetPolicies(v1::CallbackKind kind) {
  v1::CallbackPolicy policy;
  policy.set_kind(kind);
  SetPolicies(policy);
}

void SandboxTest::MoveClock(int64_t seconds) {
  v1::SetClockSkewRequest request;
  v1::SetClockSkewResponse response;
  request.mutable_skew()->set_seconds(seconds);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::SetClockSkew, request, &response), grpc::OK);
}

v1::Totals SandboxTest::Totals() {
  v1::GetLedgerResponse response;
  EXPECT_EQ(Order(&v1::SandboxService::Stub::GetLedger, v1::GetLedgerRequest(), &response),
            grpc::OK);
  return response.totals();
}

v1::MethodCounts SandboxTest::Counts(v1::Method method) {
  const v1::Totals totals = Totals();
  for (const v1::MethodCounts& counts : totals.methods()) {
    if (counts.method() == method) return counts;
  }
  ADD_FAILURE() << "no counts of " << v1::Method_Name(method);
  return {};
}

v1::Hold SandboxTest::HoldOf(const std::string& hold_id) {
  v1::ListHoldsRequest request;
  v1::ListHoldsResponse response;
  request.set_hold_id(hold_id);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::ListHolds, request, &response), grpc::OK);
  return response.holds_size() == 1 ? response.holds(0) : v1::Hold();
}

void SandboxTest::SetOutage(v1::OutageKind kind) {
  v1::SetOutageRequest request;
  v1::SetOutageResponse response;
  request.set_kind(kind);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::SetOutage, request, &response), grpc::OK) << error_;
}

}  // namespace payments::sandbox
