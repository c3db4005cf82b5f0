#ifndef PAYMENTS_TESTS_CONFORMANCE_PROVIDER_EPAY_CASE_H_
#define PAYMENTS_TESTS_CONFORMANCE_PROVIDER_EPAY_CASE_H_

#include <map>
#include <string>

#include "tests/conformance/provider/provider_case.h"

namespace payments {

class EpayCase final : public ProviderCase {
 public:
  using ProviderCase::ProviderCase;

  AccountSettings Account() const override;
  sandbox::v1::Method MethodOf(Operation operation) const override;
  KnownRefusal RefusalOf(Operation operation) const override;
  bool AnswersNameTheirSubject(Operation operation) const override;
  std::map<std::string, Secret> ConfirmTransfer(int64_t number,
                                                const v1::NextAction& action) override;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_CONFORMANCE_PROVIDER_EPAY_CASE_H_
