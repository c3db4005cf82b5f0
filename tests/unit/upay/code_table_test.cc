#include "providers/upay/code_table.h"

#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/source_tree.h"
#include "tests/unit/upay/upay_fixture.h"

namespace payments::upay {
namespace {

absl::string_view RowOf(absl::string_view code) {
  const CodeRow* row = FindCode(code);
  return row == nullptr ? "none" : row->code;
}

std::string Print(const CodeRow& row) {
  RegistrationOutcome registration;
  registration.verdict = row.registration;
  const auto money = [](OperationOutcome::Verdict verdict) {
    OperationOutcome outcome;
    outcome.verdict = verdict;
    return Describe(outcome);
  };
  StatusReading reading;
  reading.capture = row.check_by_number;
  reading.hold = row.check_by_hold_id;
  std::string line = absl::StrCat(
      row.code, " (", row.meaning, "), ", v1::FailureCategory_Name(row.category), "\n  register ",
      Describe(registration), "; hold ", money(row.hold), "; capture ", money(row.capture),
      "; cancel ", money(row.cancel), "; check: ", Describe(reading), "\n");
  // Describe() shows a provider's code, of which there is none here.
  for (size_t at = line.find(" []"); at != std::string::npos; at = line.find(" []")) {
    line.erase(at, 3);
  }
  return line;
}

TEST(CodeTableTest, Printed) {
  std::string printed;
  for (const CodeRow& row : CodeTable()) printed += Print(row);
  ExpectGolden("code_table.txt", printed);
}

TEST(CodeTableTest, TheEndOfACodeCounts) {
  EXPECT_EQ(RowOf("STPIMS-ERR-065"), "ERR-065");
  EXPECT_EQ(RowOf("UPAYGW-ERR-065"), "ERR-065");
  EXPECT_EQ(RowOf("ERR-065"), "ERR-065");
  EXPECT_EQ(RowOf("err-65"), "ERR-065");
  EXPECT_EQ(RowOf(" ERR-065\n"), "ERR-065");
  EXPECT_EQ(RowOf("ERR-112-ERR-001"), "ERR-001");
}

TEST(CodeTableTest, OtherNumbersAreRefusalsOfAnUnknownKind) {
  EXPECT_EQ(RowOf("STPIMS-ERR-002"), "ERR-*");
  EXPECT_EQ(RowOf("STPIMS-ERR-1120"), "ERR-*");
  EXPECT_EQ(RowOf("ERR-000"), "ERR-*");
}

TEST(CodeTableTest, WhatHasNoneOfTheFormsIsNoCode) {
  for (const absl::string_view code :
       {"", "0", "DONE", "OKAY", "ERR-", "ERR-*", "ERR-06X", "ERR-065 ", "ERR-065 retry",
        "ERR-1234567", "ERR--65", "ERRORS", "success"}) {
    const absl::string_view expected = code == "ERR-065 " ? "ERR-065" : "none";
    EXPECT_EQ(RowOf(code), expected) << code;
  }
}

TEST(CodeTableTest, OnlyListedRefusalsDeclineACapture) {
  for (const CodeRow& row : CodeTable()) {
    if (row.capture != OperationOutcome::Verdict::kDeclined) continue;
    EXPECT_TRUE(absl::StartsWith(row.code, "ERR-")) << row.code;
    EXPECT_NE(row.code, "ERR-*");
    EXPECT_NE(row.category, v1::FAILURE_CATEGORY_UNSPECIFIED) << row.code;
  }
}

TEST(CodeTableTest, OnlyOkSucceeds) {
  for (const CodeRow& row : CodeTable()) {
    const bool succeeds = row.hold == OperationOutcome::Verdict::kSucceeded ||
                          row.capture == OperationOutcome::Verdict::kSucceeded ||
                          row.cancel == OperationOutcome::Verdict::kSucceeded ||
                          row.check_by_number == StatusReading::Capture::kCaptured ||
                          row.check_by_hold_id == StatusReading::Hold::kHeld;
    EXPECT_EQ(succeeds, row.code == "OK") << row.code;
  }
}

TEST(CodeTableTest, EveryCodeIsDocumented) {
  std::ifstream file(absl::StrCat(SourceTree(), "/docs/providers/upay.md"));
  const std::string docs{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  for (const CodeRow& row : CodeTable()) {
    EXPECT_TRUE(absl::StrContains(docs, absl::StrCat("`", row.code, "`"))) << row.code;
  }
}

}  // namespace
}  // namespace payments::upay
