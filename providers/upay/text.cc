#include "providers/upay/text.h"

#include <libxml/chvalid.h>
#include <libxml/xmlstring.h>

#include <algorithm>

#include "absl/strings/ascii.h"

namespace payments::upay {
namespace {

constexpr size_t kCardNumberDigitsMin = 12;
constexpr size_t kCardNumberDigitsShown = 4;
constexpr int kUtf8SizeMaxBytes = 4;

// The shortest encoding of `character`, in bytes; a longer one hides a character from filters.
int Utf8Size(int character) {
  if (character < 0x80) return 1;
  if (character < 0x800) return 2;
  return character < 0x10000 ? 3 : kUtf8SizeMaxBytes;
}

}  // namespace

bool IsXmlText(absl::string_view text) {
  constexpr unsigned char kTwoByteLeadMin = 0xC2;
  while (!text.empty()) {
    int size = static_cast<int>(std::min<size_t>(text.size(), kUtf8SizeMaxBytes));
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    const int character = xmlGetUTF8Char(bytes, &size);
    if (character < 0 || size != Utf8Size(character)) return false;
    // libxml2 takes a lone continuation byte for the lead of a pair.
    if (size > 1 && bytes[0] < kTwoByteLeadMin) return false;
    if (!xmlIsCharQ(static_cast<unsigned int>(character))) return false;
    text.remove_prefix(static_cast<size_t>(size));
  }
  return true;
}

bool IsDigits(absl::string_view text, size_t size_max) {
  return !text.empty() && text.size() <= size_max &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

std::string Presentable(absl::string_view text, size_t size_max) {
  if (text.size() > size_max) {
    while (size_max > 0 && (static_cast<unsigned char>(text[size_max]) & 0xC0) == 0x80) --size_max;
    text = text.substr(0, size_max);
  }
  std::string result(text);
  for (size_t begin = 0; begin < result.size();) {
    size_t end = begin;
    while (end < result.size() && absl::ascii_isdigit(result[end])) ++end;
    if (end - begin >= kCardNumberDigitsMin) {
      std::fill(result.begin() + static_cast<std::ptrdiff_t>(begin),
                result.begin() + static_cast<std::ptrdiff_t>(end - kCardNumberDigitsShown), '*');
    }
    begin = end + 1;
  }
  return result;
}

}  // namespace payments::upay
