#include "providers/upay/text.h"

#include <libxml/chvalid.h>
#include <libxml/xmlstring.h>

#include <algorithm>

namespace payments::upay {
namespace {

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

}  // namespace payments::upay
