#pragma once
// What the index of words in PostgreSQL keeps of a release; made before the transaction, sent in it.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/sql/postgres/connection.h"
#include "services/storage/search_query.h"

namespace dateline::storage::pg {

using sql::postgres::Connection;

// Parts of SearchEntry::words, and the place of each.
inline constexpr char kPartBreak = '\x1f';
inline constexpr int kTitlePart = 1;
inline constexpr int kSubtitlePart = 2;
inline constexpr int kNamesPart = 3;
inline constexpr int kTextPart = 4;

// Before a term of a heading: a term of its own that says where it stands. No word holds one of them.
inline constexpr char kTitleSign = '<';
inline constexpr char kSubtitleSign = '=';
inline constexpr char kNamesSign = '>';

// What a release without a day stands for as the last one that its date may mean: later than any.
inline constexpr int64_t kNoLastDay = 2'147'483'647;

struct SearchEntry {
  std::string words{};  // The terms of the four parts in their order, each between spaces.
  std::string terms{};  // A TSVECTOR as text: every term, those of headings also behind the sign of their part, and the
                        // tokens of the facts. Empty when they are too many.
  std::string ranking{};  // See PackRanking().
  bool overflow = false;  // Then `terms` is empty and the tokens of the facts stand in `facts`.
  std::string facts{};    // Each between spaces.
  std::vector<FacetEntry> facets{};
  int64_t sort_day = 0;
  int64_t last_day = kNoLastDay;
};
SearchEntry MakeSearchEntry(const IndexedText& text);

// By release; not owned.
using SearchEntries = std::map<int64_t, const SearchEntry*>;

// Only sends. Replaces what the index had of the releases.
void PutIntoIndex(Connection& connection, const SearchEntries& entries);

}  // namespace dateline::storage::pg
