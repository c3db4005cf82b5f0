#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_FAULTS_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_FAULTS_H_

#include "payments/sandbox/v1/fault.pb.h"
#include "providers/sandbox/bank.h"

namespace payments::sandbox {

// True if EpayMethods executes the call, whatever becomes of its answer. Thread-safe.
bool ExecutesEpay(const v1::Fault& fault);

// Replaces the answer by what the fault asks for; faults that are about the method
// itself change nothing here. Thread-safe.
void DistortEpay(const v1::Fault& fault, BankAnswer& answer);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_FAULTS_H_
