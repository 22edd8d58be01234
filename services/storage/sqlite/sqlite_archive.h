#pragma once
// The archive in SQLite as administration sees it: transactions over the store's database, and the rows of one. Belongs
// to its SqliteStore. Thread-safe.

#include <functional>
#include <string>

#include "common/eventlog/sqlite_event_log.h"
#include "common/sql/database.h"
#include "services/storage/administration/archive_rows.h"

namespace dateline::storage {

class SqliteArchive final : public ArchiveTransactions {
 public:
  // Called on the writing thread: `recount` after what Store::Stats() counts was changed, `forget` when texts were
  // written over that somebody may hold in memory. All outlive this.
  SqliteArchive(sql::Database& database, eventlog::SqliteEventLog& log, std::function<absl::Status()> recount,
                std::function<void()> forget)
      : database_(database), log_(log), recount_(std::move(recount)), forget_(std::move(forget)) {}

  absl::Status Read(const Body& body) override;
  absl::Status Write(const Body& body) override;
  absl::Status WriteOver(const Body& body) override;
  absl::Status VerifyStructure(v1::VerifyArchiveReport* report) override;
  absl::Status Backup(const std::string& path) override;
  std::string_view BackupSuffix() const override { return ".db"; }
  absl::Status Reload() override;
  absl::Status PurgeIndex() override;

 private:
  sql::Database& database_;
  eventlog::SqliteEventLog& log_;
  const std::function<absl::Status()> recount_;
  const std::function<void()> forget_;
};

}  // namespace dateline::storage
