#include "services/storage/spelling.h"

#include <algorithm>
#include <cmath>

#include "common/text/utf8.h"
#include "services/storage/store.h"

namespace dateline::storage {
namespace {

std::string ToUtf8(std::u32string_view letters) {
  std::string out;
  for (const char32_t c : letters) text::AppendUtf8(c, out);
  return out;
}

// One letter more has to be outweighed by e^3, twenty times as many releases.
constexpr double kLetterCost = 3;

// How much a word is worth that occurs in `count` releases and differs in `distance` letters.
double Worth(int64_t count, size_t distance) {
  return std::log(static_cast<double>(count) + 1) - kLetterCost * static_cast<double>(distance);
}

}  // namespace

size_t SpellingDistanceMax(size_t letters) {
  return letters < 7 ? 1 : 2;
}

std::u32string Letters(std::string_view utf8) {
  std::u32string letters;
  for (size_t at = 0; at < utf8.size();) {
    const text::CodePoint c = text::CodePointAt(utf8, at);
    letters += c.value;
    at += std::max<size_t>(c.length, 1);
  }
  return letters;
}

size_t LetterDistance(std::u32string_view a, std::u32string_view b, size_t most) {
  const size_t longer = std::max(a.size(), b.size());
  if (longer - std::min(a.size(), b.size()) > most) return most + 1;
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::vector<size_t> next(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        next[j] = std::min(next[j], before[j - 2] + 1);
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return std::min(row[b.size()], most + 1);
}

bool MayBeMisspelt(const Clause& clause) {
  if (clause.excluded || clause.phrase.prefix || clause.phrase.terms.size() != 1) return false;
  const std::u32string letters = Letters(clause.phrase.terms.front());
  const bool has_digit = std::any_of(letters.begin(), letters.end(), [](char32_t c) { return c >= U'0' && c <= U'9'; });
  return !has_digit && letters.size() >= kSpellingLettersMin && letters.size() <= kSpellingLettersMax;
}

SpellingChoice::SpellingChoice(std::string_view word, int64_t count)
    : word_(Letters(word)), known_(count > 0), most_(SpellingDistanceMax(word_.size())), best_worth_(Worth(count, 0)) {}

void SpellingChoice::Offer(std::string_view candidate, int64_t count) {
  const size_t distance = LetterDistance(word_, Letters(candidate), most_);
  if (distance == 0 || distance > most_) return;
  // Any neighbour of a word that is not there at all is better than nothing.
  const double worth = Worth(count, distance) + (known_ ? 0 : kLetterCost * static_cast<double>(most_));
  if (worth < best_worth_ || (worth == best_worth_ && !best_.empty() && best_ < candidate)) return;
  best_worth_ = worth;
  best_ = std::string(candidate);
}

std::vector<std::string> OneLetterAway(std::string_view word, std::u32string_view alphabet) {
  const std::u32string letters = Letters(word);
  std::vector<std::string> words;
  for (size_t i = 0; i <= letters.size(); ++i) {
    const std::u32string head = letters.substr(0, i);
    if (i < letters.size()) {
      const std::u32string tail = letters.substr(i + 1);
      words.push_back(ToUtf8(head + tail));
      for (const char32_t c : alphabet) words.push_back(ToUtf8(head + c + tail));
      if (!tail.empty()) words.push_back(ToUtf8(head + tail[0] + letters[i] + tail.substr(1)));
    }
    for (const char32_t c : alphabet) words.push_back(ToUtf8(head + c + letters.substr(i)));
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

std::string CorrectedQuery(std::string_view text, const SearchQuery& query,
                           const std::vector<Correction>& corrections) {
  std::string out;
  size_t at = 0;
  for (const Correction& correction : corrections) {
    const Clause& clause = query.clauses[correction.clause];
    out.append(text.substr(at, clause.position - at)).append(correction.word);
    at = clause.position + clause.length;
  }
  return out.append(text.substr(at));
}

SearchQuery WithCorrections(SearchQuery query, const std::vector<Correction>& corrections) {
  for (const Correction& correction : corrections) query.clauses[correction.clause].phrase.terms = {correction.word};
  return query;
}

}  // namespace dateline::storage
