#include "providers/sandbox/epay/epay_faults.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "providers/sandbox/fault_plan.h"

namespace payments::sandbox {
namespace {

constexpr int kHttpOk = 200;
constexpr int kHttpError = 500;
constexpr size_t kArraysDeep = 100'000;

void Replace(BankAnswer& answer, int http_status, const char* content_type, std::string body) {
  answer.http_status = http_status;
  answer.headers = {{"Content-Type", content_type}};
  answer.body = std::move(body);
}

}  // namespace

bool ExecutesEpay(const v1::Fault& fault) {
  switch (fault.kind()) {
    case v1::FAULT_KIND_UNSPECIFIED:
    case v1::FAULT_KIND_BUSINESS_ERROR:
    case v1::FAULT_KIND_APPLY_THEN_DROP:
    case v1::FAULT_KIND_IN_PROCESS:
    case v1::FAULT_KIND_WRONG_AMOUNT:
    case v1::FAULT_KIND_THREE_D_SECURE:
      return true;
    case v1::FAULT_KIND_DROP_BEFORE_APPLY:
      return false;
    default:
      return fault.apply_first();
  }
}

void DistortEpay(const v1::Fault& fault, BankAnswer& answer) {
  constexpr char kJson[] = "application/json";
  switch (fault.kind()) {
    case v1::FAULT_KIND_APPLY_THEN_DROP:
    case v1::FAULT_KIND_DROP_BEFORE_APPLY:
      answer.http_status = 0;
      return;
    case v1::FAULT_KIND_GARBAGE:
      Replace(answer, kHttpOk, kJson, "\x01\x02 {\"code\":0,,");
      return;
    case v1::FAULT_KIND_HTTP_STATUS:
      Replace(answer,
              fault.http_status() == 0 ? FaultPlan::kHttpStatusDefault : fault.http_status(),
              "text/plain; charset=utf-8", "the sandbox was asked for this status\n");
      return;
    case v1::FAULT_KIND_SOAP_FAULT:
      Replace(answer, kHttpError, kJson, R"({"message":"the sandbox was asked for this error"})");
      return;
    case v1::FAULT_KIND_EMPTY_RETURN:
      Replace(answer, kHttpOk, kJson, "{}");
      return;
    case v1::FAULT_KIND_NO_RETURN:
      Replace(answer, kHttpOk, kJson, "null");
      return;
    case v1::FAULT_KIND_ENTITY_BOMB:
      Replace(answer, kHttpOk, kJson,
              absl::StrCat(R"({"id":)", std::string(kArraysDeep, '['),
                           std::string(kArraysDeep, ']'), "}"));
      return;
    case v1::FAULT_KIND_HUGE_ANSWER:
      Replace(answer, kHttpOk, kJson, "");
      answer.huge = {R"({"id":")", 'x',
                     static_cast<size_t>(fault.body_bytes() == 0 ? FaultPlan::kAnswerBytesDefault
                                                                 : fault.body_bytes()),
                     "\"}"};
      return;
    default:
      return;
  }
}

}  // namespace payments::sandbox
