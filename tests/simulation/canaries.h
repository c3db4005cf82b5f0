#ifndef PAYMENTS_TESTS_SIMULATION_CANARIES_H_
#define PAYMENTS_TESTS_SIMULATION_CANARIES_H_

#include <array>

// What must be found nowhere but on the wire: recognisable, and nothing that is there by
// chance.
namespace payments::simulation {

// The card numbers of whoever pays and is paid; a masked one has neither's middle.
inline constexpr char kSourceNumber[] = "4000002718281112";
inline constexpr char kDestinationNumber[] = "5100003141593338";
inline constexpr char kHolderName[] = "CANARY HOLDER";
// What the bank's page posts begins with one of these.
inline constexpr char kAccepted[] = "ACCEPTED-CANARY";
inline constexpr char kWrongCode[] = "WRONG-CANARY";
// Every card token begins with this.
inline constexpr char kCardTokenCanary[] = "TOKEN-CANARY-";

inline constexpr std::array kCanaries = {"0271828", "0314159", "CANARY HOLDER", "-CANARY"};

}  // namespace payments::simulation

#endif  // PAYMENTS_TESTS_SIMULATION_CANARIES_H_
