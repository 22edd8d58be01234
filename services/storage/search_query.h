#pragma once
// The small language of searches: words, "a phrase", prefix*, -without, title:word. Parsed here, so that no back end
// ever sees raw syntax: it gets terms that it only has to quote. Total: every input gives a query or an INVALID_QUERY
// error that names the byte where it went wrong. Pure and thread-safe.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/storage/search_text.h"

namespace dateline::storage {

// One thing to look for, or to do without.
struct Clause {
  Phrase phrase;
  bool title_only = false;
  bool excluded = false;
  // The word or phrase in the query's text, for putting another in its place.
  size_t position = 0;
  size_t length = 0;
};

// All clauses must hold; of one that ParseSearchQuery() made at least one is not excluded.
struct SearchQuery {
  std::vector<Clause> clauses;
};

// INVALID_ARGUMENT (INVALID_QUERY; metadata position, a byte offset).
absl::StatusOr<SearchQuery> ParseSearchQuery(std::string_view text);

// What is counted over a search.
enum class FacetField : uint8_t { kSource = 1, kLanguage, kCountry, kOrganization, kPerson, kYear };
// "source", "language", "country", "organization", "person", "year".
std::string_view FacetName(FacetField field);
std::optional<FacetField> ParseFacet(std::string_view name);

struct FacetEntry {
  FacetField field = FacetField::kSource;
  std::string value;
  auto operator<=>(const FacetEntry&) const = default;
};

// What the index holds of one release. The texts are in index form (IndexForm).
struct IndexedText {
  std::string title;
  std::string subtitle;
  std::string text;
  std::string names;               // People, organisations, their acronyms, places; kValueBreak between them.
  std::string facts;               // Tokens of the facts (fact_terms.h).
  std::vector<FacetEntry> facets;  // Ordered, without repeats.
  int64_t sort_day = 0;            // Days since 1970 of the publication, or of the storing where that is not known.
  int sort_precision = 0;          // How much of the publication is known: nothing, year, month, day.
  bool operator==(const IndexedText&) const = default;
};

// A text with its terms, ready to be asked several phrases.
class TermList {
 public:
  explicit TermList(std::string_view utf8) : terms_(SearchTerms(utf8)) {}
  // Of a text that is in index form already; the terms have no places.
  static TermList FromIndexForm(std::string_view form);
  // The indexes of the terms with which `phrase` begins, at most `most`.
  std::vector<size_t> Find(const Phrase& phrase, size_t most) const;
  const std::vector<Term>& terms() const { return terms_; }

 private:
  TermList() = default;
  bool MatchesAt(const Phrase& phrase, size_t index) const;
  std::vector<Term> terms_;
};

// How much a match is worth by where it stands. A word that occurs n times there counts n / (n + kTermSaturation) of
// it. The score of a release depends on nothing but the release, so that pages stay in order while others are stored.
inline constexpr double kTitleWorth = 6;
inline constexpr double kSubtitleWorth = 3;
inline constexpr double kTextWorth = 1;
inline constexpr double kNamesWorth = 2;
inline constexpr double kTermSaturation = 1.2;
constexpr double TermWorth(double worth, int count) {
  return worth * count / (count + kTermSaturation);
}

// How well a text matches: 0 when it does not. Slow, it reads the whole text: for stores without an index.
double MatchIndexed(const SearchQuery& query, const IndexedText& text);

}  // namespace dateline::storage
