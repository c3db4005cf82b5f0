// The part of EpayBank that takes orders and tells what happened: SandboxService.

#include <utility>

#include "providers/sandbox/epay/epay_bank.h"
#include "providers/sandbox/epay/epay_state.h"
#include "providers/sandbox/paging.h"

namespace payments::sandbox {

void EpayBank::SetPolicies(const v1::SetCallbackPolicyRequest& request) {
  const std::lock_guard<std::mutex> lock(mu_);
  if (request.has_transfer()) state_->policy = request.transfer();
}

void EpayBank::AddTotals(v1::Totals& totals) {
  const std::lock_guard<std::mutex> lock(mu_);
  totals.set_transfers(static_cast<int64_t>(state_->ledger.transfers().size()));
  totals.set_transferred_minor(state_->ledger.transferred_minor());
}

TransferEntry* EpayBank::FindByOrderLocked(absl::string_view order_id) {
  for (const std::string& terminal : options_.epay.terminal_ids) {
    if (TransferEntry* entry = state_->ledger.FindByOrder(terminal, order_id)) return entry;
  }
  return nullptr;
}

absl::StatusOr<CallbackOrder> EpayBank::MakeCallback(const v1::SendCallbackRequest& request) {
  const std::lock_guard<std::mutex> lock(mu_);
  const TransferEntry* entry = FindByOrderLocked(request.order_id());
  if (entry == nullptr) return absl::NotFoundError("order_id: no such order");
  EpayClaim claim = TruthOf(*entry);
  if (request.has_status()) claim.succeeded = request.status() == 0;
  claim.reason = request.message();
  claim.secret_hash = request.access_token();
  claim.url = request.url();
  v1::CallbackPolicy policy;
  policy.set_encoding(request.encoding());
  CallbackOrder order = WriteEpayCallback(*entry, std::move(claim), policy);
  if (order.request.url.empty()) return absl::InvalidArgumentError("url: the order has no link");
  return order;
}

absl::StatusOr<v1::ListTransfersResponse> EpayBank::ListTransfers(
    const v1::ListTransfersRequest& request) {
  const auto page = ReadPage(request);
  if (!page.ok()) return page.status();
  const std::lock_guard<std::mutex> lock(mu_);
  v1::ListTransfersResponse response;
  TransferLedger& ledger = state_->ledger;
  if (!request.order_id().empty()) {
    for (const std::string& terminal : options_.epay.terminal_ids) {
      const TransferEntry* entry = ledger.FindByOrder(terminal, request.order_id());
      if (entry != nullptr) *response.add_transfers() = entry->transfer;
    }
    return response;
  }
  const auto& transfers = ledger.transfers();
  const size_t end = EndOfPage(*page, transfers.size(), response);
  for (size_t i = page->begin; i < end; ++i) *response.add_transfers() = transfers[i].transfer;
  return response;
}

absl::StatusOr<v1::AnswerThreeDSecureResponse> EpayBank::AnswerThreeDSecure(
    const v1::AnswerThreeDSecureRequest& request) {
  const std::lock_guard<std::mutex> lock(mu_);
  TransferEntry* entry = FindByOrderLocked(request.order_id());
  if (entry == nullptr) return absl::NotFoundError("order_id: no such order");
  if (!entry->three_d_secure.has_value() || ViewOf(*entry).state != AcsView::State::kAsking) {
    return absl::FailedPreconditionError("the transfer waits for no payer");
  }
  DecideLocked(*entry, !request.refuse());
  v1::AnswerThreeDSecureResponse response;
  response.set_pa_res(entry->three_d_secure->pa_res);
  response.set_md(entry->transfer.md());
  return response;
}

}  // namespace payments::sandbox
