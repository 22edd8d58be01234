#include "services/storage/sqlite/search_index.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "common/sql/statement.h"
#include "dateline/release/v1/release.pb.h"
#include "services/storage/limits.h"
#include "services/storage/release_record.h"

namespace dateline::storage {
namespace {

using sql::Connection;
using sql::Statement;

// Releases that one transaction of a rebuild takes.
constexpr int kRebuildBatch = 200;
constexpr std::string_view kVersionSetting = "search_text_version";

// How much a match in the title, in the text and in a name is worth.
constexpr std::string_view kRank = "bm25(release_search, 6.0, 1.0, 2.0)";

std::string ClauseToFts5(const Clause& clause) {
  std::string text = clause.title_only ? "title : \"" : "\"";
  for (size_t i = 0; i < clause.phrase.terms.size(); ++i) {
    if (i > 0) text.push_back(' ');
    for (const char c : clause.phrase.terms[i]) {
      if (c == '"') text.push_back(c);
      text.push_back(c);
    }
  }
  text.append(clause.phrase.prefix ? "\" *" : "\"");
  return text;
}

absl::StatusOr<int64_t> IndexVersion(Connection& connection) {
  Statement statement(connection, "SELECT value FROM archive_setting WHERE name = ?1");
  statement.Bind(1, kVersionSetting);
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  return found ? statement.ColumnInt64(0) : int64_t{0};
}

absl::Status SetIndexVersion(Connection& connection) {
  Statement statement(connection, "INSERT OR REPLACE INTO archive_setting (name, value) VALUES (?1, ?2)");
  statement.BindAll(kVersionSetting, kSearchTextVersion);
  return statement.Run();
}

// Adds the next releases behind `*last`, which moves on, and answers how many: fewer than kRebuildBatch at the end.
absl::StatusOr<int> AddBatch(Connection& connection, int64_t* last) {
  Statement statement(connection,
                      "SELECT r.id, v.record FROM release r JOIN release_revision v ON v.id = r.revision_id "
                      "WHERE r.id > ?1 ORDER BY r.id LIMIT ?2");
  statement.BindAll(*last, kRebuildBatch);
  int count = 0;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) break;
    *last = statement.ColumnInt64(0);
    release::v1::Release release;
    const std::string_view record = statement.ColumnBlob(1);
    if (!release.ParseFromArray(record.data(), static_cast<int>(record.size()))) {
      return Error(
          absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
          fmt::format("release {} of the database cannot be read back; restore the archive from a backup", *last));
    }
    DATELINE_RETURN_IF_ERROR(AddToIndex(connection, *last, IndexRelease(release)));
    ++count;
  }
  return count;
}

}  // namespace

std::string ToFts5(const SearchQuery& query) {
  std::string wanted;
  std::string unwanted;
  for (const Clause& clause : query.clauses) {
    std::string& part = clause.excluded ? unwanted : wanted;
    if (!part.empty()) part.append(clause.excluded ? " OR " : " AND ");
    part.append(ClauseToFts5(clause));
  }
  return unwanted.empty() ? wanted : fmt::format("({}) NOT ({})", wanted, unwanted);
}

absl::StatusOr<std::vector<Candidate>> FindCandidates(Connection& connection, const SearchQuery& query,
                                                      bool newest_first) {
  static const std::string best = fmt::format(
      "SELECT rowid, {} AS worth FROM release_search WHERE release_search MATCH ?1 "
      "ORDER BY worth, rowid DESC LIMIT ?2",
      kRank);
  static const std::string newest = fmt::format(
      "SELECT rowid, {} FROM release_search WHERE release_search MATCH ?1 ORDER BY rowid DESC LIMIT ?2", kRank);
  Statement statement(connection, newest_first ? newest : best);
  statement.BindAll(ToFts5(query), kSearchCandidatesMax);
  std::vector<Candidate> candidates;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return candidates;
    candidates.push_back({.id = statement.ColumnInt64(0), .score = -statement.ColumnDouble(1)});
  }
}

absl::Status AddToIndex(Connection& connection, int64_t id, const IndexedText& text) {
  Statement insert(connection, "INSERT INTO release_search (rowid, title, text, names) VALUES (?1, ?2, ?3, ?4)");
  insert.BindAll(id, text.title, text.text, text.names);
  return insert.Run();
}

absl::Status RemoveFromIndex(Connection& connection, int64_t id, const IndexedText& text) {
  Statement remove(connection,
                   "INSERT INTO release_search (release_search, rowid, title, text, names) "
                   "VALUES ('delete', ?1, ?2, ?3, ?4)");
  remove.BindAll(id, text.title, text.text, text.names);
  return remove.Run();
}

absl::Status BringIndexUpToDate(sql::Database& database) {
  int64_t version = 0;
  DATELINE_RETURN_IF_ERROR(database.Read([&version](Connection& connection) {
    absl::StatusOr<int64_t> found = IndexVersion(connection);
    if (found.ok()) version = *found;
    return found.status();
  }));
  if (version == kSearchTextVersion) return absl::OkStatus();
  DATELINE_RETURN_IF_ERROR(database.WriteAndWait([](Connection& connection) {
    return connection.Execute("INSERT INTO release_search (release_search) VALUES ('delete-all')");
  }));
  int64_t last = 0;
  int64_t releases = 0;
  for (int added = kRebuildBatch; added == kRebuildBatch; releases += added) {
    DATELINE_RETURN_IF_ERROR(database.WriteAndWait([&last, &added](Connection& connection) -> absl::Status {
      DATELINE_ASSIGN_OR_RETURN(added, AddBatch(connection, &last));
      return absl::OkStatus();
    }));
  }
  // Written last: a rebuild that was interrupted begins again.
  DATELINE_RETURN_IF_ERROR(database.WriteAndWait(SetIndexVersion));
  if (releases > 0) {
    log::Info("search_index_rebuilt",
              {{"from_version", version}, {"to_version", kSearchTextVersion}, {"releases", releases}});
  }
  return absl::OkStatus();
}

}  // namespace dateline::storage
