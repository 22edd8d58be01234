#pragma once
// A plan as SQLite is asked it: a text in FTS5's language, and where it pays a filter of the rows that this finds. The
// days of publication are such a filter: a stretch of years is in the lists of so many releases that going through them
// takes longer than looking at the day of each release which the rest of the plan finds.

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/sql/connection.h"
#include "common/sql/row_filter.h"
#include "common/sql/statement.h"
#include "services/storage/match_plan.h"

namespace dateline::storage {

// The plan in FTS5's language; every term is quoted. Not of kNone.
std::string ToFts5(const MatchPlan& plan);

class MatchQuestion {
 public:
  // The connection outlives it.
  static absl::StatusOr<MatchQuestion> Make(sql::Connection& connection, const MatchPlan& plan);

  // "release_search MATCH ?1", and what else has to hold of its rows.
  std::string_view condition() const;
  // Binds ?1, and ?2 where it is there. The question outlives the statement's use.
  void BindTo(sql::Statement* statement) const;
  // How many phrases stand first in it: the words of a search come before its filter, and only they are ranked by.
  int ranked_phrases() const { return ranked_phrases_; }

 private:
  std::string match_;
  int ranked_phrases_ = 0;
  std::unique_ptr<sql::RowFilter> rows_;
};

}  // namespace dateline::storage
