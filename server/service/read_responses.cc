#include "server/service/read_responses.h"

#include <utility>

#include "google/protobuf/repeated_field.h"
#include "server/engine/callback_record.h"
#include "server/engine/contradictions.h"
#include "server/engine/proto_time.h"
#include "server/service/error_encoding.h"

namespace payments {
namespace {

// Where the page behind this one begins.
template <typename Resource>
ListPosition PositionOf(const Resource& resource) {
  return {.time = ToTime(resource.create_time()), .name = resource.name()};
}
ListPosition PositionOf(const v1::Callback& callback) {
  return {.time = ToTime(callback.receive_time()), .name = callback.name()};
}
ListPosition PositionOf(const v1::AttentionItem& item) {
  return {.time = ToTime(item.since()),
          .name = item.has_callback() ? item.callback().name() : item.payment().name()};
}

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
  return tokens.Encode(PositionOf(*out.rbegin()));
}

v1::AttentionItem ToAttentionItem(AttentionEntry entry) {
  v1::AttentionItem item;
  *item.mutable_since() = ToTimestamp(entry.since);
  if (entry.callback.has_value()) {
    item.set_why(v1::ATTENTION_REASON_REFUSED_CALLBACK);
    *item.mutable_callback() = ToCallback(*entry.callback);
    return item;
  }
  item.set_why(v1::ATTENTION_REASON_LONG_UNKNOWN);
  if (entry.record.payment().needs_review()) {
    item.set_why(v1::ATTENTION_REASON_NEEDS_REVIEW);
    for (std::string& detail : OpenContradictions(entry.record)) {
      item.add_details(std::move(detail));
    }
    // Records from before contradictions were kept.
    if (item.details().empty()) item.add_details("see the cause of the payment's events");
  }
  *item.mutable_payment() = std::move(*entry.record.mutable_payment());
  return item;
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

absl::StatusOr<v1::ListAttentionResponse> ToListAttentionResponse(
    const CursorCodec& cursors, absl::string_view tenant, const PageTokenCodec& tokens,
    absl::StatusOr<Page<AttentionEntry>> page) {
  if (!page.ok()) return ReadError(page.status(), PaymentNotFound());
  Page<v1::AttentionItem> items{.items = {}, .more = page->more, .revision = page->revision};
  for (AttentionEntry& entry : page->items) {
    items.items.push_back(ToAttentionItem(std::move(entry)));
  }
  v1::ListAttentionResponse response;
  response.set_next_page_token(FillPage(items, tokens, *response.mutable_items()));
  response.set_cursor(cursors.Encode(tenant, items.revision));
  return response;
}

absl::StatusOr<v1::ListCallbacksResponse> ToListCallbacksResponse(
    const PageTokenCodec& tokens, absl::StatusOr<Page<CallbackRecord>> page) {
  if (!page.ok()) return ReadError(page.status(), page.status());
  Page<v1::Callback> callbacks{.items = {}, .more = page->more, .revision = 0};
  for (const CallbackRecord& record : page->items) {
    callbacks.items.push_back(ToCallback(record));
  }
  v1::ListCallbacksResponse response;
  response.set_next_page_token(FillPage(callbacks, tokens, *response.mutable_callbacks()));
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
