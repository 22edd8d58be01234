#pragma once
// The full-text index in SQLite: one FTS5 table without content, whose rows carry the ids of releases; beside it, for
// each release, its facet values and its day of publication, the latter also in day_blocks.h. The index holds terms
// that search_text and fact_terms made, so FTS5 only has to split at spaces. Removing a row needs exactly the terms
// with which it was added: they are made again from the stored record, which is why the index is built anew when the
// making of terms changes (kSearchTextVersion). Functions of a connection; they belong to its transaction.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/connection.h"
#include "services/storage/find_releases.h"
#include "services/storage/match_plan.h"
#include "services/storage/search_query.h"
#include "services/storage/sqlite/day_blocks.h"

namespace dateline::storage {

// The index of one connection, for lists and searches.
class SqliteReleaseIndex final : public ReleaseIndex {
 public:
  explicit SqliteReleaseIndex(sql::Connection& connection) : connection_(connection) {}

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
  sql::Connection& connection_;
};

inline constexpr size_t kFacetValueIdsMax = 20'000;

// The numbers of values of facets that were seen lately. They never change, but what a transaction added that was
// undone is not there. Used by one thread.
class FacetValueIds {
 public:
  std::optional<int64_t> Find(const FacetEntry& entry) const;
  void Put(const FacetEntry& entry, int64_t id);
  void Clear() { ids_.clear(); }

 private:
  std::map<FacetEntry, int64_t> ids_;
};

// Puts releases of one transaction into the index and takes them out.
class IndexWriter {
 public:
  // `known` is of this connection's thread; without it values are looked up.
  explicit IndexWriter(sql::Connection& connection, FacetValueIds* known = nullptr)
      : connection_(connection), known_(known) {}

  absl::Status Add(int64_t id, const IndexedText& text);
  absl::Status Remove(int64_t id, const IndexedText& text);
  // Once, at the end.
  absl::Status Finish() { return days_.Flush(connection_); }

 private:
  sql::Connection& connection_;
  FacetValueIds* const known_;
  DayWrites days_;
};

// The same for one release.
absl::Status AddToIndex(sql::Connection& connection, int64_t id, const IndexedText& text);
absl::Status RemoveFromIndex(sql::Connection& connection, int64_t id, const IndexedText& text);

// Writes over the texts of values of facets. Their numbers stay taken: releases that are written over later still have
// them in their rows.
absl::Status EraseFacetValues(sql::Connection& connection, const std::vector<FacetEntry>& values);

}  // namespace dateline::storage
