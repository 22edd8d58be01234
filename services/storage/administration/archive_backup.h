#pragma once
// A copy of an archive whose database is copied with tools of its own: the export of one snapshot as JSON Lines,
// compressed with Zstandard, which any archive takes in (`dateline archive import --move`), on either database. The log
// in it has a new epoch, as after every step back in time.

#include <string>

#include "absl/status/status.h"
#include "services/storage/administration/archive_rows.h"

namespace dateline::storage {

// Writes the file, flushes it to the disk and reads it back. ALREADY_EXISTS (BACKUP_EXISTS), RESOURCE_EXHAUSTED
// (DISK_FULL), FAILED_PRECONDITION (BACKUP_FAILED), DATA_LOSS (BACKUP_DAMAGED).
absl::Status BackUpByExport(ArchiveTransactions& transactions, const std::string& path);

}  // namespace dateline::storage
