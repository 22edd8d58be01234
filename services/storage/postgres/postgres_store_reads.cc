// The reading half of PostgresStore: each call is one snapshot on a connection of the pool.

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/look.h"
#include "common/sql/reasons.h"
#include "services/storage/find_releases.h"
#include "services/storage/postgres/document_rows.h"
#include "services/storage/postgres/postgres_store.h"
#include "services/storage/postgres/release_rows.h"
#include "services/storage/postgres/search_index.h"

namespace dateline::storage {

using release::v1::Release;
using sql::postgres::Connection;
using sql::postgres::Result;

namespace {

// How long the size of the database counts: the server adds up its files for it.
constexpr std::chrono::seconds kBytesKept{10};

}  // namespace

absl::StatusOr<v1::Document> PostgresStore::GetDocument(std::string_view name, bool with_content) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) -> absl::StatusOr<v1::Document> {
    DATELINE_ASSIGN_OR_RETURN(auto row, pg::FindDocument(connection, name));
    if (!row.has_value()) return DocumentNotFound(name);
    if (with_content) {
      DATELINE_ASSIGN_OR_RETURN(*row->document.mutable_content(), pg::LoadContent(connection, *row));
      if (const std::string site = SiteOf(row->document); !site.empty()) {
        DATELINE_ASSIGN_OR_RETURN(const SiteLines lines, pg::LoadSite(connection, site));
        for (const uint64_t hash : lines.Boilerplate()) row->document.add_site_boilerplate(hash);
      }
    }
    return std::move(row->document);
  });
}

absl::StatusOr<DocumentPage> PostgresStore::ListDocuments(const DocumentQuery& query) {
  return sql::Look<Connection>(*database_,
                               [&](Connection& connection) { return pg::SelectDocuments(connection, query); });
}

absl::StatusOr<Release> PostgresStore::GetRelease(const ReleaseKey& key, View view) {
  return sql::Look<Connection>(*database_,
                               [&](Connection& connection) { return pg::LoadRelease(connection, key, view); });
}

absl::StatusOr<std::vector<Release>> PostgresStore::BatchGetReleases(const std::vector<ReleaseKey>& keys, View view) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) -> absl::StatusOr<std::vector<Release>> {
    std::vector<Release> releases;
    for (const ReleaseKey& key : keys) {
      absl::StatusOr<Release> release = pg::LoadRelease(connection, key, view);
      if (release.ok()) {
        releases.push_back(*std::move(release));
      } else if (release.status().code() != absl::StatusCode::kNotFound) {
        return release.status();
      }
    }
    return releases;
  });
}

absl::StatusOr<ReleasePage> PostgresStore::ListReleases(const ReleaseQuery& query) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) {
    pg::PostgresReleaseIndex index(connection);
    return FindReleasePage(index, query);
  });
}

absl::StatusOr<SearchPage> PostgresStore::SearchReleases(const SearchParams& params) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) {
    pg::PostgresReleaseIndex index(connection);
    return FindSearchPage(index, params);
  });
}

absl::StatusOr<RevisionPage> PostgresStore::ListRevisions(std::string_view name, View view, int limit,
                                                          std::optional<Position> after) {
  return sql::Look<Connection>(*database_, [&](Connection& connection) -> absl::StatusOr<RevisionPage> {
    DATELINE_ASSIGN_OR_RETURN(const auto row, pg::FindRelease(connection, name));
    if (!row.has_value()) return ReleaseNotFound(name);
    return pg::SelectRevisions(connection, row->id, name, view, limit, after);
  });
}

StoreStats PostgresStore::Stats() {
  StoreStats stats;
  stats.schema_version = schema_version_;
  bool measure = false;
  {
    MutexLock lock(mutex_);
    stats.bytes = bytes_;
    measure = !bytes_time_.has_value() || clock_.Monotonic() - *bytes_time_ > kBytesKept;
  }
  // A server that is away gives no numbers; readiness says that it is.
  const absl::Status read = database_->Read([&](Connection& connection) -> absl::Status {
    const auto counts = connection.Send(
        "SELECT documents, pending_documents, failed_documents, releases, revisions, last_release_time_us FROM "
        "archive_count WHERE id = 1");
    if (measure) {
      DATELINE_ASSIGN_OR_RETURN(
          const Result bytes,
          connection.Query("SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c WHERE "
                           "c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'"));
      stats.bytes = bytes.Uint64(0, 0);
    }
    DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Take(counts));
    if (rows.empty()) return absl::OkStatus();
    stats.documents = rows.Uint64(0, 0);
    stats.pending_documents = rows.Uint64(0, 1);
    stats.failed_documents = rows.Uint64(0, 2);
    stats.releases = rows.Uint64(0, 3);
    stats.revisions = rows.Uint64(0, 4);
    if (rows.Int64(0, 5) != 0) stats.last_release_time = FromMicros(rows.Int64(0, 5));
    return absl::OkStatus();
  });
  if (read.ok() && measure) {
    MutexLock lock(mutex_);
    bytes_ = stats.bytes;
    bytes_time_ = clock_.Monotonic();
  }
  return stats;
}

absl::Status PostgresStore::Ping() {
  return database_->Ping();
}

}  // namespace dateline::storage
