#pragma once
// Releases and revisions in SQLite: the statements, and how rows become messages. Functions of a connection, for the
// bodies of reads and writes of the store; they belong to its transaction. Nothing here is shared between threads.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/connection.h"
#include "dateline/release/v1/release.pb.h"
#include "services/storage/find_releases.h"
#include "services/storage/prepared_release.h"
#include "services/storage/store.h"

namespace dateline::storage {

absl::StatusOr<std::optional<ReleaseRow>> FindRelease(sql::Connection& connection, std::string_view name);
// The record of a revision as it is stored.
absl::StatusOr<release::v1::Release> LoadRecord(sql::Connection& connection, int64_t revision_id);

// Stores the first revision, and answers release.id; or a further one of `row`. The search index is the caller's.
absl::StatusOr<int64_t> InsertRelease(sql::Connection& connection, const PreparedRelease& release, int64_t document_id,
                                      WallTime create_time);
absl::Status ReviseRelease(sql::Connection& connection, const ReleaseRow& row, const PreparedRelease& release,
                           int64_t document_id);
// Puts another record in the place of a revision's. Of the latest one, links and entities are derived anew; the search
// index is the caller's.
absl::Status ReplaceRecord(sql::Connection& connection, int64_t release_id, int64_t revision_id,
                           const release::v1::Release& record);
// Remembers that a newer document was seen that changed nothing.
absl::Status TouchRelease(sql::Connection& connection, int64_t id, uint64_t document_order);
absl::Status MarkWithdrawn(sql::Connection& connection, int64_t id, WallTime time, std::string_view cause);

// Releases as they are answered. The latest revision, or `key.revision`.
absl::StatusOr<release::v1::Release> LoadRelease(sql::Connection& connection, const ReleaseKey& key, View view);
absl::StatusOr<release::v1::Release> LoadReleaseById(sql::Connection& connection, int64_t id, Parts parts);
// The basic views of the latest revisions, in the order of `ids`; what is not there is left out.
absl::StatusOr<std::vector<release::v1::Release>> SelectBasics(sql::Connection& connection,
                                                               const std::vector<int64_t>& ids);
absl::StatusOr<RevisionPage> SelectRevisions(sql::Connection& connection, int64_t release_id, std::string_view name,
                                             View view, int limit, std::optional<Position> after);

}  // namespace dateline::storage
