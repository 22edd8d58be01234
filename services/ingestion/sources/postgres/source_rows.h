#pragma once
// Sources, items, hosts and fetches in PostgreSQL: the statements, and how rows become records. Functions of a
// connection, for the bodies of reads and writes of the store; they belong to its transaction. What is said to post
// does not wait: its failure is found with the next answer or at the commit.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/postgres/connection.h"
#include "services/ingestion/sources/source_store.h"

namespace dateline::ingestion::pg {

using sql::postgres::Connection;

struct SourceRow {
  int64_t id = 0;
  SourceRecord record;
};

// Whether the row is locked against other writers until the transaction ends.
enum class Lock { kNone, kRow };

absl::StatusOr<std::optional<SourceRow>> FindSource(Connection& connection, std::string_view name, Lock lock);
// The name of the source at this address, other than `but`; empty when there is none.
absl::StatusOr<std::string> SourceAtUri(Connection& connection, std::string_view uri, std::string_view but);
absl::StatusOr<SourcePage> SelectSources(Connection& connection, const SourceQuery& query);
// False when the name or the address is taken.
absl::StatusOr<bool> InsertSource(Connection& connection, const SourceRecord& record);
// Posts.
void UpdateSource(Connection& connection, const SourceRow& row);
absl::Status DeleteSource(Connection& connection, int64_t id);
absl::StatusOr<std::vector<Task>> SelectTasks(Connection& connection, const std::string& host, WallTime now, int max);

absl::StatusOr<std::vector<ItemRecord>> SelectItems(Connection& connection, std::string_view source,
                                                    const ItemKeys& keys);
absl::StatusOr<std::vector<ItemRecord>> AllItems(Connection& connection, std::string_view source);
absl::StatusOr<std::optional<ItemRecord>> FindItem(Connection& connection, int64_t id);
// Post: inserts an item without an id, else updates it; marks known ones as seen; keeps those that were seen last.
void PutItem(Connection& connection, int64_t source_id, const ItemRecord& item);
void MarkSeen(Connection& connection, const std::vector<int64_t>& ids, WallTime now);
void PruneItems(Connection& connection, int64_t source_id);
absl::StatusOr<std::vector<std::string>> HostsOfItems(Connection& connection, int64_t source_id);

// Post.
void InsertFetch(Connection& connection, int64_t source_id, const v1::Fetch& fetch);
void PruneFetches(Connection& connection, int64_t source_id);
absl::StatusOr<FetchPage> SelectFetches(Connection& connection, int64_t source_id, int limit,
                                        std::optional<int64_t> before);

// Hosts that another replica is about to take are passed over.
absl::StatusOr<std::vector<HostLease>> LeaseReadyHosts(Connection& connection, const LeaseParams& params, WallTime now);
// Locks the host. LEASE_LOST when the lease is no longer held.
absl::Status UpdateHost(Connection& connection, const HostUpdate& update, WallTime now);
// Posts: makes the host when it is new, and locks it.
void LockHost(Connection& connection, const std::string& host);
// Posts: brings ready_us of these hosts up to date. They are locked in the order of their names.
void RefreshHosts(Connection& connection, const std::set<std::string>& hosts);
absl::StatusOr<std::optional<WallTime>> EarliestReady(Connection& connection);
absl::StatusOr<StoreCounts> CountAll(Connection& connection);

}  // namespace dateline::ingestion::pg
