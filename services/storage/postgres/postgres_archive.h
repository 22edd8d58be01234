#pragma once
// The archive in PostgreSQL as administration sees it: transactions over the store's database, and the rows of one.
// Belongs to its PostgresStore. Thread-safe.

#include <string>

#include "common/eventlog/postgres_event_log.h"
#include "common/sql/postgres/database.h"
#include "services/storage/administration/archive_rows.h"

namespace dateline::storage {

class PostgresArchive final : public ArchiveTransactions {
 public:
  // Both outlive this.
  PostgresArchive(sql::postgres::Database& database, eventlog::PostgresEventLog& log)
      : database_(database), log_(log) {}

  absl::Status Read(const Body& body) override;
  absl::Status Write(const Body& body) override;
  // The server's vacuum frees what was written over; its files are the server's matter.
  absl::Status WriteOver(const Body& body) override { return Write(body); }
  absl::Status VerifyStructure(v1::VerifyArchiveReport* report) override;
  // A file of the export in one snapshot (administration/archive_backup.h).
  absl::Status Backup(const std::string& path) override;
  std::string_view BackupSuffix() const override { return ".jsonl.zst"; }
  absl::Status Reload() override { return log_.ReloadEpoch(); }
  absl::Status PurgeIndex() override;

 private:
  sql::postgres::Database& database_;
  eventlog::PostgresEventLog& log_;
};

}  // namespace dateline::storage
