#pragma once
// Sources, items, hosts and fetches in SQLite: the statements, and how rows become records. Functions of a connection,
// for the bodies of reads and writes of the store; they belong to its transaction.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/connection.h"
#include "services/ingestion/sources/source_store.h"

namespace dateline::ingestion {

struct SourceRow {
  int64_t id = 0;
  SourceRecord record;
};

absl::StatusOr<std::optional<SourceRow>> FindSource(sql::Connection& connection, std::string_view name);
// The name of the source at this address, other than `but`; empty when there is none.
absl::StatusOr<std::string> SourceAtUri(sql::Connection& connection, std::string_view uri, std::string_view but);
absl::StatusOr<SourcePage> SelectSources(sql::Connection& connection, const SourceQuery& query);
absl::Status InsertSource(sql::Connection& connection, const SourceRecord& record);
absl::Status UpdateSource(sql::Connection& connection, const SourceRow& row);
absl::Status DeleteSource(sql::Connection& connection, int64_t id);
// Everything at the host that is due, the longest due first; of what was pushed, one thing at a time.
absl::StatusOr<std::vector<Task>> SelectTasks(sql::Connection& connection, const std::string& host, WallTime now,
                                              int max);

absl::StatusOr<std::vector<ItemRecord>> SelectItems(sql::Connection& connection, std::string_view source,
                                                    const ItemKeys& keys);
absl::StatusOr<std::vector<ItemRecord>> AllItems(sql::Connection& connection, std::string_view source);
absl::StatusOr<std::optional<ItemRecord>> FindItem(sql::Connection& connection, int64_t id);
// Inserts an item without an id, else updates it.
absl::Status PutItem(sql::Connection& connection, int64_t source_id, const ItemRecord& item);
absl::Status MarkSeen(sql::Connection& connection, int64_t id, WallTime now);
// Keeps the kItemsKept items of a source that were seen last.
absl::Status PruneItems(sql::Connection& connection, int64_t source_id);
// The hosts at which items of a source are due.
absl::StatusOr<std::vector<std::string>> HostsOfItems(sql::Connection& connection, int64_t source_id);

absl::Status InsertFetch(sql::Connection& connection, int64_t source_id, const v1::Fetch& fetch);
absl::Status PruneFetches(sql::Connection& connection, int64_t source_id);
absl::StatusOr<FetchPage> SelectFetches(sql::Connection& connection, int64_t source_id, int limit,
                                        std::optional<int64_t> before);

absl::StatusOr<std::vector<HostLease>> LeaseReadyHosts(sql::Connection& connection, const LeaseParams& params,
                                                       WallTime now);
// LEASE_LOST when the lease is no longer held.
absl::Status UpdateHost(sql::Connection& connection, const HostUpdate& update, WallTime now);
// Brings ready_us up to date; makes the host when it is new.
absl::Status RefreshHost(sql::Connection& connection, const std::string& host);
absl::StatusOr<std::optional<WallTime>> EarliestReady(sql::Connection& connection);
absl::StatusOr<StoreCounts> CountAll(sql::Connection& connection);

}  // namespace dateline::ingestion
