#pragma once
// The small language of searches: words, "a phrase", prefix*, -without, title:word. Parsed here, so that no back end
// ever sees raw syntax: it gets terms that it only has to quote. Total: every input gives a query or an INVALID_QUERY
// error that names the byte where it went wrong. Pure and thread-safe.

#include <cstdint>
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
};

// All clauses must hold; at least one of them is not excluded.
struct SearchQuery {
  std::vector<Clause> clauses;
};

// INVALID_ARGUMENT (INVALID_QUERY; metadata position, a byte offset).
absl::StatusOr<SearchQuery> ParseSearchQuery(std::string_view text);

// The columns of the index for one release.
struct IndexedText {
  std::string title;
  std::string text;   // Subtitle and text.
  std::string names;  // People, organisations and their acronyms.
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

// How well a text matches: 0 when it does not, otherwise how often the words occur, more in the title and in names.
// Slow, it reads the whole text: for stores without an index and for exports.
double MatchIndexed(const SearchQuery& query, const IndexedText& text);

}  // namespace dateline::storage
