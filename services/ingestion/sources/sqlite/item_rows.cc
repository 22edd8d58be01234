// The part of source_rows.h about items.

#include <fmt/format.h>

#include <map>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/statement.h"
#include "services/ingestion/sources/sqlite/source_rows.h"

namespace dateline::ingestion {
namespace {

using sql::Blob;
using sql::Connection;
using sql::Statement;

#define ITEM_COLUMNS "i.id, 'sources/' || s.name, i.uri, i.guid, i.title_key, i.host, i.due_us, i.last_seen_us, i.state"

absl::StatusOr<ItemRecord> ReadItem(const Statement& row) {
  ItemRecord item;
  item.id = row.ColumnInt64(0);
  item.source = row.ColumnString(1);
  item.uri = row.ColumnString(2);
  item.guid = row.ColumnString(3);
  item.title_key = row.ColumnString(4);
  item.host = row.ColumnString(5);
  if (!row.ColumnIsNull(6)) item.due = FromMicros(row.ColumnInt64(6));
  item.last_seen = FromMicros(row.ColumnInt64(7));
  const std::string_view state = row.ColumnBlob(8);
  if (!item.state.ParseFromArray(state.data(), static_cast<int>(state.size()))) {
    return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
                 fmt::format("item {} cannot be read back; restore ingestion's database from a backup", item.uri));
  }
  return item;
}

absl::Status Collect(Connection& connection, std::string_view sql, int64_t source_id,
                     const std::vector<std::string>& keys, std::map<int64_t, ItemRecord>* items) {
  Statement select(connection, sql);
  for (const std::string& key : keys) {
    select.BindAll(source_id, key);
    while (true) {
      DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
      if (!row) break;
      if (items->contains(select.ColumnInt64(0))) continue;
      DATELINE_ASSIGN_OR_RETURN(ItemRecord item, ReadItem(select));
      items->emplace(item.id, std::move(item));
    }
    select.Reset();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ItemRecord>> SelectItems(Connection& connection, std::string_view source,
                                                    const ItemKeys& keys) {
  DATELINE_ASSIGN_OR_RETURN(const auto row, FindSource(connection, source));
  if (!row) return std::vector<ItemRecord>();
  std::map<int64_t, ItemRecord> items;
  constexpr std::string_view kByUri =
      "SELECT " ITEM_COLUMNS " FROM item i JOIN source s ON s.id = i.source_id WHERE i.source_id = ?1 AND i.uri = ?2";
  constexpr std::string_view kByGuid = "SELECT " ITEM_COLUMNS
                                       " FROM item i JOIN source s ON s.id = i.source_id WHERE i.source_id = ?1 AND "
                                       "i.guid = ?2 AND i.guid <> ''";
  constexpr std::string_view kByTitle = "SELECT " ITEM_COLUMNS
                                        " FROM item i JOIN source s ON s.id = i.source_id WHERE i.source_id = ?1 AND "
                                        "i.title_key = ?2 AND i.title_key <> ''";
  DATELINE_RETURN_IF_ERROR(Collect(connection, kByUri, row->id, keys.uris, &items));
  DATELINE_RETURN_IF_ERROR(Collect(connection, kByGuid, row->id, keys.guids, &items));
  DATELINE_RETURN_IF_ERROR(Collect(connection, kByTitle, row->id, keys.title_keys, &items));
  std::vector<ItemRecord> found;
  for (auto& [id, item] : items) found.push_back(std::move(item));
  return found;
}

absl::StatusOr<std::vector<ItemRecord>> AllItems(Connection& connection, std::string_view source) {
  std::vector<ItemRecord> items;
  DATELINE_ASSIGN_OR_RETURN(const auto row, FindSource(connection, source));
  if (!row) return items;
  Statement select(connection, "SELECT " ITEM_COLUMNS
                               " FROM item i JOIN source s ON s.id = i.source_id WHERE i.source_id = ?1 ORDER BY i.id "
                               "LIMIT ?2");
  select.BindAll(row->id, kItemsKept);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return items;
    DATELINE_ASSIGN_OR_RETURN(ItemRecord item, ReadItem(select));
    items.push_back(std::move(item));
  }
}

absl::StatusOr<std::optional<ItemRecord>> FindItem(Connection& connection, int64_t id) {
  Statement select(connection,
                   "SELECT " ITEM_COLUMNS " FROM item i JOIN source s ON s.id = i.source_id WHERE i.id = ?1");
  select.Bind(1, id);
  DATELINE_ASSIGN_OR_RETURN(const bool found, select.Step());
  if (!found) return std::optional<ItemRecord>();
  DATELINE_ASSIGN_OR_RETURN(ItemRecord item, ReadItem(select));
  return std::optional<ItemRecord>(std::move(item));
}

absl::Status PutItem(Connection& connection, int64_t source_id, const ItemRecord& item) {
  Statement put(connection,
                "INSERT INTO item (id, source_id, uri, guid, title_key, host, due_us, last_seen_us, state) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO UPDATE SET uri = ?3, guid = ?4, "
                "title_key = ?5, host = ?6, due_us = ?7, last_seen_us = ?8, state = ?9");
  const std::string state = item.state.SerializeAsString();
  if (item.id == 0) {
    put.Bind(1, nullptr);
  } else {
    put.Bind(1, item.id);
  }
  put.Bind(2, source_id).Bind(3, item.uri).Bind(4, item.guid).Bind(5, item.title_key).Bind(6, item.host);
  if (item.due) {
    put.Bind(7, ToMicros(*item.due));
  } else {
    put.Bind(7, nullptr);
  }
  put.Bind(8, ToMicros(item.last_seen)).Bind(9, Blob{state});
  return put.Run();
}

absl::Status MarkSeen(Connection& connection, int64_t id, WallTime now) {
  Statement update(connection, "UPDATE item SET last_seen_us = ?2 WHERE id = ?1");
  return update.BindAll(id, ToMicros(now)).Run();
}

absl::Status PruneItems(Connection& connection, int64_t source_id) {
  Statement remove(connection,
                   "DELETE FROM item WHERE source_id = ?1 AND last_seen_us < (SELECT last_seen_us FROM item WHERE "
                   "source_id = ?1 ORDER BY last_seen_us DESC LIMIT 1 OFFSET ?2)");
  return remove.BindAll(source_id, kItemsKept).Run();
}

absl::StatusOr<std::vector<std::string>> HostsOfItems(Connection& connection, int64_t source_id) {
  Statement select(connection, "SELECT DISTINCT host FROM item WHERE source_id = ?1 AND due_us IS NOT NULL");
  select.Bind(1, source_id);
  std::vector<std::string> hosts;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return hosts;
    hosts.push_back(select.ColumnString(0));
  }
}

}  // namespace dateline::ingestion
