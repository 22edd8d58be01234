#pragma once
// What migrations are, and the check that a database was made by this program's history of them; the same for every
// back end. A service lists its migrations in the order of their versions and never changes or removes one that was
// released; a program that was built from another history refuses to touch the data. Pure.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace dateline::sql {

struct Migration {
  int version = 0;        // From 1, ascending.
  std::string_view name;  // A few words for the operator. Static storage.
  std::string_view sql;   // One or more statements. Static storage.
};

// Told, at opening, what is being brought to this version and how far it is, for whoever waits: it may take minutes. On
// the thread that opens.
using Upgrading = std::function<void(const std::string& what)>;
std::string MigrationWords(const Migration& migration);

// One row of schema_migration.
struct AppliedMigration {
  std::string name;
  std::string checksum;  // SHA-256 of its text, in hexadecimal digits.
};

// FAILED_PRECONDITION with reason DATABASE_TOO_NEW (a version that this program does not know) or MIGRATION_CHANGED (a
// checksum differs, or history has a hole). `database` names it for the operator. Ends the process when `migrations`
// are not in ascending order.
absl::Status CheckHistory(std::string_view database, const std::map<int, AppliedMigration>& applied,
                          const std::vector<Migration>& migrations);

}  // namespace dateline::sql
