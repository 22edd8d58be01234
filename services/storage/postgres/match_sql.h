#pragma once
// A plan of matching (match_plan.h) as conditions of SQL over release_search. A TSQUERY finds at least what matches;
// what it cannot say (the order of words in a phrase, that one stands in the text) is looked up in the words
// themselves. Releases without a TSVECTOR, because they have too many terms, are matched by their words alone. Pure.

#include <deque>
#include <string>
#include <string_view>

#include "common/sql/postgres/parameters.h"
#include "services/storage/match_plan.h"

namespace dateline::storage::pg {

// The plan as a TSQUERY; empty when nothing can be said that way, so that everything may match.
std::string ToTsQuery(const MatchPlan& plan);

// A term as a TSQUERY.
std::string QuotedTerm(std::string_view term);
void AppendQuotedTerm(std::string_view term, std::string* out);

// Values of a statement that is put together; parameters refer to texts, which are kept here.
class StatementValues {
 public:
  // "$n" for the value.
  std::string Text(std::string value);
  std::string Number(int64_t value);
  const sql::postgres::Parameters& parameters() const { return parameters_; }

 private:
  std::deque<std::string> texts_;
  sql::postgres::Parameters parameters_;
};

// Conditions on release_search AS s, for rows that have a TSVECTOR and for those that have none. `also` is a TSQUERY
// that the rows have to match besides, or empty.
std::string MatchCondition(const MatchPlan& plan, StatementValues* values, std::string_view also = {});
std::string OverflowCondition(const MatchPlan& plan, StatementValues* values);

}  // namespace dateline::storage::pg
