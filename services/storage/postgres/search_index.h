#pragma once
// The full-text index in PostgreSQL. Terms and facts come folded from search_text and fact_terms, so that the same
// releases match as in every other store; PostgreSQL's own parsers and dictionaries have no part in it. A TSVECTOR with
// a GIN index holds the words and the tokens of facts; the words in their order stand beside it for phrases; facet
// values and days of publication in a table of their own. Functions of a connection; they belong to its transaction.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/postgres/database.h"
#include "services/storage/find_releases.h"
#include "services/storage/search_query.h"

namespace dateline::storage::pg {

using sql::postgres::Connection;

// What the index keeps of a release; made before the transaction.
struct SearchEntry {
  std::string title;  // These four: terms in their order, each between spaces.
  std::string subtitle;
  std::string text;
  std::string names;
  std::string terms;                // A TSVECTOR as text; empty when there are too many.
  bool overflow = false;            // Then `terms` is empty and the tokens of the facts stand in `facts`.
  std::string facts;                // Each between spaces.
  std::vector<std::string> facets;  // The number of the field as a digit, and the value.
  int64_t sort_day = 0;
};
SearchEntry MakeSearchEntry(const IndexedText& text);

// The index of one snapshot, for lists and searches.
class PostgresReleaseIndex final : public ReleaseIndex {
 public:
  explicit PostgresReleaseIndex(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::vector<Candidate>> Find(const MatchPlan& plan, bool with_days, int most) override;
  absl::StatusOr<std::vector<uint64_t>> FindIds(const MatchPlan& plan, int most) override;
  absl::StatusOr<int> Count(const MatchPlan& plan, int most) override;
  absl::Status Stream(const MatchPlan& plan, const Walk& walk, const Take& take) override;
  absl::Status StreamByDay(const Walk& walk, const Take& take) override;
  absl::StatusOr<std::vector<release::v1::Release>> Load(const std::vector<uint64_t>& ids, Parts parts) override;
  absl::StatusOr<std::vector<std::vector<FacetCount>>> CountFacets(const std::vector<uint64_t>& ids,
                                                                   const std::vector<FacetField>& fields) override;
  absl::StatusOr<std::vector<Correction>> FindCorrections(const SearchQuery& query) override;

 private:
  Connection& connection_;
};

// Only sends. Replaces what the index had of the release.
void PutIntoIndex(Connection& connection, int64_t release_id, const SearchEntry& entry);

// Builds the index anew when its terms were made by another version; other processes wait meanwhile. Called once, after
// opening.
absl::Status BringIndexUpToDate(sql::postgres::Database& database);

}  // namespace dateline::storage::pg
