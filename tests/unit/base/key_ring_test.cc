#include "server/base/key_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "absl/strings/escaping.h"
#include "tests/unit/base/fixed_parts.h"

namespace payments {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class KeyRingTest : public ::testing::Test {
 protected:
  KeyRing Ring(const std::string& id = "key-1", char fill = 'k') {
    return *KeyRing::Create(id, Secret(std::string(KeyRing::kMasterKeyBytes, fill)), &random_);
  }

  CountingRandom random_;
};

TEST_F(KeyRingTest, OpensWhatItSealed) {
  const KeyRing ring = Ring();
  for (const size_t size : {0, 1, 15, 16, 17, 1000, 1 << 20}) {
    const std::string text(size, 'x');
    const std::string sealed = ring.Seal(Secret(text), "cards/1");
    const absl::StatusOr<Secret> opened = ring.Open(sealed, "cards/1");
    ASSERT_TRUE(opened.ok()) << size << ": " << opened.status();
    EXPECT_TRUE(opened->EqualsInConstantTime(text)) << size;
    EXPECT_THAT(sealed, Not(HasSubstr("xxxxx")));
  }
}

TEST_F(KeyRingTest, EmptyContextIsAContext) {
  const KeyRing ring = Ring();
  const std::string sealed = ring.Seal(Secret("text"), "");
  EXPECT_TRUE(ring.Open(sealed, "").ok());
  EXPECT_EQ(ring.Open(sealed, "x").status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(KeyRingTest, SealsTheSameTextDifferentlyEachTime) {
  const KeyRing ring = Ring();
  EXPECT_NE(ring.Seal(Secret("text"), "c"), ring.Seal(Secret("text"), "c"));
}

TEST_F(KeyRingTest, AnyAlteredBitIsNoticed) {
  const KeyRing ring = Ring();
  const std::string sealed = ring.Seal(Secret("a card's token"), "cards/1");
  for (size_t i = 0; i < sealed.size(); ++i) {  // Version, key id, nonce, text and tag.
    for (const int bit : {0, 7}) {
      std::string altered = sealed;
      altered[i] = static_cast<char>(altered[i] ^ (1 << bit));
      EXPECT_EQ(ring.Open(altered, "cards/1").status().code(), absl::StatusCode::kDataLoss)
          << "byte " << i;
    }
  }
}

TEST_F(KeyRingTest, AnyOtherLengthIsNoticed) {
  const KeyRing ring = Ring();
  const std::string sealed = ring.Seal(Secret("a card's token"), "cards/1");
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_EQ(ring.Open(sealed.substr(0, size), "cards/1").status().code(),
              absl::StatusCode::kDataLoss)
        << size;
  }
  EXPECT_FALSE(ring.Open(sealed + "x", "cards/1").ok());
}

TEST_F(KeyRingTest, AnotherContextOrKeyDoesNotOpen) {
  const KeyRing ring = Ring();
  const std::string sealed = ring.Seal(Secret("text"), "cards/1");
  for (const char* context : {"", "cards/2", "cards/11", "cards/", "key-1cards/1"}) {
    EXPECT_EQ(ring.Open(sealed, context).status().code(), absl::StatusCode::kDataLoss) << context;
  }
  EXPECT_EQ(Ring("key-1", 'l').Open(sealed, "cards/1").status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(Ring("key-2", 'k').Open(sealed, "cards/1").status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(KeyRingTest, ErrorsDoNotShowTheText) {
  const KeyRing ring = Ring();
  std::string sealed = ring.Seal(Secret("4111111111111111"), "cards/1");
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  EXPECT_THAT(ring.Open(sealed, "cards/1").status().ToString(), Not(HasSubstr("4111")));
}

TEST_F(KeyRingTest, MacsHaveTheirOwnKeys) {
  const KeyRing ring = Ring();
  EXPECT_THAT(ring.CallbackMac("text"), MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(ring.FingerprintMac("text").size(), 16U);
  EXPECT_NE(ring.CallbackMac("text"), absl::BytesToHexString(ring.FingerprintMac("text")));
  EXPECT_EQ(ring.CallbackMac("text"), Ring().CallbackMac("text"));
  EXPECT_NE(ring.CallbackMac("text"), ring.CallbackMac("texu"));
  EXPECT_NE(ring.CallbackMac("text"), Ring("key-1", 'l').CallbackMac("text"));
  EXPECT_NE(ring.FingerprintMac("text"), Ring("key-1", 'l').FingerprintMac("text"));
  EXPECT_NE(ring.CallbackMac(""), ring.CallbackMac(absl::string_view("\0", 1)));
}

std::string Hmac(const std::string& key, const std::string& text) {
  std::string mac(32, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  return mac;
}

// RFC 5869 by hand: the keys must be derived the same way by every version, or what is
// stored cannot be opened and callback URLs that were given out die.
TEST_F(KeyRingTest, DerivesByHkdf) {
  const std::string extracted = Hmac(std::string(32, '\0'), std::string(32, 'k'));
  const std::string callback_key = Hmac(extracted, std::string("payments/1/callback") + '\1');
  EXPECT_EQ(Ring().CallbackMac("text"),
            absl::BytesToHexString(Hmac(callback_key, "text").substr(0, 16)));
  const std::string fingerprint_key = Hmac(extracted, std::string("payments/1/fingerprint") + '\1');
  EXPECT_EQ(Ring().FingerprintMac("text"), Hmac(fingerprint_key, "text").substr(0, 16));
}

TEST_F(KeyRingTest, RefusesKeysAndIdsThatAreNotRight) {
  const Secret master(std::string(KeyRing::kMasterKeyBytes, 'k'));
  for (const size_t size : {0, 16, 31, 33, 64}) {
    const absl::Status status =
        KeyRing::Create("key-1", Secret(std::string(size, 'k')), &random_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << size;
    EXPECT_THAT(status.message(), HasSubstr("32")) << size;
    EXPECT_THAT(status.message(), Not(HasSubstr("kkkk"))) << size;
  }
  for (const std::string& id : {std::string(), std::string(65, 'x'), std::string("a b"),
                                std::string("a\n"), std::string("a/b")}) {
    EXPECT_EQ(KeyRing::Create(id, master, &random_).status().code(),
              absl::StatusCode::kInvalidArgument)
        << id;
  }
  EXPECT_TRUE(KeyRing::Create(std::string(64, 'x'), master, &random_).ok());
}

}  // namespace
}  // namespace payments
