#pragma once
// Facets in PostgreSQL. A release's row of search holds the keys of its values, eight bytes each: the field and a hash
// of the value, so that no number has to be given out and replicas agree. Counting them is this process's work, which a
// server does ten times slower; the texts of the few that are answered stand in a table. Functions of a connection;
// they belong to its transaction.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/sql/postgres/connection.h"
#include "services/storage/search_query.h"
#include "services/storage/store.h"

namespace dateline::storage::pg {

// Texts of values by their keys.
using FacetValues = std::map<int64_t, std::string_view>;

// The keys of the values, packed, as a row holds them; adds the values, whose texts have to outlive `values`.
std::string PackFacets(const std::vector<FacetEntry>& facets, FacetValues* values);

// Only sends. Adds the texts that are not there yet.
void PutFacetValues(sql::postgres::Connection& connection, const FacetValues& values);

// Only sends. Forgets the texts; who has the keys shows nothing for them.
void EraseFacetValues(sql::postgres::Connection& connection, const std::vector<FacetEntry>& values);

// Counts the values of the fields that are asked for.
class FacetTally {
 public:
  explicit FacetTally(const std::vector<FacetField>& fields);
  void Add(std::string_view packed);
  // Reads the texts of the most frequent ones of each field.
  absl::StatusOr<std::vector<std::vector<FacetCount>>> Finish(sql::postgres::Connection& connection) const;

 private:
  const std::vector<FacetField> fields_;
  uint32_t wanted_ = 0;
  absl::flat_hash_map<int64_t, int> counts_;
};

}  // namespace dateline::storage::pg
