#include "providers/text.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"

namespace payments {
namespace {

constexpr size_t kCardNumberDigitsMin = 12;
constexpr size_t kCardNumberDigitsShown = 4;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Digits in groups that a single blank or dash parts.
struct DigitGroups {
  struct Group {
    size_t begin = 0;
    size_t end = 0;

    size_t size() const { return end - begin; }
  };

  size_t digits() const {
    return std::accumulate(groups.begin(), groups.end(), size_t{0},
                           [](size_t sum, const Group& group) { return sum + group.size(); });
  }
  size_t end() const { return groups.back().end; }

  std::vector<Group> groups;  // At least one, and none is empty.
};

size_t EndOfDigits(absl::string_view text, size_t begin) {
  while (begin < text.size() && absl::ascii_isdigit(text[begin])) ++begin;
  return begin;
}

// Those that begin at `begin`, with a digit.
DigitGroups FindDigitGroups(absl::string_view text, size_t begin) {
  DigitGroups found;
  found.groups.push_back({begin, EndOfDigits(text, begin)});
  for (;;) {
    const size_t separator = found.end();
    const size_t next = separator + 1;
    if (next >= text.size() || (text[separator] != ' ' && text[separator] != '-')) return found;
    if (!absl::ascii_isdigit(text[next])) return found;
    found.groups.push_back({next, EndOfDigits(text, next)});
  }
}

// Every digit, but the last four of each group that is a card number by itself. If there is
// none, the groups are one number, and its last four are shown if they stand together: what
// follows a number may be its security code.
void Mask(const DigitGroups& found, std::string& text) {
  const bool alone = std::any_of(
      found.groups.begin(), found.groups.end(),
      [](const DigitGroups::Group& group) { return group.size() >= kCardNumberDigitsMin; });
  for (const DigitGroups::Group& group : found.groups) {
    const bool last = group.end == found.end();
    const bool shown = alone ? group.size() >= kCardNumberDigitsMin
                             : last && group.size() >= kCardNumberDigitsShown;
    const size_t masked = group.size() - (shown ? kCardNumberDigitsShown : 0);
    std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(group.begin), masked, '*');
  }
}

// Bytes of the character that `lead` begins, by its high bits alone; 0 if it begins none.
size_t SizeByLead(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC0) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF8 ? 4 : 0;
}

// The shortest encoding of `character`, in bytes; a longer one hides a character from filters.
size_t ShortestSize(uint32_t character) {
  if (character < 0x80) return 1;
  if (character < 0x800) return 2;
  return character < 0x10000 ? 3 : 4;
}

}  // namespace

bool IsDigits(absl::string_view text, size_t size_max) {
  return !text.empty() && text.size() <= size_max &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

bool IsUtf8(absl::string_view text) {
  constexpr uint32_t kUnicodeMax = 0x10FFFF;
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text.front());
    const size_t size = SizeByLead(lead);
    if (size == 0 || size > text.size()) return false;
    uint32_t character = size == 1 ? lead : lead & (0x7Fu >> size);
    for (size_t i = 1; i < size; ++i) {
      if (!IsContinuation(text[i])) return false;
      character = character << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
    }
    const bool surrogate = character >= 0xD800 && character < 0xE000;
    if (size != ShortestSize(character) || surrogate || character > kUnicodeMax) return false;
    text.remove_prefix(size);
  }
  return true;
}

absl::string_view CutUtf8(absl::string_view text, size_t size_max) {
  if (text.size() <= size_max) return text;
  while (size_max > 0 && IsContinuation(text[size_max])) --size_max;
  return text.substr(0, size_max);
}

Secret PlusesForBlanks(absl::string_view text) {
  std::string result(text);
  std::replace(result.begin(), result.end(), ' ', '+');
  return Secret(std::move(result));
}

std::string Presentable(absl::string_view text, size_t size_max) {
  std::string result(text);
  std::replace_if(result.begin(), result.end(), absl::ascii_iscntrl, ' ');
  for (size_t begin = 0; begin < result.size(); ++begin) {
    if (!absl::ascii_isdigit(result[begin])) continue;
    const DigitGroups groups = FindDigitGroups(result, begin);
    if (groups.digits() >= kCardNumberDigitsMin) Mask(groups, result);
    begin = groups.end();
  }
  // Not before: half a card number would look like none.
  result.resize(CutUtf8(result, size_max).size());
  return result;
}

}  // namespace payments
