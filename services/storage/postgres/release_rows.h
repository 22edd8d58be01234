#pragma once
// Releases and revisions in PostgreSQL: the statements, and how rows become messages. Functions of a connection, for
// the bodies of reads and writes of the store; they belong to its transaction. Functions named Send only send a
// question. Nothing here is shared between threads.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/postgres/connection.h"
#include "dateline/release/v1/release.pb.h"
#include "services/storage/find_releases.h"
#include "services/storage/prepared_release.h"
#include "services/storage/store.h"

namespace dateline::storage::pg {

using sql::postgres::Connection;
using sql::postgres::Result;

// The rows of the releases with these names, which are found by their keys.
Connection::Ticket SendReleaseRows(Connection& connection, const std::vector<std::string>& names);
std::map<std::string, ReleaseRow> ReadReleaseRows(const Result& rows);
absl::StatusOr<std::optional<ReleaseRow>> FindRelease(Connection& connection, std::string_view name);

// The record of a revision as it is stored.
Connection::Ticket SendRecord(Connection& connection, int64_t revision_id);
absl::StatusOr<release::v1::Release> TakeRecord(Connection& connection, Connection::Ticket ticket, int64_t revision_id);

// These only send; rows are added by NewRows. Lets these revisions, by release.id, wait for their links and entities.
void LetWait(Connection& connection, const std::map<int64_t, uint32_t>& revisions);
// Puts another record in the place of the latest revision's, of which links and entities are derived anew; the search
// index is the caller's.
void ReplaceRecord(Connection& connection, const ReleaseRow& row, const release::v1::Release& record);
// Remembers that a newer document was seen that changed nothing.
void TouchRelease(Connection& connection, int64_t id, uint64_t document_order);
void MarkWithdrawn(Connection& connection, int64_t id, WallTime time, std::string_view cause);

// Releases as they are answered. The latest revision, or `key.revision`.
absl::StatusOr<release::v1::Release> LoadRelease(Connection& connection, const ReleaseKey& key, View view);
// By release.id, in this order; DATA_LOSS when one is missing.
absl::StatusOr<std::vector<release::v1::Release>> LoadReleasesById(Connection& connection,
                                                                   const std::vector<int64_t>& ids, Parts parts);
// The latest revisions of those that are there, by ascending id: what their records hold, without sightings and what is
// derived.
absl::StatusOr<std::vector<release::v1::Release>> LoadRecordsById(Connection& connection,
                                                                  const std::vector<int64_t>& ids);
// The basic views, in the order of `ids`; what is not there is left out.
absl::StatusOr<std::vector<release::v1::Release>> SelectBasics(Connection& connection, const std::vector<int64_t>& ids);
absl::StatusOr<RevisionPage> SelectRevisions(Connection& connection, int64_t release_id, std::string_view name,
                                             View view, int limit, std::optional<Position> after);

}  // namespace dateline::storage::pg
