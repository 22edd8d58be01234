#pragma once
// An auxiliary function of FTS5 that every connection has: term_rank(table, phrases, weight, ...) says how well a row
// matches, from the row alone: for each of the first so many phrases of the query and each column that has a weight,
// weight * n / (n + 1.2), where n is how often the phrase stands there, counted to 32. Unlike bm25() it knows nothing
// of other rows: it costs no look-up of their lengths, and a row keeps its score while others are written, which pages
// in order of score need.

struct sqlite3;

namespace dateline::sql {

// An SQLite result code. A library without FTS5 has no such function, which is no error.
int RegisterTermRank(sqlite3* handle);

}  // namespace dateline::sql
