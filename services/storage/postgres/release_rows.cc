#include "services/storage/postgres/release_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/storage/postgres/document_rows.h"
#include "services/storage/release_fields.h"
#include "services/storage/release_record.h"

namespace dateline::storage::pg {
namespace {

using release::v1::Release;
using sql::postgres::Bytes;
using sql::postgres::Parameters;

// All selections give the same columns first, so that one function reads them.
#define DATELINE_PG_BASIC \
  "SELECT r.id, r.uuid, r.revision, r.create_time_us, r.update_time_us, r.withdraw_time_us, r.basic FROM release r "
#define DATELINE_PG_TEXT                                                                                        \
  "SELECT r.id, r.uuid, r.revision, r.create_time_us, r.update_time_us, r.withdraw_time_us, r.basic, v.record " \
  "FROM release r JOIN release_revision v ON v.id = r.revision_id "
#define DATELINE_PG_RECORD                                                                                     \
  "SELECT r.id, r.uuid, v.revision, r.create_time_us, v.create_time_us, r.withdraw_time_us, v.record, d.uuid " \
  "FROM release r JOIN release_revision v ON v.id = r.revision_id JOIN document d ON d.id = v.document_id "
#define DATELINE_PG_WHOLE                                                                                       \
  "SELECT r.id, r.uuid, v.revision, r.create_time_us, v.create_time_us, r.withdraw_time_us, v.record, d.uuid, " \
  "d.id, v.change_class, x.revision, x.cluster, x.refs FROM release r "                                         \
  "LEFT JOIN release_derived x ON x.release_id = r.id JOIN release_revision v ON "
#define DATELINE_PG_FULL DATELINE_PG_WHOLE "v.id = r.revision_id JOIN document d ON d.id = v.document_id "
#define DATELINE_PG_REVISION DATELINE_PG_WHOLE "v.release_id = r.id JOIN document d ON d.id = v.document_id "

// A row of one of the selections above. `whole` says that it is neither the basic one nor that with the text.
absl::StatusOr<Release> ReadRelease(const Result& rows, int i, bool whole) {
  Release release;
  const std::string name = "releases/" + KeyToUuid(rows.Bytes(i, 1));
  const std::string_view bytes = rows.Bytes(i, 6);
  if (!release.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Damaged(name);
  SetStoredFields({.revision = static_cast<uint32_t>(rows.Int64(i, 2)),
                   .create_time = FromMicros(rows.Int64(i, 3)),
                   .update_time = FromMicros(rows.Int64(i, 4)),
                   .withdraw_time = rows.IsNull(i, 5) ? std::nullopt : std::optional(FromMicros(rows.Int64(i, 5))),
                   .document = whole ? "documents/" + KeyToUuid(rows.Bytes(i, 7)) : std::string()},
                  &release);
  if (!whole) release.clear_etag();
  return release;
}

// What a full release has beside its record: sightings, and what was derived of it.
absl::Status AddRest(Connection& connection, const Result& rows, int i, const SightingTickets& tickets,
                     Release* release) {
  DATELINE_ASSIGN_OR_RETURN(auto sightings, TakeSightings(connection, tickets));
  SetSightings(std::move(sightings), release);
  if (rows.IsNull(i, 10)) return absl::OkStatus();
  SetDerivedFields({.revision = static_cast<uint32_t>(rows.Int64(i, 10)),
                    .cluster = rows.String(i, 11),
                    .references = rows.String(i, 12)},
                   release);
  if (release->translations().empty()) return absl::OkStatus();
  return ResolveTranslations(
      [&connection](const std::string& name) -> absl::StatusOr<bool> {
        DATELINE_ASSIGN_OR_RETURN(const auto row, FindRelease(connection, name));
        return row.has_value();
      },
      release);
}

// The sightings of all rows of a whole selection, asked for at once.
std::vector<SightingTickets> SendAllSightings(Connection& connection, const Result& rows) {
  std::vector<SightingTickets> tickets;
  for (int i = 0; i < rows.rows(); ++i) tickets.push_back(SendSightings(connection, rows.Int64(i, 8)));
  return tickets;
}

}  // namespace

Connection::Ticket SendReleaseRows(Connection& connection, const std::vector<std::string>& names) {
  std::vector<std::string> keys;
  for (const std::string& name : names) keys.push_back(NameToKey(name));
  std::vector<Bytes> bytes;
  for (const std::string& key : keys) bytes.push_back({key});
  return connection.Send(
      "SELECT uuid, id, revision_id, revision, document_order, create_time_us, withdraw_time_us IS NOT NULL, edits "
      "FROM release WHERE uuid = ANY ($1)",
      Parameters::Of(bytes));
}

std::map<std::string, ReleaseRow> ReadReleaseRows(const Result& rows) {
  std::map<std::string, ReleaseRow> found;
  for (int i = 0; i < rows.rows(); ++i) {
    found["releases/" + KeyToUuid(rows.Bytes(i, 0))] = {.id = rows.Int64(i, 1),
                                                        .revision_id = rows.Int64(i, 2),
                                                        .ground = {.revision = static_cast<uint32_t>(rows.Int64(i, 3)),
                                                                   .document_order = rows.Uint64(i, 4),
                                                                   .create_time = FromMicros(rows.Int64(i, 5)),
                                                                   .withdrawn = rows.Bool(i, 6),
                                                                   .edits = rows.Uint64(i, 7)}};
  }
  return found;
}

absl::StatusOr<std::optional<ReleaseRow>> FindRelease(Connection& connection, std::string_view name) {
  const auto ticket = SendReleaseRows(connection, {std::string(name)});
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Take(ticket));
  if (rows.empty()) return std::optional<ReleaseRow>();
  return std::optional<ReleaseRow>(ReadReleaseRows(rows).begin()->second);
}

Connection::Ticket SendRecord(Connection& connection, int64_t revision_id) {
  return connection.Send("SELECT record FROM release_revision WHERE id = $1", Parameters::Of(revision_id));
}

absl::StatusOr<Release> TakeRecord(Connection& connection, Connection::Ticket ticket, int64_t revision_id) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Take(ticket));
  Release release;
  if (rows.empty() || !release.ParseFromString(rows.String(0, 0))) {
    return Damaged(fmt::format("revision {} of the database", revision_id));
  }
  return release;
}

void LetWait(Connection& connection, const std::map<int64_t, uint32_t>& revisions) {
  if (revisions.empty()) return;
  std::vector<int64_t> ids;
  std::vector<int64_t> numbers;
  for (const auto& [id, revision] : revisions) {
    ids.push_back(id);
    numbers.push_back(revision);
  }
  connection.Post(
      "INSERT INTO release_underived (release_id, revision) SELECT * FROM unnest($1, $2) "
      "ON CONFLICT (release_id) DO UPDATE SET revision = excluded.revision",
      Parameters::Of(ids, numbers));
}

void ReplaceRecord(Connection& connection, const ReleaseRow& row, const Release& record) {
  const std::string whole = record.SerializeAsString();
  const std::string basic = BasicView(record).SerializeAsString();
  connection.Post("UPDATE release_revision SET record = $2 WHERE id = $1",
                  Parameters::Of(row.revision_id, Bytes{whole}));
  connection.Post("UPDATE release SET basic = $2, edits = edits + 1 WHERE id = $1",
                  Parameters::Of(row.id, Bytes{basic}));
  // What was derived of the record that was there is derived anew.
  LetWait(connection, {{row.id, row.ground.revision}});
}

void TouchRelease(Connection& connection, int64_t id, uint64_t document_order) {
  connection.Post("UPDATE release SET document_order = $2 WHERE id = $1 AND document_order < $2",
                  Parameters::Of(id, document_order));
}

void MarkWithdrawn(Connection& connection, int64_t id, WallTime time, std::string_view cause) {
  connection.Post("UPDATE release SET withdraw_time_us = $2, withdraw_cause = $3 WHERE id = $1",
                  Parameters::Of(id, ToMicros(time), Bytes{cause}));
}

absl::StatusOr<Release> LoadRelease(Connection& connection, const ReleaseKey& key, View view) {
  const bool latest = key.revision == 0;
  const bool basic = latest && view == View::kBasic;
  const std::string uuid = NameToKey(key.name);
  Connection::Ticket ticket = 0;
  std::optional<SightingTickets> sightings;
  if (basic) {
    ticket = connection.Send(DATELINE_PG_BASIC "WHERE r.uuid = $1", Parameters::Of(Bytes{uuid}));
  } else if (latest) {
    ticket = connection.Send(DATELINE_PG_FULL "WHERE r.uuid = $1", Parameters::Of(Bytes{uuid}));
    sightings = SendSightingsOfRelease(connection, uuid);  // In the same round trip.
  } else {
    ticket = connection.Send(DATELINE_PG_REVISION "WHERE r.uuid = $1 AND v.revision = $2",
                             Parameters::Of(Bytes{uuid}, key.revision));
  }
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Take(ticket));
  if (rows.empty()) {
    if (latest) return ReleaseNotFound(key.name);
    DATELINE_ASSIGN_OR_RETURN(const auto row, FindRelease(connection, key.name));
    return row.has_value() ? RevisionNotFound(key.name, key.revision) : ReleaseNotFound(key.name);
  }
  DATELINE_ASSIGN_OR_RETURN(Release release, ReadRelease(rows, 0, !basic));
  if (view == View::kBasic) return basic ? std::move(release) : BasicView(release);
  if (!sightings.has_value()) sightings = SendSightings(connection, rows.Int64(0, 8));
  DATELINE_RETURN_IF_ERROR(AddRest(connection, rows, 0, *sightings, &release));
  return release;
}

absl::StatusOr<std::vector<Release>> LoadReleasesById(Connection& connection, const std::vector<int64_t>& ids,
                                                      Parts parts) {
  std::vector<Release> releases;
  if (ids.empty()) return releases;
  const std::string_view sql = parts == Parts::kBasic  ? DATELINE_PG_BASIC "WHERE r.id = ANY ($1)"
                               : parts == Parts::kText ? DATELINE_PG_TEXT "WHERE r.id = ANY ($1)"
                                                       : DATELINE_PG_FULL "WHERE r.id = ANY ($1)";
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Query(sql, Parameters::Of(ids)));
  std::vector<SightingTickets> sightings;
  if (parts == Parts::kFull) sightings = SendAllSightings(connection, rows);
  std::map<int64_t, int> places;
  for (int i = 0; i < rows.rows(); ++i) places[rows.Int64(i, 0)] = i;
  for (const int64_t id : ids) {
    const auto place = places.find(id);
    if (place == places.end()) return Damaged(fmt::format("release {} of the database", id));
    const int row = place->second;
    DATELINE_ASSIGN_OR_RETURN(releases.emplace_back(), ReadRelease(rows, row, parts == Parts::kFull));
    if (parts == Parts::kText && !AddText(rows.Bytes(row, 7), &releases.back())) return Damaged(releases.back().name());
    if (parts != Parts::kFull) continue;
    DATELINE_RETURN_IF_ERROR(AddRest(connection, rows, row, sightings[static_cast<size_t>(row)], &releases.back()));
  }
  return releases;
}

absl::StatusOr<std::vector<Release>> LoadRecordsById(Connection& connection, const std::vector<int64_t>& ids) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query(DATELINE_PG_RECORD "WHERE r.id = ANY ($1) ORDER BY r.id", Parameters::Of(ids)));
  std::vector<Release> releases;
  for (int i = 0; i < rows.rows(); ++i) {
    DATELINE_ASSIGN_OR_RETURN(releases.emplace_back(), ReadRelease(rows, i, true));
  }
  return releases;
}

absl::StatusOr<std::vector<Release>> SelectBasics(Connection& connection, const std::vector<int64_t>& ids) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows,
                            connection.Query(DATELINE_PG_BASIC "WHERE r.id = ANY ($1)", Parameters::Of(ids)));
  std::map<int64_t, int> places;
  for (int i = 0; i < rows.rows(); ++i) places[rows.Int64(i, 0)] = i;
  std::vector<Release> releases;
  for (const int64_t id : ids) {
    const auto place = places.find(id);
    if (place == places.end()) continue;
    DATELINE_ASSIGN_OR_RETURN(releases.emplace_back(), ReadRelease(rows, place->second, false));
  }
  return releases;
}

absl::StatusOr<RevisionPage> SelectRevisions(Connection& connection, int64_t release_id, std::string_view name,
                                             View view, int limit, std::optional<Position> after) {
  const int64_t before = after.has_value() ? static_cast<int64_t>(after->id) : std::numeric_limits<int64_t>::max();
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query(DATELINE_PG_REVISION "WHERE r.id = $1 AND v.revision < $2 ORDER BY v.revision DESC LIMIT $3",
                       Parameters::Of(release_id, before, limit + 1)));
  std::vector<SightingTickets> sightings;
  if (view == View::kFull) sightings = SendAllSightings(connection, rows);
  RevisionPage page;
  size_t bytes = 0;
  Position seen;
  for (int i = 0; i < rows.rows(); ++i) {
    v1::ReleaseRevision revision;
    Release& snapshot = *revision.mutable_snapshot();
    DATELINE_ASSIGN_OR_RETURN(snapshot, ReadRelease(rows, i, true));
    if (view == View::kBasic) {
      snapshot = BasicView(snapshot);
    } else {
      DATELINE_RETURN_IF_ERROR(AddRest(connection, rows, i, sightings[static_cast<size_t>(i)], &snapshot));
    }
    bytes += revision.snapshot().ByteSizeLong();
    if (static_cast<int>(page.revisions.size()) == limit || (!page.revisions.empty() && bytes > kPageBytesMax)) {
      page.next = seen;
      return page;
    }
    seen.id = rows.Uint64(i, 2);
    revision.set_name(RevisionName(name, static_cast<uint32_t>(seen.id)));
    *revision.mutable_create_time() = ToTimestamp(FromMicros(rows.Int64(i, 4)));
    revision.set_change_class(static_cast<events::v1::ChangeClass>(rows.Int(i, 9)));
    page.revisions.push_back(std::move(revision));
  }
  return page;
}

}  // namespace dateline::storage::pg
