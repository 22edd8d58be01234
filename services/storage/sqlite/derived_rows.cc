#include "services/storage/sqlite/derived_rows.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "common/base/status_macros.h"
#include "common/sql/statement.h"
#include "services/storage/names.h"
#include "services/storage/release_record.h"
#include "services/storage/sqlite/archive_setting.h"
#include "services/storage/sqlite/posting_rows.h"
#include "services/storage/sqlite/release_rows.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using sql::Blob;
using sql::Connection;
using sql::Statement;

constexpr std::string_view kEntityColumns = "SELECT id, name, kind, release_count, has_contacts, record FROM entity ";

absl::StatusOr<std::vector<int64_t>> ReadIds(Statement* statement) {
  std::vector<int64_t> ids;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement->Step());
    if (!more) return ids;
    ids.push_back(statement->ColumnInt64(0));
  }
}

EntityRow ReadEntity(const Statement& row) {
  return {.id = row.ColumnInt64(0),
          .name = row.ColumnString(1),
          .kind = static_cast<v1::Entity::Kind>(row.ColumnInt(2)),
          .release_count = row.ColumnInt64(3),
          .has_contacts = row.ColumnBool(4),
          .record = std::string(row.ColumnBlob(5))};
}

absl::StatusOr<std::vector<MentionRow>> ReadMentions(Statement* statement) {
  std::vector<MentionRow> rows;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement->Step());
    if (!more) return rows;
    rows.push_back(ReadMention(*statement));
  }
}

// The rows that one statement finds for each item.
template <class Row, class Item>
absl::StatusOr<std::vector<Row>> SelectEach(Connection& connection, std::string_view sql,
                                            const std::vector<Item>& items, Row (*read)(const Statement&)) {
  std::vector<Row> rows;
  for (const Item& item : items) {
    Statement statement(connection, sql);
    statement.BindAll(item);
    while (true) {
      DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
      if (!more) break;
      rows.push_back(read(statement));
    }
  }
  return rows;
}

// Runs one statement for each item.
template <class Items, class Bind>
absl::Status ForEach(Connection& connection, std::string_view sql, const Items& items, Bind bind) {
  if (items.empty()) return absl::OkStatus();
  Statement statement(connection, sql);
  for (const auto& item : items) {
    bind(statement, item);
    DATELINE_RETURN_IF_ERROR(statement.Run());
  }
  return absl::OkStatus();
}

// The first of each kind by its index, and of them the first.
std::string EntitiesOfAnyKind(std::string_view behind, std::string_view order) {
  std::string of_kinds;
  for (int kind = v1::Entity::KIND_PERSON; kind <= v1::Entity::Kind_MAX; ++kind) {
    of_kinds += fmt::format("{}SELECT * FROM (SELECT release_count, id FROM entity WHERE kind = {} AND {}{})",
                            of_kinds.empty() ? "" : " UNION ALL ", kind, behind, order);
  }
  return fmt::format("{}WHERE id IN (SELECT id FROM ({}) {}) {}", kEntityColumns, of_kinds, order, order);
}

absl::Status WriteLinks(Connection& connection, const DerivedChanges& changes) {
  DATELINE_RETURN_IF_ERROR(WritePostings(connection, changes));
  DATELINE_RETURN_IF_ERROR(ForEach(connection, "DELETE FROM release_link WHERE release_id = ?1 AND other_id = ?2",
                                   changes.links_removed,
                                   [](Statement& s, const auto& p) { s.BindAll(p.first, p.second); }));
  DATELINE_RETURN_IF_ERROR(ForEach(
      connection,
      "INSERT INTO release_link (release_id, other_id, relation, similarity, detail) VALUES (?1, ?2, ?3, ?4, ?5) "
      "ON CONFLICT (release_id, other_id) DO UPDATE SET relation = excluded.relation, similarity = "
      "excluded.similarity, detail = excluded.detail",
      changes.links_put, [](Statement& s, const auto& p) {
        s.BindAll(p.first, p.second.other_id, static_cast<int>(p.second.relation), p.second.similarity,
                  Blob{p.second.detail});
      }));
  DATELINE_RETURN_IF_ERROR(
      ForEach(connection,
              "INSERT INTO release_derived (release_id, revision, cluster, refs, profile) VALUES (?1, ?2, ?3, ?4, ?5) "
              "ON CONFLICT (release_id) DO UPDATE SET revision = excluded.revision, cluster = excluded.cluster, "
              "refs = excluded.refs, profile = excluded.profile",
              changes.releases, [](Statement& s, const DerivedRow& row) {
                s.BindAll(row.release_id, row.revision, row.cluster, Blob{row.references}, Blob{row.profile});
              }));
  DATELINE_RETURN_IF_ERROR(ForEach(connection, "UPDATE release_derived SET refs = ?2 WHERE release_id = ?1",
                                   changes.references_put,
                                   [](Statement& s, const auto& p) { s.BindAll(p.first, Blob{p.second}); }));
  return ForEach(connection, "UPDATE release SET derived_revision = ?2 WHERE id = ?1 AND derived_revision < ?2",
                 changes.releases,
                 [](Statement& s, const DerivedRow& row) { s.BindAll(row.release_id, row.revision); });
}

absl::Status WriteEntities(Connection& connection, const DerivedChanges& changes) {
  const auto bind_key = [](Statement& s, const EntityKey& key) {
    s.BindAll(static_cast<int>(key.kind), key.key, key.entity_id);
  };
  DATELINE_RETURN_IF_ERROR(ForEach(connection, "DELETE FROM entity_key WHERE kind = ?1 AND key = ?2 AND entity_id = ?3",
                                   changes.keys_removed, bind_key));
  DATELINE_RETURN_IF_ERROR(
      ForEach(connection, "INSERT INTO entity_key (kind, key, entity_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
              changes.keys_added, bind_key));
  DATELINE_RETURN_IF_ERROR(ForEach(connection, "DELETE FROM entity WHERE id = ?1", changes.entities_removed,
                                   [](Statement& s, int64_t id) { s.BindAll(id); }));
  DATELINE_RETURN_IF_ERROR(ForEach(
      connection,
      "INSERT INTO entity (id, name, kind, release_count, has_contacts, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
      "ON CONFLICT (id) DO UPDATE SET release_count = excluded.release_count, has_contacts = excluded.has_contacts, "
      "record = excluded.record",
      changes.entities_put, [](Statement& s, const EntityRow& row) {
        s.BindAll(row.id, row.name, static_cast<int>(row.kind), row.release_count, row.has_contacts, Blob{row.record});
      }));
  DATELINE_RETURN_IF_ERROR(ForEach(connection, "DELETE FROM entity_mention WHERE entity_id = ?1 AND release_id = ?2",
                                   changes.mentions_removed,
                                   [](Statement& s, const auto& p) { s.BindAll(p.first, p.second); }));
  DATELINE_RETURN_IF_ERROR(ForEach(
      connection,
      "INSERT INTO entity_mention (entity_id, release_id, time_us, has_figures, record) VALUES (?1, ?2, ?3, ?4, ?5) "
      "ON CONFLICT (release_id, entity_id) DO UPDATE SET time_us = excluded.time_us, has_figures = "
      "excluded.has_figures, record = excluded.record",
      changes.mentions_put, [](Statement& s, const MentionRow& row) {
        s.BindAll(row.entity_id, row.release_id, row.time_us, row.has_figures, Blob{row.record});
      }));
  return ForEach(connection,
                 "INSERT INTO entity_pin (kind, key, entity) VALUES (?1, ?2, ?3) "
                 "ON CONFLICT (kind, key) DO UPDATE SET entity = excluded.entity",
                 changes.pins_put,
                 [](Statement& s, const PinRow& row) { s.BindAll(static_cast<int>(row.kind), row.key, row.entity); });
}

}  // namespace

absl::StatusOr<std::vector<DerivedRow>> SelectDerived(Connection& connection, const std::vector<int64_t>& ids) {
  std::vector<DerivedRow> rows;
  if (ids.empty()) return rows;
  Statement statement(connection, "SELECT revision, cluster, refs, profile FROM release_derived WHERE release_id = ?1");
  for (const int64_t id : ids) {
    statement.Reset();
    statement.BindAll(id);
    DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) continue;
    rows.push_back({.release_id = id,
                    .revision = static_cast<uint32_t>(statement.ColumnInt64(0)),
                    .cluster = statement.ColumnString(1),
                    .profile = std::string(statement.ColumnBlob(3)),
                    .references = std::string(statement.ColumnBlob(2))});
  }
  return rows;
}

absl::StatusOr<std::vector<LinkRow>> SelectLinks(Connection& connection, int64_t release_id) {
  Statement statement(connection,
                      "SELECT other_id, relation, similarity, detail FROM release_link WHERE release_id = ?1");
  statement.BindAll(release_id);
  std::vector<LinkRow> rows;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return rows;
    rows.push_back({.other_id = statement.ColumnInt64(0),
                    .relation = static_cast<v1::SimilarRelease::Relation>(statement.ColumnInt(1)),
                    .similarity = statement.ColumnDouble(2),
                    .detail = std::string(statement.ColumnBlob(3))});
  }
}

absl::StatusOr<std::vector<int64_t>> SelectCluster(Connection& connection, std::string_view cluster, int limit) {
  Statement statement(connection,
                      "SELECT release_id FROM release_derived WHERE cluster = ?1 AND cluster <> '' "
                      "ORDER BY release_id LIMIT ?2");
  statement.BindAll(cluster, limit);
  return ReadIds(&statement);
}

absl::StatusOr<std::vector<UnderivedRelease>> SelectUnderived(Connection& connection, int limit, size_t bytes_max) {
  std::vector<int64_t> ids;
  {
    Statement statement(connection, "SELECT id FROM release WHERE derived_revision < revision ORDER BY id LIMIT ?1");
    statement.BindAll(limit);
    DATELINE_ASSIGN_OR_RETURN(ids, ReadIds(&statement));
  }
  DATELINE_ASSIGN_OR_RETURN(const uint64_t quiet_up_to, ArchiveSetting(connection, "derived_quiet_up_to"));
  std::vector<UnderivedRelease> releases;
  size_t bytes = 0;
  for (const int64_t id : ids) {
    DATELINE_ASSIGN_OR_RETURN(Release release, LoadReleaseById(connection, id, Parts::kFull));
    release.clear_sightings();
    bytes += release.ByteSizeLong();
    releases.push_back({.id = id, .release = std::move(release), .quiet = static_cast<uint64_t>(id) <= quiet_up_to});
    if (bytes >= bytes_max) break;
  }
  return releases;
}

absl::StatusOr<std::vector<std::vector<int64_t>>> SelectEntityIds(Connection& connection,
                                                                  const std::vector<SoughtEntityKey>& keys,
                                                                  int limit_each) {
  std::vector<std::vector<int64_t>> ids(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    Statement statement(connection,
                        "SELECT entity_id FROM entity_key WHERE kind = ?1 AND key = ?2 ORDER BY entity_id LIMIT ?3");
    statement.BindAll(static_cast<int>(keys[i].kind), keys[i].key, limit_each);
    DATELINE_ASSIGN_OR_RETURN(ids[i], ReadIds(&statement));
  }
  return ids;
}

absl::StatusOr<std::vector<int64_t>> SelectEntityIdsByPrefix(Connection& connection, v1::Entity::Kind kind,
                                                             std::string_view prefix, int limit) {
  // Keys are UTF-8, in which no byte is 0xFF; as text the end of the range is the greatest character.
  Statement statement(connection,
                      "SELECT DISTINCT entity_id FROM entity_key WHERE kind = ?1 AND key >= ?2 "
                      "AND key < ?2 || char(1114111) LIMIT ?3");
  statement.BindAll(static_cast<int>(kind), prefix, limit);
  return ReadIds(&statement);
}

absl::StatusOr<std::vector<EntityRow>> SelectEntitiesById(Connection& connection, const std::vector<int64_t>& ids) {
  static const std::string sql = std::string(kEntityColumns) + "WHERE id = ?1";
  return SelectEach(connection, sql, ids, ReadEntity);
}

absl::StatusOr<std::vector<EntityRow>> SelectEntitiesByName(Connection& connection,
                                                            const std::vector<std::string>& names) {
  static const std::string sql = std::string(kEntityColumns) + "WHERE name = ?1";
  return SelectEach(connection, sql, names, ReadEntity);
}

absl::StatusOr<std::vector<EntityRow>> SelectEntities(Connection& connection, const EntityQuery& query) {
  constexpr std::string_view kBehind = "(release_count, id) < (?1, ?2) ";
  constexpr std::string_view kOrder = "ORDER BY release_count DESC, id DESC LIMIT ?3";
  static const std::string of_any_kind = EntitiesOfAnyKind(kBehind, kOrder);
  static const std::string of_kind = fmt::format("{}WHERE kind = ?4 AND {}{}", kEntityColumns, kBehind, kOrder);
  static const std::string with_contacts =
      fmt::format("{}WHERE has_contacts = 1 AND {}AND (?4 = 0 OR kind = ?4) {}", kEntityColumns, kBehind, kOrder);
  const bool any_kind = query.kind == v1::Entity::KIND_UNSPECIFIED;
  Statement statement(connection, query.contacts_only ? with_contacts : any_kind ? of_any_kind : of_kind);
  statement.BindAll(query.after_count.value_or(std::numeric_limits<int64_t>::max()), query.after_id, query.limit);
  if (query.contacts_only || !any_kind) statement.Bind(4, static_cast<int>(query.kind));
  std::vector<EntityRow> rows;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return rows;
    rows.push_back(ReadEntity(statement));
  }
}

MentionRow ReadMention(const Statement& statement) {
  return {.entity_id = statement.ColumnInt64(0),
          .release_id = statement.ColumnInt64(1),
          .time_us = statement.ColumnInt64(2),
          .has_figures = statement.ColumnBool(3),
          .record = std::string(statement.ColumnBlob(4))};
}

absl::StatusOr<std::vector<MentionRow>> SelectMentions(Connection& connection, const MentionQuery& query) {
  constexpr std::string_view kAll =
      "SELECT entity_id, release_id, time_us, has_figures, record FROM entity_mention WHERE entity_id = ?1 "
      "AND (time_us, release_id) < (?2, ?3) ORDER BY time_us DESC, release_id DESC LIMIT ?4";
  constexpr std::string_view kFigures =
      "SELECT entity_id, release_id, time_us, has_figures, record FROM entity_mention WHERE entity_id = ?1 "
      "AND has_figures = 1 AND (time_us, release_id) < (?2, ?3) ORDER BY time_us DESC, release_id DESC LIMIT ?4";
  Statement statement(connection, query.figures_only ? kFigures : kAll);
  statement.BindAll(query.entity_id, query.after_time_us.value_or(std::numeric_limits<int64_t>::max()),
                    query.after_release_id, query.limit);
  return ReadMentions(&statement);
}

absl::StatusOr<std::vector<MentionRow>> SelectMentionsOf(Connection& connection,
                                                         const std::vector<int64_t>& release_ids) {
  return SelectEach(
      connection,
      "SELECT entity_id, release_id, time_us, has_figures, record FROM entity_mention WHERE release_id = ?1",
      release_ids, ReadMention);
}

absl::StatusOr<std::vector<PinRow>> SelectPins(Connection& connection, const std::vector<SoughtEntityKey>& keys) {
  std::vector<PinRow> pins;
  for (const SoughtEntityKey& sought : keys) {
    Statement statement(connection, "SELECT entity FROM entity_pin WHERE kind = ?1 AND key = ?2");
    statement.BindAll(static_cast<int>(sought.kind), sought.key);
    DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (found) pins.push_back({.kind = sought.kind, .key = sought.key, .entity = statement.ColumnString(0)});
  }
  return pins;
}

absl::StatusOr<std::vector<PinRow>> SelectPinsTo(Connection& connection, std::string_view entity) {
  Statement statement(connection, "SELECT kind, key FROM entity_pin WHERE entity = ?1 ORDER BY kind, key");
  statement.BindAll(entity);
  std::vector<PinRow> rows;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return rows;
    rows.push_back({.kind = static_cast<v1::Entity::Kind>(statement.ColumnInt(0)),
                    .key = statement.ColumnString(1),
                    .entity = std::string(entity)});
  }
}

absl::StatusOr<int64_t> SelectNextEntityId(Connection& connection) {
  Statement statement(connection, "SELECT coalesce(max(id), 0) + 1 FROM entity");
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  return found ? statement.ColumnInt64(0) : int64_t{1};
}

absl::Status WriteDerived(Connection& connection, const DerivedChanges& changes) {
  DATELINE_RETURN_IF_ERROR(WriteLinks(connection, changes));
  return WriteEntities(connection, changes);
}

absl::Status DeleteDerived(Connection& connection) {
  for (const std::string_view sql : {"DELETE FROM release_link", "DELETE FROM release_derived",
                                     "DELETE FROM entity_key", "DELETE FROM entity_mention", "DELETE FROM entity",
                                     "UPDATE release SET derived_revision = 0 WHERE derived_revision <> 0",
                                     "UPDATE archive_setting SET value = (SELECT coalesce(max(id), 0) FROM release) "
                                     "WHERE name = 'derived_quiet_up_to'"}) {
    DATELINE_RETURN_IF_ERROR(Statement(connection, sql).Run());
  }
  return DeletePostings(connection);
}

absl::Status AddDerived(Connection& connection, int64_t release_id, Release* release) {
  Statement statement(connection, "SELECT revision, cluster, refs FROM release_derived WHERE release_id = ?1");
  statement.BindAll(release_id);
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return absl::OkStatus();
  SetDerivedFields({.revision = static_cast<uint32_t>(statement.ColumnInt64(0)),
                    .cluster = statement.ColumnString(1),
                    .references = std::string(statement.ColumnBlob(2))},
                   release);
  if (release->translations().empty()) return absl::OkStatus();
  return ResolveTranslations(
      [&connection](const std::string& name) -> absl::StatusOr<bool> {
        DATELINE_ASSIGN_OR_RETURN(const auto row, FindRelease(connection, name));
        return row.has_value();
      },
      release);
}

}  // namespace dateline::storage
