#include "server/base/error.h"

#include <optional>
#include <tuple>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace payments {
namespace {

constexpr char kReasonPrefix[] = "ERROR_REASON_";
constexpr char kTypeUrlPrefix[] = "type.googleapis.com/";

template <typename Detail>
std::string TypeUrl() {
  return absl::StrCat(kTypeUrlPrefix, Detail::descriptor()->full_name());
}

// One payload a detail type, so that adding one kind of detail leaves the others alone.
// Deterministic, so that equal errors are equal statuses.
template <typename Detail>
void SetDetail(absl::Status& error, const Detail& detail) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    detail.SerializeToCodedStream(&coded);
  }
  error.SetPayload(TypeUrl<Detail>(), absl::Cord(bytes));
}

template <typename Detail>
std::optional<Detail> GetDetail(const absl::Status& error) {
  const absl::optional<absl::Cord> payload = error.GetPayload(TypeUrl<Detail>());
  Detail detail;
  if (!payload.has_value() || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

template <typename Detail>
void CopyDetail(const absl::Status& from, google::rpc::Status& to) {
  const absl::optional<absl::Cord> payload = from.GetPayload(TypeUrl<Detail>());
  if (!payload.has_value()) return;
  google::protobuf::Any& any = *to.add_details();
  any.set_type_url(TypeUrl<Detail>());
  any.set_value(std::string(*payload));
}

std::string ReasonName(v1::ErrorReason reason) {
  return std::string(absl::StripPrefix(v1::ErrorReason_Name(reason), kReasonPrefix));
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, v1::ErrorReason reason, absl::string_view message,
                       const ErrorMetadata& metadata) {
  absl::Status error(code, message);
  google::rpc::ErrorInfo info;
  info.set_reason(ReasonName(reason));
  info.set_domain(kErrorDomain);
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  SetDetail(error, info);
  return error;
}

absl::Status InvalidFields(const FieldViolations& violations) {
  std::string message = "invalid request";
  if (!violations.empty()) {
    message = absl::StrCat(violations.front().first, ": ", violations.front().second);
  }
  if (violations.size() > 1) absl::StrAppend(&message, " (and ", violations.size() - 1, " more)");
  absl::Status error =
      MakeError(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_FIELD, message);
  google::rpc::BadRequest bad_request;
  for (const auto& [field, description] : violations) {
    google::rpc::BadRequest::FieldViolation& violation = *bad_request.add_field_violations();
    violation.set_field(field);
    violation.set_description(description);
  }
  SetDetail(error, bad_request);
  return error;
}

absl::Status InvalidField(absl::string_view field, absl::string_view description) {
  return InvalidFields({{std::string(field), std::string(description)}});
}

absl::Status WithMetadata(absl::Status error, const ErrorMetadata& metadata) {
  std::optional<google::rpc::ErrorInfo> info = GetDetail<google::rpc::ErrorInfo>(error);
  if (!info.has_value()) return error;
  for (const auto& [key, value] : metadata) (*info->mutable_metadata())[key] = value;
  SetDetail(error, *info);
  return error;
}

absl::Status WithRetryDelay(absl::Status error, absl::Duration delay) {
  google::rpc::RetryInfo retry;
  absl::Duration rest;
  retry.mutable_retry_delay()->set_seconds(absl::IDivDuration(delay, absl::Seconds(1), &rest));
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  SetDetail(error, retry);
  return error;
}

absl::Status ShuttingDown(absl::string_view message, const ErrorMetadata& metadata) {
  return WithRetryDelay(
      MakeError(absl::StatusCode::kUnavailable, v1::ERROR_REASON_DRAINING, message, metadata),
      kDrainRetryDelay);
}

v1::ErrorReason ReasonOf(const absl::Status& error) {
  const std::optional<google::rpc::ErrorInfo> info = GetDetail<google::rpc::ErrorInfo>(error);
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  if (!info.has_value() || info->domain() != kErrorDomain) return reason;
  // Leaves `reason` alone where the name is none of ours.
  std::ignore = v1::ErrorReason_Parse(absl::StrCat(kReasonPrefix, info->reason()), &reason);
  return reason;
}

google::rpc::Status ToRpcStatus(const absl::Status& error) {
  google::rpc::Status rpc;
  if (error.ok()) return rpc;
  if (ReasonOf(error) == v1::ERROR_REASON_UNSPECIFIED) {
    return ToRpcStatus(
        MakeError(absl::StatusCode::kInternal, v1::ERROR_REASON_INTERNAL, "internal error"));
  }
  rpc.set_code(error.raw_code());
  rpc.set_message(std::string(error.message()));
  CopyDetail<google::rpc::ErrorInfo>(error, rpc);
  CopyDetail<google::rpc::BadRequest>(error, rpc);
  CopyDetail<google::rpc::RetryInfo>(error, rpc);
  return rpc;
}

}  // namespace payments
