#include "services/storage/postgres/ranking.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "services/storage/postgres/search_entry.h"
#include "services/storage/search_query.h"

namespace dateline::storage::pg {
namespace {

constexpr size_t kWordsMax = 8'192;
constexpr int kHeadingBits = 2;
constexpr int kTextBits = 4;
constexpr int kCountBits = 3 * kHeadingBits + kTextBits;

uint32_t HashOf(std::string_view word) {
  return static_cast<uint32_t>(XXH3_64bits(word.data(), word.size()) >> 32U) >> kCountBits;
}

// Takes the next `bits` of a packed word, or adds them.
uint32_t Lowest(int count, int bits) {
  return static_cast<uint32_t>(std::min(count, (1 << bits) - 1));
}
int TakeLowest(uint32_t* packed, int bits) {
  const auto count = static_cast<int>(*packed & ((1U << bits) - 1));
  *packed >>= bits;
  return count;
}

uint32_t Pack(std::string_view word, const Occurrences& found) {
  uint32_t packed = HashOf(word);
  packed = packed << kHeadingBits | Lowest(found.title, kHeadingBits);
  packed = packed << kHeadingBits | Lowest(found.subtitle, kHeadingBits);
  packed = packed << kHeadingBits | Lowest(found.names, kHeadingBits);
  return packed << kTextBits | Lowest(found.text, kTextBits);
}

Occurrences Unpack(uint32_t packed) {
  Occurrences found;
  found.text = TakeLowest(&packed, kTextBits);
  found.names = TakeLowest(&packed, kHeadingBits);
  found.subtitle = TakeLowest(&packed, kHeadingBits);
  found.title = TakeLowest(&packed, kHeadingBits);
  return found;
}

// A word that is not kept stands once in the text.
Occurrences Find(std::string_view packed, uint32_t hash) {
  const auto word_at = [packed](size_t i) {
    uint32_t word = 0;
    std::memcpy(&word, packed.data() + i * sizeof(word), sizeof(word));
    return word;
  };
  size_t first = 0;
  size_t last = packed.size() / sizeof(uint32_t);
  while (first < last) {
    const size_t middle = (first + last) / 2;
    const uint32_t word = word_at(middle);
    if (word >> kCountBits == hash) return Unpack(word);
    (word >> kCountBits < hash ? first : last) = word >> kCountBits < hash ? middle + 1 : middle;
  }
  return {.text = 1};
}

int CountBegins(std::string_view part, std::string_view prefix) {
  int count = 0;
  for (size_t at = part.find(' '); at != std::string_view::npos; at = part.find(' ', at + 1)) {
    if (part.substr(at + 1).starts_with(prefix)) ++count;
  }
  return count;
}

Occurrences FindPrefix(std::string_view headings, std::string_view prefix) {
  Occurrences found{.text = 1};
  for (int* const count : {&found.title, &found.subtitle, &found.names}) {
    const size_t end = std::min(headings.find(kPartBreak), headings.size());
    *count = CountBegins(headings.substr(0, end), prefix);
    headings.remove_prefix(std::min(end + 1, headings.size()));
  }
  return found;
}

}  // namespace

std::string PackRanking(const TermCounts& terms) {
  std::vector<uint32_t> words;
  for (const auto& [word, found] : terms) {
    if (found.title + found.subtitle + found.names > 0 || found.text > 1) words.push_back(Pack(word, found));
  }
  std::sort(words.begin(), words.end());
  if (words.size() > kWordsMax) words.resize(kWordsMax);
  return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint32_t)};
}

Ranking::Ranking(const MatchPlan& plan) {
  for (const MatchPlan* const phrase : RankedPhrases(plan)) {
    RankedPhrase& ranked = phrases_.emplace_back();
    ranked.columns = phrase->columns;
    for (const std::string& term : phrase->phrase.terms) ranked.words.push_back({.hash = HashOf(term)});
    if (!phrase->phrase.prefix) continue;
    ranked.words.back().prefix = phrase->phrase.terms.back();
    reads_headings_ = true;
  }
}

double Ranking::Score(std::string_view packed, std::string_view headings) const {
  double score = 0;
  for (const RankedPhrase& phrase : phrases_) {
    Occurrences all{.title = INT32_MAX, .subtitle = INT32_MAX, .names = INT32_MAX, .text = INT32_MAX};
    for (const Word& word : phrase.words) {
      const Occurrences found = word.prefix.empty() ? Find(packed, word.hash) : FindPrefix(headings, word.prefix);
      all.title = std::min(all.title, found.title);
      all.subtitle = std::min(all.subtitle, found.subtitle);
      all.names = std::min(all.names, found.names);
      all.text = std::min(all.text, found.text);
    }
    if (phrase.columns & kTitleColumn) score += TermWorth(kTitleWorth, all.title);
    if (phrase.columns & kSubtitleColumn) score += TermWorth(kSubtitleWorth, all.subtitle);
    if (phrase.columns & kNamesColumn) score += TermWorth(kNamesWorth, all.names);
    if (phrase.columns & kTextColumn) score += TermWorth(kTextWorth, all.text);
  }
  return score;
}

}  // namespace dateline::storage::pg
