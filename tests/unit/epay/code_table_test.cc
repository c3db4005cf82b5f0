#include "providers/epay/code_table.h"

#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "providers/epay/status_table.h"
#include "tests/support/source_tree.h"
#include "tests/unit/epay/epay_fixture.h"

namespace payments::epay {
namespace {

std::string Name(Finality finality) {
  switch (finality) {
    case Finality::kSuccess:
      return "success";
    case Finality::kFinal:
      return "final";
    case Finality::kByStatus:
      return "by status";
    case Finality::kOpen:
      return "open";
  }
  return "?";
}

std::string Docs() {
  std::ifstream file(absl::StrCat(SourceTree(), "/docs/providers/epay.md"));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(CodeTableTest, Printed) {
  std::string printed;
  for (const CodeRow& row : CodeTable()) {
    absl::StrAppend(&printed, row.code, " ", Name(row.finality), " ",
                    absl::StripPrefix(v1::FailureCategory_Name(row.category), "FAILURE_CATEGORY_"),
                    "\n");
  }
  ExpectGolden("code_table.txt", printed);
}

TEST(CodeTableTest, Ascending) {
  for (size_t i = 1; i < CodeTable().size(); ++i) {
    EXPECT_LT(CodeTable()[i - 1].code, CodeTable()[i].code);
  }
}

TEST(CodeTableTest, RefusalsHaveAReasonAndTheOthersNone) {
  for (const CodeRow& row : CodeTable()) {
    const bool refusal = row.finality == Finality::kFinal || row.finality == Finality::kByStatus;
    EXPECT_EQ(row.category != v1::FAILURE_CATEGORY_UNSPECIFIED, refusal) << row.code;
    // A fault of the bank's may have moved money all the same.
    if (row.category == v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE) {
      EXPECT_EQ(row.finality, Finality::kByStatus) << row.code;
    }
  }
}

TEST(CodeTableTest, CodesAreFoundAsNumbers) {
  EXPECT_EQ(FindCode("-31")->finality, Finality::kOpen);
  EXPECT_EQ(FindCode("0")->finality, Finality::kSuccess);
  EXPECT_EQ(FindCode("00")->finality, Finality::kSuccess);
  EXPECT_EQ(FindCode("484")->category, v1::FAILURE_CATEGORY_INSUFFICIENT_FUNDS);
  for (const char* code : {"", "1", "484.0", "484x", "ok", "99999999999999999999", "0x1E4"}) {
    EXPECT_EQ(FindCode(code), nullptr) << code;
  }
}

TEST(CodeTableTest, EveryCodeIsDocumented) {
  const std::string docs = Docs();
  for (const CodeRow& row : CodeTable()) {
    EXPECT_TRUE(absl::StrContains(docs, absl::StrCat("`", row.code, "`"))) << row.code;
  }
}

TEST(StatusTableTest, EveryStatusIsDocumented) {
  const std::string docs = Docs();
  for (const StatusResultRow& row : StatusResultTable()) {
    EXPECT_TRUE(absl::StrContains(docs, absl::StrCat("`", row.code, "`"))) << row.code;
  }
  for (const StatusNameRow& row : StatusNameTable()) {
    EXPECT_TRUE(absl::StrContains(docs, absl::StrCat("`", row.name, "`"))) << row.name;
  }
}

TEST(StatusTableTest, OnlyAuthAndChargeSucceed) {
  for (const StatusNameRow& row : StatusNameTable()) {
    EXPECT_EQ(row.transfer == StatusReading::Transfer::kSucceeded,
              row.name == "AUTH" || row.name == "CHARGE")
        << row.name;
  }
  EXPECT_EQ(FindStatusName("auth")->transfer, StatusReading::Transfer::kSucceeded);
  EXPECT_EQ(FindStatusName("AUTHX"), nullptr);
  EXPECT_EQ(FindStatusResult("1000"), nullptr);
}

}  // namespace
}  // namespace payments::epay
