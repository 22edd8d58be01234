#include "services/storage/postgres/archive_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/eventlog/postgres_transfer.h"
#include "services/storage/postgres/derived_rows.h"
#include "services/storage/postgres/document_rows.h"
#include "services/storage/postgres/facet_rows.h"
#include "services/storage/postgres/release_rows.h"
#include "services/storage/release_record.h"

namespace dateline::storage::pg {
namespace {

using release::v1::Release;
using sql::postgres::Bytes;
using sql::postgres::Parameters;
using sql::postgres::Result;

#define DATELINE_PG_STORED_REVISION                                                                                    \
  "SELECT v.id, v.release_id, v.revision, v.document_id, v.id = r.revision_id, r.create_time_us, v.record, v.changes " \
  "FROM release_revision v JOIN release r ON r.id = v.release_id "

std::vector<StoredRevision> ReadRevisions(const Result& rows) {
  std::vector<StoredRevision> revisions;
  for (int i = 0; i < rows.rows(); ++i) {
    revisions.push_back({.id = rows.Int64(i, 0),
                         .release_id = rows.Int64(i, 1),
                         .revision = static_cast<uint32_t>(rows.Int64(i, 2)),
                         .document_id = rows.Int64(i, 3),
                         .latest = rows.Bool(i, 4),
                         .release_create_time = FromMicros(rows.Int64(i, 5)),
                         .record = rows.String(i, 6),
                         .changes = rows.String(i, 7)});
  }
  return revisions;
}

absl::StatusOr<std::vector<StoredOperation>> ReadOperations(const Result& rows) {
  std::vector<StoredOperation> operations;
  for (int i = 0; i < rows.rows(); ++i) {
    StoredOperation& stored = operations.emplace_back();
    stored.id = rows.Uint64(i, 0);
    stored.kind = rows.String(i, 1);
    stored.request = rows.String(i, 2);
    stored.cursor = rows.Uint64(i, 3);
    stored.cancel = rows.Bool(i, 4);
    if (!stored.operation.ParseFromString(rows.String(i, 5))) return Damaged(fmt::format("operation {}", stored.id));
  }
  return operations;
}

absl::StatusOr<std::vector<DocumentRow>> TakeDocuments(Connection& connection, const Result& keys) {
  std::vector<std::string> wanted;
  for (int i = 0; i < keys.rows(); ++i) wanted.push_back(keys.String(i, 0));
  if (wanted.empty()) return std::vector<DocumentRow>();
  const auto ticket = SendDocuments(connection, wanted);
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Take(ticket));
  DATELINE_ASSIGN_OR_RETURN(std::vector<DocumentRow> documents, ReadDocuments(rows));
  std::sort(documents.begin(), documents.end(), [](const DocumentRow& a, const DocumentRow& b) { return a.id < b.id; });
  return documents;
}

}  // namespace

// This transaction holds the heads of the log, so nobody else adds rows before its end.
absl::StatusOr<PostgresArchiveRows::NextIds*> PostgresArchiveRows::NextRowIds() {
  if (!next_.has_value()) {
    DATELINE_ASSIGN_OR_RETURN(
        const Result rows,
        connection_.Query("SELECT (SELECT coalesce(max(id), 0) FROM document), (SELECT coalesce(max(id), 0) FROM "
                          "content), (SELECT coalesce(max(id), 0) FROM release), (SELECT coalesce(max(id), 0) FROM "
                          "release_revision)"));
    next_ = {.document = rows.Int64(0, 0) + 1,
             .content = rows.Int64(0, 1) + 1,
             .release = rows.Int64(0, 2) + 1,
             .revision = rows.Int64(0, 3) + 1};
  }
  return &*next_;
}

void PostgresArchiveRows::Finish() {
  new_.Send();
  if (added_ == Added()) return;
  connection_.Post(
      "UPDATE archive_count SET documents = documents + $1, pending_documents = pending_documents + $2, "
      "failed_documents = failed_documents + $3, releases = releases + $4, revisions = revisions + $5, "
      "last_release_time_us = greatest(last_release_time_us, $6) WHERE id = 1",
      Parameters::Of(added_.documents, added_.pending, added_.failed, added_.releases, added_.revisions,
                     added_.last_release_us));
}

absl::StatusOr<std::optional<DocumentRow>> PostgresArchiveRows::FindDocument(std::string_view name) {
  return pg::FindDocument(connection_, name);
}

absl::StatusOr<std::vector<DocumentRow>> PostgresArchiveRows::FindDocuments(const std::vector<std::string>& names) {
  std::vector<std::string> keys;
  for (const std::string& name : names) keys.push_back(NameToKey(name));
  const auto ticket = SendDocuments(connection_, keys);
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection_.Take(ticket));
  return ReadDocuments(rows);
}

absl::StatusOr<std::vector<DocumentRow>> PostgresArchiveRows::Documents(int64_t after, int limit) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result keys,
      connection_.Query("SELECT uuid FROM document WHERE id > $1 ORDER BY id LIMIT $2", Parameters::Of(after, limit)));
  return TakeDocuments(connection_, keys);
}

absl::StatusOr<std::vector<DocumentRow>> PostgresArchiveRows::DocumentsOfContent(int64_t content_id, int limit) {
  DATELINE_ASSIGN_OR_RETURN(const Result keys,
                            connection_.Query("SELECT uuid FROM document WHERE content_id = $1 ORDER BY id LIMIT $2",
                                              Parameters::Of(content_id, limit)));
  return TakeDocuments(connection_, keys);
}

absl::StatusOr<std::string> PostgresArchiveRows::LoadContent(const DocumentRow& row) {
  if (row.document.content_bytes() == 0) return std::string();
  return pg::LoadContent(connection_, row);
}

absl::Status PostgresArchiveRows::AddDocuments(const std::vector<NewDocument>& documents) {
  std::vector<Bytes> hashes;
  for (const NewDocument& added : documents) hashes.push_back({added.content->sha256});
  const auto known =
      connection_.Send("SELECT sha256, id, bytes FROM content WHERE sha256 = ANY ($1)", Parameters::Of(hashes));
  DATELINE_ASSIGN_OR_RETURN(NextIds* const next, NextRowIds());
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection_.Take(known));
  std::map<std::string, int64_t> contents;
  std::set<int64_t> removed;
  for (int i = 0; i < rows.rows(); ++i) {
    contents[rows.String(i, 0)] = rows.Int64(i, 1);
    if (rows.Int64(i, 2) == 0) removed.insert(rows.Int64(i, 1));
  }
  for (const NewDocument& added : documents) {
    DocumentRow& row = *added.row;
    const uint64_t bytes = row.document.content_bytes();
    auto content = contents.find(added.content->sha256);
    if (content == contents.end()) {
      content = contents.emplace(added.content->sha256, next->content++).first;
      new_.AddContent(content->second, *added.content, bytes);
      if (bytes == 0) removed.insert(content->second);
    } else if (bytes > 0 && removed.erase(content->second) > 0) {
      new_.Send();
      RefillContent(connection_, content->second, *added.content, bytes);
    }
    row.content_id = content->second;
    row.id = next->document++;
    // Kept as the store keeps one: state, failure and releases stand in columns of their own.
    v1::Document document = row.document;
    document.clear_state();
    document.clear_failure();
    document.clear_releases();
    new_.AddDocument(row.id, row.content_id, document);
    new_.SetDocumentResult(row);
    ++added_.documents;
    if (row.document.state() == v1::Document::STATE_PENDING) ++added_.pending;
    if (row.document.state() == v1::Document::STATE_FAILED) ++added_.failed;
  }
  return absl::OkStatus();
}

absl::Status PostgresArchiveRows::SetOutcome(const v1::Document& outcome, DocumentRow* row) {
  const auto count = [this](v1::Document::State state, int64_t by) {
    if (state == v1::Document::STATE_PENDING) added_.pending += by;
    if (state == v1::Document::STATE_FAILED) added_.failed += by;
  };
  count(row->document.state(), -1);
  CopyOutcome(outcome, row);
  count(row->document.state(), 1);
  new_.SetDocumentResult(*row);
  return absl::OkStatus();
}

absl::Status PostgresArchiveRows::ReplaceDocumentTexts(const DocumentRow& row) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows,
                            connection_.Query("SELECT record FROM document WHERE id = $1", Parameters::Of(row.id)));
  v1::Document document;
  if (rows.empty() || !document.ParseFromString(rows.String(0, 0))) return Damaged(row.document.name());
  if (document.has_feed_hints()) *document.mutable_feed_hints() = row.document.feed_hints();
  const std::string record = document.SerializeAsString();
  connection_.Post("UPDATE document SET record = $2, failure = $3 WHERE id = $1",
                   Parameters::Of(row.id, Bytes{record}, Bytes{row.document.failure()}));
  return connection_.Sync();
}

absl::StatusOr<bool> PostgresArchiveRows::AddSighting(const v1::Document& sighting, WallTime time) {
  new_.Send();
  DATELINE_ASSIGN_OR_RETURN(const bool known, SightingKnown(connection_, sighting));
  if (!known) InsertSighting(connection_, sighting, time);
  return !known;
}

absl::StatusOr<bool> PostgresArchiveRows::MarkRefresh(int64_t document_id) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Query("UPDATE document SET refresh = true WHERE id = $1 AND NOT refresh RETURNING id",
                        Parameters::Of(document_id)));
  return !rows.empty();
}

absl::StatusOr<uint64_t> PostgresArchiveRows::CountRefresh() {
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection_.Query("SELECT count(*) FROM document WHERE refresh"));
  return rows.Uint64(0, 0);
}

absl::StatusOr<std::vector<StoredContent>> PostgresArchiveRows::Contents(int64_t after, int limit) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Query("SELECT id, sha256, bytes, zstd FROM content WHERE id > $1 ORDER BY id LIMIT $2",
                        Parameters::Of(after, limit)));
  std::vector<StoredContent> contents;
  for (int i = 0; i < rows.rows(); ++i) {
    contents.push_back({.id = rows.Int64(i, 0),
                        .sha256 = rows.String(i, 1),
                        .bytes = rows.Uint64(i, 2),
                        .compressed = rows.String(i, 3)});
  }
  return contents;
}

absl::StatusOr<std::optional<int64_t>> PostgresArchiveRows::FindContent(std::string_view sha256) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows, connection_.Query("SELECT id FROM content WHERE sha256 = $1", Parameters::Of(Bytes{sha256})));
  return rows.empty() ? std::optional<int64_t>() : std::optional<int64_t>(rows.Int64(0, 0));
}

absl::Status PostgresArchiveRows::ReplaceContent(int64_t id, const NewContent& content, uint64_t bytes) {
  connection_.Post("UPDATE content SET sha256 = $2, bytes = $3, zstd = $4 WHERE id = $1",
                   Parameters::Of(id, Bytes{content.sha256}, bytes, Bytes{content.compressed}));
  return absl::OkStatus();
}

absl::Status PostgresArchiveRows::MergeContent(int64_t id, int64_t into) {
  connection_.Post("UPDATE document SET content_id = $2 WHERE content_id = $1", Parameters::Of(id, into));
  connection_.Post("DELETE FROM content WHERE id = $1", Parameters::Of(id));
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, ReleaseRow>> PostgresArchiveRows::FindReleases(
    const std::vector<std::string>& names) {
  const auto ticket = SendReleaseRows(connection_, names);
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection_.Take(ticket));
  return ReadReleaseRows(rows);
}

absl::StatusOr<std::vector<ReleaseHead>> PostgresArchiveRows::Releases(int64_t after, int limit) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Query("SELECT id, update_time_us, basic FROM release WHERE id > $1 ORDER BY id LIMIT $2",
                        Parameters::Of(after, limit)));
  std::vector<ReleaseHead> heads;
  for (int i = 0; i < rows.rows(); ++i) {
    heads.push_back({.id = rows.Int64(i, 0), .update_time = FromMicros(rows.Int64(i, 1)), .basic = rows.String(i, 2)});
  }
  return heads;
}

absl::StatusOr<Release> PostgresArchiveRows::LoadRelease(const ReleaseKey& key) {
  return pg::LoadRelease(connection_, key, View::kFull);
}

absl::StatusOr<std::vector<StoredRevision>> PostgresArchiveRows::Revisions(int64_t after, int limit) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows,
                            connection_.Query(DATELINE_PG_STORED_REVISION "WHERE v.id > $1 ORDER BY v.id LIMIT $2",
                                              Parameters::Of(after, limit)));
  return ReadRevisions(rows);
}

absl::StatusOr<std::vector<StoredRevision>> PostgresArchiveRows::RevisionsOfDocument(int64_t document_id, int64_t after,
                                                                                     int limit) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Query(DATELINE_PG_STORED_REVISION "WHERE v.document_id = $1 AND v.id > $2 ORDER BY v.id LIMIT $3",
                        Parameters::Of(document_id, after, limit)));
  return ReadRevisions(rows);
}

absl::StatusOr<std::vector<StoredRevision>> PostgresArchiveRows::RevisionsOfRelease(int64_t release_id) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows,
                            connection_.Query(DATELINE_PG_STORED_REVISION "WHERE v.release_id = $1 ORDER BY v.id",
                                              Parameters::Of(release_id)));
  return ReadRevisions(rows);
}

absl::StatusOr<std::optional<StoredRevision>> PostgresArchiveRows::FindRevision(int64_t id) {
  DATELINE_ASSIGN_OR_RETURN(auto revisions, Revisions(id - 1, 1));
  if (revisions.empty() || revisions.front().id != id) return std::optional<StoredRevision>();
  return std::optional<StoredRevision>(std::move(revisions.front()));
}

absl::StatusOr<ReleaseRow> PostgresArchiveRows::AddRevision(const std::optional<ReleaseRow>& known,
                                                            const PreparedRelease& revision, WallTime create_time,
                                                            int64_t document_id) {
  DATELINE_ASSIGN_OR_RETURN(NextIds* const next, NextRowIds());
  ReleaseRow row = known.value_or(ReleaseRow());
  row.revision_id = next->revision++;
  row.ground.revision = revision.plan.revision;
  row.ground.document_order = revision.plan.document_order;
  row.ground.withdrawn = false;
  if (known.has_value()) {
    new_.ReviseRelease(row, revision, document_id);
  } else {
    row.id = next->release++;
    row.ground.create_time = create_time;
    new_.AddRelease(row, revision, document_id, create_time);
    ++added_.releases;
  }
  new_.PutIntoIndex(row.id, entries_.emplace_back(MakeSearchEntry(revision.plan.new_index)));
  ++added_.revisions;
  added_.last_release_us = std::max(added_.last_release_us, ToMicros(create_time));
  return row;
}

absl::Status PostgresArchiveRows::ReplaceRecord(const StoredRevision& revision, const Release& record,
                                                const events::v1::ReleaseEvent& changes) {
  const std::string serialised = changes.SerializeAsString();
  connection_.Post("UPDATE release_revision SET changes = $2 WHERE id = $1",
                   Parameters::Of(revision.id, Bytes{serialised}));
  if (!revision.latest) {
    const std::string whole = record.SerializeAsString();
    connection_.Post("UPDATE release_revision SET record = $2 WHERE id = $1",
                     Parameters::Of(revision.id, Bytes{whole}));
    return absl::OkStatus();
  }
  ReleaseRow row{.id = revision.release_id, .revision_id = revision.id, .ground = {}};
  row.ground.revision = revision.revision;
  pg::ReplaceRecord(connection_, row, record);
  // What is being derived of the old record at this moment is not kept; this transaction holds the row.
  connection_.Post("UPDATE archive_setting SET value = value + 1 WHERE name = 'derived_generation'");
  const SearchEntry entry = MakeSearchEntry(IndexRelease(record, revision.release_create_time));
  PutIntoIndex(connection_, {{row.id, &entry}});
  return absl::OkStatus();
}

absl::Status PostgresArchiveRows::EraseFacets(const std::vector<FacetEntry>& values) {
  pg::EraseFacetValues(connection_, values);
  return absl::OkStatus();
}

absl::Status PostgresArchiveRows::MarkWithdrawn(int64_t release_id, WallTime time) {
  new_.Send();
  pg::MarkWithdrawn(connection_, release_id, time, {});
  return absl::OkStatus();
}

absl::StatusOr<bool> PostgresArchiveRows::IsDerived(int64_t release_id) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Query("SELECT 1 FROM release_underived WHERE release_id = $1", Parameters::Of(release_id)));
  return rows.empty();
}

absl::Status PostgresArchiveRows::RemoveRelease(const std::vector<StoredRevision>& revisions) {
  if (revisions.empty()) return absl::OkStatus();
  const int64_t id = revisions.front().release_id;
  const Parameters of = Parameters::Of(id);
  connection_.Post("DELETE FROM release_search WHERE release_id = $1", of);
  connection_.Post("DELETE FROM release_derived WHERE release_id = $1", of);
  connection_.Post("DELETE FROM release_revision WHERE release_id = $1", of);
  connection_.Post("DELETE FROM release WHERE id = $1", of);
  connection_.Post("UPDATE archive_count SET releases = releases - 1, revisions = revisions - $1 WHERE id = 1",
                   Parameters::Of(revisions.size()));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StoredEvent>> PostgresArchiveRows::Events(std::string_view topic, uint64_t after,
                                                                     int limit) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Query("SELECT sequence, payload FROM event WHERE topic = $1 AND sequence > $2 ORDER BY sequence "
                        "LIMIT $3",
                        Parameters::Of(topic, after, limit)));
  std::vector<StoredEvent> events;
  for (int i = 0; i < rows.rows(); ++i) {
    events.push_back({.topic = std::string(topic), .sequence = rows.Uint64(i, 0), .payload = rows.String(i, 1)});
  }
  return events;
}

absl::Status PostgresArchiveRows::ReplaceEvent(const StoredEvent& event) {
  connection_.Post("UPDATE event SET payload = $3 WHERE topic = $1 AND sequence = $2",
                   Parameters::Of(event.topic, event.sequence, Bytes{event.payload}));
  return absl::OkStatus();
}

absl::Status PostgresArchiveRows::AppendEvent(const eventlog::NewEvent& event) {
  return appender_->Append(event).status();
}

absl::StatusOr<eventlog::LogState> PostgresArchiveRows::Log() {
  return eventlog::ReadLogState(connection_);
}

absl::StatusOr<std::vector<eventlog::GroupState>> PostgresArchiveRows::Groups() {
  return eventlog::ReadGroupStates(connection_);
}

absl::StatusOr<bool> PostgresArchiveRows::AdoptLog(const eventlog::LogState& state) {
  return eventlog::AdoptLog(connection_, state);
}

absl::StatusOr<size_t> PostgresArchiveRows::StoreEvents(const std::vector<eventlog::Record>& records) {
  return eventlog::StoreRecords(connection_, records);
}

absl::StatusOr<bool> PostgresArchiveRows::AdoptGroup(const eventlog::GroupState& state) {
  return eventlog::AdoptGroup(connection_, state);
}

absl::StatusOr<std::vector<PinRow>> PostgresArchiveRows::Pins() {
  DATELINE_ASSIGN_OR_RETURN(const Result rows,
                            connection_.Query("SELECT kind, key, entity FROM entity_pin ORDER BY kind, key"));
  std::vector<PinRow> pins;
  for (int i = 0; i < rows.rows(); ++i) {
    pins.push_back(
        {.kind = static_cast<v1::Entity::Kind>(rows.Int(i, 0)), .key = rows.String(i, 1), .entity = rows.String(i, 2)});
  }
  return pins;
}

absl::Status PostgresArchiveRows::PutPin(const PinRow& pin) {
  SendPin(connection_, pin);
  return absl::OkStatus();
}

absl::Status PostgresArchiveRows::DeriveAnew() {
  // As if other rules had derived what is there.
  connection_.Post("UPDATE archive_setting SET value = 1 WHERE name = 'derived_rules' AND value <> 0");
  connection_.Post("UPDATE archive_setting SET value = value + 1 WHERE name = 'derived_generation'");
  return absl::OkStatus();
}

absl::Status PostgresArchiveRows::DeriveQuietly() {
  new_.Send();
  connection_.Post(
      "UPDATE archive_setting SET value = (SELECT coalesce(max(id), 0) FROM release) "
      "WHERE name = 'derived_quiet_up_to'");
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StoredErasure>> PostgresArchiveRows::Erasures() {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Query("SELECT time_us, salt, hash, releases, revisions, events, contents FROM erasure ORDER BY id"));
  std::vector<StoredErasure> erasures;
  for (int i = 0; i < rows.rows(); ++i) {
    StoredErasure& erasure = erasures.emplace_back();
    erasure.time = FromMicros(rows.Int64(i, 0));
    erasure.salt = rows.String(i, 1);
    erasure.hash = rows.String(i, 2);
    erasure.counts.set_release_count(rows.Int(i, 3));
    erasure.counts.set_revision_count(rows.Int(i, 4));
    erasure.counts.set_event_count(rows.Int(i, 5));
    erasure.counts.set_content_count(rows.Int(i, 6));
  }
  return erasures;
}

absl::StatusOr<int64_t> PostgresArchiveRows::AddErasure(const StoredErasure& erasure) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Query("INSERT INTO erasure (time_us, salt, hash, releases, revisions, events, contents) VALUES ($1, "
                        "$2, $3, $4, $5, $6, $7) RETURNING id",
                        Parameters::Of(ToMicros(erasure.time), Bytes{erasure.salt}, Bytes{erasure.hash},
                                       erasure.counts.release_count(), erasure.counts.revision_count(),
                                       erasure.counts.event_count(), erasure.counts.content_count())));
  return rows.Int64(0, 0);
}

absl::Status PostgresArchiveRows::AddEmptied(int64_t release_id) {
  connection_.Post("INSERT INTO emptied_release (release_id) VALUES ($1) ON CONFLICT (release_id) DO NOTHING",
                   Parameters::Of(release_id));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> PostgresArchiveRows::Emptied(int limit) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Query("SELECT release_id FROM emptied_release ORDER BY release_id LIMIT $1", Parameters::Of(limit)));
  std::vector<int64_t> ids;
  for (int i = 0; i < rows.rows(); ++i) ids.push_back(rows.Int64(i, 0));
  return ids;
}

absl::Status PostgresArchiveRows::RemoveEmptied(int64_t release_id) {
  connection_.Post("DELETE FROM emptied_release WHERE release_id = $1", Parameters::Of(release_id));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::RetentionRule>> PostgresArchiveRows::RetentionRules() {
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection_.Query("SELECT record FROM retention_rule"));
  std::vector<v1::RetentionRule> rules;
  for (int i = 0; i < rows.rows(); ++i) {
    if (!rules.emplace_back().ParseFromString(rows.String(i, 0))) return Damaged("a rule of retention");
  }
  std::sort(rules.begin(), rules.end(),
            [](const v1::RetentionRule& a, const v1::RetentionRule& b) { return a.source() < b.source(); });
  return rules;
}

absl::Status PostgresArchiveRows::PutRetentionRule(const v1::RetentionRule& rule) {
  const std::string record = rule.SerializeAsString();
  const std::string hash = HashOf(rule.source());
  connection_.Post(
      "INSERT INTO retention_rule (source_hash, record) VALUES ($1, $2) ON CONFLICT (source_hash) DO UPDATE SET record "
      "= excluded.record",
      Parameters::Of(Bytes{hash}, Bytes{record}));
  return absl::OkStatus();
}

absl::Status PostgresArchiveRows::RemoveRetentionRule(std::string_view source) {
  const std::string hash = HashOf(source);
  connection_.Post("DELETE FROM retention_rule WHERE source_hash = $1", Parameters::Of(Bytes{hash}));
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> PostgresArchiveRows::PutOperation(const StoredOperation& operation) {
  const std::string record = operation.operation.SerializeAsString();
  const bool done = operation.operation.done();
  if (operation.id == 0) {
    DATELINE_ASSIGN_OR_RETURN(
        const Result rows,
        connection_.Query("INSERT INTO operation (name, kind, request, cursor, cancel, done, record) VALUES ($1, $2, "
                          "$3, $4, $5, $6, $7) RETURNING id",
                          Parameters::Of(operation.operation.name(), operation.kind, Bytes{operation.request},
                                         operation.cursor, operation.cancel, done, Bytes{record})));
    return rows.Uint64(0, 0);
  }
  // A wish to stop that came meanwhile stays.
  connection_.Post("UPDATE operation SET cursor = $2, cancel = cancel OR $3, done = $4, record = $5 WHERE id = $1",
                   Parameters::Of(operation.id, operation.cursor, operation.cancel, done, Bytes{record}));
  return operation.id;
}

absl::StatusOr<std::optional<StoredOperation>> PostgresArchiveRows::FindOperation(std::string_view name) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Query("SELECT id, kind, request, cursor, cancel, record FROM operation WHERE name = $1",
                        Parameters::Of(name)));
  DATELINE_ASSIGN_OR_RETURN(auto found, ReadOperations(rows));
  if (found.empty()) return std::optional<StoredOperation>();
  return std::optional<StoredOperation>(std::move(found.front()));
}

absl::StatusOr<std::vector<StoredOperation>> PostgresArchiveRows::Operations(std::optional<bool> done, uint64_t before,
                                                                             int limit) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Query("SELECT id, kind, request, cursor, cancel, record FROM operation WHERE id < $1 AND ($2 OR done "
                        "= $3) ORDER BY id DESC LIMIT $4",
                        Parameters::Of(before, !done.has_value(), done.value_or(false), limit)));
  return ReadOperations(rows);
}

absl::StatusOr<bool> PostgresArchiveRows::CancelOperation(std::string_view name) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Query("UPDATE operation SET cancel = true WHERE name = $1 RETURNING id", Parameters::Of(name)));
  return !rows.empty();
}

absl::StatusOr<bool> PostgresArchiveRows::RemoveOperation(std::string_view name) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Query("DELETE FROM operation WHERE name = $1 AND done RETURNING id", Parameters::Of(name)));
  return !rows.empty();
}

}  // namespace dateline::storage::pg
