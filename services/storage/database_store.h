#pragma once
// A store that keeps the archive in a database, as the service runs it: beside the port it is closed, measured, and in
// turn with other processes on the same database. Implemented by SqliteStore and PostgresStore.

#include <cstddef>

#include "absl/status/status.h"
#include "common/eventlog/relay.h"
#include "common/sql/stats.h"
#include "services/storage/store.h"

namespace dateline::storage {

class DatabaseStore : public Store {
 public:
  // Waits for the writes that were accepted and closes. Idempotent; nothing may be called afterwards.
  virtual absl::Status Close() = 0;
  virtual sql::Stats database_stats() const = 0;
  // Writes that wait for a batch, besides those of database_stats().
  virtual size_t waiting_commits() = 0;
  // Whose turn it is to publish; null when no other process can have the archive. Lives as long as the store.
  virtual const eventlog::RelayTurn* relay_turn() const { return nullptr; }
};

// Errors of a database as the port names them: the contract speaks of one full queue, not of which.
absl::Status TranslateWriteError(const absl::Status& status);
absl::Status QueueFull();

}  // namespace dateline::storage
