#pragma once
// A filter and the words of a search as one question to a full-text index, independent of the back end: phrases in the
// columns of IndexedText and tokens of its facts, joined by and, or, not. The index answers it with at least all that
// match; where the plan is exact, with nothing else. What is not exact is then evaluated in memory, so a search means
// the same everywhere. Pure and thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/filter/filter.h"
#include "services/storage/search_query.h"

namespace dateline::storage {

// Columns of the index, as bits.
inline constexpr uint8_t kTitleColumn = 1;
inline constexpr uint8_t kSubtitleColumn = 2;
inline constexpr uint8_t kTextColumn = 4;
inline constexpr uint8_t kNamesColumn = 8;
inline constexpr uint8_t kWordColumns = kTitleColumn | kSubtitleColumn | kTextColumn | kNamesColumn;

// Days since 1970, both included.
struct DayStretch {
  int64_t first = 0;
  int64_t last = 0;
  bool operator==(const DayStretch&) const = default;
};

struct MatchPlan {
  enum class Kind {
    kAll,     // Every release.
    kNone,    // No release.
    kAnd,     // All children, at least one; those of kNot exclude.
    kOr,      // Any child, at least one; none of them kNot, kAll or kNone.
    kNot,     // Not its one child.
    kPhrase,  // The phrase stands in one of the columns.
    kFact,    // The token stands among the facts.
  };
  Kind kind = Kind::kAll;
  bool exact = true;  // Of this and all below.
  std::vector<MatchPlan> children;
  uint8_t columns = kWordColumns;
  Phrase phrase;
  std::string token;
  // Of tokens that say just that the day of publication lies within a stretch, however much of it is known: a back end
  // that knows these days in another way need not look for the tokens.
  std::optional<DayStretch> published;

  bool operator==(const MatchPlan&) const = default;
};

// The phrases by which releases are ranked: the words of a search, which stand in all that it finds; its filter comes
// behind them. They belong to the plan.
std::vector<const MatchPlan*> RankedPhrases(const MatchPlan& plan);

// What matches the filter.
MatchPlan PlanFilter(const filter::Filter& filter);
// What matches both; a query without clauses asks nothing.
MatchPlan PlanSearch(const SearchQuery& query, const filter::Filter& filter);

}  // namespace dateline::storage
