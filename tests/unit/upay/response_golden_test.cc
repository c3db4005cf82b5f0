#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/source_tree.h"
#include "tests/unit/upay/upay_fixture.h"

namespace payments::upay {
namespace {

enum class Method { kRegister, kHold, kCapture, kCancel, kCheckCapture, kCheckHold };

struct ResponseCase {
  const char* golden;
  Method method;
  std::string expected;
  int status_code = 200;
};

void PrintTo(const ResponseCase& c, std::ostream* out) { *out << c.golden; }

std::string Read(const Provider& provider, Method method, const HttpResponse& response) {
  CheckCall check;
  switch (method) {
    case Method::kRegister:
      return Describe(Converse(*provider.RegisterCard(SampleRegisterCard()), response));
    case Method::kHold:
      return Describe(Converse(*provider.Authorize(SampleAuthorize()), response));
    case Method::kCapture:
      return Describe(Converse(*provider.Capture(SampleCapture()), response));
    case Method::kCancel:
      return Describe(Converse(*provider.Cancel(SampleCancel()), response));
    case Method::kCheckCapture:
      check.capture_numbers = {12345678};
      return Describe(Converse(*provider.Check(check), response));
    case Method::kCheckHold:
      check.references = {{"hold_id", "12a34b56c78d"}};
      return Describe(Converse(*provider.Check(check), response));
  }
  return "?";
}

constexpr const char* kHeld = "succeeded [OK] {hold_id=3794392756034717}";
constexpr const char* kUnreadable = "unknown []";
constexpr const char* kUrl =
    "https://bank.example/3ds?order=1&back=https%3A%2F%2Fm.example%2F%3Fa%3D1&lang=ru";

std::string Registered(absl::string_view masked_number) {
  return absl::StrCat("confirmation required [OK] token ", masked_number, " ", kUrl);
}

std::vector<ResponseCase> RegisterCases() {
  const Method m = Method::kRegister;
  return {
      {"register_ok", m, Registered("4719*****3250")},
      {"register_wide_pan_and_server_time", m, Registered("445555******4501")},
      {"register_url_escaped_twice", m,
       "confirmation required [OK] token 4719*****3250 https://bank.example/?a=1&amp;b=%2525"},
      {"register_without_confirm_url", m, "unknown [OK] PROVIDER_UNAVAILABLE"},
      {"register_without_token", m, "unknown [OK] PROVIDER_UNAVAILABLE"},
      {"register_script_url", m, "unknown [OK] PROVIDER_UNAVAILABLE"},
      {"register_unmasked_pan", m, Registered("************3250")},
      {"register_already_bound", m, "declined [STPIMS-ERR-133] DUPLICATE"},
      {"register_internal_error", m, "unknown [STPIMS-ERR-001] PROVIDER_UNAVAILABLE"},
      {"register_in_process", m, "unknown [STPIMS-ERR-065]"},
      {"register_ok", m, "unknown [HTTP 500] PROVIDER_UNAVAILABLE", 500},
      {"garbage_html", m, "unknown [HTTP 502] PROVIDER_UNAVAILABLE", 502},
      {"garbage_html", m, "declined [HTTP 401] PROVIDER_CONFIGURATION", 401},
      {"fault", m, "declined [HTTP 403] PROVIDER_CONFIGURATION", 403},
      {"fault", m, "unknown [S:Server] PROVIDER_UNAVAILABLE"},
      {"hold_empty_return", m, "unknown [] PROVIDER_UNAVAILABLE"},
  };
}

std::vector<ResponseCase> HoldCases() {
  const Method m = Method::kHold;
  return {
      {"hold_ok", m, kHeld},
      {"hold_in_process", m, "in process [STPIMS-ERR-065] {hold_id=3794392756034717}"},
      {"hold_in_process_without_hold_id", m, "in process [STPIMS-ERR-065]"},
      {"hold_ok_without_hold_id", m, "unknown [OK]"},
      {"hold_ok_empty_hold_id", m, "unknown [OK]"},
      {"hold_insufficient_funds", m, "declined [STPIMS-ERR-112] INSUFFICIENT_FUNDS"},
      {"hold_other_gateway_code", m, "declined [UPAYGW-ERR-112] INSUFFICIENT_FUNDS"},
      {"hold_internal_error", m, "unknown [STPIMS-ERR-001]"},
      {"hold_unnumbered_error", m, "declined [ERROR] PROVIDER_DECLINED"},
      {"hold_unlisted_code", m, "declined [STPIMS-ERR-999] PROVIDER_DECLINED"},
      {"hold_code_of_no_form", m, "unknown [DONE]"},
      {"hold_code_with_trailing_text", m, "unknown [STPIMS-ERR-112 (timeout)]"},
      {"hold_empty_code", m, kUnreadable},
      {"hold_without_result", m, kUnreadable},
      {"hold_two_codes", m, kUnreadable},
      {"hold_two_hold_ids", m, kUnreadable},
      {"hold_nested_hold_id", m, kUnreadable},
      {"hold_endless_hold_id", m, kUnreadable},
      {"hold_cdata_and_comments", m, "succeeded [OK] {hold_id=12a34b56c78d}"},
      {"hold_unknown_elements", m, kHeld},
      {"hold_description_quotes_card", m, "declined [STPIMS-ERR-004] CARD_INVALID"},
      {"hold_endless_description", m, "declined [STPIMS-ERR-112] INSUFFICIENT_FUNDS"},
      {"hold_soap_prefix_and_header", m, kHeld},
      {"hold_default_namespaces", m, kHeld},
      {"hold_undeclared_prefixes", m, kHeld},
      {"hold_wrong_encoding_declaration", m, kHeld},
      {"hold_unheard_of_encoding", m, kHeld},
      {"hold_byte_order_mark", m, kHeld},
      {"hold_windows_1251", m, kUnreadable},
      {"hold_utf_16", m, kUnreadable},
      {"hold_empty_return", m, kUnreadable},
      {"hold_without_return", m, kUnreadable},
      {"hold_two_returns", m, kUnreadable},
      {"hold_truncated", m, kUnreadable},
      {"fault", m, "unknown [S:Server]"},
      {"fault_quoting_the_request", m, "unknown [S:Server]"},
      {"fault_empty", m, kUnreadable},
      {"garbage_html", m, kUnreadable},
      {"garbage_empty", m, kUnreadable},
      {"garbage_two_roots", m, kUnreadable},
      {"garbage_empty_body", m, kUnreadable},
      {"garbage_no_body", m, kUnreadable},
      {"garbage_not_soap", m, kUnreadable},
      {"evil_dtd", m, kUnreadable},
      {"evil_entity_bomb", m, kUnreadable},
      {"evil_internal_entity", m, kUnreadable},
      {"evil_external_entity", m, kUnreadable},
      {"evil_external_dtd", m, kUnreadable},
      {"evil_undeclared_entity", m, kUnreadable},
      {"evil_nul", m, kUnreadable},
      {"evil_deep_nesting", m, kUnreadable},
      // The status is judged with the body: only HTTP 200 carries an answer.
      {"hold_ok", m, "unknown [HTTP 500]", 500},
      {"hold_insufficient_funds", m, "unknown [HTTP 500]", 500},
      {"hold_ok", m, "unknown [HTTP 302]", 302},
      {"fault", m, "unknown [HTTP 500]", 500},
      {"garbage_html", m, "unknown [HTTP 401]", 401},
      {"garbage_empty", m, "unknown [HTTP 403]", 403},
  };
}

std::vector<ResponseCase> CaptureAndCancelCases() {
  const Method capture = Method::kCapture;
  const Method cancel = Method::kCancel;
  return {
      {"capture_ok", capture,
       "succeeded [OK] {partner_trx_id=12345678, process_trx_id=008204253403, "
       "transaction_id=14551222} UZS 100000"},
      {"capture_ok_bare", capture, "succeeded [OK]"},
      {"capture_unreadable_amount", capture, "unknown [OK]"},
      {"capture_endless_amount", capture, "unknown [OK]"},
      {"capture_of_another_number", capture, "unknown [OK]"},
      {"capture_closed", capture, "unknown [STPIMS-ERR-092]"},
      {"capture_insufficient_funds", capture, "declined [STPIMS-ERR-112] INSUFFICIENT_FUNDS"},
      {"capture_unnumbered_error", capture, "unknown [ERROR]"},
      {"capture_unlisted_code", capture, "unknown [STPIMS-ERR-999]"},
      {"capture_in_process", capture, "in process [STPIMS-ERR-065]"},
      {"register_internal_error", capture, "unknown [STPIMS-ERR-001]"},
      {"fault", capture, "unknown [HTTP 500]", 500},
      {"hold_empty_return", capture, kUnreadable},
      {"cancel_ok_as_the_guide_spells_it", cancel, "succeeded [OK]"},
      {"cancel_closed", cancel, "unknown [STPIMS-ERR-092]"},
      {"cancel_refused", cancel, "declined [STPIMS-ERR-009] INVALID_REQUEST"},
      {"check_in_process", cancel, "in process [STPIMS-ERR-065]"},
      {"register_internal_error", cancel, "unknown [STPIMS-ERR-001]"},
      {"fault", cancel, "unknown [S:Server]"},
      {"hold_empty_return", cancel, kUnreadable},
  };
}

std::vector<ResponseCase> CheckCases() {
  const Method number = Method::kCheckCapture;
  const Method hold = Method::kCheckHold;
  constexpr const char* kCaptured =
      "hold not asked, capture captured [OK] {partner_trx_id=12345678, "
      "process_trx_id=008204253403, transaction_id=14551222} UZS 100000";
  constexpr const char* kCapturedByHold =
      "hold no evidence, capture captured [OK] {partner_trx_id=12345678, "
      "process_trx_id=008204253403, transaction_id=14551222} UZS 100000";
  return {
      {"check_ok_as_the_guide_spells_it", number, kCaptured},
      {"check_ok_amount_only", number, "hold not asked, capture captured [OK] UZS 100000"},
      {"check_held", number, "hold not asked, capture not known [OK]"},
      {"check_not_found", number,
       "hold not asked, capture not known [STPIMS-ERR-009] INVALID_REQUEST"},
      {"check_closed", number, "hold not asked, capture no evidence [STPIMS-ERR-092] WRONG_STATE"},
      {"check_in_process", number, "hold not asked, capture no evidence [STPIMS-ERR-065]"},
      {"check_internal_error", number,
       "hold not asked, capture no evidence [STPIMS-ERR-001] PROVIDER_UNAVAILABLE"},
      {"capture_unreadable_amount", number, "hold not asked, capture no evidence [OK]"},
      {"capture_of_another_number", number, "hold not asked, capture no evidence [OK]"},
      {"hold_code_of_no_form", number, "hold not asked, capture no evidence [DONE]"},
      {"hold_empty_return", number, "hold not asked, capture no evidence []"},
      {"fault", number, "hold not asked, capture no evidence [S:Server]"},
      {"check_ok_as_the_guide_spells_it", number, "hold not asked, capture no evidence [HTTP 503]",
       503},
      {"check_held", hold, "hold held, capture not asked [OK]"},
      {"check_ok_as_the_guide_spells_it", hold, kCapturedByHold},
      {"capture_unreadable_amount", hold, "hold in process, capture no evidence [OK]"},
      {"check_in_process", hold, "hold in process, capture not asked [STPIMS-ERR-065]"},
      {"check_closed", hold, "hold closed, capture not asked [STPIMS-ERR-092] WRONG_STATE"},
      {"check_not_found", hold,
       "hold no evidence, capture not asked [STPIMS-ERR-009] INVALID_REQUEST"},
      {"check_internal_error", hold,
       "hold no evidence, capture not asked [STPIMS-ERR-001] PROVIDER_UNAVAILABLE"},
      {"fault", hold, "hold no evidence, capture not asked [HTTP 500]", 500},
      {"garbage_html", hold, "hold no evidence, capture not asked []"},
  };
}

class ResponseGoldenTest : public testing::TestWithParam<ResponseCase> {};

TEST_P(ResponseGoldenTest, IsRead) {
  const ResponseCase& c = GetParam();
  const std::string body = ReadGolden(absl::StrCat("responses/", c.golden, ".xml"));
  testing::internal::CaptureStderr();
  const std::string read = Read(*MakeProvider(), c.method, Response(body, c.status_code));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "a parser printed";
  EXPECT_EQ(read, c.expected);
}

INSTANTIATE_TEST_SUITE_P(Register, ResponseGoldenTest, testing::ValuesIn(RegisterCases()));
INSTANTIATE_TEST_SUITE_P(Hold, ResponseGoldenTest, testing::ValuesIn(HoldCases()));
INSTANTIATE_TEST_SUITE_P(CaptureAndCancel, ResponseGoldenTest,
                         testing::ValuesIn(CaptureAndCancelCases()));
INSTANTIATE_TEST_SUITE_P(Check, ResponseGoldenTest, testing::ValuesIn(CheckCases()));

std::vector<std::string> GoldenResponses() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(
           absl::StrCat(SourceTree(), "/tests/golden/upay/responses"))) {
    names.push_back(entry.path().stem().string());
  }
  return names;
}

TEST(ResponseGoldenFilesTest, EveryFileHasAnExpectation) {
  std::set<std::string> expected;
  for (const auto& cases : {RegisterCases(), HoldCases(), CaptureAndCancelCases(), CheckCases()}) {
    for (const ResponseCase& c : cases) expected.insert(c.golden);
  }
  const std::vector<std::string> names = GoldenResponses();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), expected);
}

// Cut anywhere, an answer is never more than the whole says, and mostly unknown.
TEST(ResponseGoldenFilesTest, EveryPrefixOfEveryAnswerIsReadWithoutHarm) {
  const std::unique_ptr<Provider> provider = MakeProvider();
  testing::internal::CaptureStderr();
  for (const std::string& name : GoldenResponses()) {
    const std::string body = ReadGolden(absl::StrCat("responses/", name, ".xml"));
    for (size_t size = 0; size < body.size(); ++size) {
      const HttpResponse response = Response(absl::string_view(body).substr(0, size));
      const std::string read = Read(*provider, Method::kHold, response);
      const bool only_space_cut = body.substr(size) == "\n";
      EXPECT_TRUE(only_space_cut || name == "garbage_two_roots" ||
                  absl::StartsWith(read, "unknown"))
          << name << " cut to " << size << ": " << read;
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

// Every byte of an answer, spoiled in turn, is read without harm.
TEST(ResponseGoldenFilesTest, EverySpoiledByteIsReadWithoutHarm) {
  const std::unique_ptr<Provider> provider = MakeProvider();
  const std::string body = ReadGolden("responses/capture_ok.xml");
  testing::internal::CaptureStderr();
  for (size_t at = 0; at < body.size(); ++at) {
    for (const char spoiled : {'\0', '<', '&', '\xFF', '"'}) {
      std::string copy = body;
      copy[at] = spoiled;
      EXPECT_NE(Read(*provider, Method::kCapture, Response(copy)), "");
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace payments::upay
