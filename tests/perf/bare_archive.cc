#include "tests/perf/bare_archive.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "common/base/check.h"
#include "common/sql/postgres/connection.h"
#include "services/storage/names.h"
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
  ~BareSqlite() override {
    prepared_.clear();
    sqlite3_close(handle_);
  }

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
    sqlite3_stmt* const statement = Prepared(
        "SELECT m.record, v.record FROM entity_mention m JOIN release r ON r.id = m.release_id JOIN release_revision v "
        "ON v.id = r.revision_id WHERE m.entity_id = ?1 ORDER BY m.time_us DESC, m.release_id DESC LIMIT 51");
    sqlite3_bind_int64(statement, 1, entity);
    ReadBlobs(statement);
  }
  void Get(std::string_view name) override {
    const std::string uuid = storage::NameToKey(name);
    Blobs(
        "SELECT r.revision, r.create_time_us, v.create_time_us, r.withdraw_time_us, v.record, d.uuid, x.cluster, "
        "x.refs "
        "FROM release r JOIN release_revision v ON v.id = r.revision_id JOIN document d ON d.id = v.document_id LEFT "
        "JOIN release_derived x ON x.release_id = r.id WHERE r.uuid = ?1",
        uuid);
    constexpr std::string_view kUri =
        "(SELECT d.uri FROM release r JOIN release_revision v ON v.id = r.revision_id JOIN document d ON d.id = "
        "v.document_id WHERE r.uuid = ?1)";
    Blobs(fmt::format("SELECT source, given_uri, guid, coalesce(fetch_time_us, create_time_us), uri FROM document "
                      "WHERE uri = {0} UNION ALL SELECT source, given_uri, guid, time_us, uri FROM sighting WHERE uri "
                      "= {0}",
                      kUri),
          uuid);
  }

 private:
  void ReadAll(std::vector<int64_t> ids) {
    if (ids.size() > kPage) ids.resize(kPage);
    sqlite3_stmt* const statement =
        Prepared("SELECT v.record FROM release r JOIN release_revision v ON v.id = r.revision_id WHERE r.id = ?1");
    for (const int64_t id : ids) {
      sqlite3_bind_int64(statement, 1, id);
      ReadBlobs(statement);
    }
  }
  // A statement that is asked again is prepared once.
  sqlite3_stmt* Prepared(const std::string& sql) {
    const auto [place, is_new] = prepared_.try_emplace(sql);
    if (is_new) {
      sqlite3_stmt* statement = nullptr;
      DATELINE_CHECK(sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK, sql);
      place->second.reset(statement);
    }
    return place->second.get();
  }
  void ForEachRow(sqlite3_stmt* statement, const std::function<void(sqlite3_stmt*)>& read) {
    while (sqlite3_step(statement) == SQLITE_ROW) read(statement);
    sqlite3_reset(statement);
  }
  std::vector<int64_t> Ids(const std::string& sql, const std::string& match) {
    sqlite3_stmt* const statement = Prepared(sql);
    if (!match.empty()) sqlite3_bind_text(statement, 1, match.c_str(), -1, SQLITE_TRANSIENT);
    std::vector<int64_t> ids;
    ForEachRow(statement, [&ids](sqlite3_stmt* row) { ids.push_back(sqlite3_column_int64(row, 0)); });
    return ids;
  }
  // Reads the bytes of all columns; their lengths alone SQLite knows without reading them.
  void Blobs(const std::string& sql, const std::string& key = {}) {
    sqlite3_stmt* const statement = Prepared(sql);
    if (!key.empty()) sqlite3_bind_blob(statement, 1, key.data(), static_cast<int>(key.size()), SQLITE_TRANSIENT);
    ReadBlobs(statement);
  }
  void ReadBlobs(sqlite3_stmt* statement) {
    std::string bytes;
    ForEachRow(statement, [&bytes](sqlite3_stmt* row) {
      for (int i = 0; i < sqlite3_column_count(row); ++i) {
        const auto* blob = static_cast<const char*>(sqlite3_column_blob(row, i));
        bytes.assign(blob, static_cast<size_t>(sqlite3_column_bytes(row, i)));
      }
    });
  }
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  sqlite3* handle_ = nullptr;
  std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>> prepared_;
};

class BarePostgres final : public BareArchive {
 public:
  explicit BarePostgres(const std::string& connection) {
    auto opened = sql::postgres::Connection::Open({.connection = connection, .statement_timeout = {}});
    DATELINE_CHECK(opened.ok(), opened.status().ToString());
    connection_ = *std::move(opened);
  }

  void Find(const storage::MatchPlan& plan) override {
    storage::pg::StatementValues values;
    const std::string condition = storage::pg::MatchCondition(plan, &values);
    Read(Ids(fmt::format("SELECT s.release_id FROM release_search s WHERE NOT s.overflow AND {} ORDER BY s.release_id "
                         "DESC LIMIT 10000",
                         condition),
             values.parameters()));
  }
  void Rank(const storage::MatchPlan& plan) override {
    storage::pg::StatementValues values;
    const std::string condition = storage::pg::MatchCondition(plan, &values);
    std::string words;
    for (const storage::MatchPlan* const phrase : storage::RankedPhrases(plan)) {
      for (const std::string& term : phrase->phrase.terms) {
        words += (words.empty() ? "" : " | ") + storage::pg::QuotedTerm(term);
      }
    }
    Read(Ids(fmt::format("SELECT release_id FROM (SELECT s.release_id, ts_rank(s.terms, {}) AS worth FROM "
                         "release_search s WHERE NOT s.overflow AND {} ORDER BY s.release_id DESC LIMIT 10000) found "
                         "ORDER BY worth DESC, release_id DESC LIMIT 20",
                         words.empty() ? "''" : values.Text(words) + "::tsquery", condition),
             values.parameters()));
  }
  void Facets(const storage::MatchPlan& plan) override {
    Find(plan);
    storage::pg::StatementValues values;
    const std::string condition = storage::pg::MatchCondition(plan, &values);
    const auto rows =
        connection_->Query(fmt::format("SELECT s.facets FROM release_search s WHERE NOT s.overflow AND {} "
                                       "ORDER BY s.release_id DESC LIMIT 100000",
                                       condition),
                           values.parameters(), sql::postgres::Connection::Plan::kOnce);
    DATELINE_CHECK(rows.ok(), rows.status().ToString());
  }
  void Newest() override { Read(Ids("SELECT id FROM release ORDER BY id DESC LIMIT 20", {})); }
  void Timeline(int64_t entity) override {
    const auto rows = connection_->Query(
        "SELECT m.record, v.record FROM entity_mention m JOIN release r ON r.id = m.release_id JOIN release_revision v "
        "ON v.id = r.revision_id WHERE m.entity_id = $1 ORDER BY m.time_us DESC, m.release_id DESC LIMIT 51",
        sql::postgres::Parameters::Of(entity));
    DATELINE_CHECK(rows.ok(), rows.status().ToString());
  }
  void Get(std::string_view name) override {
    const std::string uuid = storage::NameToKey(name);
    const auto key = sql::postgres::Parameters::Of(sql::postgres::Bytes{uuid});
    const auto release = connection_->Send(
        "SELECT r.revision, r.create_time_us, v.create_time_us, r.withdraw_time_us, v.record, d.uuid, x.cluster, "
        "x.refs FROM release r JOIN release_revision v ON v.id = r.revision_id JOIN document d ON d.id = "
        "v.document_id LEFT JOIN release_derived x ON x.release_id = r.id WHERE r.uuid = $1",
        key);
    const auto sightings = connection_->Send(
        "SELECT s.record FROM (SELECT d.uri_hash FROM release r JOIN release_revision v ON v.id = r.revision_id JOIN "
        "document d ON d.id = v.document_id WHERE r.uuid = $1) u CROSS JOIN LATERAL (SELECT record FROM document WHERE "
        "uri_hash = u.uri_hash UNION ALL SELECT record FROM sighting WHERE uri_hash = u.uri_hash) s",
        key);
    DATELINE_CHECK(connection_->Take(release).ok() && connection_->Take(sightings).ok(), name);
  }

 private:
  std::vector<int64_t> Ids(const std::string& sql, const sql::postgres::Parameters& parameters) {
    const auto rows = connection_->Query(sql, parameters, sql::postgres::Connection::Plan::kOnce);
    DATELINE_CHECK(rows.ok(), rows.status().ToString());
    std::vector<int64_t> ids;
    for (int i = 0; i < rows->rows(); ++i) ids.push_back(rows->Int64(i, 0));
    return ids;
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
