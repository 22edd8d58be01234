#pragma once
// The full-text index in PostgreSQL. Terms come folded from search_text (CJK as pairs of characters), so that the same
// releases match as in every other store; PostgreSQL's own parsers and dictionaries have no part in it. A TSVECTOR with
// a GIN index finds the releases that have all words; phrases and what an index cannot say are then looked up in the
// words in their order. Functions of a connection; they belong to its transaction.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/postgres/database.h"
#include "services/storage/search_query.h"

namespace dateline::storage::pg {

using sql::postgres::Connection;

// What the index keeps of a release; made before the transaction.
struct SearchEntry {
  std::string title;      // Terms in their order, each between spaces.
  std::string words;      // Of title, text and names, parted so that no phrase spans two of them.
  std::string terms;      // A TSVECTOR as text; empty when there are too many.
  bool overflow = false;  // Then `terms` is empty.
};
SearchEntry MakeSearchEntry(const IndexedText& text);

// The query as a TSQUERY, which finds at least what matches; empty when nothing can be said that way.
std::string ToTsQuery(const SearchQuery& query);

struct Candidate {
  int64_t id = 0;    // release.id
  double score = 0;  // Greater is better.
};

// What matches, the best first or the newest first, at most kSearchCandidatesMax.
absl::StatusOr<std::vector<Candidate>> FindCandidates(Connection& connection, const SearchQuery& query,
                                                      bool newest_first);

// Only sends. Replaces what the index had of the release.
void PutIntoIndex(Connection& connection, int64_t release_id, const SearchEntry& entry);

// Builds the index anew when its terms were made by another version; other processes wait meanwhile. Called once, after
// opening.
absl::Status BringIndexUpToDate(sql::postgres::Database& database);

}  // namespace dateline::storage::pg
