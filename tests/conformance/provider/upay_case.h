#ifndef PAYMENTS_TESTS_CONFORMANCE_PROVIDER_UPAY_CASE_H_
#define PAYMENTS_TESTS_CONFORMANCE_PROVIDER_UPAY_CASE_H_

#include "tests/conformance/provider/provider_case.h"

namespace payments {

class UpayCase final : public ProviderCase {
 public:
  using ProviderCase::ProviderCase;

  AccountSettings Account() const override;
  sandbox::v1::Method MethodOf(Operation operation) const override;
  KnownRefusal RefusalOf(Operation operation) const override;
  bool AnswersNameTheirSubject(Operation operation) const override;
  void ConfirmRegistration(const RegistrationOutcome& registered) override;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_CONFORMANCE_PROVIDER_UPAY_CASE_H_
