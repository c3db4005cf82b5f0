#include "server/engine/callback_token.h"

#include <gtest/gtest.h>

#include "absl/strings/ascii.h"

namespace payments {
namespace {

class ZeroRandom : public Random {
 public:
  void Fill(absl::Span<uint8_t> bytes) override {
    for (uint8_t& byte : bytes) byte = 0;
  }
};

KeyRing MakeKeys(char fill) {
  static ZeroRandom random;
  return *KeyRing::Create("k1", Secret(std::string(KeyRing::kMasterKeyBytes, fill)), &random);
}

CallbackTarget PaymentTarget() {
  return {CallbackSubject::kPayment, "acme", "payments/01j0000000000000000000000a"};
}

TEST(CallbackToken, ReadsBackWhatWasMade) {
  const KeyRing keys = MakeKeys('a');
  for (const CallbackTarget& target :
       {PaymentTarget(), CallbackTarget{CallbackSubject::kCardRegistration, "acme", "cards/1"}}) {
    const absl::StatusOr<CallbackTarget> read =
        ReadCallbackToken(keys, MakeCallbackToken(keys, target));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->subject, target.subject);
    EXPECT_EQ(read->tenant, target.tenant);
    EXPECT_EQ(read->resource, target.resource);
  }
}

TEST(CallbackToken, IsShortAndPlain) {
  const KeyRing keys = MakeKeys('a');
  CallbackTarget longest = PaymentTarget();
  longest.tenant = std::string(32, 't');
  const std::string token = MakeCallbackToken(keys, longest);
  constexpr size_t kTokenSizeMax = 128;
  EXPECT_LE(token.size(), kTokenSizeMax);
  for (const char c : token) {
    EXPECT_TRUE(absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' ||
                c == '-')
        << c;
  }
}

TEST(CallbackToken, EveryTamperedByteIsNotFound) {
  const KeyRing keys = MakeKeys('a');
  const std::string token = MakeCallbackToken(keys, PaymentTarget());
  for (size_t i = 0; i < token.size(); ++i) {
    for (const char other : {'x', '0', '.', 'p', 'c', '\0'}) {
      if (token[i] == other) continue;
      std::string tampered = token;
      tampered[i] = other;
      EXPECT_TRUE(absl::IsNotFound(ReadCallbackToken(keys, tampered).status())) << tampered;
    }
  }
}

TEST(CallbackToken, EveryCutOrLengthenedTokenIsNotFound) {
  const KeyRing keys = MakeKeys('a');
  const std::string token = MakeCallbackToken(keys, PaymentTarget());
  for (size_t size = 0; size < token.size(); ++size) {
    EXPECT_TRUE(absl::IsNotFound(ReadCallbackToken(keys, token.substr(0, size)).status()));
  }
  for (const char* more : {"0", ".", ".x", "/"}) {
    EXPECT_TRUE(absl::IsNotFound(ReadCallbackToken(keys, token + more).status()));
  }
  EXPECT_TRUE(absl::IsNotFound(ReadCallbackToken(keys, "p.acme.1.").status()));
}

TEST(CallbackToken, AnotherKeysTokenIsNotFound) {
  const std::string token = MakeCallbackToken(MakeKeys('a'), PaymentTarget());
  EXPECT_TRUE(absl::IsNotFound(ReadCallbackToken(MakeKeys('b'), token).status()));
}

TEST(CallbackToken, NamesOfAnotherTenantOrSubjectAreOtherTokens) {
  const KeyRing keys = MakeKeys('a');
  CallbackTarget other = PaymentTarget();
  other.tenant = "acme2";
  EXPECT_NE(MakeCallbackToken(keys, other), MakeCallbackToken(keys, PaymentTarget()));
}

TEST(CallbackToken, TheUrlIsOfTheProvider) {
  EXPECT_EQ(MakeCallbackUrl("https://pay.test", "upay", "p.a.1.ff"),
            "https://pay.test/callbacks/upay/p.a.1.ff");
}

}  // namespace
}  // namespace payments
