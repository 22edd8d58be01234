// The reading half of SqliteStore: each call is one snapshot on a connection of the pool.

#include <filesystem>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/error_map.h"
#include "services/storage/find_releases.h"
#include "services/storage/sqlite/search_index.h"
#include "services/storage/sqlite/site_rows.h"
#include "services/storage/sqlite/sqlite_store.h"

namespace dateline::storage {

using release::v1::Release;
using sql::Connection;

absl::StatusOr<v1::Document> SqliteStore::GetDocument(std::string_view name, bool with_content) {
  v1::Document document;
  DATELINE_RETURN_IF_ERROR(database_->Read([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(auto row, FindDocument(connection, name));
    if (!row.has_value()) return DocumentNotFound(name);
    if (with_content) {
      DATELINE_ASSIGN_OR_RETURN(*row->document.mutable_content(), LoadContent(connection, *row));
      if (const std::string site = SiteOf(row->document); !site.empty()) {
        DATELINE_ASSIGN_OR_RETURN(const SiteLines lines, LoadSite(connection, site));
        for (const uint64_t hash : lines.Boilerplate()) row->document.add_site_boilerplate(hash);
      }
    }
    document = std::move(row->document);
    return absl::OkStatus();
  }));
  return document;
}

absl::StatusOr<DocumentPage> SqliteStore::ListDocuments(const DocumentQuery& query) {
  DocumentPage page;
  DATELINE_RETURN_IF_ERROR(database_->Read([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(page, SelectDocuments(connection, query));
    return absl::OkStatus();
  }));
  return page;
}

absl::StatusOr<Release> SqliteStore::GetRelease(const ReleaseKey& key, View view) {
  Release release;
  DATELINE_RETURN_IF_ERROR(database_->Read([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(release, LoadRelease(connection, key, view));
    return absl::OkStatus();
  }));
  return release;
}

absl::StatusOr<std::vector<Release>> SqliteStore::BatchGetReleases(const std::vector<ReleaseKey>& keys, View view) {
  std::vector<Release> releases;
  DATELINE_RETURN_IF_ERROR(database_->Read([&](Connection& connection) -> absl::Status {
    for (const ReleaseKey& key : keys) {
      absl::StatusOr<Release> release = LoadRelease(connection, key, view);
      if (release.ok()) {
        releases.push_back(*std::move(release));
      } else if (release.status().code() != absl::StatusCode::kNotFound) {
        return release.status();
      }
    }
    return absl::OkStatus();
  }));
  return releases;
}

absl::StatusOr<ReleasePage> SqliteStore::ListReleases(const ReleaseQuery& query) {
  ReleasePage page;
  DATELINE_RETURN_IF_ERROR(database_->Read([&](Connection& connection) -> absl::Status {
    SqliteReleaseIndex index(connection);
    DATELINE_ASSIGN_OR_RETURN(page, FindReleasePage(index, query));
    return absl::OkStatus();
  }));
  return page;
}

absl::StatusOr<SearchPage> SqliteStore::SearchReleases(const SearchParams& params) {
  SearchPage page;
  DATELINE_RETURN_IF_ERROR(database_->Read([&](Connection& connection) -> absl::Status {
    SqliteReleaseIndex index(connection);
    DATELINE_ASSIGN_OR_RETURN(page, FindSearchPage(index, params));
    return absl::OkStatus();
  }));
  return page;
}

absl::StatusOr<RevisionPage> SqliteStore::ListRevisions(std::string_view name, View view, int limit,
                                                        std::optional<Position> after) {
  RevisionPage page;
  DATELINE_RETURN_IF_ERROR(database_->Read([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const auto row, FindRelease(connection, name));
    if (!row.has_value()) return ReleaseNotFound(name);
    DATELINE_ASSIGN_OR_RETURN(page, SelectRevisions(connection, row->id, name, view, limit, after));
    return absl::OkStatus();
  }));
  return page;
}

StoreStats SqliteStore::Stats() {
  StoreStats stats;
  {
    MutexLock lock(mutex_);
    stats = stats_;
  }
  for (const char* suffix : {"", "-wal"}) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(database_->path() + suffix, error);
    if (!error) stats.bytes += bytes;
  }
  return stats;
}

absl::Status SqliteStore::Ping() {
  if (!database_->halted()) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, sql::kReasonDatabaseHalted,
               "the disk refused to keep a write; check it and restart the service");
}

}  // namespace dateline::storage
