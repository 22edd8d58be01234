#include "services/storage/sqlite/archive_rows.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/eventlog/sqlite_transfer.h"
#include "common/sql/statement.h"
#include "services/storage/release_record.h"
#include "services/storage/sqlite/document_rows.h"
#include "services/storage/sqlite/release_rows.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using sql::Blob;
using sql::Connection;
using sql::Statement;

constexpr std::string_view kRevision =
    "SELECT v.id, v.release_id, v.revision, v.document_id, v.id = r.revision_id, r.create_time_us, v.record, v.changes "
    "FROM release_revision v JOIN release r ON r.id = v.release_id ";

absl::StatusOr<std::vector<StoredRevision>> ReadRevisions(Statement& statement) {
  std::vector<StoredRevision> revisions;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return revisions;
    revisions.push_back({.id = statement.ColumnInt64(0),
                         .release_id = statement.ColumnInt64(1),
                         .revision = static_cast<uint32_t>(statement.ColumnInt64(2)),
                         .document_id = statement.ColumnInt64(3),
                         .latest = statement.ColumnBool(4),
                         .release_create_time = FromMicros(statement.ColumnInt64(5)),
                         .record = std::string(statement.ColumnBlob(6)),
                         .changes = std::string(statement.ColumnBlob(7))});
  }
}

absl::StatusOr<IndexedText> IndexedForm(const StoredRevision& revision) {
  Release release;
  if (release.ParseFromString(revision.record)) return IndexRelease(release, revision.release_create_time);
  return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
               fmt::format("revision {} cannot be read back; restore the archive from a backup", revision.id));
}

absl::StatusOr<StoredOperation> ReadOperation(const Statement& statement) {
  StoredOperation stored;
  stored.id = statement.ColumnUint64(0);
  stored.kind = statement.ColumnString(1);
  stored.request = std::string(statement.ColumnBlob(2));
  stored.cursor = statement.ColumnUint64(3);
  stored.cancel = statement.ColumnBool(4);
  if (stored.operation.ParseFromString(std::string(statement.ColumnBlob(5)))) return stored;
  return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
               fmt::format("operation {} cannot be read back", stored.id));
}

// Runs a statement with these values.
template <typename... Values>
absl::Status Run(Connection& connection, std::string_view sql, const Values&... values) {
  Statement statement(connection, sql);
  statement.BindAll(values...);
  return statement.Run();
}

}  // namespace

absl::StatusOr<std::optional<DocumentRow>> SqliteArchiveRows::FindDocument(std::string_view name) {
  return storage::FindDocument(connection_, name);
}

absl::StatusOr<std::vector<DocumentRow>> SqliteArchiveRows::FindDocuments(const std::vector<std::string>& names) {
  std::vector<DocumentRow> documents;
  for (const std::string& name : names) {
    DATELINE_ASSIGN_OR_RETURN(auto row, storage::FindDocument(connection_, name));
    if (row.has_value()) documents.push_back(*std::move(row));
  }
  return documents;
}

absl::StatusOr<std::vector<DocumentRow>> SqliteArchiveRows::ReadDocuments(std::string_view ids_sql, int64_t value,
                                                                          int limit) {
  std::vector<std::string> keys;
  {
    Statement statement(connection_, ids_sql);
    statement.BindAll(value, limit);
    while (true) {
      DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
      if (!more) break;
      keys.emplace_back(statement.ColumnBlob(0));
    }
  }
  std::vector<DocumentRow> documents;
  for (const std::string& key : keys) {
    DATELINE_ASSIGN_OR_RETURN(auto row, storage::FindDocument(connection_, "documents/" + KeyToUuid(key)));
    if (row.has_value()) documents.push_back(*std::move(row));
  }
  return documents;
}

absl::StatusOr<std::vector<DocumentRow>> SqliteArchiveRows::Documents(int64_t after, int limit) {
  return ReadDocuments("SELECT uuid FROM document WHERE id > ?1 ORDER BY id LIMIT ?2", after, limit);
}

absl::StatusOr<std::vector<DocumentRow>> SqliteArchiveRows::DocumentsOfContent(int64_t content_id, int limit) {
  return ReadDocuments("SELECT uuid FROM document WHERE content_id = ?1 ORDER BY id LIMIT ?2", content_id, limit);
}

absl::StatusOr<std::string> SqliteArchiveRows::LoadContent(const DocumentRow& row) {
  if (row.document.content_bytes() == 0) return std::string();
  return storage::LoadContent(connection_, row);
}

absl::Status SqliteArchiveRows::AddDocuments(const std::vector<NewDocument>& documents) {
  for (const NewDocument& added : documents) {
    DocumentRow& row = *added.row;
    DATELINE_RETURN_IF_ERROR(InsertDocument(connection_, row.document, *added.content));
    row.id = connection_.last_insert_rowid();
    DATELINE_RETURN_IF_ERROR(
        UpdateDocumentResult(connection_, row.id, row.document.state(), row.document.failure(), row.result));
  }
  return absl::OkStatus();
}

absl::Status SqliteArchiveRows::SetOutcome(const v1::Document& outcome, DocumentRow* row) {
  CopyOutcome(outcome, row);
  return UpdateDocumentResult(connection_, row->id, row->document.state(), row->document.failure(), row->result);
}

absl::Status SqliteArchiveRows::ReplaceDocumentTexts(const DocumentRow& row) {
  const std::string hints = row.document.feed_hints().SerializeAsString();
  return Run(connection_,
             "UPDATE document SET feed_hints = iif(feed_hints IS NULL, NULL, ?2), failure = ?3 WHERE id = ?1", row.id,
             Blob{hints}, row.document.failure());
}

absl::StatusOr<bool> SqliteArchiveRows::AddSighting(const v1::Document& sighting, WallTime time) {
  DATELINE_ASSIGN_OR_RETURN(const bool known, SightingKnown(connection_, sighting));
  if (known) return false;
  DATELINE_RETURN_IF_ERROR(InsertSighting(connection_, sighting, time));
  return true;
}

absl::StatusOr<bool> SqliteArchiveRows::MarkRefresh(int64_t document_id) {
  DATELINE_RETURN_IF_ERROR(
      Run(connection_, "UPDATE document SET refresh = 1 WHERE id = ?1 AND refresh = 0", document_id));
  return connection_.changes() > 0;
}

absl::StatusOr<uint64_t> SqliteArchiveRows::CountRefresh() {
  Statement statement(connection_, "SELECT count(*) FROM document WHERE refresh <> 0");
  DATELINE_RETURN_IF_ERROR(statement.Step().status());
  return statement.ColumnUint64(0);
}

absl::StatusOr<std::vector<StoredContent>> SqliteArchiveRows::Contents(int64_t after, int limit) {
  Statement statement(connection_, "SELECT id, sha256, bytes, zstd FROM content WHERE id > ?1 ORDER BY id LIMIT ?2");
  statement.BindAll(after, limit);
  std::vector<StoredContent> contents;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return contents;
    contents.push_back({.id = statement.ColumnInt64(0),
                        .sha256 = std::string(statement.ColumnBlob(1)),
                        .bytes = statement.ColumnUint64(2),
                        .compressed = std::string(statement.ColumnBlob(3))});
  }
}

absl::StatusOr<std::optional<int64_t>> SqliteArchiveRows::FindContent(std::string_view sha256) {
  Statement statement(connection_, "SELECT id FROM content WHERE sha256 = ?1");
  statement.Bind(1, Blob{sha256});
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  return found ? std::optional<int64_t>(statement.ColumnInt64(0)) : std::optional<int64_t>();
}

absl::Status SqliteArchiveRows::ReplaceContent(int64_t id, const NewContent& content, uint64_t bytes) {
  return Run(connection_, "UPDATE content SET sha256 = ?2, bytes = ?3, zstd = ?4 WHERE id = ?1", id,
             Blob{content.sha256}, bytes, Blob{content.compressed});
}

absl::Status SqliteArchiveRows::MergeContent(int64_t id, int64_t into) {
  DATELINE_RETURN_IF_ERROR(Run(connection_, "UPDATE document SET content_id = ?2 WHERE content_id = ?1", id, into));
  return Run(connection_, "DELETE FROM content WHERE id = ?1", id);
}

absl::StatusOr<std::map<std::string, ReleaseRow>> SqliteArchiveRows::FindReleases(
    const std::vector<std::string>& names) {
  std::map<std::string, ReleaseRow> releases;
  for (const std::string& name : names) {
    DATELINE_ASSIGN_OR_RETURN(const auto row, storage::FindRelease(connection_, name));
    if (row.has_value()) releases.emplace(name, *row);
  }
  return releases;
}

absl::StatusOr<std::vector<ReleaseHead>> SqliteArchiveRows::Releases(int64_t after, int limit) {
  Statement statement(connection_, "SELECT id, update_time_us, basic FROM release WHERE id > ?1 ORDER BY id LIMIT ?2");
  statement.BindAll(after, limit);
  std::vector<ReleaseHead> heads;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return heads;
    heads.push_back({.id = statement.ColumnInt64(0),
                     .update_time = FromMicros(statement.ColumnInt64(1)),
                     .basic = std::string(statement.ColumnBlob(2))});
  }
}

absl::StatusOr<Release> SqliteArchiveRows::LoadRelease(const ReleaseKey& key) {
  return storage::LoadRelease(connection_, key, View::kFull);
}

absl::StatusOr<std::vector<StoredRevision>> SqliteArchiveRows::Revisions(int64_t after, int limit) {
  static const std::string sql = fmt::format("{}WHERE v.id > ?1 ORDER BY v.id LIMIT ?2", kRevision);
  Statement statement(connection_, sql);
  statement.BindAll(after, limit);
  return ReadRevisions(statement);
}

absl::StatusOr<std::vector<StoredRevision>> SqliteArchiveRows::RevisionsOfDocument(int64_t document_id, int64_t after,
                                                                                   int limit) {
  static const std::string sql =
      fmt::format("{}WHERE v.document_id = ?1 AND v.id > ?2 ORDER BY v.id LIMIT ?3", kRevision);
  Statement statement(connection_, sql);
  statement.BindAll(document_id, after, limit);
  return ReadRevisions(statement);
}

absl::StatusOr<std::vector<StoredRevision>> SqliteArchiveRows::RevisionsOfRelease(int64_t release_id) {
  static const std::string sql = fmt::format("{}WHERE v.release_id = ?1 ORDER BY v.id", kRevision);
  Statement statement(connection_, sql);
  statement.Bind(1, release_id);
  return ReadRevisions(statement);
}

absl::StatusOr<std::optional<StoredRevision>> SqliteArchiveRows::FindRevision(int64_t id) {
  DATELINE_ASSIGN_OR_RETURN(auto revisions, Revisions(id - 1, 1));
  if (revisions.empty() || revisions.front().id != id) return std::optional<StoredRevision>();
  return std::optional<StoredRevision>(std::move(revisions.front()));
}

absl::StatusOr<ReleaseRow> SqliteArchiveRows::AddRevision(const std::optional<ReleaseRow>& known,
                                                          const PreparedRelease& revision, WallTime create_time,
                                                          int64_t document_id) {
  ReleaseRow row = known.value_or(ReleaseRow());
  if (known.has_value()) {
    DATELINE_ASSIGN_OR_RETURN(const Release old, LoadRecord(connection_, known->revision_id));
    DATELINE_RETURN_IF_ERROR(RemoveFromIndex(connection_, row.id, IndexRelease(old, known->ground.create_time)));
    DATELINE_RETURN_IF_ERROR(ReviseRelease(connection_, *known, revision, document_id));
  } else {
    DATELINE_ASSIGN_OR_RETURN(row.id, InsertRelease(connection_, revision, document_id, create_time));
    row.ground.create_time = create_time;
  }
  DATELINE_RETURN_IF_ERROR(AddToIndex(connection_, row.id, revision.plan.new_index));
  DATELINE_ASSIGN_OR_RETURN(const auto stored, storage::FindRelease(connection_, revision.plan.name));
  return stored.value_or(row);
}

absl::Status SqliteArchiveRows::ReplaceRecord(const StoredRevision& revision, const Release& record,
                                              const events::v1::ReleaseEvent& changes) {
  const std::string serialised = changes.SerializeAsString();
  DATELINE_RETURN_IF_ERROR(
      Run(connection_, "UPDATE release_revision SET changes = ?2 WHERE id = ?1", revision.id, Blob{serialised}));
  if (revision.latest) {
    DATELINE_ASSIGN_OR_RETURN(const IndexedText old, IndexedForm(revision));
    DATELINE_RETURN_IF_ERROR(RemoveFromIndex(connection_, revision.release_id, old));
    DATELINE_RETURN_IF_ERROR(
        AddToIndex(connection_, revision.release_id, IndexRelease(record, revision.release_create_time)));
  }
  return storage::ReplaceRecord(connection_, revision.release_id, revision.id, record);
}

absl::Status SqliteArchiveRows::EraseFacets(const std::vector<FacetEntry>& values) {
  return EraseFacetValues(connection_, values);
}

absl::Status SqliteArchiveRows::MarkWithdrawn(int64_t release_id, WallTime time) {
  return storage::MarkWithdrawn(connection_, release_id, time, {});
}

absl::StatusOr<bool> SqliteArchiveRows::IsDerived(int64_t release_id) {
  Statement statement(connection_, "SELECT derived_revision >= revision FROM release WHERE id = ?1");
  statement.Bind(1, release_id);
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  return !found || statement.ColumnBool(0);
}

absl::Status SqliteArchiveRows::RemoveRelease(const std::vector<StoredRevision>& revisions) {
  for (const StoredRevision& revision : revisions) {
    if (revision.latest) {
      DATELINE_ASSIGN_OR_RETURN(const IndexedText old, IndexedForm(revision));
      DATELINE_RETURN_IF_ERROR(RemoveFromIndex(connection_, revision.release_id, old));
    }
    DATELINE_RETURN_IF_ERROR(Run(connection_, "DELETE FROM release_revision WHERE id = ?1", revision.id));
  }
  if (revisions.empty()) return absl::OkStatus();
  const int64_t id = revisions.front().release_id;
  DATELINE_RETURN_IF_ERROR(Run(connection_, "DELETE FROM release_derived WHERE release_id = ?1", id));
  return Run(connection_, "DELETE FROM release WHERE id = ?1", id);
}

absl::StatusOr<std::vector<StoredEvent>> SqliteArchiveRows::Events(std::string_view topic, uint64_t after, int limit) {
  Statement statement(connection_,
                      "SELECT sequence, payload FROM event WHERE topic = ?1 AND sequence > ?2 ORDER BY sequence "
                      "LIMIT ?3");
  statement.BindAll(topic, after, limit);
  std::vector<StoredEvent> events;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return events;
    events.push_back({.topic = std::string(topic),
                      .sequence = statement.ColumnUint64(0),
                      .payload = std::string(statement.ColumnBlob(1))});
  }
}

absl::Status SqliteArchiveRows::ReplaceEvent(const StoredEvent& event) {
  return Run(connection_, "UPDATE event SET payload = ?3 WHERE topic = ?1 AND sequence = ?2", event.topic,
             event.sequence, Blob{event.payload});
}

absl::Status SqliteArchiveRows::AppendEvent(const eventlog::NewEvent& event) {
  return log_.Append(connection_, event).status();
}

absl::StatusOr<eventlog::LogState> SqliteArchiveRows::Log() {
  return eventlog::ReadLogState(connection_);
}

absl::StatusOr<std::vector<eventlog::GroupState>> SqliteArchiveRows::Groups() {
  return eventlog::ReadGroupStates(connection_);
}

absl::StatusOr<bool> SqliteArchiveRows::AdoptLog(const eventlog::LogState& state) {
  return eventlog::AdoptLog(connection_, state);
}

absl::StatusOr<size_t> SqliteArchiveRows::StoreEvents(const std::vector<eventlog::Record>& records) {
  return eventlog::StoreRecords(connection_, records);
}

absl::StatusOr<bool> SqliteArchiveRows::AdoptGroup(const eventlog::GroupState& state) {
  return eventlog::AdoptGroup(connection_, state);
}

absl::StatusOr<std::vector<PinRow>> SqliteArchiveRows::Pins() {
  Statement statement(connection_, "SELECT kind, key, entity FROM entity_pin ORDER BY kind, key");
  std::vector<PinRow> pins;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return pins;
    pins.push_back({.kind = static_cast<v1::Entity::Kind>(statement.ColumnInt(0)),
                    .key = statement.ColumnString(1),
                    .entity = statement.ColumnString(2)});
  }
}

absl::Status SqliteArchiveRows::PutPin(const PinRow& pin) {
  return Run(connection_, "INSERT OR REPLACE INTO entity_pin (kind, key, entity) VALUES (?1, ?2, ?3)",
             static_cast<int>(pin.kind), pin.key, pin.entity);
}

absl::Status SqliteArchiveRows::DeriveAnew() {
  // As if other rules had derived what is there.
  return connection_.Execute(
      "UPDATE archive_setting SET value = 1 WHERE name = 'derived_rules' AND value <> 0; "
      "INSERT INTO archive_setting (name, value) VALUES ('derived_generation', 1) "
      "ON CONFLICT (name) DO UPDATE SET value = value + 1");
}

absl::Status SqliteArchiveRows::DeriveQuietly() {
  return connection_.Execute(
      "INSERT OR REPLACE INTO archive_setting (name, value) "
      "SELECT 'derived_quiet_up_to', coalesce(max(id), 0) FROM release");
}

absl::StatusOr<std::vector<StoredErasure>> SqliteArchiveRows::Erasures() {
  Statement statement(connection_,
                      "SELECT time_us, salt, hash, releases, revisions, events, contents FROM erasure ORDER BY id");
  std::vector<StoredErasure> erasures;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return erasures;
    StoredErasure& erasure = erasures.emplace_back();
    erasure.time = FromMicros(statement.ColumnInt64(0));
    erasure.salt = std::string(statement.ColumnBlob(1));
    erasure.hash = std::string(statement.ColumnBlob(2));
    erasure.counts.set_release_count(statement.ColumnInt(3));
    erasure.counts.set_revision_count(statement.ColumnInt(4));
    erasure.counts.set_event_count(statement.ColumnInt(5));
    erasure.counts.set_content_count(statement.ColumnInt(6));
  }
}

absl::StatusOr<int64_t> SqliteArchiveRows::AddErasure(const StoredErasure& erasure) {
  DATELINE_RETURN_IF_ERROR(Run(connection_,
                               "INSERT INTO erasure (time_us, salt, hash, releases, revisions, events, contents) "
                               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                               ToMicros(erasure.time), Blob{erasure.salt}, Blob{erasure.hash},
                               erasure.counts.release_count(), erasure.counts.revision_count(),
                               erasure.counts.event_count(), erasure.counts.content_count()));
  return connection_.last_insert_rowid();
}

absl::Status SqliteArchiveRows::AddEmptied(int64_t release_id) {
  return Run(connection_, "INSERT OR IGNORE INTO emptied_release (release_id) VALUES (?1)", release_id);
}

absl::StatusOr<std::vector<int64_t>> SqliteArchiveRows::Emptied(int limit) {
  Statement statement(connection_, "SELECT release_id FROM emptied_release ORDER BY release_id LIMIT ?1");
  statement.Bind(1, limit);
  std::vector<int64_t> ids;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return ids;
    ids.push_back(statement.ColumnInt64(0));
  }
}

absl::Status SqliteArchiveRows::RemoveEmptied(int64_t release_id) {
  return Run(connection_, "DELETE FROM emptied_release WHERE release_id = ?1", release_id);
}

absl::StatusOr<std::vector<v1::RetentionRule>> SqliteArchiveRows::RetentionRules() {
  Statement statement(connection_, "SELECT record FROM retention_rule ORDER BY source");
  std::vector<v1::RetentionRule> rules;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return rules;
    rules.emplace_back().ParseFromString(std::string(statement.ColumnBlob(0)));
  }
}

absl::Status SqliteArchiveRows::PutRetentionRule(const v1::RetentionRule& rule) {
  const std::string record = rule.SerializeAsString();
  return Run(connection_, "INSERT OR REPLACE INTO retention_rule (source, record) VALUES (?1, ?2)", rule.source(),
             Blob{record});
}

absl::Status SqliteArchiveRows::RemoveRetentionRule(std::string_view source) {
  return Run(connection_, "DELETE FROM retention_rule WHERE source = ?1", source);
}

absl::StatusOr<uint64_t> SqliteArchiveRows::PutOperation(const StoredOperation& operation) {
  const std::string record = operation.operation.SerializeAsString();
  const int done = operation.operation.done() ? 1 : 0;
  if (operation.id == 0) {
    DATELINE_RETURN_IF_ERROR(Run(connection_,
                                 "INSERT INTO operation (name, kind, request, cursor, cancel, done, record) "
                                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                                 operation.operation.name(), operation.kind, Blob{operation.request}, operation.cursor,
                                 operation.cancel ? 1 : 0, done, Blob{record}));
    return static_cast<uint64_t>(connection_.last_insert_rowid());
  }
  // A wish to stop that came meanwhile stays.
  DATELINE_RETURN_IF_ERROR(Run(
      connection_, "UPDATE operation SET cursor = ?2, cancel = max(cancel, ?3), done = ?4, record = ?5 WHERE id = ?1",
      operation.id, operation.cursor, operation.cancel ? 1 : 0, done, Blob{record}));
  return operation.id;
}

absl::StatusOr<std::optional<StoredOperation>> SqliteArchiveRows::FindOperation(std::string_view name) {
  Statement statement(connection_, "SELECT id, kind, request, cursor, cancel, record FROM operation WHERE name = ?1");
  statement.Bind(1, name);
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return std::optional<StoredOperation>();
  DATELINE_ASSIGN_OR_RETURN(StoredOperation stored, ReadOperation(statement));
  return std::optional<StoredOperation>(std::move(stored));
}

absl::StatusOr<std::vector<StoredOperation>> SqliteArchiveRows::Operations(std::optional<bool> done, uint64_t before,
                                                                           int limit) {
  Statement statement(connection_,
                      "SELECT id, kind, request, cursor, cancel, record FROM operation "
                      "WHERE id < ?1 AND (?2 < 0 OR done = ?2) ORDER BY id DESC LIMIT ?3");
  statement.BindAll(before, done.has_value() ? (*done ? 1 : 0) : -1, limit);
  std::vector<StoredOperation> operations;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return operations;
    DATELINE_ASSIGN_OR_RETURN(operations.emplace_back(), ReadOperation(statement));
  }
}

absl::StatusOr<bool> SqliteArchiveRows::CancelOperation(std::string_view name) {
  DATELINE_RETURN_IF_ERROR(Run(connection_, "UPDATE operation SET cancel = 1 WHERE name = ?1", name));
  return connection_.changes() > 0;
}

absl::StatusOr<bool> SqliteArchiveRows::RemoveOperation(std::string_view name) {
  DATELINE_RETURN_IF_ERROR(Run(connection_, "DELETE FROM operation WHERE name = ?1 AND done = 1", name));
  return connection_.changes() > 0;
}

}  // namespace dateline::storage
