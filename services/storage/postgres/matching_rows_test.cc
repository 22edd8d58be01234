// Both ways to the rows that match, on a real server: they find the same, and each is taken where it is the shorter
// one, whatever the server would choose. Named after the back end, as conformance is.
#include "services/storage/postgres/matching_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/filter/filter.h"
#include "common/sql/postgres/testing/server.h"
#include "services/storage/search_query.h"

namespace dateline::storage::pg {
namespace {

using sql::postgres::Connection;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// 20,000 rows: "common" stands in all of them, "rare" in one of a thousand. Terms as long as those of a release.
constexpr std::string_view kRows = R"sql(
CREATE TABLE release_search (
  release_id BIGINT PRIMARY KEY,
  title TEXT NOT NULL DEFAULT '',
  subtitle TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL DEFAULT '',
  names TEXT NOT NULL DEFAULT '',
  terms TSVECTOR NOT NULL,
  overflow BOOLEAN NOT NULL,
  facts TEXT NOT NULL DEFAULT ''
);
INSERT INTO release_search (release_id, terms, overflow)
SELECT n, ('common:1 ' || CASE WHEN n % 1000 = 0 THEN 'rare:2 ' ELSE '' END || filling)::tsvector, false
FROM generate_series(1, 20000) AS n,
  (SELECT string_agg(md5(word::text), ' ') AS filling FROM generate_series(1, 80) AS word) AS made;
CREATE INDEX release_search_terms ON release_search USING gin (terms);
CREATE INDEX release_search_overflow ON release_search (release_id) WHERE overflow;
ANALYZE release_search;
)sql";

class PostgresMatchingRowsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = new testing::PostgresServer;
    database_ = server_->NewDatabase();
    ASSERT_TRUE(Open()->Script(kRows).ok());
  }
  static void TearDownTestSuite() { delete server_; }

  static std::unique_ptr<Connection> Open() {
    auto connection = Connection::Open({.connection = database_});
    EXPECT_TRUE(connection.ok()) << connection.status();
    return *std::move(connection);
  }

  static MatchPlan Words(const std::string& query) { return PlanSearch(*ParseSearchQuery(query), filter::Filter()); }

  std::vector<int64_t> Ids(const MatchPlan& plan, Selection selection) {
    StatementValues values;
    const auto rows = connection_->Query(SelectMatches(plan, selection, &values), values.parameters());
    EXPECT_TRUE(rows.ok()) << rows.status();
    std::vector<int64_t> ids;
    for (int i = 0; rows.ok() && i < rows->rows(); ++i) ids.push_back(rows->Int64(i, 0));
    return ids;
  }

  std::string Explain(const MatchPlan& plan, const Selection& selection) {
    StatementValues values;
    const std::string sql = "EXPLAIN " + SelectMatches(plan, selection, &values);
    const auto rows = connection_->Query(sql, values.parameters(), Connection::Plan::kOnce);
    EXPECT_TRUE(rows.ok()) << rows.status();
    std::string text;
    for (int i = 0; rows.ok() && i < rows->rows(); ++i) text += rows->String(i, 0) + "\n";
    return text;
  }

  const std::unique_ptr<Connection> connection_ = Open();

 private:
  static inline testing::PostgresServer* server_ = nullptr;
  static inline std::string database_;
};

TEST_F(PostgresMatchingRowsTest, TakesTheShorterWay) {
  EXPECT_EQ(*ChooseWay(*connection_, Words("rare"), 20), Way::kIndex);
  EXPECT_EQ(*ChooseWay(*connection_, Words("nowhere"), 20), Way::kIndex);
  EXPECT_EQ(*ChooseWay(*connection_, Words("common"), 20), Way::kOrder);
  EXPECT_EQ(*ChooseWay(*connection_, Words("common rare"), 20), Way::kIndex);
  EXPECT_EQ(*ChooseWay(*connection_, Words("common"), 10'000), Way::kIndex);
}

TEST_F(PostgresMatchingRowsTest, BothWaysFindTheSame) {
  for (const Way way : {Way::kIndex, Way::kOrder}) {
    EXPECT_THAT(Ids(Words("rare"), {.way = way, .most = 3}), ElementsAre(20'000, 19'000, 18'000));
    EXPECT_THAT(Ids(Words("rare"), {.way = way, .most = 100}), SizeIs(20));
    EXPECT_THAT(Ids(Words("rare"), {.way = way, .bound = " AND s.release_id < 2500", .most = 100}),
                ElementsAre(2'000, 1'000));
    EXPECT_THAT(Ids(Words("rare"), {.way = way, .bound = " AND s.release_id > 17500", .ascending = true, .most = 2}),
                ElementsAre(18'000, 19'000));
    EXPECT_THAT(Ids(Words("common"), {.way = way, .most = 2}), ElementsAre(20'000, 19'999));
  }
}

TEST_F(PostgresMatchingRowsTest, GoesTheWayThatItIsTold) {
  // The server would read in order here: to it a look into a TSVECTOR costs next to nothing.
  const std::string by_index = Explain(Words("common"), {.way = Way::kIndex, .most = 5'000});
  EXPECT_THAT(by_index, HasSubstr("Bitmap Index Scan on release_search_terms"));
  EXPECT_THAT(by_index, Not(HasSubstr("release_search_pkey")));
  EXPECT_THAT(by_index, Not(HasSubstr("Seq Scan on release_search s\n")));
  EXPECT_THAT(Explain(Words("common"), {.way = Way::kOrder, .most = 20}),
              HasSubstr("Index Scan Backward using release_search_pkey"));
}

}  // namespace
}  // namespace dateline::storage::pg
