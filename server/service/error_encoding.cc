#include "server/service/error_encoding.h"

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace payments {
namespace {

constexpr size_t kIncidentBytes = 8;
constexpr absl::Duration kStoreRetryDelay = absl::Seconds(1);

}  // namespace

grpc::Status ErrorEncoder::Encode(const absl::Status& error) const {
  if (error.ok()) return grpc::Status::OK;
  const bool ours = ReasonOf(error) != v1::ERROR_REASON_UNSPECIFIED;
  const google::rpc::Status rpc = ToRpcStatus(ours ? error : Incident(error));
  return {static_cast<grpc::StatusCode>(rpc.code()), rpc.message(), rpc.SerializeAsString()};
}

absl::Status ErrorEncoder::Incident(const absl::Status& defect) const {
  std::array<uint8_t, kIncidentBytes> bytes{};
  random_->Fill(absl::MakeSpan(bytes));
  const std::string id = absl::BytesToHexString(std::string(bytes.begin(), bytes.end()));
  logger_->Log(LogLevel::kError, "internal_error",
               {{"incident", id}, {"status", defect.ToString()}});
  return MakeError(absl::StatusCode::kInternal, v1::ERROR_REASON_INTERNAL,
                   absl::StrCat("a defect of the server; its log knows it as incident ", id),
                   {{"incident", id}});
}

absl::Status ReadError(const absl::Status& error, const absl::Status& not_found) {
  if (ReasonOf(error) != v1::ERROR_REASON_UNSPECIFIED) return error;
  if (absl::IsNotFound(error)) return not_found;
  if (absl::IsDataLoss(error)) {
    return MakeError(absl::StatusCode::kDataLoss, v1::ERROR_REASON_STORE_DAMAGED,
                     "the database is damaged and must be restored");
  }
  if (!absl::IsUnavailable(error)) return error;
  return WithRetryDelay(MakeError(absl::StatusCode::kUnavailable,
                                  v1::ERROR_REASON_STORE_UNAVAILABLE, "storage is not available"),
                        kStoreRetryDelay);
}

absl::Status PaymentNotFound() {
  return MakeError(absl::StatusCode::kNotFound, v1::ERROR_REASON_PAYMENT_NOT_FOUND,
                   "no such payment");
}

absl::Status CardNotFound() {
  return MakeError(absl::StatusCode::kNotFound, v1::ERROR_REASON_CARD_NOT_FOUND, "no such card");
}

absl::Status AccountNotFound(absl::string_view name) {
  return MakeError(absl::StatusCode::kNotFound, v1::ERROR_REASON_ACCOUNT_NOT_FOUND,
                   "no such account", {{"account", std::string(name)}});
}

}  // namespace payments
