#pragma once
// What is derived of releases in PostgreSQL: links, clusters, entities; the statements, and how rows become structs.
// Functions of a connection, for the bodies of reads and writes; they belong to its transaction.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/postgres/connection.h"
#include "services/storage/derived_store.h"

namespace dateline::storage::pg {

using sql::postgres::Connection;

absl::StatusOr<std::vector<DerivedRow>> SelectDerived(Connection& connection, const std::vector<int64_t>& ids);
absl::StatusOr<std::vector<LinkRow>> SelectLinks(Connection& connection, int64_t release_id);
absl::StatusOr<std::vector<int64_t>> SelectCluster(Connection& connection, std::string_view cluster, int limit);
absl::StatusOr<std::vector<UnderivedRelease>> SelectUnderived(Connection& connection, int limit, size_t bytes_max);
absl::StatusOr<uint64_t> CountUnderived(Connection& connection);

// Of each key, at most so many.
absl::StatusOr<std::vector<std::vector<int64_t>>> SelectEntityIds(Connection& connection,
                                                                  const std::vector<SoughtEntityKey>& keys,
                                                                  int limit_each);
absl::StatusOr<std::vector<int64_t>> SelectEntityIdsByPrefix(Connection& connection, v1::Entity::Kind kind,
                                                             std::string_view prefix, int limit);
absl::StatusOr<std::vector<EntityRow>> SelectEntitiesById(Connection& connection, const std::vector<int64_t>& ids);
absl::StatusOr<std::vector<EntityRow>> SelectEntitiesByName(Connection& connection,
                                                            const std::vector<std::string>& names);
absl::StatusOr<std::vector<EntityRow>> SelectEntities(Connection& connection, const EntityQuery& query);
// Of a row that begins with entity_id, release_id, time_us, has_figures and record of a mention.
MentionRow ReadMention(const sql::postgres::Result& rows, int i);
absl::StatusOr<std::vector<MentionRow>> SelectMentions(Connection& connection, const MentionQuery& query);
absl::StatusOr<std::vector<MentionRow>> SelectMentionsOf(Connection& connection,
                                                         const std::vector<int64_t>& release_ids);
absl::StatusOr<std::vector<PinRow>> SelectPins(Connection& connection, const std::vector<SoughtEntityKey>& keys);
absl::StatusOr<std::vector<PinRow>> SelectPinsTo(Connection& connection, std::string_view entity);
absl::StatusOr<int64_t> SelectNextEntityId(Connection& connection);

// Numbers of the derivation as a whole, which the schema made; 0 for a name that is not there.
inline constexpr std::string_view kDerivedGeneration = "derived_generation";
inline constexpr std::string_view kDerivedRules = "derived_rules";
absl::StatusOr<uint64_t> DerivedSetting(Connection& connection, std::string_view name);
// The same, and until the transaction ends no other one gets beyond this call.
absl::StatusOr<uint64_t> LockDerivedGeneration(Connection& connection);

// These only send. The rows of a step that nobody but whoever derives touches.
void SendDerived(Connection& connection, const DerivedChanges& changes);
// Takes what a step derived from what waits. Needs the lock of the log's heads, under which commits let releases wait.
void SendDerivedUpTo(Connection& connection, const std::vector<DerivedRow>& releases);
void SendDerivedSetting(Connection& connection, std::string_view name, uint64_t value);
void SendPin(Connection& connection, const PinRow& pin);
// Removes all that is derived, except what a person decided, and lets every release wait. Needs the same lock.
void SendDeleteDerived(Connection& connection);

}  // namespace dateline::storage::pg
