#include "tests/perf/bare_archive.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "common/base/check.h"
#include "common/sql/postgres/connection.h"
#include "services/storage/postgres/match_sql.h"
#include "services/storage/sqlite/match_question.h"

namespace dateline::perf {
namespace {

constexpr size_t kPage = 20;

class BareSqlite final : public BareArchive {
 public:
  explicit BareSqlite(const std::string& path) {
    DATELINE_CHECK(sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK, path);
  }
  ~BareSqlite() override { sqlite3_close(handle_); }

  void Find(const storage::MatchPlan& plan) override {
    ReadAll(Ids("SELECT rowid FROM release_search WHERE release_search MATCH ?1 ORDER BY rowid DESC LIMIT 10000",
                storage::ToFts5(plan)));
  }
  void Rank(const storage::MatchPlan& plan) override {
    ReadAll(
        Ids("SELECT id FROM (SELECT rowid AS id, bm25(release_search, 6, 3, 1, 2) AS worth FROM release_search "
            "WHERE release_search MATCH ?1 ORDER BY rowid DESC LIMIT 10000) ORDER BY worth LIMIT 20",
            storage::ToFts5(plan)));
  }
  void Facets(const storage::MatchPlan& plan) override {
    Find(plan);
    Ids("SELECT length(f.facets) FROM (SELECT rowid AS id FROM release_search WHERE release_search MATCH ?1 ORDER BY "
        "rowid DESC LIMIT 100000) m JOIN release_facet f ON f.release_id = m.id",
        storage::ToFts5(plan));
  }
  void Newest() override { ReadAll(Ids("SELECT id FROM release ORDER BY id DESC LIMIT 20", {})); }
  void Timeline(int64_t entity) override {
    Blobs(
        fmt::format("SELECT m.record, v.record FROM entity_mention m JOIN release r ON r.id = m.release_id JOIN "
                    "release_revision v ON v.id = r.revision_id WHERE m.entity_id = {} ORDER BY m.time_us DESC, "
                    "m.release_id DESC LIMIT 51",
                    entity));
  }
  void Get(int64_t id) override {
    Blobs(fmt::format("SELECT v.record FROM release r JOIN release_revision v ON v.id = r.revision_id WHERE r.id = {}",
                      id));
  }

 private:
  void ReadAll(std::vector<int64_t> ids) {
    if (ids.size() > kPage) ids.resize(kPage);
    for (const int64_t id : ids) Get(id);
  }
  void ForEachRow(const std::string& sql, const std::string& match, const std::function<void(sqlite3_stmt*)>& read) {
    sqlite3_stmt* statement = nullptr;
    DATELINE_CHECK(sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK, sql);
    if (!match.empty()) sqlite3_bind_text(statement, 1, match.c_str(), -1, SQLITE_TRANSIENT);
    while (sqlite3_step(statement) == SQLITE_ROW) read(statement);
    sqlite3_finalize(statement);
  }
  std::vector<int64_t> Ids(const std::string& sql, const std::string& match) {
    std::vector<int64_t> ids;
    ForEachRow(sql, match, [&ids](sqlite3_stmt* row) { ids.push_back(sqlite3_column_int64(row, 0)); });
    return ids;
  }
  // Reads the bytes of all columns; their lengths alone SQLite knows without reading them.
  void Blobs(const std::string& sql) {
    std::string bytes;
    ForEachRow(sql, {}, [&bytes](sqlite3_stmt* row) {
      for (int i = 0; i < sqlite3_column_count(row); ++i) {
        const auto* blob = static_cast<const char*>(sqlite3_column_blob(row, i));
        bytes.assign(blob, static_cast<size_t>(sqlite3_column_bytes(row, i)));
      }
    });
  }
  sqlite3* handle_ = nullptr;
};

class BarePostgres final : public BareArchive {
 public:
  explicit BarePostgres(const std::string& connection) {
    auto opened = sql::postgres::Connection::Open({.connection = connection, .statement_timeout = {}});
    DATELINE_CHECK(opened.ok(), opened.status().ToString());
    connection_ = *std::move(opened);
  }

  void Find(const storage::MatchPlan& plan) override { Read(Matches(plan, "s.release_id", 10'000)); }
  void Rank(const storage::MatchPlan& plan) override {
    storage::pg::StatementValues values;
    const std::string condition = storage::pg::MatchCondition(plan, &values);
    const std::string words = storage::pg::RankTsQuery(plan);
    Read(Ids(fmt::format("SELECT release_id FROM (SELECT s.release_id, ts_rank('{{0.1, 0.4, 0.25, 0.8}}', s.terms, {}) "
                         "AS worth FROM release_search s WHERE NOT s.overflow AND {} ORDER BY s.release_id DESC LIMIT "
                         "10000) found ORDER BY worth DESC, release_id DESC LIMIT 20",
                         words.empty() ? "''" : values.Text(words) + "::tsquery", condition),
             values.parameters()));
  }
  void Facets(const storage::MatchPlan& plan) override {
    Find(plan);
    Matches(plan, "(SELECT cardinality(f.facets) FROM release_facet f WHERE f.release_id = s.release_id)::bigint",
            100'000);
  }
  void Newest() override { Read(Ids("SELECT id FROM release ORDER BY id DESC LIMIT 20", {})); }
  void Timeline(int64_t entity) override {
    const auto rows = connection_->Query(
        "SELECT m.record, v.record FROM entity_mention m JOIN release r ON r.id = m.release_id JOIN release_revision v "
        "ON v.id = r.revision_id WHERE m.entity_id = $1 ORDER BY m.time_us DESC, m.release_id DESC LIMIT 51",
        sql::postgres::Parameters::Of(entity));
    DATELINE_CHECK(rows.ok(), rows.status().ToString());
  }
  void Get(int64_t id) override { Read({id}); }

 private:
  std::vector<int64_t> Ids(const std::string& sql, const sql::postgres::Parameters& parameters) {
    const auto rows = connection_->Query(sql, parameters, sql::postgres::Connection::Plan::kOnce);
    DATELINE_CHECK(rows.ok(), rows.status().ToString());
    std::vector<int64_t> ids;
    for (int i = 0; i < rows->rows(); ++i) ids.push_back(rows->Int64(i, 0));
    return ids;
  }
  std::vector<int64_t> Matches(const storage::MatchPlan& plan, const std::string& column, int most) {
    storage::pg::StatementValues values;
    const std::string condition = storage::pg::MatchCondition(plan, &values);
    return Ids(fmt::format("SELECT {} FROM release_search s WHERE NOT s.overflow AND {} ORDER BY s.release_id DESC "
                           "LIMIT {}",
                           column, condition, most),
               values.parameters());
  }
  void Read(std::vector<int64_t> ids) {
    if (ids.size() > kPage) ids.resize(kPage);
    const auto rows = connection_->Query(
        "SELECT v.record FROM release r JOIN release_revision v ON v.id = r.revision_id WHERE r.id = ANY ($1)",
        sql::postgres::Parameters::Of(ids));
    DATELINE_CHECK(rows.ok(), rows.status().ToString());
  }
  std::unique_ptr<sql::postgres::Connection> connection_;
};

}  // namespace

std::unique_ptr<BareArchive> OpenBareSqlite(const std::string& path) {
  return std::make_unique<BareSqlite>(path);
}

std::unique_ptr<BareArchive> OpenBarePostgres(const std::string& connection) {
  return std::make_unique<BarePostgres>(connection);
}

}  // namespace dateline::perf
