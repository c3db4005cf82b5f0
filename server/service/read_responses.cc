#include "server/service/read_responses.h"

#include <utility>

#include "google/protobuf/repeated_field.h"
#include "server/engine/proto_time.h"
#include "server/service/error_encoding.h"

namespace payments {
namespace {

// Moves what fits into `out`, at least one, and returns the next page's token.
template <typename Resource>
std::string FillPage(Page<Resource>& page, const PageTokenCodec& tokens,
                     google::protobuf::RepeatedPtrField<Resource>& out) {
  size_t bytes = 0;
  bool more = page.more;
  for (Resource& item : page.items) {
    bytes += item.ByteSizeLong();
    if (bytes > kPageBytesMax && !out.empty()) {
      more = true;
      break;
    }
    *out.Add() = std::move(item);
  }
  if (!more || out.empty()) return "";
  const Resource& last = *out.rbegin();
  return tokens.Encode({.create_time = ToTime(last.create_time()), .name = last.name()});
}

}  // namespace

absl::StatusOr<v1::GetPaymentResponse> ToGetPaymentResponse(const CursorCodec& cursors,
                                                            absl::string_view tenant,
                                                            absl::StatusOr<StoredPayment> stored) {
  if (!stored.ok()) return ReadError(stored.status(), PaymentNotFound());
  v1::GetPaymentResponse response;
  *response.mutable_payment() = std::move(*stored->record.mutable_payment());
  response.set_cursor(cursors.Encode(tenant, stored->revision));
  return response;
}

absl::StatusOr<v1::GetCardResponse> ToGetCardResponse(const CursorCodec& cursors,
                                                      absl::string_view tenant,
                                                      absl::StatusOr<StoredCard> stored) {
  if (!stored.ok()) return ReadError(stored.status(), CardNotFound());
  v1::GetCardResponse response;
  *response.mutable_card() = std::move(*stored->record.mutable_card());
  response.set_cursor(cursors.Encode(tenant, stored->revision));
  return response;
}

absl::StatusOr<v1::ListPaymentsResponse> ToListPaymentsResponse(
    const CursorCodec& cursors, absl::string_view tenant, const PageTokenCodec& tokens,
    absl::StatusOr<Page<v1::Payment>> page) {
  if (!page.ok()) return ReadError(page.status(), PaymentNotFound());
  v1::ListPaymentsResponse response;
  response.set_next_page_token(FillPage(*page, tokens, *response.mutable_payments()));
  response.set_cursor(cursors.Encode(tenant, page->revision));
  return response;
}

absl::StatusOr<v1::ListCardsResponse> ToListCardsResponse(const CursorCodec& cursors,
                                                          absl::string_view tenant,
                                                          const PageTokenCodec& tokens,
                                                          absl::StatusOr<Page<v1::Card>> page) {
  if (!page.ok()) return ReadError(page.status(), CardNotFound());
  v1::ListCardsResponse response;
  response.set_next_page_token(FillPage(*page, tokens, *response.mutable_cards()));
  response.set_cursor(cursors.Encode(tenant, page->revision));
  return response;
}

v1::ListProvidersResponse ToListProvidersResponse(const std::vector<const Account*>& accounts) {
  v1::ListProvidersResponse response;
  for (const Account* account : accounts) {
    v1::ProviderAccount& out = *response.add_accounts();
    out.set_name(account->name);
    out.set_provider(account->provider_name);
    *out.mutable_capabilities() = account->provider->capabilities();
  }
  return response;
}

}  // namespace payments
