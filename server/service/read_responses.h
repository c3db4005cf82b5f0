#ifndef PAYMENTS_SERVER_SERVICE_READ_RESPONSES_H_
#define PAYMENTS_SERVER_SERVICE_READ_RESPONSES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "payments/v1/operations_service.pb.h"
#include "payments/v1/payments_service.pb.h"
#include "server/engine/account_directory.h"
#include "server/engine/store.h"
#include "server/events/cursor.h"
#include "server/service/page_token.h"

namespace payments {

// A page holds fewer resources than were asked for if they would take more: clients
// take messages of 4 MiB by default.
inline constexpr size_t kPageBytesMax = size_t{3} << 20;

// What the store found, as the caller gets it, with a cursor of the moment it was read.
absl::StatusOr<v1::GetPaymentResponse> ToGetPaymentResponse(const CursorCodec& cursors,
                                                            absl::string_view tenant,
                                                            absl::StatusOr<StoredPayment> stored);
absl::StatusOr<v1::GetCardResponse> ToGetCardResponse(const CursorCodec& cursors,
                                                      absl::string_view tenant,
                                                      absl::StatusOr<StoredCard> stored);
absl::StatusOr<v1::ListPaymentsResponse> ToListPaymentsResponse(
    const CursorCodec& cursors, absl::string_view tenant, const PageTokenCodec& tokens,
    absl::StatusOr<Page<v1::Payment>> page);
absl::StatusOr<v1::ListCardsResponse> ToListCardsResponse(const CursorCodec& cursors,
                                                          absl::string_view tenant,
                                                          const PageTokenCodec& tokens,
                                                          absl::StatusOr<Page<v1::Card>> page);
absl::StatusOr<v1::ListAttentionResponse> ToListAttentionResponse(
    const CursorCodec& cursors, absl::string_view tenant, const PageTokenCodec& tokens,
    absl::StatusOr<Page<AttentionEntry>> page);

absl::StatusOr<v1::ListCallbacksResponse> ToListCallbacksResponse(
    const PageTokenCodec& tokens, absl::StatusOr<Page<CallbackRecord>> page);

v1::ListProvidersResponse ToListProvidersResponse(const std::vector<const Account*>& accounts);

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_READ_RESPONSES_H_
