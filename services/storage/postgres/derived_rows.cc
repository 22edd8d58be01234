#include "services/storage/postgres/derived_rows.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "services/storage/postgres/document_rows.h"
#include "services/storage/postgres/posting_rows.h"
#include "services/storage/postgres/release_rows.h"

namespace dateline::storage::pg {
namespace {

using release::v1::Release;
using sql::postgres::Bytes;
using sql::postgres::Parameters;
using sql::postgres::Result;

// A value of an index has to be shorter than 2.7 kB. No key of ours comes near it but by a name that is no name.
constexpr size_t kKeyBytesMax = 1'000;
constexpr size_t kHashBytes = 32;

#define DATELINE_PG_ENTITY "SELECT id, name, kind, release_count, has_contacts, record FROM entity "
#define DATELINE_PG_MENTION "SELECT entity_id, release_id, time_us, has_figures, record FROM entity_mention "

// The key as it is indexed: a long one keeps its beginning, and its hash in the place of the rest. What was read back
// stays as it is.
std::string IndexKey(std::string_view key) {
  if (key.size() <= kKeyBytesMax + kHashBytes) return std::string(key);
  return std::string(key.substr(0, kKeyBytesMax)) + HashOf(key);
}

// Keys as parameters, in their order.
class KeyArrays {
 public:
  template <class Keys>
  explicit KeyArrays(const Keys& keys) {
    for (const auto& key : keys) {
      kinds.push_back(key.kind);
      indexed_.push_back(IndexKey(key.key));
    }
    for (const std::string& key : indexed_) texts.push_back({key});
  }
  KeyArrays(const KeyArrays&) = delete;
  KeyArrays& operator=(const KeyArrays&) = delete;

  std::vector<int64_t> kinds;
  std::vector<Bytes> texts;

 private:
  std::vector<std::string> indexed_;
};

std::vector<int64_t> ReadIds(const Result& rows) {
  std::vector<int64_t> ids;
  for (int i = 0; i < rows.rows(); ++i) ids.push_back(rows.Int64(i, 0));
  return ids;
}

EntityRow ReadEntity(const Result& rows, int i) {
  return {.id = rows.Int64(i, 0),
          .name = rows.String(i, 1),
          .kind = static_cast<v1::Entity::Kind>(rows.Int(i, 2)),
          .release_count = rows.Int64(i, 3),
          .has_contacts = rows.Bool(i, 4),
          .record = rows.String(i, 5)};
}

std::vector<EntityRow> ReadEntities(const Result& rows) {
  std::vector<EntityRow> entities;
  for (int i = 0; i < rows.rows(); ++i) entities.push_back(ReadEntity(rows, i));
  return entities;
}

std::vector<MentionRow> ReadMentions(const Result& rows) {
  std::vector<MentionRow> mentions;
  for (int i = 0; i < rows.rows(); ++i) mentions.push_back(ReadMention(rows, i));
  return mentions;
}

// Sends a statement over two columns of numbers.
template <class Pairs>
void PostPairs(Connection& connection, std::string_view sql, const Pairs& pairs) {
  if (pairs.empty()) return;
  std::vector<int64_t> first;
  std::vector<int64_t> second;
  for (const auto& [a, b] : pairs) {
    first.push_back(static_cast<int64_t>(a));
    second.push_back(static_cast<int64_t>(b));
  }
  connection.Post(sql, Parameters::Of(first, second));
}

void SendLinks(Connection& connection, const DerivedChanges& changes) {
  SendPostings(connection, changes);
  PostPairs(connection,
            "DELETE FROM release_link l USING unnest($1, $2) AS gone (release_id, other_id) "
            "WHERE l.release_id = gone.release_id AND l.other_id = gone.other_id",
            changes.links_removed);
  for (const auto& [id, link] : changes.links_put) {
    connection.Post(
        "INSERT INTO release_link (release_id, other_id, relation, similarity, detail) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (release_id, other_id) DO UPDATE SET relation = excluded.relation, similarity = "
        "excluded.similarity, detail = excluded.detail",
        Parameters::Of(id, link.other_id, static_cast<int>(link.relation), link.similarity, Bytes{link.detail}));
  }
  for (const DerivedRow& row : changes.releases) {
    connection.Post(
        "INSERT INTO release_derived (release_id, revision, cluster, refs, profile) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (release_id) DO UPDATE SET revision = excluded.revision, cluster = excluded.cluster, "
        "refs = excluded.refs, profile = excluded.profile",
        Parameters::Of(row.release_id, row.revision, row.cluster, Bytes{row.references}, Bytes{row.profile}));
  }
  for (const auto& [id, references] : changes.references_put) {
    connection.Post("UPDATE release_derived SET refs = $2 WHERE release_id = $1",
                    Parameters::Of(id, Bytes{references}));
  }
}

void SendKeys(Connection& connection, std::string_view sql, const std::vector<EntityKey>& keys) {
  if (keys.empty()) return;
  const KeyArrays arrays(keys);
  std::vector<int64_t> entities;
  for (const EntityKey& key : keys) entities.push_back(key.entity_id);
  connection.Post(sql, Parameters::Of(arrays.kinds, arrays.texts, entities));
}

void SendEntityRows(Connection& connection, const std::vector<EntityRow>& rows) {
  if (rows.empty()) return;
  std::vector<int64_t> ids;
  std::vector<std::string> names;
  std::vector<int64_t> kinds;
  std::vector<int64_t> counts;
  std::vector<int64_t> contacts;
  std::vector<Bytes> records;
  for (const EntityRow& row : rows) {
    ids.push_back(row.id);
    names.push_back(row.name);
    kinds.push_back(row.kind);
    counts.push_back(row.release_count);
    contacts.push_back(row.has_contacts ? 1 : 0);
    records.push_back({row.record});
  }
  connection.Post(
      "INSERT INTO entity (id, name, kind, release_count, has_contacts, record) "
      "SELECT * FROM unnest($1, $2, $3, $4, $5, $6) "
      "ON CONFLICT (id) DO UPDATE SET release_count = excluded.release_count, has_contacts = excluded.has_contacts, "
      "record = excluded.record",
      Parameters::Of(ids, names, kinds, counts, contacts, records));
}

void SendMentionRows(Connection& connection, const std::vector<MentionRow>& rows) {
  if (rows.empty()) return;
  std::vector<int64_t> entities;
  std::vector<int64_t> releases;
  std::vector<int64_t> times;
  std::vector<int64_t> figures;
  std::vector<Bytes> records;
  for (const MentionRow& row : rows) {
    entities.push_back(row.entity_id);
    releases.push_back(row.release_id);
    times.push_back(row.time_us);
    figures.push_back(row.has_figures ? 1 : 0);
    records.push_back({row.record});
  }
  connection.Post(
      "INSERT INTO entity_mention (entity_id, release_id, time_us, has_figures, record) "
      "SELECT * FROM unnest($1, $2, $3, $4, $5) "
      "ON CONFLICT (release_id, entity_id) DO UPDATE SET time_us = excluded.time_us, has_figures = "
      "excluded.has_figures, record = excluded.record",
      Parameters::Of(entities, releases, times, figures, records));
}

void SendEntities(Connection& connection, const DerivedChanges& changes) {
  SendKeys(connection,
           "DELETE FROM entity_key k USING unnest($1, $2, $3) AS gone (kind, key, entity_id) "
           "WHERE k.kind = gone.kind AND k.key = gone.key AND k.entity_id = gone.entity_id",
           changes.keys_removed);
  SendKeys(connection,
           "INSERT INTO entity_key (kind, key, entity_id) SELECT * FROM unnest($1, $2, $3) ON CONFLICT DO NOTHING",
           changes.keys_added);
  if (!changes.entities_removed.empty())
    connection.Post("DELETE FROM entity WHERE id = ANY ($1)", Parameters::Of(changes.entities_removed));
  SendEntityRows(connection, changes.entities_put);
  PostPairs(connection,
            "DELETE FROM entity_mention m USING unnest($1, $2) AS gone (entity_id, release_id) "
            "WHERE m.entity_id = gone.entity_id AND m.release_id = gone.release_id",
            changes.mentions_removed);
  SendMentionRows(connection, changes.mentions_put);
  for (const PinRow& pin : changes.pins_put) SendPin(connection, pin);
}

}  // namespace

void SendPin(Connection& connection, const PinRow& pin) {
  const std::string key = IndexKey(pin.key);
  connection.Post(
      "INSERT INTO entity_pin (kind, key, entity) VALUES ($1, $2, $3) "
      "ON CONFLICT (kind, key) DO UPDATE SET entity = excluded.entity",
      Parameters::Of(static_cast<int>(pin.kind), Bytes{key}, pin.entity));
}

absl::StatusOr<std::vector<DerivedRow>> SelectDerived(Connection& connection, const std::vector<int64_t>& ids) {
  std::vector<DerivedRow> derived;
  if (ids.empty()) return derived;
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query("SELECT d.release_id, d.revision, d.cluster, d.refs, d.profile FROM unnest($1) WITH ORDINALITY "
                       "AS asked (id, place) JOIN release_derived d ON d.release_id = asked.id ORDER BY asked.place",
                       Parameters::Of(ids)));
  for (int i = 0; i < rows.rows(); ++i) {
    derived.push_back({.release_id = rows.Int64(i, 0),
                       .revision = static_cast<uint32_t>(rows.Int64(i, 1)),
                       .cluster = rows.String(i, 2),
                       .profile = rows.String(i, 4),
                       .references = rows.String(i, 3)});
  }
  return derived;
}

absl::StatusOr<std::vector<LinkRow>> SelectLinks(Connection& connection, int64_t release_id) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query(
          "SELECT other_id, relation, similarity, detail FROM release_link WHERE release_id = $1 ORDER BY other_id",
          Parameters::Of(release_id)));
  std::vector<LinkRow> links;
  for (int i = 0; i < rows.rows(); ++i) {
    links.push_back({.other_id = rows.Int64(i, 0),
                     .relation = static_cast<v1::SimilarRelease::Relation>(rows.Int(i, 1)),
                     .similarity = rows.Double(i, 2),
                     .detail = rows.String(i, 3)});
  }
  return links;
}

absl::StatusOr<std::vector<int64_t>> SelectCluster(Connection& connection, std::string_view cluster, int limit) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows,
                            connection.Query("SELECT release_id FROM release_derived WHERE cluster = $1 AND cluster "
                                             "<> '' ORDER BY release_id LIMIT $2",
                                             Parameters::Of(cluster, limit)));
  return ReadIds(rows);
}

absl::StatusOr<std::vector<UnderivedRelease>> SelectUnderived(Connection& connection, int limit, size_t bytes_max) {
  const auto setting = connection.Send("SELECT value FROM archive_setting WHERE name = 'derived_quiet_up_to'");
  const auto sizes = connection.Send(
      "SELECT r.id, octet_length(v.record) FROM (SELECT release_id FROM release_underived ORDER BY release_id LIMIT "
      "$1) "
      "waiting JOIN release r ON r.id = waiting.release_id JOIN release_revision v ON v.id = r.revision_id ORDER BY "
      "r.id",
      Parameters::Of(limit));
  DATELINE_ASSIGN_OR_RETURN(const Result quiet, connection.Take(setting));
  DATELINE_ASSIGN_OR_RETURN(const Result waiting, connection.Take(sizes));
  const int64_t quiet_up_to = quiet.empty() ? 0 : quiet.Int64(0, 0);
  std::vector<int64_t> ids;
  size_t bytes = 0;
  for (int i = 0; i < waiting.rows() && (i == 0 || bytes < bytes_max); ++i) {
    ids.push_back(waiting.Int64(i, 0));
    bytes += static_cast<size_t>(waiting.Int64(i, 1));
  }
  std::vector<UnderivedRelease> releases;
  if (ids.empty()) return releases;
  DATELINE_ASSIGN_OR_RETURN(std::vector<Release> records, LoadRecordsById(connection, ids));
  if (records.size() != ids.size()) return Damaged("a release that waits for its links");
  for (size_t i = 0; i < ids.size(); ++i)
    releases.push_back({.id = ids[i], .release = std::move(records[i]), .quiet = ids[i] <= quiet_up_to});
  return releases;
}

absl::StatusOr<uint64_t> CountUnderived(Connection& connection) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Query("SELECT count(*) FROM release_underived"));
  return rows.Uint64(0, 0);
}

absl::StatusOr<uint64_t> DerivedSetting(Connection& connection, std::string_view name) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows, connection.Query("SELECT value FROM archive_setting WHERE name = $1", Parameters::Of(name)));
  return rows.empty() ? uint64_t{0} : rows.Uint64(0, 0);
}

absl::StatusOr<uint64_t> LockDerivedGeneration(Connection& connection) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query("SELECT value FROM archive_setting WHERE name = 'derived_generation' FOR UPDATE"));
  return rows.empty() ? uint64_t{0} : rows.Uint64(0, 0);
}

void SendDerivedSetting(Connection& connection, std::string_view name, uint64_t value) {
  connection.Post("UPDATE archive_setting SET value = $2 WHERE name = $1", Parameters::Of(name, value));
}

absl::StatusOr<std::vector<std::vector<int64_t>>> SelectEntityIds(Connection& connection,
                                                                  const std::vector<SoughtEntityKey>& keys,
                                                                  int limit_each) {
  std::vector<std::vector<int64_t>> ids(keys.size());
  const KeyArrays sought(keys);
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query("SELECT s.number, k.entity_id FROM unnest($1, $2) WITH ORDINALITY AS s (kind, key, number) "
                       "CROSS JOIN LATERAL (SELECT entity_id FROM entity_key WHERE kind = s.kind AND key = s.key "
                       "ORDER BY entity_id LIMIT $3) k ORDER BY s.number, k.entity_id",
                       Parameters::Of(sought.kinds, sought.texts, limit_each)));
  for (int i = 0; i < rows.rows(); ++i) ids[rows.Uint64(i, 0) - 1].push_back(rows.Int64(i, 1));
  return ids;
}

absl::StatusOr<std::vector<int64_t>> SelectEntityIdsByPrefix(Connection& connection, v1::Entity::Kind kind,
                                                             std::string_view prefix, int limit) {
  const std::string from(prefix.substr(0, kKeyBytesMax));
  // Keys are UTF-8, in which no byte is 0xFF.
  const std::string to = from + '\xFF';
  DATELINE_ASSIGN_OR_RETURN(const Result rows,
                            connection.Query("SELECT DISTINCT entity_id FROM entity_key WHERE kind = $1 AND key >= $2 "
                                             "AND key < $3 LIMIT $4",
                                             Parameters::Of(static_cast<int>(kind), Bytes{from}, Bytes{to}, limit)));
  return ReadIds(rows);
}

absl::StatusOr<std::vector<EntityRow>> SelectEntitiesById(Connection& connection, const std::vector<int64_t>& ids) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows,
                            connection.Query(DATELINE_PG_ENTITY "WHERE id = ANY ($1)", Parameters::Of(ids)));
  return ReadEntities(rows);
}

absl::StatusOr<std::vector<EntityRow>> SelectEntitiesByName(Connection& connection,
                                                            const std::vector<std::string>& names) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows,
                            connection.Query(DATELINE_PG_ENTITY "WHERE name = ANY ($1)", Parameters::Of(names)));
  return ReadEntities(rows);
}

absl::StatusOr<std::vector<EntityRow>> SelectEntities(Connection& connection, const EntityQuery& query) {
  // The first of each kind by its index, and of them the first.
  static const std::string of_any_kind = fmt::format(
      DATELINE_PG_ENTITY
      "WHERE $4 = 0 AND id IN (SELECT f.id FROM generate_series({}, {}) AS k (kind) CROSS JOIN LATERAL (SELECT "
      "release_count, id FROM entity e WHERE e.kind = k.kind AND (release_count, id) < ($1, $2) ORDER BY release_count "
      "DESC, id DESC LIMIT $3) f ORDER BY f.release_count DESC, f.id DESC LIMIT $3) ORDER BY release_count DESC, id "
      "DESC",
      static_cast<int>(v1::Entity::KIND_PERSON), static_cast<int>(v1::Entity::Kind_MAX));
  std::string_view sql = of_any_kind;
  if (query.contacts_only) {
    sql = DATELINE_PG_ENTITY
        "WHERE has_contacts <> 0 AND (release_count, id) < ($1, $2) AND ($4 = 0 OR kind = $4) "
        "ORDER BY release_count DESC, id DESC LIMIT $3";
  } else if (query.kind != v1::Entity::KIND_UNSPECIFIED) {
    sql = DATELINE_PG_ENTITY
        "WHERE kind = $4 AND (release_count, id) < ($1, $2) ORDER BY release_count DESC, id DESC LIMIT $3";
  }
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query(sql, Parameters::Of(query.after_count.value_or(std::numeric_limits<int64_t>::max()),
                                           query.after_id, query.limit, static_cast<int>(query.kind))));
  return ReadEntities(rows);
}

MentionRow ReadMention(const Result& rows, int i) {
  return {.entity_id = rows.Int64(i, 0),
          .release_id = rows.Int64(i, 1),
          .time_us = rows.Int64(i, 2),
          .has_figures = rows.Bool(i, 3),
          .record = rows.String(i, 4)};
}

absl::StatusOr<std::vector<MentionRow>> SelectMentions(Connection& connection, const MentionQuery& query) {
  constexpr std::string_view kAll = DATELINE_PG_MENTION
      "WHERE entity_id = $1 AND (time_us, release_id) < ($2, $3) ORDER BY time_us DESC, release_id DESC LIMIT $4";
  constexpr std::string_view kFigures = DATELINE_PG_MENTION
      "WHERE entity_id = $1 AND has_figures <> 0 AND (time_us, release_id) < ($2, $3) "
      "ORDER BY time_us DESC, release_id DESC LIMIT $4";
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query(
          query.figures_only ? kFigures : kAll,
          Parameters::Of(query.entity_id, query.after_time_us.value_or(std::numeric_limits<int64_t>::max()),
                         query.after_release_id, query.limit)));
  return ReadMentions(rows);
}

absl::StatusOr<std::vector<MentionRow>> SelectMentionsOf(Connection& connection,
                                                         const std::vector<int64_t>& release_ids) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Query(DATELINE_PG_MENTION "WHERE release_id = ANY ($1)",
                                                                Parameters::Of(release_ids)));
  return ReadMentions(rows);
}

absl::StatusOr<std::vector<PinRow>> SelectPins(Connection& connection, const std::vector<SoughtEntityKey>& keys) {
  const KeyArrays sought(keys);
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query("SELECT s.number, p.entity FROM unnest($1, $2) WITH ORDINALITY AS s (kind, key, number) "
                       "JOIN entity_pin p ON p.kind = s.kind AND p.key = s.key",
                       Parameters::Of(sought.kinds, sought.texts)));
  std::vector<PinRow> pins;
  for (int i = 0; i < rows.rows(); ++i) {
    const SoughtEntityKey& of = keys[rows.Uint64(i, 0) - 1];
    pins.push_back({.kind = of.kind, .key = of.key, .entity = rows.String(i, 1)});
  }
  return pins;
}

absl::StatusOr<std::vector<PinRow>> SelectPinsTo(Connection& connection, std::string_view entity) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows,
                            connection.Query("SELECT kind, key FROM entity_pin WHERE entity = $1 ORDER BY kind, key",
                                             Parameters::Of(entity)));
  std::vector<PinRow> pins;
  for (int i = 0; i < rows.rows(); ++i) {
    pins.push_back({.kind = static_cast<v1::Entity::Kind>(rows.Int(i, 0)),
                    .key = rows.String(i, 1),
                    .entity = std::string(entity)});
  }
  return pins;
}

absl::StatusOr<int64_t> SelectNextEntityId(Connection& connection) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Query("SELECT coalesce(max(id), 0) + 1 FROM entity"));
  return rows.Int64(0, 0);
}

void SendDerived(Connection& connection, const DerivedChanges& changes) {
  SendLinks(connection, changes);
  SendEntities(connection, changes);
}

void SendDerivedUpTo(Connection& connection, const std::vector<DerivedRow>& releases) {
  std::vector<std::pair<int64_t, int64_t>> done;
  for (const DerivedRow& row : releases) done.emplace_back(row.release_id, row.revision);
  PostPairs(connection,
            "DELETE FROM release_underived u USING unnest($1, $2) AS done (release_id, revision) "
            "WHERE u.release_id = done.release_id AND u.revision <= done.revision",
            done);
}

void SendDeleteDerived(Connection& connection) {
  connection.Post("TRUNCATE release_link, release_derived, entity_key, entity_mention, entity");
  connection.Post(
      "INSERT INTO release_underived (release_id, revision) SELECT id, revision FROM release "
      "ON CONFLICT (release_id) DO UPDATE SET revision = excluded.revision");
  connection.Post(
      "UPDATE archive_setting SET value = (SELECT coalesce(max(id), 0) FROM release) WHERE name = "
      "'derived_quiet_up_to'");
  SendDeletePostings(connection);
}

}  // namespace dateline::storage::pg
