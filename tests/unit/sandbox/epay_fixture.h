#ifndef PAYMENTS_TESTS_UNIT_SANDBOX_EPAY_FIXTURE_H_
#define PAYMENTS_TESTS_UNIT_SANDBOX_EPAY_FIXTURE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "tests/unit/sandbox/sandbox_fixture.h"

namespace payments::sandbox {

// An answer of Epay.
struct EpayReply {
  RawResponse http;

  // The member at a path such as "transaction.p2p.id", numbers as they were written; empty
  // if there is none. `is_text`: set to whether it was a text.
  std::string Get(absl::string_view path, bool* is_text = nullptr) const;
  // The value of a header; empty if there is none.
  std::string Header(absl::string_view name) const;
};

// The percent-encoded form of the fields, and a browser's reading of one.
std::string Form(const Fields& fields);
std::string Decoded(absl::string_view text);

// Hand-written calls of Epay's API, as the guide prints them.
class EpayTest : public SandboxTest {
 protected:
  static constexpr char kTokenPath[] = "/epay2/oauth2/token";
  static constexpr char kTransferPath[] = "/api/p2p/transfer";
  static constexpr char kConfirmPath[] = "/api/p2p/api/confirm";
  static constexpr char kStatusPath[] = "/api/check-status/p2p/transaction/";

  // The fields of a good token request; `overrides` replaces values, or removes a field
  // if the value is "-".
  static Fields TokenFields(const std::string& order, const std::string& amount,
                            const Fields& overrides = {});
  EpayReply PostForm(const std::string& path, const std::string& form);
  EpayReply PostJson(const std::string& path, const std::string& bearer, const std::string& body);

  // Tokens; each must be given.
  std::string TransferToken(const std::string& order, const std::string& amount,
                            const Fields& overrides = {});
  std::string StatusToken();

  // The guide's sample with other values: from and to cards that are ordinary. `edits`
  // replaces text in it, and each must be found.
  std::string Body(const std::string& order, const std::string& amount, const Fields& edits = {});

  // A token and a transfer with it.
  EpayReply Transfer(const std::string& order, const std::string& amount, const Fields& edits = {});
  EpayReply Confirm(const std::string& id, const std::string& pa_res, const std::string& md,
                    const std::string& bearer = "");
  EpayReply Status(const std::string& order);

  v1::Transfer TransferOf(const std::string& order);
  // A saved card: the sender's of a transfer of its own.
  std::string SavedCard(const std::string& order);
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_TESTS_UNIT_SANDBOX_EPAY_FIXTURE_H_
