#ifndef PAYMENTS_TESTS_UNIT_ENGINE_TRANSFER_FIXTURE_H_
#define PAYMENTS_TESTS_UNIT_ENGINE_TRANSFER_FIXTURE_H_

#include <map>
#include <string>

#include "tests/unit/engine/engine_fixture.h"

namespace payments {

using ConfirmCallResult = Call<v1::ConfirmPaymentResponse>;
using ActionCall = Call<PayerAction>;
using PostedFields = std::map<std::string, std::string>;

// The account's provider moves money from card to card; nothing is held.
class TransferTest : public EngineTest {
 protected:
  // What a payment must not leave behind.
  static constexpr char kPan[] = "4400430000000001";
  static constexpr char kCvc[] = "847";
  static constexpr char kHolder[] = "SECRET HOLDER";
  static constexpr char kPayee[] = "5169490000000002";
  static constexpr char kPares[] = "pares-of-the-bank";
  static constexpr char kReturnUrl[] = "https://shop.test/back";
  static constexpr char kFailureUrl[] = "https://shop.test/failed";

  TransferTest() { Reconfigure({{kAccount, TransferCapabilities()}}); }

  // From card data to a card number, as the service hands it over.
  static v1::CreatePaymentRequest TransferRequest(const std::string& request_id = "r1");
  static PaymentCards Cards();
  // From kCard to a card number.
  static v1::CreatePaymentRequest FromSavedCard(const std::string& request_id = "r1");
  static PaymentCards PayeeOnly();

  CreateCall Transfer(v1::CreatePaymentRequest request, PaymentCards cards = Cards(),
                      absl::Duration timeout = absl::Minutes(2));
  // With kMd and kPares, as the bank's page posts them.
  static PostedFields Posted();
  ConfirmCallResult Confirm(const std::string& name, const PostedFields& fields = Posted());
  ConfirmCallResult Confirm(v1::ConfirmPaymentRequest request, const PostedFields& fields,
                            absl::Duration timeout = absl::Minutes(2));
  // The payer's browser at next_action.form_post.hosted_url of `url`.
  ActionCall Open(const std::string& url);
  ActionCall Finish(const std::string& url, const PostedFields& fields = Posted());

  // A transfer that was sent and whose answer is awaited; its name.
  std::string SentTransfer(const std::string& request_id = "r1");
  // One that was answered so; its name.
  std::string AnsweredTransfer(const std::string& reply, const std::string& request_id = "r1");
  // ACTION_REQUIRED, with transaction "t-{request_id}".
  std::string Waiting(const std::string& request_id = "r1");
  // One whose confirmation was sent and whose answer is awaited.
  std::string Confirming(const std::string& request_id = "r1");

  // As --restore does it: a crash, the backup, and a start.
  void RestoreFrom(const MemoryStore::Disk& backup);

  // From now on every check gets this answer.
  void Checks(const std::string& reply) { http_.Always("check", reply); }
  std::string TransferUrl() const { return http_.Last("transfer").Field("url"); }
  std::string HostedUrl(const std::string& name) const {
    return Payment(name).next_action().form_post().hosted_url();
  }
  std::string FailureOf(const std::string& name) const;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_ENGINE_TRANSFER_FIXTURE_H_
