#include "services/notification/saved_searches/postgres_saved_search_store.h"

#include "common/base/status_macros.h"
#include "common/sql/look.h"

namespace dateline::notification {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Connection;
using sql::postgres::Parameters;
using sql::postgres::Result;

absl::StatusOr<v1::SavedSearch> Found(const absl::StatusOr<Result>& rows, std::string_view name) {
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return SavedSearchNotFound(name);
  return ParseSavedSearch(SavedSearchId(name), rows->Bytes(0, 0));
}

// Locked: another replica may be about to change it.
absl::StatusOr<v1::SavedSearch> FindForChange(Connection& connection, std::string_view name) {
  return Found(connection.Query("SELECT record FROM saved_search WHERE name = $1 FOR UPDATE",
                                Parameters::Of(SavedSearchId(name))),
               name);
}

}  // namespace

absl::Status PostgresSavedSearchStore::Create(const v1::SavedSearch& search) {
  return database_.WriteAndWait([&](Connection& connection) -> absl::Status {
    const std::string_view id = SavedSearchId(search.name());
    DATELINE_ASSIGN_OR_RETURN(
        const Result count,
        connection.Query("SELECT count(*), count(*) FILTER (WHERE name = $1) FROM saved_search", Parameters::Of(id)));
    if (count.Int64(0, 1) > 0) return SavedSearchExists(search.name());
    if (count.Int64(0, 0) >= kSavedSearchesMax) return TooManySavedSearches();
    // Another replica may have been quicker.
    DATELINE_ASSIGN_OR_RETURN(
        const Result written,
        connection.Query("INSERT INTO saved_search (name, record) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1",
                         Parameters::Of(id, Bytes{SavedSearchBytes(search)})));
    return written.empty() ? SavedSearchExists(search.name()) : absl::OkStatus();
  });
}

absl::StatusOr<v1::SavedSearch> PostgresSavedSearchStore::Get(std::string_view name) {
  return sql::Look<Connection>(database_, [&](Connection& connection) {
    return Found(
        connection.Query("SELECT record FROM saved_search WHERE name = $1", Parameters::Of(SavedSearchId(name))), name);
  });
}

absl::StatusOr<SavedSearchPage> PostgresSavedSearchStore::List(int limit, std::string_view after) {
  return sql::Look<Connection>(database_, [&](Connection& connection) -> absl::StatusOr<SavedSearchPage> {
    DATELINE_ASSIGN_OR_RETURN(
        const Result rows,
        connection.Query("SELECT name, record FROM saved_search WHERE name > $1 ORDER BY name LIMIT $2",
                         Parameters::Of(SavedSearchId(after), limit + 1)));
    SavedSearchPage page;
    page.more = rows.rows() > limit;
    for (int row = 0; row < std::min(rows.rows(), limit); ++row) {
      DATELINE_ASSIGN_OR_RETURN(v1::SavedSearch search, ParseSavedSearch(rows.Text(row, 0), rows.Bytes(row, 1)));
      page.searches.push_back(std::move(search));
    }
    return page;
  });
}

absl::StatusOr<v1::SavedSearch> PostgresSavedSearchStore::Change(
    std::string_view name, const std::function<absl::Status(v1::SavedSearch*)>& change) {
  v1::SavedSearch changed;
  const absl::Status written = database_.WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(changed, FindForChange(connection, name));
    DATELINE_RETURN_IF_ERROR(change(&changed));
    connection.Post("UPDATE saved_search SET record = $2 WHERE name = $1",
                    Parameters::Of(SavedSearchId(name), Bytes{SavedSearchBytes(changed)}));
    return absl::OkStatus();
  });
  if (!written.ok()) return written;
  return changed;
}

absl::Status PostgresSavedSearchStore::Delete(std::string_view name,
                                              const std::function<absl::Status(const v1::SavedSearch&)>& check) {
  return database_.WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const v1::SavedSearch search, FindForChange(connection, name));
    DATELINE_RETURN_IF_ERROR(check(search));
    connection.Post("DELETE FROM saved_search WHERE name = $1", Parameters::Of(SavedSearchId(name)));
    return absl::OkStatus();
  });
}

}  // namespace dateline::notification
