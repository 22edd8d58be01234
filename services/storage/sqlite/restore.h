#pragma once
// Puts a backup in the place of an archive, while no service has it open. The copy is checked before anything is moved
// and fsynced before it gets its name, so that a crash leaves the old archive or the new one.

#include <string>

#include "absl/status/status.h"

namespace dateline::storage {

struct RestoreParams {
  std::string backup;    // The file that BackupArchive wrote.
  std::string database;  // Where the archive stands; its folder has to exist.
  bool replace = false;  // An archive that is there is renamed to "<database>.before-restore".
};

// FAILED_PRECONDITION: DATABASE_IN_USE, NOT_OUR_DATABASE, DATABASE_TOO_NEW, ARCHIVE_EXISTS; DATA_LOSS (BACKUP_DAMAGED).
absl::Status RestoreArchive(const RestoreParams& params);

}  // namespace dateline::storage
