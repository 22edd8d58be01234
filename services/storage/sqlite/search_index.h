#pragma once
// The full-text index in SQLite: one FTS5 table without content, whose rows carry the ids of releases. It holds terms
// that search_text made, so FTS5 only has to split at spaces. Removing a row needs exactly the terms with which it was
// added: they are made again from the stored record, which is why the index is built anew when the making of terms
// changes (kSearchTextVersion). Functions of a connection; they belong to its transaction.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/connection.h"
#include "common/sql/database.h"
#include "services/storage/search_query.h"

namespace dateline::storage {

// The query in FTS5's language; every term is quoted.
std::string ToFts5(const SearchQuery& query);

struct Candidate {
  int64_t id = 0;    // release.id
  double score = 0;  // Greater is better.
};

// What matches, the best first or the newest first, at most kSearchCandidatesMax.
absl::StatusOr<std::vector<Candidate>> FindCandidates(sql::Connection& connection, const SearchQuery& query,
                                                      bool newest_first);

absl::Status AddToIndex(sql::Connection& connection, int64_t id, const IndexedText& text);
absl::Status RemoveFromIndex(sql::Connection& connection, int64_t id, const IndexedText& text);

// Builds the index anew when its terms were made by another version. Called once, after opening.
absl::Status BringIndexUpToDate(sql::Database& database);

}  // namespace dateline::storage
