#include "providers/upay/check_exchange.h"

#include <utility>

#include "providers/upay/requests.h"

namespace payments::upay {
namespace {

using Capture = StatusReading::Capture;
using Hold = StatusReading::Hold;

}  // namespace

CheckExchange::CheckExchange(std::shared_ptr<const UpaySettings> settings, CheckCall call)
    : settings_(std::move(settings)),
      call_(std::move(call)),
      hold_id_(HoldIdOf(call_.references)) {}

absl::StatusOr<Exchange<StatusReading>::Step> CheckExchange::Start() { return Ask(); }

absl::StatusOr<Exchange<StatusReading>::Step> CheckExchange::OnResponse(
    const HttpResponse& response) {
  const Reply reply = ReadReply(response);
  reading_.answer = reply.answer;
  if (reply.row != nullptr) reading_.answer.category = reply.row->category;
  if (captures_answered_ == call_.capture_numbers.size()) {
    OnHoldAnswer(reply);
    return std::move(reading_);
  }
  OnCaptureAnswer(reply);
  ++captures_answered_;
  return Ask();
}

absl::StatusOr<Exchange<StatusReading>::Step> CheckExchange::Ask() {
  const bool captures_left = captures_answered_ < call_.capture_numbers.size();
  if (reading_.capture == Capture::kCaptured || (!captures_left && hold_id_.empty())) {
    return std::move(reading_);
  }
  absl::StatusOr<HttpRequest> request =
      captures_left ? CheckCaptureRequest(*settings_, call_.capture_numbers[captures_answered_],
                                          call_.language)
                    : CheckHoldRequest(*settings_, hold_id_, call_.language);
  if (!request.ok()) return request.status();
  return *std::move(request);
}

void CheckExchange::OnCaptureAnswer(const Reply& reply) {
  Capture capture = reply.row == nullptr ? Capture::kNoEvidence : reply.row->check_by_number;
  if (capture == Capture::kCaptured) {
    const SoapAnswer& fields = reply.fields;
    const std::string number = PartnerTrxIdOf(call_.capture_numbers[captures_answered_]);
    if (!fields.partner_trx_id.empty() && fields.partner_trx_id != number) {
      capture = Capture::kNoEvidence;  // An answer to another question.
    } else if (fields.transaction_id.empty() && fields.payment_amount.empty()) {
      capture = Capture::kNotKnown;
    } else {
      capture = ReadCaptured(reply);
    }
  }
  // One number not answered for leaves the question open, whatever the others said.
  const bool open = reading_.capture == Capture::kNoEvidence;
  if (capture == Capture::kNotKnown && open) return;
  reading_.capture = capture;
}

void CheckExchange::OnHoldAnswer(const Reply& reply) {
  reading_.hold = reply.row == nullptr ? Hold::kNoEvidence : reply.row->check_by_hold_id;
  if (reading_.hold != Hold::kHeld || reply.fields.transaction_id.empty()) return;
  reading_.hold = Hold::kNoEvidence;  // What became of it is told by the capture.
  reading_.capture = ReadCaptured(reply);
  // There is a transaction, but nobody can say of how much: its time ends no such hold.
  if (reading_.capture != Capture::kCaptured) reading_.hold = Hold::kInProcess;
}

StatusReading::Capture CheckExchange::ReadCaptured(const Reply& reply) {
  const StatedAmount stated = ReadAmount(reply.fields);
  if (!stated.readable) return Capture::kNoEvidence;
  reading_.references = ReadReferences(reply.fields);
  reading_.amount = stated.amount;
  return Capture::kCaptured;
}

}  // namespace payments::upay
