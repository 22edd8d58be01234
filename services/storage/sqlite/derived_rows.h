#pragma once
// What is derived of releases in SQLite: links, clusters, entities; the statements, and how rows become structs.
// Functions of a connection, for the bodies of reads and writes; they belong to its transaction.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/connection.h"
#include "common/sql/statement.h"
#include "services/storage/derived_store.h"

namespace dateline::storage {

absl::StatusOr<std::vector<DerivedRow>> SelectDerived(sql::Connection& connection, const std::vector<int64_t>& ids);
absl::StatusOr<std::vector<LinkRow>> SelectLinks(sql::Connection& connection, int64_t release_id);
absl::StatusOr<std::vector<int64_t>> SelectCluster(sql::Connection& connection, std::string_view cluster, int limit);
absl::StatusOr<std::vector<UnderivedRelease>> SelectUnderived(sql::Connection& connection, int limit, size_t bytes_max);

// Of each key, at most so many.
absl::StatusOr<std::vector<std::vector<int64_t>>> SelectEntityIds(sql::Connection& connection,
                                                                  const std::vector<SoughtEntityKey>& keys,
                                                                  int limit_each);
absl::StatusOr<std::vector<int64_t>> SelectEntityIdsByPrefix(sql::Connection& connection, v1::Entity::Kind kind,
                                                             std::string_view prefix, int limit);
absl::StatusOr<std::vector<EntityRow>> SelectEntitiesById(sql::Connection& connection, const std::vector<int64_t>& ids);
absl::StatusOr<std::vector<EntityRow>> SelectEntitiesByName(sql::Connection& connection,
                                                            const std::vector<std::string>& names);
absl::StatusOr<std::vector<EntityRow>> SelectEntities(sql::Connection& connection, const EntityQuery& query);
// Of a row that begins with entity_id, release_id, time_us, has_figures and record of a mention.
MentionRow ReadMention(const sql::Statement& statement);
absl::StatusOr<std::vector<MentionRow>> SelectMentions(sql::Connection& connection, const MentionQuery& query);
absl::StatusOr<std::vector<MentionRow>> SelectMentionsOf(sql::Connection& connection,
                                                         const std::vector<int64_t>& release_ids);
absl::StatusOr<std::vector<PinRow>> SelectPins(sql::Connection& connection, const std::vector<SoughtEntityKey>& keys);
absl::StatusOr<std::vector<PinRow>> SelectPinsTo(sql::Connection& connection, std::string_view entity);
absl::StatusOr<int64_t> SelectNextEntityId(sql::Connection& connection);

// Writes all rows of a step. Its generation and events are the caller's.
absl::Status WriteDerived(sql::Connection& connection, const DerivedChanges& changes);
absl::Status DeleteDerived(sql::Connection& connection);

// Sets cluster and entities of a release that is answered in full, as far as they are of this revision.
absl::Status AddDerived(sql::Connection& connection, int64_t release_id, release::v1::Release* release);

}  // namespace dateline::storage
