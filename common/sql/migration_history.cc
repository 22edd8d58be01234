#include "common/sql/migration_history.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/sql/reasons.h"
#include "fmt/format.h"

namespace dateline::sql {
namespace {

absl::Status Changed(std::string_view database, int version, std::string_view why) {
  return Error(
      absl::StatusCode::kFailedPrecondition, kReasonMigrationChanged,
      fmt::format("database {}: migration {} {}; run the program that made the database", database, version, why),
      {{"path", std::string(database)}, {"version", std::to_string(version)}});
}

absl::Status TooNew(std::string_view database, int found, int known) {
  return Error(absl::StatusCode::kFailedPrecondition, kReasonDatabaseTooNew,
               fmt::format("database {} has schema version {}, this program knows versions up to {}; run a newer "
                           "program, or restore a backup from before the upgrade",
                           database, found, known),
               {{"path", std::string(database)},
                {"found_version", std::to_string(found)},
                {"known_version", std::to_string(known)}});
}

}  // namespace

std::string MigrationWords(const Migration& migration) {
  return fmt::format("the database is brought to schema {} ({})", migration.version, migration.name);
}

absl::Status CheckHistory(std::string_view database, const std::map<int, AppliedMigration>& applied,
                          const std::vector<Migration>& migrations) {
  int previous = 0;
  for (const Migration& migration : migrations) {
    DATELINE_CHECK(migration.version > previous, "migrations have to be listed in ascending order from 1");
    previous = migration.version;
  }
  if (applied.empty()) return absl::OkStatus();
  const int known = migrations.empty() ? 0 : migrations.back().version;
  const int found = applied.rbegin()->first;
  if (found > known) return TooNew(database, found, known);
  for (const Migration& migration : migrations) {
    const auto it = applied.find(migration.version);
    if (it == applied.end()) {
      if (migration.version < found)
        return Changed(database, migration.version, "was never applied, but a later one was");
    } else if (it->second.checksum != Sha256Hex(migration.sql)) {
      return Changed(database, migration.version,
                     fmt::format("({}) has other text than when it was applied", it->second.name));
    }
  }
  for (const auto& [version, entry] : applied) {
    const auto same = [version = version](const Migration& migration) { return migration.version == version; };
    if (std::ranges::none_of(migrations, same)) {
      return Changed(database, version, fmt::format("({}) is unknown to this program", entry.name));
    }
  }
  return absl::OkStatus();
}

}  // namespace dateline::sql
