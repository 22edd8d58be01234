#pragma once
// The lines of a file of archive records, plain or compressed with Zstandard, as backups of an archive on PostgreSQL
// are. Used by one thread.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dateline::cli {

class ArchiveFile {
 public:
  // NOT_FOUND (FILE_NOT_FOUND).
  static absl::StatusOr<std::unique_ptr<ArchiveFile>> Open(const std::string& path);
  ~ArchiveFile();
  ArchiveFile(const ArchiveFile&) = delete;
  ArchiveFile& operator=(const ArchiveFile&) = delete;

  // The next line without its end; false behind the last one. DATA_LOSS (FILE_DAMAGED) when a compressed file was cut
  // off or changed.
  absl::StatusOr<bool> Next(std::string* line);

 private:
  class Input;
  ArchiveFile(std::string path, std::unique_ptr<Input> input);
  // Reads on. False at the end.
  absl::StatusOr<bool> Fill();

  const std::string path_;
  const std::unique_ptr<Input> input_;
  std::string buffer_;
  size_t at_ = 0;
};

}  // namespace dateline::cli
