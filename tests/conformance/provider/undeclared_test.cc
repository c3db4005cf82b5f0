// What a provider does not declare, its plugin refuses by itself, too: the host is the first
// to refuse it, and not the only one.

#include "tests/conformance/provider/provider_conformance.h"

namespace payments {
namespace {

class Undeclared : public ProviderConformance, public testing::WithParamInterface<OperationParam> {
 protected:
  Undeclared() : ProviderConformance(GetParam().row) {}
};

TEST_P(Undeclared, SendsNothing) {
  const AnyCall call = SampleCall(GetParam().operation);
  const Transcript transcript = Run(call);
  EXPECT_TRUE(transcript.requests.empty());
  if (IsCheck(GetParam().operation)) {  // A check of nothing it knows is no error.
    ASSERT_TRUE(transcript.end.ok()) << transcript.end.status();
    EXPECT_FALSE(ClaimsAnything(*transcript.end));
    return;
  }
  EXPECT_EQ(transcript.end.status().code(), absl::StatusCode::kInvalidArgument)
      << transcript.end.status();
}

INSTANTIATE_TEST_SUITE_P(Providers, Undeclared, testing::ValuesIn(UndeclaredOperations()),
                         NameOfOperationParam);

}  // namespace
}  // namespace payments
