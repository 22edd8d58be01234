// What a plan finds, on a real server: the same in whatever windows it is read, in order and without gaps, also where
// the server expects something else than there is; and of what most releases match little is read. Named after the back
// end, as conformance is.
#include "services/storage/postgres/matching_rows.h"

#include <fmt/format.h>
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
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kRows = 40'000;

// "common" stands in all rows, "rare" in one of a thousand, "early" in the first 500 and "late" in the last; one of
// 9,999 has no TSVECTOR. Ids go on from 5, and of ten nine are there.
constexpr std::string_view kTable = R"sql(
CREATE TABLE release_search (
  release_id BIGINT PRIMARY KEY,
  sort_day INTEGER NOT NULL,
  last_day INTEGER NOT NULL,
  overflow BOOLEAN NOT NULL,
  facets BYTEA NOT NULL DEFAULT '',
  ranking BYTEA NOT NULL DEFAULT '',
  words TEXT NOT NULL,
  terms TSVECTOR NOT NULL,
  facts TEXT NOT NULL DEFAULT ''
) WITH (autovacuum_enabled = false);
INSERT INTO release_search (release_id, sort_day, last_day, overflow, words, terms)
SELECT n, n / 10, n / 10, n % 9999 = 0, words, CASE WHEN n % 9999 = 0 THEN '' ELSE
    words || ' ' || filling || ' ''#' || n / 1024 || ''' ''##' || n / 16384 || '''' END::tsvector
FROM generate_series(5, 40000) AS n,
  (SELECT string_agg(md5(word::text), ' ') AS filling FROM generate_series(1, 12) AS word) AS made,
  LATERAL (SELECT ' common ' || CASE WHEN n % 1000 = 0 THEN 'rare ' ELSE '' END || CASE WHEN n <= 500 THEN 'early '
    ELSE '' END || CASE WHEN n > 39500 THEN 'late ' ELSE '' END AS words) AS w
WHERE n % 10 <> 7;
CREATE INDEX release_search_terms ON release_search USING gin (terms);
CREATE INDEX release_search_overflow ON release_search (release_id) WHERE overflow;
)sql";

bool IsThere(int id) {
  return id >= 5 && id <= kRows && id % 10 != 7;
}

class PostgresMatchingRowsTest : public ::testing::TestWithParam<bool> {
 protected:
  static void SetUpTestSuite() {
    server_ = new testing::PostgresServer;
    counted_ = server_->NewDatabase();
    ASSERT_TRUE(Open(counted_)->Script(kTable).ok());
    ASSERT_TRUE(Open(counted_)->Script("ANALYZE release_search").ok());
    // Of this one the server knows nothing, or the wrong.
    uncounted_ = server_->NewDatabase();
    ASSERT_TRUE(Open(uncounted_)->Script(kTable).ok());
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  static std::unique_ptr<Connection> Open(const std::string& database) {
    auto connection = Connection::Open({.connection = database});
    EXPECT_TRUE(connection.ok()) << connection.status();
    return *std::move(connection);
  }

  static MatchPlan Words(const std::string& query) { return PlanSearch(*ParseSearchQuery(query), filter::Filter()); }

  std::vector<uint64_t> Ids(const MatchPlan& plan, const MatchingRows::Wanted& wanted) {
    auto rows = MatchingRows::Of(*connection_, plan);
    EXPECT_TRUE(rows.ok()) << rows.status();
    std::vector<uint64_t> ids;
    const auto count = rows->Read(wanted, [&ids](const MatchingRow& row) { ids.push_back(row.id); });
    EXPECT_TRUE(count.ok()) << count.status();
    EXPECT_EQ(count.value_or(-1), static_cast<int>(ids.size()));
    return ids;
  }

  const std::unique_ptr<Connection> connection_ = Open(GetParam() ? counted_ : uncounted_);

 private:
  static inline testing::PostgresServer* server_ = nullptr;
  static inline std::string counted_;
  static inline std::string uncounted_;
};

INSTANTIATE_TEST_SUITE_P(Statistics, PostgresMatchingRowsTest, ::testing::Bool(),
                         [](const auto& known) { return known.param ? "Known" : "Unknown"; });

// What rests on the server's statistics.
class PostgresCountedRowsTest : public PostgresMatchingRowsTest {};
INSTANTIATE_TEST_SUITE_P(Statistics, PostgresCountedRowsTest, ::testing::Values(true),
                         [](const auto&) { return "Known"; });

TEST_P(PostgresMatchingRowsTest, ReadsTheSameInWhateverWindows) {
  for (const int most : {1, 20, 700, 5'000, 30'000, 50'000}) {
    std::vector<uint64_t> down;
    std::vector<uint64_t> up;
    for (int id = kRows; id > 0 && static_cast<int>(down.size()) < most; --id) {
      if (IsThere(id)) down.push_back(static_cast<uint64_t>(id));
    }
    for (int id = 0; id <= kRows && static_cast<int>(up.size()) < most; ++id) {
      if (IsThere(id)) up.push_back(static_cast<uint64_t>(id));
    }
    EXPECT_EQ(Ids(Words("common"), {.most = most}), down) << most;
    EXPECT_EQ(Ids(Words("common"), {.ascending = true, .most = most}), up) << most;
    EXPECT_EQ(Ids(MatchPlan(), {.most = most}), down) << most << ", of all releases";
  }
}

TEST_P(PostgresMatchingRowsTest, GoesOnBehindAnId) {
  std::vector<uint64_t> ids;
  MatchingRows::Wanted wanted{.most = 3'000};
  while (true) {
    const auto next = Ids(Words("common"), wanted);
    ids.insert(ids.end(), next.begin(), next.end());
    if (next.size() < 3'000) break;
    wanted.after = static_cast<int64_t>(next.back());
  }
  EXPECT_EQ(ids, Ids(Words("common"), {.most = 50'000}));
  EXPECT_THAT(Ids(Words("rare"), {.after = 3'000, .most = 10}), ElementsAre(2'000, 1'000));
  EXPECT_THAT(Ids(Words("rare"), {.ascending = true, .after = 38'000, .most = 10}), ElementsAre(39'000, 40'000));
  EXPECT_THAT(Ids(Words("rare"), {.after = 4, .most = 10}), IsEmpty());
}

TEST_P(PostgresMatchingRowsTest, FindsWhatStandsElsewhereThanExpected) {
  EXPECT_THAT(Ids(Words("rare"), {.most = 3}), ElementsAre(40'000, 39'000, 38'000));
  EXPECT_THAT(Ids(Words("rare"), {.most = 100}), SizeIs(40));
  EXPECT_THAT(Ids(Words("early"), {.most = 1'000}), SizeIs(446));
  EXPECT_THAT(Ids(Words("early"), {.most = 2}), ElementsAre(500, 499));
  EXPECT_THAT(Ids(Words("late"), {.most = 1'000}), SizeIs(450));
  EXPECT_THAT(Ids(Words("late"), {.ascending = true, .most = 2}), ElementsAre(39'501, 39'502));
  EXPECT_THAT(Ids(Words("common -late"), {.most = 2}), ElementsAre(39'500, 39'499));
  EXPECT_THAT(Ids(Words("nowhere"), {.most = 10}), IsEmpty());
  // Those without a TSVECTOR stand among the others.
  EXPECT_THAT(Ids(Words("common"), {.after = 29'999, .most = 4}), ElementsAre(29'998, 29'996, 29'995, 29'994));
  EXPECT_THAT(Ids(Words("common"), {.after = 29'996, .most = 1}), ElementsAre(29'995));
  EXPECT_THAT(Ids(Words("common"), {.ascending = true, .after = 19'997, .most = 1}), ElementsAre(19'998));
}

TEST_P(PostgresMatchingRowsTest, CountsToALimit) {
  const auto count = [this](const std::string& query, int most) {
    auto rows = MatchingRows::Of(*connection_, Words(query));
    return rows.ok() ? rows->Count(most).value_or(-1) : -1;
  };
  EXPECT_EQ(count("common", 50'000), static_cast<int>(Ids(Words("common"), {.most = 50'000}).size()));
  EXPECT_EQ(count("common", 1'000), 1'000);
  EXPECT_EQ(count("early rare", 10), 0);
}

TEST_P(PostgresCountedRowsTest, LooksAtWideStretchesOfDays) {
  const auto plan = [](const std::string& query, const std::string& filter) {
    return PlanSearch(*ParseSearchQuery(query), *filter::Compile(filter));
  };
  // The tokens of days are not in this table: it is their columns that are looked at. The year begins with day 2,191.
  EXPECT_THAT(Ids(plan("rare", "publish.date >= 1976-01-01"), {.most = 100}), SizeIs(19));
  EXPECT_THAT(Ids(plan("rare", "publish.date >= 1976-01-01"), {.ascending = true, .most = 1}), ElementsAre(22'000));
  EXPECT_THAT(Ids(plan("rare", "publish.date < 1976-01-01"), {.most = 2}), ElementsAre(21'000, 20'000));
}

TEST_P(PostgresCountedRowsTest, ReadsLittleOfWhatMostReleasesMatch) {
  auto rows = MatchingRows::Of(*connection_, Words("common"));
  ASSERT_TRUE(rows.ok());
  // The server tells its statistics when it is idle.
  const auto reads = [this] {
    EXPECT_TRUE(connection_->Script("SELECT pg_stat_force_next_flush()").ok());
    const auto row = connection_->Query(
        "SELECT heap_blks_read + heap_blks_hit FROM pg_statio_user_tables WHERE relname = 'release_search'");
    return row.ok() ? row->Int64(0, 0) : -1;
  };
  const int64_t before = reads();
  ASSERT_TRUE(rows->Read({.most = 20}, [](const MatchingRow&) {}).ok());
  const int64_t few = reads() - before;
  ASSERT_TRUE(rows->Read({.most = 40'000}, [](const MatchingRow&) {}).ok());
  const int64_t all = reads() - before - few;
  EXPECT_GT(few, 0);
  EXPECT_LT(few * 10, all);
}

}  // namespace
}  // namespace dateline::storage::pg
