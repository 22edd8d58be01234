#include "common/filter/word_list.h"

#include <algorithm>

#include "common/filter/words.h"

namespace dateline::filter {
namespace {

// The first eight bytes as a number of the same order, so that most comparisons are of numbers.
uint64_t Head(std::string_view text) {
  uint64_t head = 0;
  for (size_t i = 0; i < 8; ++i) head = head << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
  return head;
}

struct Seen {
  uint64_t head = 0;
  std::string_view text;
  uint32_t place = 0;
};

bool IsBefore(const Seen& a, const Seen& b) {
  if (a.head != b.head) return a.head < b.head;
  const int order = a.text.compare(b.text);
  return order != 0 ? order < 0 : a.place < b.place;
}

}  // namespace

WordList::WordList(std::string_view words) {
  std::vector<Seen> seen;
  uint32_t place = 0;
  for (const WordSegment& segment : SplitSegments(words)) {
    if (!segment.unspaced) seen.push_back({Head(segment.text), segment.text, place});
    ++place;
  }
  std::sort(seen.begin(), seen.end(), IsBefore);
  places_.reserve(seen.size());
  for (const Seen& one : seen) {
    const auto at = static_cast<uint32_t>(places_.size());
    if (words_.empty() || words_.back().text != one.text) words_.push_back({one.text, at, at});
    places_.push_back(one.place);
    words_.back().end = at + 1;
  }
}

bool WordList::HasPrefix(std::string_view prefix) const {
  const auto found = std::lower_bound(words_.begin(), words_.end(), prefix,
                                      [](const Word& word, std::string_view text) { return word.text < text; });
  return found != words_.end() && found->text.starts_with(prefix);
}

std::span<const uint32_t> WordList::Places(std::string_view word) const {
  const auto found = std::lower_bound(words_.begin(), words_.end(), word,
                                      [](const Word& one, std::string_view text) { return one.text < text; });
  if (found == words_.end() || found->text != word) return {};
  return std::span(places_).subspan(found->begin, found->end - found->begin);
}

}  // namespace dateline::filter
