#include "providers/epay/transaction_fields.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "providers/epay/amount.h"
#include "providers/epay/names.h"
#include "providers/text.h"

namespace payments::epay {
namespace {

bool IsVisibleAscii(absl::string_view text, size_t size_max) {
  return text.size() <= size_max && std::all_of(text.begin(), text.end(), absl::ascii_isgraph);
}

bool IsCurrencyCode(absl::string_view text) {
  constexpr size_t kSize = 3;
  return text.size() == kSize && std::all_of(text.begin(), text.end(), absl::ascii_isalpha);
}

std::optional<SavedCard> ReadCard(absl::string_view id, absl::string_view masked_number) {
  if (id.empty() || !IsVisibleAscii(id, kCardTokenSizeMaxBytes)) return std::nullopt;
  return SavedCard{Secret(id), Presentable(masked_number, kMaskedNumberSizeMaxBytes)};
}

}  // namespace

bool OrderIsReference(const EpaySettings& settings) {
  return settings.numbers.at_end == NumberRange::AtEnd::kRefuse;
}

absl::string_view ReadOrderId(FieldReader& reader) {
  return reader.Get({"orderid", "invoiceid", "order_id", "invoice_id"});
}

std::optional<ProviderReferences> ReadReferences(FieldReader& reader, bool order_is_reference) {
  const std::array<std::pair<absl::string_view, absl::string_view>, 4> all = {{
      {kTransactionId, reader.Get({"id"})},
      {kReference, reader.Get({"reference"})},
      {kIntReference, reader.Get({"intreference", "int_reference"})},
      {kOrderId, order_is_reference ? ReadOrderId(reader) : absl::string_view()},
  }};
  ProviderReferences references;
  for (const auto& [name, value] : all) {
    if (!IsVisibleAscii(value, kReferenceSizeMaxBytes)) return std::nullopt;
    if (!value.empty()) references.emplace(name, value);
  }
  return references;
}

std::optional<v1::Money> ReadMoney(FieldReader& reader) {
  const std::optional<int64_t> amount_minor = ReadAmountMinor(reader.Get({"amount"}));
  const absl::string_view currency = reader.Get({"currency"});
  if (!amount_minor.has_value() || !IsCurrencyCode(currency)) return std::nullopt;
  v1::Money money;
  money.set_currency_code(absl::AsciiStrToUpper(currency));
  money.set_amount_minor(*amount_minor);
  return money;
}

std::optional<SavedCard> ReadSourceCard(FieldReader& reader) {
  return ReadCard(reader.Get({"sendercardid"}), reader.Get({"sendercardpan"}));
}

std::optional<SavedCard> ReadConfirmedCard(FieldReader& reader) {
  return ReadCard(reader.Get({"cardid", "card_id"}), reader.Get({"cardmask", "card_mask"}));
}

std::optional<SavedCard> ReadDestinationCard(FieldReader& reader) {
  return ReadCard(reader.Get({"receivercardid"}), reader.Get({"receivercardpan"}));
}

}  // namespace payments::epay
