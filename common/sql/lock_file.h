#pragma once
// An advisory lock on `<path>.lock`, so that two processes never write one database: SQLite would serialise them, but
// each believes that it is the only one to assign sequences and to relay events. The kernel releases it when the
// process dies. The file stays, because removing it would race with the next owner.

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace dateline::sql {

class LockFile {
 public:
  // FAILED_PRECONDITION: DATABASE_IN_USE when another process (or object) has it, DATABASE_NOT_OPENED when the file
  // cannot be made.
  static absl::StatusOr<std::unique_ptr<LockFile>> Acquire(const std::string& database_path);
  ~LockFile();
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

 private:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
};

}  // namespace dateline::sql
