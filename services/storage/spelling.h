#pragma once
// "Did you mean": which word of the archive somebody meant who typed one that it hardly has. A candidate counts by how
// few letters differ and how often it occurs. Letters are code points; two neighbours that changed places are one
// difference. Pure and thread-safe.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/storage/search_query.h"

namespace dateline::storage {

// Shorter words have too many neighbours to guess among.
inline constexpr size_t kSpellingLettersMin = 4;
inline constexpr size_t kSpellingLettersMax = 40;
// How many differences are tried: one in short words, two in longer ones.
size_t SpellingDistanceMax(size_t letters);

// Differences between two words; more than `most` is answered as most + 1.
size_t LetterDistance(std::u32string_view a, std::u32string_view b, size_t most);
std::u32string Letters(std::string_view utf8);

// Whether a clause is a single word that may be misspelt.
bool MayBeMisspelt(const Clause& clause);

// The best of the words that are offered.
class SpellingChoice {
 public:
  // `count` is how many releases have the word itself.
  SpellingChoice(std::string_view word, int64_t count);
  void Offer(std::string_view candidate, int64_t count);
  // Empty when none is better.
  const std::string& best() const { return best_; }

 private:
  const std::u32string word_;
  const bool known_;
  const size_t most_;
  double best_worth_;
  std::string best_;
};

// Words one difference away: a letter left out, doubled, exchanged with its neighbour, or replaced by or followed by
// one of `alphabet`. For stores that look words up.
std::vector<std::string> OneLetterAway(std::string_view word, std::u32string_view alphabet);

// The query's text with the corrected words.
struct Correction;
std::string CorrectedQuery(std::string_view text, const SearchQuery& query, const std::vector<Correction>& corrections);
// The query that it parses to, as far as the clauses' phrases go.
SearchQuery WithCorrections(SearchQuery query, const std::vector<Correction>& corrections);

}  // namespace dateline::storage
