#pragma once
// The archive as records that another archive takes in (archive_import.h): what people decided and set, documents with
// their contents and revisions in the order of storing, the event log, how far its groups are. Nothing that is worked
// out of these: links, entities, indexes, counts of a site's lines. Works on the rows of one transaction; used by one
// thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/storage/administration/archive_rows.h"

namespace dateline::storage {

// Where an export stands: behind a record of one of its parts. The numbers are the part's own.
struct ExportPlace {
  enum Part : int { kSettings, kDocuments, kLog, kGroups };
  int part = kSettings;
  int64_t first = 0;
  int64_t second = 0;
};
std::string WriteExportToken(const ExportPlace& place);
// An empty token stands at the beginning. INVALID_ARGUMENT (INVALID_PAGE).
absl::StatusOr<ExportPlace> ReadExportToken(std::string_view token);

class ArchiveExporter {
 public:
  // At most `bytes_max` of records in one Run(), but one at least. With an epoch the log is exported under that instead
  // of its own: a copy that may go back in time must not be taken for the log that readers know.
  ArchiveExporter(ArchiveRows& rows, size_t bytes_max, std::optional<Epoch> epoch = std::nullopt)
      : rows_(rows), bytes_max_(bytes_max), epoch_(epoch) {}

  // The records behind `place`; none at the end.
  absl::StatusOr<std::vector<v1::ExportArchiveResponse>> Run(ExportPlace place);

 private:
  bool full() const { return bytes_ >= bytes_max_; }
  absl::Status Settings(ExportPlace* place);
  absl::Status Documents(ExportPlace* place);
  absl::Status Revisions(ExportPlace* place);
  absl::Status OneRevision(const StoredRevision& stored, const ExportPlace& place);
  absl::Status Log(ExportPlace* place);
  absl::Status Groups(ExportPlace* place);
  absl::StatusOr<eventlog::LogState> LogToExport();
  void Add(v1::ArchiveRecord record, const ExportPlace& place);

  ArchiveRows& rows_;
  const size_t bytes_max_;
  const std::optional<Epoch> epoch_;
  size_t bytes_ = 0;
  std::vector<v1::ExportArchiveResponse> records_;
};

}  // namespace dateline::storage
