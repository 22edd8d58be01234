#include "services/notification/saved_searches/sqlite_saved_search_store.h"

#include "common/base/status_macros.h"
#include "common/sql/look.h"

namespace dateline::notification {
namespace {

using sql::Blob;
using sql::Connection;
using sql::Statement;

absl::StatusOr<v1::SavedSearch> Find(Connection& connection, std::string_view name) {
  Statement select(connection, "SELECT record FROM saved_search WHERE name = ?1");
  select.BindAll(SavedSearchId(name));
  DATELINE_ASSIGN_OR_RETURN(const bool found, select.Step());
  if (!found) return SavedSearchNotFound(name);
  return ParseSavedSearch(SavedSearchId(name), select.ColumnBlob(0));
}

}  // namespace

absl::Status SqliteSavedSearchStore::Create(const v1::SavedSearch& search) {
  return database_.WriteAndWait([&](Connection& connection) -> absl::Status {
    Statement count(connection, "SELECT count(*), count(*) FILTER (WHERE name = ?1) FROM saved_search");
    count.BindAll(SavedSearchId(search.name()));
    DATELINE_RETURN_IF_ERROR(count.Step().status());
    if (count.ColumnInt64(1) > 0) return SavedSearchExists(search.name());
    if (count.ColumnInt64(0) >= kSavedSearchesMax) return TooManySavedSearches();
    Statement insert(connection, "INSERT INTO saved_search (name, record) VALUES (?1, ?2)");
    insert.BindAll(SavedSearchId(search.name()), Blob{SavedSearchBytes(search)});
    return insert.Run();
  });
}

absl::StatusOr<v1::SavedSearch> SqliteSavedSearchStore::Get(std::string_view name) {
  return sql::Look<Connection>(database_, [&](Connection& connection) { return Find(connection, name); });
}

absl::StatusOr<SavedSearchPage> SqliteSavedSearchStore::List(int limit, std::string_view after) {
  return sql::Look<Connection>(database_, [&](Connection& connection) -> absl::StatusOr<SavedSearchPage> {
    Statement select(connection, "SELECT name, record FROM saved_search WHERE name > ?1 ORDER BY name LIMIT ?2");
    select.BindAll(SavedSearchId(after), limit + 1);
    SavedSearchPage page;
    while (true) {
      DATELINE_ASSIGN_OR_RETURN(const bool there, select.Step());
      page.more = there && static_cast<int>(page.searches.size()) == limit;
      if (!there || page.more) return page;
      DATELINE_ASSIGN_OR_RETURN(v1::SavedSearch search, ParseSavedSearch(select.ColumnText(0), select.ColumnBlob(1)));
      page.searches.push_back(std::move(search));
    }
  });
}

absl::StatusOr<v1::SavedSearch> SqliteSavedSearchStore::Change(
    std::string_view name, const std::function<absl::Status(v1::SavedSearch*)>& change) {
  v1::SavedSearch changed;
  const absl::Status written = database_.WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(changed, Find(connection, name));
    DATELINE_RETURN_IF_ERROR(change(&changed));
    Statement update(connection, "UPDATE saved_search SET record = ?2 WHERE name = ?1");
    update.BindAll(SavedSearchId(name), Blob{SavedSearchBytes(changed)});
    return update.Run();
  });
  if (!written.ok()) return written;
  return changed;
}

absl::Status SqliteSavedSearchStore::Delete(std::string_view name,
                                            const std::function<absl::Status(const v1::SavedSearch&)>& check) {
  return database_.WriteAndWait([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const v1::SavedSearch search, Find(connection, name));
    DATELINE_RETURN_IF_ERROR(check(search));
    Statement remove(connection, "DELETE FROM saved_search WHERE name = ?1");
    remove.BindAll(SavedSearchId(name));
    return remove.Run();
  });
}

}  // namespace dateline::notification
