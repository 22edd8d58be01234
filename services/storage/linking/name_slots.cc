#include "services/storage/linking/name_slots.h"

#include <unicode/uchar.h>
#include <xxhash.h>

#include <algorithm>

#include "common/text/utf8.h"

namespace dateline::storage {
namespace {

constexpr uint32_t kNameBits = 8;
constexpr uint32_t kNameMask = (1U << kNameBits) - 1;
// Letters that two spellings of one name have in common at least, at its beginning.
constexpr int kSameLetters = 3;

uint32_t HashOfBeginning(std::string_view name) {
  size_t end = 0;
  for (int letters = 0; letters < kSameLetters && end < name.size(); ++letters) {
    end += text::CodePointAt(name, end).length;
  }
  return static_cast<uint32_t>(XXH3_64bits(name.data(), end));
}

uint32_t HashOfWords(const Term& first, const Term& second, const Term& third, uint64_t seed) {
  uint64_t hash = seed;
  for (const Term* const term : {&first, &second, &third}) {
    hash = XXH3_64bits_withSeed(term->text.data(), term->text.size(), hash);
  }
  return static_cast<uint32_t>(hash >> 32U);
}

bool IsName(std::string_view text, const std::vector<Term>& terms, size_t i) {
  const std::string_view before = text.substr(terms[i - 1].end, terms[i].start - terms[i - 1].end);
  if (before.find_first_of(".!?:\n") != std::string_view::npos) return false;  // A sentence begins.
  return u_isupper(static_cast<UChar32>(text::CodePointAt(text, terms[i].start).value));
}

}  // namespace

std::vector<uint32_t> NameSlots(std::string_view text, const std::vector<Term>& terms) {
  std::vector<uint32_t> slots;
  for (size_t i = 2; i + 2 < terms.size(); ++i) {
    if (!IsName(text, terms, i)) continue;
    const uint32_t name = HashOfBeginning(terms[i].text) & kNameMask;
    const uint32_t behind = HashOfWords(terms[i - 2], terms[i - 1], terms[i + 1], 1);
    const uint32_t before = HashOfWords(terms[i - 1], terms[i + 1], terms[i + 2], 2);
    slots.push_back((behind & ~kNameMask) | name);
    slots.push_back((before & ~kNameMask) | name);
  }
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  if (slots.size() > kNameSlotsMax) slots.resize(kNameSlotsMax);
  return slots;
}

int CountDifferingNames(std::span<const uint32_t> first, std::span<const uint32_t> second) {
  int differing = 0;
  size_t a = 0;
  size_t b = 0;
  // The end of the slots from `at` on that have the same surroundings.
  const auto end_of = [](std::span<const uint32_t> slots, size_t at) {
    const uint32_t words = slots[at] & ~kNameMask;
    while (at < slots.size() && (slots[at] & ~kNameMask) == words) ++at;
    return at;
  };
  while (a < first.size() && b < second.size()) {
    const uint32_t left = first[a] & ~kNameMask;
    const uint32_t right = second[b] & ~kNameMask;
    const size_t a_end = left <= right ? end_of(first, a) : a;
    const size_t b_end = right <= left ? end_of(second, b) : b;
    if (left == right) {
      const auto names = first.subspan(a, a_end - a);
      const auto others = second.subspan(b, b_end - b);
      const bool common = std::any_of(names.begin(), names.end(), [&others](uint32_t slot) {
        return std::binary_search(others.begin(), others.end(), slot);
      });
      differing += common ? 0 : 1;
    }
    a = a_end;
    b = b_end;
  }
  return differing;
}

}  // namespace dateline::storage
