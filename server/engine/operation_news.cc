#include "server/engine/operation_news.h"

namespace payments {

OperationNews NewsOf(Learned learned) {
  using L = Learned;
  constexpr auto kAnswered = v1::OPERATION_DISPATCH_ANSWERED;
  constexpr auto kSent = v1::OPERATION_DISPATCH_SENT;
  constexpr auto kNotSent = v1::OPERATION_DISPATCH_NOT_SENT;
  switch (learned) {
    case L::kHeld:
      return {v1::OPERATION_KIND_AUTHORIZE, kAnswered, v1::OPERATION_RESULT_SUCCEEDED};
    case L::kHoldInProcess:
      return {v1::OPERATION_KIND_AUTHORIZE, kAnswered, v1::OPERATION_RESULT_PENDING};
    case L::kHoldDeclined:
      return {v1::OPERATION_KIND_AUTHORIZE, kAnswered, v1::OPERATION_RESULT_DECLINED};
    case L::kHoldNotSent:
      return {v1::OPERATION_KIND_AUTHORIZE, kNotSent, v1::OPERATION_RESULT_NOT_DONE};
    case L::kHoldLost:
      return {v1::OPERATION_KIND_AUTHORIZE, kSent, v1::OPERATION_RESULT_UNKNOWN};
    case L::kCaptured:
      return {v1::OPERATION_KIND_CAPTURE, kAnswered, v1::OPERATION_RESULT_SUCCEEDED};
    case L::kCaptureInProcess:
      return {v1::OPERATION_KIND_CAPTURE, kAnswered, v1::OPERATION_RESULT_PENDING};
    case L::kCaptureDeclined:
      return {v1::OPERATION_KIND_CAPTURE, kAnswered, v1::OPERATION_RESULT_DECLINED};
    case L::kCaptureNotSent:
      return {v1::OPERATION_KIND_CAPTURE, kNotSent, v1::OPERATION_RESULT_NOT_DONE};
    case L::kCaptureLost:
      return {v1::OPERATION_KIND_CAPTURE, kSent, v1::OPERATION_RESULT_UNKNOWN};
    case L::kCaptureAbsent:
      return {v1::OPERATION_KIND_CAPTURE, kSent, v1::OPERATION_RESULT_NOT_DONE};
    case L::kReleased:
      return {v1::OPERATION_KIND_CANCEL, kAnswered, v1::OPERATION_RESULT_SUCCEEDED};
    case L::kReleaseDeclined:
      return {v1::OPERATION_KIND_CANCEL, kAnswered, v1::OPERATION_RESULT_DECLINED};
    case L::kReleaseNotSent:
      return {v1::OPERATION_KIND_CANCEL, kNotSent, v1::OPERATION_RESULT_NOT_DONE};
    case L::kReleaseLost:
      return {v1::OPERATION_KIND_CANCEL, kSent, v1::OPERATION_RESULT_UNKNOWN};
    case L::kTransferred:
      return {v1::OPERATION_KIND_TRANSFER, kAnswered, v1::OPERATION_RESULT_SUCCEEDED};
    case L::kTransferInProcess:
    case L::kTransferActionRequired:
      return {v1::OPERATION_KIND_TRANSFER, kAnswered, v1::OPERATION_RESULT_PENDING};
    case L::kTransferDeclined:
      return {v1::OPERATION_KIND_TRANSFER, kAnswered, v1::OPERATION_RESULT_DECLINED};
    case L::kTransferNotSent:
      return {v1::OPERATION_KIND_TRANSFER, kNotSent, v1::OPERATION_RESULT_NOT_DONE};
    case L::kTransferLost:
      return {v1::OPERATION_KIND_TRANSFER, kSent, v1::OPERATION_RESULT_UNKNOWN};
    case L::kTransferAbsent:
    case L::kTransferCanceled:
    case L::kActionTimeOver:
      return {v1::OPERATION_KIND_TRANSFER, kSent, v1::OPERATION_RESULT_NOT_DONE};
    case L::kConfirmNotSent:
      return {v1::OPERATION_KIND_CONFIRM, kNotSent, v1::OPERATION_RESULT_NOT_DONE};
    case L::kConfirmLost:
      return {v1::OPERATION_KIND_CONFIRM, kSent, v1::OPERATION_RESULT_UNKNOWN};
    default:
      return {};
  }
}

bool IsPositive(Learned learned) {
  switch (learned) {
    case Learned::kHeld:
    case Learned::kHoldInProcess:
    case Learned::kHoldReference:
    case Learned::kHoldClosed:
    case Learned::kCaptured:
    case Learned::kCaptureInProcess:
    case Learned::kReleased:
    case Learned::kTransferred:
    case Learned::kTransferInProcess:
    case Learned::kTransferActionRequired:
      return true;
    default:
      return false;
  }
}

bool ProvesNothingLater(Learned learned) {
  switch (learned) {
    case Learned::kHoldLost:
    case Learned::kHoldTimeOver:
    case Learned::kHoldOverdue:
    case Learned::kHoldInProcess:
    case Learned::kCaptureLost:
    case Learned::kCaptureAbsent:
    case Learned::kReleaseLost:
    case Learned::kTransferInProcess:
    case Learned::kTransferLost:
    case Learned::kTransferAbsent:
    case Learned::kConfirmLost:
    case Learned::kActionTimeOver:
    case Learned::kResendDue:
      return true;
    default:
      return false;
  }
}

bool MayBeOverSince(Learned learned) {
  switch (learned) {
    case Learned::kHeld:
    case Learned::kHoldInProcess:
    case Learned::kTransferInProcess:
    case Learned::kTransferActionRequired:
      return true;
    default:
      return false;
  }
}

bool IsConclusive(v1::OperationResult result) {
  return result == v1::OPERATION_RESULT_SUCCEEDED || result == v1::OPERATION_RESULT_DECLINED ||
         result == v1::OPERATION_RESULT_NOT_DONE;
}

}  // namespace payments
