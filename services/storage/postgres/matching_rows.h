#pragma once
// The statement that selects what a plan finds, the latest or the earliest first. The server cannot be left to choose
// between its two ways: to it a look into a TSVECTOR costs as much as a comparison of two numbers, while most of them
// stand outside of their rows and take a hundred times as long to fetch, so that it reads release after release where
// the index of words would have been done. Functions of a connection, internal to the search index.

#include <string>

#include "absl/status/statusor.h"
#include "common/sql/postgres/connection.h"
#include "services/storage/match_plan.h"
#include "services/storage/postgres/match_sql.h"

namespace dateline::storage::pg {

enum class Way {
  kIndex,  // All that match out of the index of words, then the first of them in order.
  kOrder,  // Release after release in order, until enough matched: what most releases match.
};

// Which way gives `most` rows sooner, by what the server knows of how often the words occur. An answer that is wrong
// costs time only.
absl::StatusOr<Way> ChooseWay(sql::postgres::Connection& connection, const MatchPlan& plan, int most);

// "SELECT s.release_id<columns>" of rows with a TSVECTOR, in which `columns` may use s.terms too, and with
// <overflow_columns> of the few without.
struct Selection {
  Way way = Way::kIndex;
  std::string columns{};
  std::string overflow_columns{};
  std::string bound{};  // A further condition on s.release_id, with " AND " before it; or empty.
  bool ascending = false;
  int most = 0;
};
std::string SelectMatches(const MatchPlan& plan, const Selection& selection, StatementValues* values);

}  // namespace dateline::storage::pg
