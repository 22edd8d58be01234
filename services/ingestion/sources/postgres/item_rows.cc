// The part of source_rows.h about items.

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/ingestion/sources/postgres/source_rows.h"

namespace dateline::ingestion::pg {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Parameters;
using sql::postgres::Result;

#define ITEM_COLUMNS "i.id, s.name, i.uri, i.guid, i.title_key, i.host, i.due_us, i.last_seen_us, i.state"

absl::StatusOr<ItemRecord> ReadItem(const Result& result, int row) {
  ItemRecord item;
  item.id = result.Int64(row, 0);
  item.source = "sources/" + result.String(row, 1);
  item.uri = result.String(row, 2);
  item.guid = std::string(result.Bytes(row, 3));
  item.title_key = std::string(result.Bytes(row, 4));
  item.host = result.String(row, 5);
  if (!result.IsNull(row, 6)) item.due = FromMicros(result.Int64(row, 6));
  item.last_seen = FromMicros(result.Int64(row, 7));
  const std::string_view state = result.Bytes(row, 8);
  if (!item.state.ParseFromArray(state.data(), static_cast<int>(state.size()))) {
    return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
                 fmt::format("item {} cannot be read back; restore ingestion's database from a backup", item.uri));
  }
  return item;
}

absl::StatusOr<std::vector<ItemRecord>> ReadItems(const Result& result) {
  std::vector<ItemRecord> items;
  for (int row = 0; row < result.rows(); ++row) {
    DATELINE_ASSIGN_OR_RETURN(ItemRecord item, ReadItem(result, row));
    items.push_back(std::move(item));
  }
  return items;
}

std::optional<int64_t> Micros(const std::optional<WallTime>& time) {
  if (!time) return std::nullopt;
  return ToMicros(*time);
}

std::vector<Bytes> AsBytes(const std::vector<std::string>& texts) {
  std::vector<Bytes> bytes;
  for (const std::string& text : texts) {
    if (!text.empty()) bytes.push_back({text});
  }
  return bytes;
}

}  // namespace

absl::StatusOr<std::vector<ItemRecord>> SelectItems(Connection& connection, std::string_view source,
                                                    const ItemKeys& keys) {
  DATELINE_ASSIGN_OR_RETURN(const auto row, FindSource(connection, source, Lock::kNone));
  if (!row) return std::vector<ItemRecord>();
  const std::vector<Bytes> uris = AsBytes(keys.uris);
  const std::vector<Bytes> guids = AsBytes(keys.guids);
  const std::vector<Bytes> titles = AsBytes(keys.title_keys);
  // Through the digests that are indexed; the values themselves decide.
  DATELINE_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query(
          "SELECT " ITEM_COLUMNS " FROM item i JOIN source s ON s.id = i.source_id WHERE i.id IN ("
          "SELECT id FROM item WHERE source_id = $1 AND md5(uri) = ANY (ARRAY(SELECT md5(k) FROM unnest($2::bytea[]) "
          "AS k)) "
          "AND convert_to(uri, 'UTF8') = ANY ($2::bytea[]) UNION "
          "SELECT id FROM item WHERE source_id = $1 AND guid <> '' AND "
          "md5(guid) = ANY (ARRAY(SELECT md5(k) FROM unnest($3::bytea[]) AS k)) AND guid = ANY ($3::bytea[]) UNION "
          "SELECT id FROM item WHERE source_id = $1 AND title_key <> '' AND "
          "md5(title_key) = ANY (ARRAY(SELECT md5(k) FROM unnest($4::bytea[]) AS k)) AND title_key = ANY ($4::bytea[])"
          ") ORDER BY i.id",
          Parameters::Of(row->id, uris, guids, titles)));
  return ReadItems(result);
}

absl::StatusOr<std::vector<ItemRecord>> AllItems(Connection& connection, std::string_view source) {
  DATELINE_ASSIGN_OR_RETURN(const auto row, FindSource(connection, source, Lock::kNone));
  if (!row) return std::vector<ItemRecord>();
  DATELINE_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query("SELECT " ITEM_COLUMNS " FROM item i JOIN source s ON s.id = i.source_id WHERE i.source_id = $1 "
                       "ORDER BY i.id LIMIT $2",
                       Parameters::Of(row->id, kItemsKept)));
  return ReadItems(result);
}

absl::StatusOr<std::optional<ItemRecord>> FindItem(Connection& connection, int64_t id) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query("SELECT " ITEM_COLUMNS
                       " FROM item i JOIN source s ON s.id = i.source_id WHERE i.id = $1 FOR NO KEY UPDATE OF i",
                       Parameters::Of(id)));
  if (result.empty()) return std::optional<ItemRecord>();
  DATELINE_ASSIGN_OR_RETURN(ItemRecord item, ReadItem(result, 0));
  return std::optional<ItemRecord>(std::move(item));
}

void PutItem(Connection& connection, int64_t source_id, const ItemRecord& item) {
  const std::string state = item.state.SerializeAsString();
  if (item.id == 0) {
    connection.Post(
        "INSERT INTO item (source_id, uri, guid, title_key, host, due_us, last_seen_us, state) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        Parameters::Of(source_id, item.uri, Bytes{item.guid}, Bytes{item.title_key}, item.host, Micros(item.due),
                       ToMicros(item.last_seen), Bytes{state}));
    return;
  }
  connection.Post(
      "UPDATE item SET uri = $2, guid = $3, title_key = $4, host = $5, due_us = $6, last_seen_us = $7, "
      "state = $8 WHERE id = $1",
      Parameters::Of(item.id, item.uri, Bytes{item.guid}, Bytes{item.title_key}, item.host, Micros(item.due),
                     ToMicros(item.last_seen), Bytes{state}));
}

void MarkSeen(Connection& connection, const std::vector<int64_t>& ids, WallTime now) {
  if (ids.empty()) return;
  connection.Post("UPDATE item SET last_seen_us = $2 WHERE id = ANY ($1)", Parameters::Of(ids, ToMicros(now)));
}

void PruneItems(Connection& connection, int64_t source_id) {
  connection.Post(
      "DELETE FROM item WHERE source_id = $1 AND last_seen_us < (SELECT last_seen_us FROM item WHERE "
      "source_id = $1 ORDER BY last_seen_us DESC LIMIT 1 OFFSET $2)",
      Parameters::Of(source_id, kItemsKept));
}

absl::StatusOr<std::vector<std::string>> HostsOfItems(Connection& connection, int64_t source_id) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query("SELECT DISTINCT host FROM item WHERE source_id = $1 AND due_us IS NOT NULL ORDER BY host",
                       Parameters::Of(source_id)));
  std::vector<std::string> hosts;
  for (int row = 0; row < result.rows(); ++row) hosts.push_back(result.String(row, 0));
  return hosts;
}

}  // namespace dateline::ingestion::pg
