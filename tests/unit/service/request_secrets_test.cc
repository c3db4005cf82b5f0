#include "server/service/request_secrets.h"

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/arena.h"
#include "gtest/gtest.h"

namespace payments {
namespace {

TEST(MaskedNumberTest, AtLeastSixDigitsAreHidden) {
  EXPECT_EQ(MaskedNumber(Secret("4111222233334444555")), "411122*********4555");
  EXPECT_EQ(MaskedNumber(Secret("4111222233334444")), "411122******4444");
  EXPECT_EQ(MaskedNumber(Secret("411122223333444")), "***********3444");
  EXPECT_EQ(MaskedNumber(Secret("411122223333")), "********3333");
  EXPECT_EQ(MaskedNumber(Secret("4111222233")), "******2233");
  EXPECT_EQ(MaskedNumber(Secret("411122223")), "*********");
  EXPECT_EQ(MaskedNumber(Secret()), "");
}

// On an arena, what the request lets go of can still be looked at.
TEST(TakeSecretsTest, NothingOfTheCardStaysInMemory) {
  // Long, so that it is on the heap.
  constexpr char kHolder[] = "A CARDHOLDER WITH MORE THAN ONE GIVEN NAME";
  google::protobuf::Arena arena;
  auto* request = google::protobuf::Arena::CreateMessage<v1::CreatePaymentRequest>(&arena);
  v1::CardData& data = *request->mutable_source()->mutable_card_data();
  data.set_number("4111222233334444");
  data.set_cvc("847");
  data.set_holder_name(kHolder);
  data.mutable_expiry()->set_month(11);
  data.mutable_expiry()->set_year(2031);
  const v1::CardExpiry& expiry = data.expiry();
  const absl::string_view holder = data.holder_name();

  const PaymentCards cards = TakeSecrets(request);
  EXPECT_EQ(cards.source->holder_name, kHolder);
  EXPECT_EQ(cards.source->expiry_month, 11);
  EXPECT_EQ(cards.source->expiry_year, 2031);
  EXPECT_TRUE(request->source().has_masked_card());
  EXPECT_EQ(holder, std::string(holder.size(), '\0'));
  EXPECT_EQ(expiry.month(), 0);
  EXPECT_EQ(expiry.year(), 0);
}

}  // namespace
}  // namespace payments
