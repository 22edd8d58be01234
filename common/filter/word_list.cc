#include "common/filter/word_list.h"

#include <algorithm>
#include <bit>

#include "absl/hash/hash.h"
#include "common/base/absl_compat.h"
#include "common/filter/words.h"

namespace dateline::filter {
namespace {

constexpr size_t kHeadBytes = 8;

// The first bytes as a number.
uint64_t Head(std::string_view text) {
  uint64_t head = 0;
  for (size_t i = 0; i < kHeadBytes; ++i)
    head = head << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
  return head;
}

}  // namespace

size_t WordList::SlotOf(std::string_view word) const {
  const size_t mask = table_.size() - 1;
  size_t slot = absl::Hash<absl::string_view>()(ToAbsl(word)) & mask;
  while (table_[slot] != 0 && words_[table_[slot] - 1].text != word) slot = (slot + 1) & mask;
  return slot;
}

WordList::WordList(std::string_view words) {
  const std::vector<WordSegment> segments = SplitSegments(words);
  // At most half full, so that a search ends soon.
  table_.resize(std::bit_ceil(2 * segments.size() + 2));
  std::vector<uint32_t> numbers;  // Of the word of each segment and 1.
  numbers.reserve(segments.size());
  for (const WordSegment& segment : segments) {
    numbers.push_back(0);
    if (segment.unspaced) continue;
    uint32_t& number = table_[SlotOf(segment.text)];
    if (number == 0) {
      words_.push_back({.text = segment.text});
      heads_.push_back(Head(segment.text));
      number = static_cast<uint32_t>(words_.size());
    }
    numbers.back() = number;
    ++words_[number - 1].end;  // How many there are, until they have their places.
  }
  uint32_t begin = 0;
  for (Word& word : words_) {
    const uint32_t count = word.end;
    word.begin = word.end = begin;
    begin += count;
  }
  places_.resize(begin);
  for (size_t place = 0; place < numbers.size(); ++place) {
    if (numbers[place] != 0) places_[words_[numbers[place] - 1].end++] = static_cast<uint32_t>(place);
  }
}

bool WordList::HasPrefix(std::string_view prefix) const {
  const size_t bytes = std::min(prefix.size(), kHeadBytes);
  const uint64_t mask = ~uint64_t{0} << 8 * (kHeadBytes - bytes);
  const uint64_t head = Head(prefix);
  for (size_t i = 0; i < heads_.size(); ++i) {
    if ((heads_[i] & mask) == head && words_[i].text.starts_with(prefix)) return true;
  }
  return false;
}

std::span<const uint32_t> WordList::Places(std::string_view word) const {
  const uint32_t number = table_[SlotOf(word)];
  if (number == 0) return {};
  const Word& found = words_[number - 1];
  return std::span(places_).subspan(found.begin, found.end - found.begin);
}

}  // namespace dateline::filter
