#include "services/storage/sqlite/release_rows.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/sql/statement.h"
#include "services/storage/release_fields.h"
#include "services/storage/release_record.h"
#include "services/storage/sqlite/derived_rows.h"
#include "services/storage/sqlite/document_rows.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using sql::Blob;
using sql::Connection;
using sql::Statement;

// All selections give the same columns first, so that one function reads them.
constexpr std::string_view kBasic =
    "SELECT r.id, r.uuid, r.revision, r.create_time_us, r.update_time_us, r.withdraw_time_us, r.basic FROM release r ";
constexpr std::string_view kText =
    "SELECT r.id, r.uuid, r.revision, r.create_time_us, r.update_time_us, r.withdraw_time_us, r.basic, v.record "
    "FROM release r JOIN release_revision v ON v.id = r.revision_id ";
constexpr std::string_view kFull =
    "SELECT r.id, r.uuid, v.revision, r.create_time_us, v.create_time_us, r.withdraw_time_us, v.record, d.uuid, d.id, "
    "v.change_class FROM release r JOIN release_revision v ON v.id = r.revision_id "
    "JOIN document d ON d.id = v.document_id ";
constexpr std::string_view kRevision =
    "SELECT r.id, r.uuid, v.revision, r.create_time_us, v.create_time_us, r.withdraw_time_us, v.record, d.uuid, d.id, "
    "v.change_class FROM release r JOIN release_revision v ON v.release_id = r.id "
    "JOIN document d ON d.id = v.document_id ";

absl::Status Damaged(std::string_view name) {
  return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
               fmt::format("{} cannot be read back; restore the archive from a backup", name));
}

absl::Status Parse(std::string_view bytes, std::string_view name, Release* release) {
  if (release->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return absl::OkStatus();
  return Damaged(name);
}

std::optional<WallTime> OptionalTime(const Statement& statement, int column) {
  if (statement.ColumnIsNull(column)) return std::nullopt;
  return FromMicros(statement.ColumnInt64(column));
}

// A row of one of the selections above. `whole` says that it is not kBasic or kText.
absl::StatusOr<Release> ReadRelease(const Statement& statement, bool whole) {
  Release release;
  const std::string name = "releases/" + KeyToUuid(statement.ColumnBlob(1));
  DATELINE_RETURN_IF_ERROR(Parse(statement.ColumnBlob(6), name, &release));
  SetStoredFields({.revision = static_cast<uint32_t>(statement.ColumnInt64(2)),
                   .create_time = FromMicros(statement.ColumnInt64(3)),
                   .update_time = FromMicros(statement.ColumnInt64(4)),
                   .withdraw_time = OptionalTime(statement, 5),
                   .document = whole ? "documents/" + KeyToUuid(statement.ColumnBlob(7)) : std::string()},
                  &release);
  if (!whole) release.clear_etag();
  return release;
}

// A row of a whole selection in the form that was asked for.
absl::StatusOr<Release> ReadView(Connection& connection, const Statement& statement, View view) {
  DATELINE_ASSIGN_OR_RETURN(Release release, ReadRelease(statement, true));
  if (view == View::kBasic) return BasicView(release);
  DATELINE_ASSIGN_OR_RETURN(auto sightings, LoadSightings(connection, statement.ColumnInt64(8)));
  SetSightings(std::move(sightings), &release);
  DATELINE_RETURN_IF_ERROR(AddDerived(connection, statement.ColumnInt64(0), &release));
  return release;
}

absl::Status InsertRevision(Connection& connection, int64_t release_id, const PreparedRelease& release,
                            int64_t document_id) {
  Statement insert(connection,
                   "INSERT INTO release_revision (release_id, revision, document_id, create_time_us, change_class, "
                   "changes, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  insert.BindAll(release_id, release.plan.revision, document_id, ToMicros(release.plan.time),
                 static_cast<int>(release.plan.changes.change_class()), Blob{release.changes}, Blob{release.record});
  return insert.Run();
}

}  // namespace

absl::StatusOr<std::optional<ReleaseRow>> FindRelease(Connection& connection, std::string_view name) {
  Statement statement(
      connection,
      "SELECT id, revision_id, revision, document_order, create_time_us, withdraw_time_us IS NOT NULL, edits "
      "FROM release WHERE uuid = ?1");
  const std::string key = NameToKey(name);
  statement.Bind(1, Blob{key});
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return std::optional<ReleaseRow>();
  ReleaseRow row;
  row.id = statement.ColumnInt64(0);
  row.revision_id = statement.ColumnInt64(1);
  row.ground = {.revision = static_cast<uint32_t>(statement.ColumnInt64(2)),
                .document_order = statement.ColumnUint64(3),
                .create_time = FromMicros(statement.ColumnInt64(4)),
                .withdrawn = statement.ColumnBool(5),
                .edits = statement.ColumnUint64(6)};
  return std::optional<ReleaseRow>(row);
}

absl::StatusOr<Release> LoadRecord(Connection& connection, int64_t revision_id) {
  Statement statement(connection, "SELECT record FROM release_revision WHERE id = ?1");
  statement.Bind(1, revision_id);
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  const std::string what = fmt::format("revision {} of the database", revision_id);
  if (!found) return Damaged(what);
  Release release;
  DATELINE_RETURN_IF_ERROR(Parse(statement.ColumnBlob(0), what, &release));
  return release;
}

absl::StatusOr<int64_t> InsertRelease(Connection& connection, const PreparedRelease& release, int64_t document_id,
                                      WallTime create_time) {
  // The row of the release needs its revision's id and the other way round; both follow from the release's own.
  Statement insert(connection,
                   "INSERT INTO release (uuid, revision, revision_id, document_order, create_time_us, update_time_us, "
                   "basic) VALUES (?1, ?2, (SELECT coalesce(max(id), 0) + 1 FROM release_revision), ?3, ?4, ?5, ?6)");
  const std::string key = NameToKey(release.plan.name);
  insert.BindAll(Blob{key}, release.plan.revision, release.plan.document_order, ToMicros(create_time),
                 ToMicros(release.plan.time), Blob{release.basic});
  DATELINE_RETURN_IF_ERROR(insert.Run());
  const int64_t id = connection.last_insert_rowid();
  DATELINE_RETURN_IF_ERROR(InsertRevision(connection, id, release, document_id));
  return id;
}

absl::Status ReviseRelease(Connection& connection, const ReleaseRow& row, const PreparedRelease& release,
                           int64_t document_id) {
  DATELINE_RETURN_IF_ERROR(InsertRevision(connection, row.id, release, document_id));
  const int64_t revision_id = connection.last_insert_rowid();
  // A release whose words changed stands at its source again.
  Statement update(connection,
                   "UPDATE release SET revision = ?2, revision_id = ?3, document_order = ?4, update_time_us = ?5, "
                   "basic = ?6, withdraw_time_us = NULL, withdraw_cause = '' WHERE id = ?1");
  update.BindAll(row.id, release.plan.revision, revision_id, release.plan.document_order, ToMicros(release.plan.time),
                 Blob{release.basic});
  return update.Run();
}

absl::Status ReplaceRecord(Connection& connection, int64_t release_id, int64_t revision_id, const Release& record) {
  const std::string whole = record.SerializeAsString();
  const std::string basic = BasicView(record).SerializeAsString();
  Statement revision(connection, "UPDATE release_revision SET record = ?2 WHERE id = ?1");
  revision.BindAll(revision_id, Blob{whole});
  DATELINE_RETURN_IF_ERROR(revision.Run());
  // What was derived of the record that was there is derived anew.
  Statement release(connection,
                    "UPDATE release SET basic = ?2, edits = edits + 1, derived_revision = 0 "
                    "WHERE id = ?1 AND revision_id = ?3");
  release.BindAll(release_id, Blob{basic}, revision_id);
  DATELINE_RETURN_IF_ERROR(release.Run());
  // What is being derived of the old record at this moment is not kept.
  return connection.Execute(
      "INSERT INTO archive_setting (name, value) VALUES ('derived_generation', 1) "
      "ON CONFLICT (name) DO UPDATE SET value = value + 1");
}

absl::Status TouchRelease(Connection& connection, int64_t id, uint64_t document_order) {
  Statement update(connection, "UPDATE release SET document_order = ?2 WHERE id = ?1 AND document_order < ?2");
  update.BindAll(id, document_order);
  return update.Run();
}

absl::Status MarkWithdrawn(Connection& connection, int64_t id, WallTime time, std::string_view cause) {
  Statement update(connection, "UPDATE release SET withdraw_time_us = ?2, withdraw_cause = ?3 WHERE id = ?1");
  update.BindAll(id, ToMicros(time), cause);
  return update.Run();
}

absl::StatusOr<Release> LoadRelease(Connection& connection, const ReleaseKey& key, View view) {
  static const std::string latest_basic = fmt::format("{}WHERE r.uuid = ?1", kBasic);
  static const std::string latest_full = fmt::format("{}WHERE r.uuid = ?1", kFull);
  static const std::string of_revision = fmt::format("{}WHERE r.uuid = ?1 AND v.revision = ?2", kRevision);
  const bool latest = key.revision == 0;
  const bool basic = latest && view == View::kBasic;
  Statement statement(connection, basic ? latest_basic : latest ? latest_full : of_revision);
  const std::string uuid = NameToKey(key.name);
  statement.Bind(1, Blob{uuid});
  if (!latest) statement.Bind(2, key.revision);
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (found) return basic ? ReadRelease(statement, false) : ReadView(connection, statement, view);
  if (latest) return ReleaseNotFound(key.name);
  DATELINE_ASSIGN_OR_RETURN(const auto row, FindRelease(connection, key.name));
  return row.has_value() ? RevisionNotFound(key.name, key.revision) : ReleaseNotFound(key.name);
}

absl::StatusOr<Release> LoadReleaseById(Connection& connection, int64_t id, Parts parts) {
  static const std::string basic = fmt::format("{}WHERE r.id = ?1", kBasic);
  static const std::string text = fmt::format("{}WHERE r.id = ?1", kText);
  static const std::string full = fmt::format("{}WHERE r.id = ?1", kFull);
  Statement statement(connection, parts == Parts::kBasic ? basic : parts == Parts::kText ? text : full);
  statement.Bind(1, id);
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return Damaged(fmt::format("release {} of the database", id));
  if (parts == Parts::kFull) return ReadView(connection, statement, View::kFull);
  DATELINE_ASSIGN_OR_RETURN(Release release, ReadRelease(statement, false));
  if (parts == Parts::kText && !AddText(statement.ColumnBlob(7), &release)) return Damaged(release.name());
  return release;
}

absl::StatusOr<std::vector<Release>> SelectBasics(Connection& connection, const std::vector<int64_t>& ids) {
  static const std::string sql = fmt::format("{}WHERE r.id = ?1", kBasic);
  Statement statement(connection, sql);
  std::vector<Release> releases;
  for (const int64_t id : ids) {
    statement.Reset();
    statement.Bind(1, id);
    DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) continue;
    DATELINE_ASSIGN_OR_RETURN(releases.emplace_back(), ReadRelease(statement, false));
  }
  return releases;
}

absl::StatusOr<RevisionPage> SelectRevisions(Connection& connection, int64_t release_id, std::string_view name,
                                             View view, int limit, std::optional<Position> after) {
  static const std::string sql =
      fmt::format("{}WHERE r.id = ?1 AND v.revision < ?2 ORDER BY v.revision DESC LIMIT ?3", kRevision);
  Statement statement(connection, sql);
  const int64_t before = after.has_value() ? static_cast<int64_t>(after->id) : std::numeric_limits<int64_t>::max();
  statement.BindAll(release_id, before, limit + 1);
  RevisionPage page;
  size_t bytes = 0;
  Position seen;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return page;
    v1::ReleaseRevision revision;
    DATELINE_ASSIGN_OR_RETURN(*revision.mutable_snapshot(), ReadView(connection, statement, view));
    bytes += revision.snapshot().ByteSizeLong();
    if (static_cast<int>(page.revisions.size()) == limit || (!page.revisions.empty() && bytes > kPageBytesMax)) {
      page.next = seen;
      return page;
    }
    seen.id = statement.ColumnUint64(2);
    revision.set_name(RevisionName(name, static_cast<uint32_t>(seen.id)));
    *revision.mutable_create_time() = ToTimestamp(FromMicros(statement.ColumnInt64(4)));
    revision.set_change_class(static_cast<events::v1::ChangeClass>(statement.ColumnInt(9)));
    page.revisions.push_back(std::move(revision));
  }
}

}  // namespace dateline::storage
