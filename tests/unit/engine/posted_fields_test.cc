#include <map>
#include <string>

#include "gtest/gtest.h"
#include "server/engine/payer_action.h"

namespace payments {
namespace {

class PostedFieldsTest : public testing::Test {
 protected:
  PostedFieldsTest() {
    auto& fields = *record_.mutable_payer_action()->mutable_form_post()->mutable_fields();
    fields["MD"] = "a+b/c==";
    fields["PaReq"] = "eJz";
  }

  bool Fits(const std::string& name, absl::string_view value) {
    const std::map<std::string, Secret> posted = {{name, Secret(value)}};
    return CheckPostedFields(record_, posted).ok();
  }

  storage::v1::PaymentRecord record_;
};

TEST_F(PostedFieldsTest, WhatWentOutMustComeBackUnchanged) {
  EXPECT_TRUE(Fits("MD", "a+b/c=="));
  EXPECT_FALSE(Fits("MD", "a+b/c="));
  EXPECT_FALSE(Fits("MD", "a-b/c=="));
  EXPECT_FALSE(Fits("MD", ""));
  EXPECT_FALSE(Fits("PaReq", "another"));
}

TEST_F(PostedFieldsTest, WhatDidNotGoOutMayBeAnything) { EXPECT_TRUE(Fits("PaRes", "x y")); }

TEST_F(PostedFieldsTest, ABlankWhereAPlusWasIsNoChange) {
  EXPECT_TRUE(Fits("MD", "a b/c=="));
  EXPECT_FALSE(Fits("MD", "a  b/c=="));
}

TEST_F(PostedFieldsTest, TheFieldIsNamedAndItsValueIsNot) {
  const std::map<std::string, Secret> posted = {{"MD", Secret("stolen")}};
  EXPECT_EQ(CheckPostedFields(record_, posted).message(),
            "fields[\"MD\"]: must be as it was in next_action.form_post.fields");
}

}  // namespace
}  // namespace payments
