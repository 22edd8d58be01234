#pragma once
// The full-text index in PostgreSQL. Terms and facts come folded from search_text and fact_terms, so that the same
// releases match as in every other store; PostgreSQL's own parsers and dictionaries have no part in it. A TSVECTOR with
// a GIN index holds the words and the tokens of facts; the words in their order stand beside it for phrases, and in the
// same row what a page is chosen by (search_entry.h). Functions of a connection; they belong to its transaction.

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/postgres/database.h"
#include "services/storage/find_releases.h"
#include "services/storage/postgres/matching_rows.h"
#include "services/storage/search_query.h"

namespace dateline::storage::pg {

using sql::postgres::Connection;

// The index of one snapshot, for lists and searches.
class PostgresReleaseIndex final : public ReleaseIndex {
 public:
  explicit PostgresReleaseIndex(Connection& connection) : connection_(connection) {}

  absl::StatusOr<Found> Find(const MatchPlan& plan, Measure measure, int most,
                             const std::vector<FacetField>& fields) override;
  absl::StatusOr<int> Count(const MatchPlan& plan, int most) override;
  absl::Status Stream(const MatchPlan& plan, const Walk& walk, const Take& take) override;
  absl::Status StreamByDay(const Walk& walk, const Take& take) override;
  absl::StatusOr<std::vector<release::v1::Release>> Load(const std::vector<uint64_t>& ids, Parts parts) override;
  absl::StatusOr<std::vector<std::vector<FacetCount>>> CountFacets(const std::vector<uint64_t>& ids,
                                                                   const std::vector<FacetField>& fields) override;
  absl::StatusOr<std::vector<std::vector<FacetCount>>> CountFacets(const MatchPlan& plan, int most,
                                                                   const std::vector<FacetField>& fields) override;
  absl::StatusOr<std::vector<Correction>> FindCorrections(const SearchQuery& query) override;

 private:
  // What the plan finds; one question asks for it several times.
  absl::StatusOr<MatchingRows*> RowsOf(const MatchPlan& plan);

  Connection& connection_;
  std::optional<MatchPlan> plan_;
  std::optional<MatchingRows> rows_;  // Of plan_.
};

// Builds the index anew when its terms were made by another version; other processes wait meanwhile. Called once, after
// opening.
absl::Status BringIndexUpToDate(sql::postgres::Database& database, const sql::Upgrading& upgrading);

}  // namespace dateline::storage::pg
