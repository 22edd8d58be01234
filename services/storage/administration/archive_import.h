#pragma once
// Records of an export on their way into an archive, those of one call. What is there already is left as it is; of the
// rest everything is worked out before the transaction that stores it. Used by one thread, in the order of its methods.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/storage/administration/archive_rows.h"

namespace dateline::storage {

class ArchiveImport {
 public:
  // The request outlives it.
  ArchiveImport(const v1::ImportArchiveRequest& request, WallTime now) : request_(request), now_(now) {}

  // Reads the records. INVALID_ARGUMENT (INVALID_ARCHIVE_RECORD).
  absl::Status Parse();
  // Leaves out what the archive has.
  absl::Status Look(ArchiveRows& rows);
  // Whether there is anything to be stored.
  bool wanted() const { return wanted_; }
  // Hashes, compresses and indexes what is left.
  absl::Status Prepare();
  // Stores it; may be called again after a failure. INVALID_ARGUMENT (INVALID_ARCHIVE_RECORD), FAILED_PRECONDITION
  // (LOG_NOT_EMPTY).
  absl::Status Store(ArchiveRows& rows);
  // How many were stored; the rest was there.
  uint64_t stored() const { return stored_; }

 private:
  struct Document {
    const v1::Document* given = nullptr;
    bool known = false;
    bool other_outcome = false;  // It is there, and in a move its outcome has to follow.
    DocumentRow row{};
    NewContent content{};
  };
  struct Revision {
    const v1::ArchiveRevision* given = nullptr;
    bool known = false;
    bool to_withdraw = false;  // It is there, and in a move it has to be marked.
    PreparedRelease prepared{};
    WallTime create_time{};
  };

  absl::Status ParseOne(const v1::ArchiveRecord& record);
  absl::Status CheckEpoch(const std::string& bytes);
  absl::Status LookForDocuments(ArchiveRows& rows);
  absl::Status Prepare(Document* document) const;
  static void Prepare(Revision* revision);
  absl::Status StoreSettings(ArchiveRows& rows);
  absl::Status StoreDocuments(ArchiveRows& rows);
  absl::Status StoreRevisions(ArchiveRows& rows);
  absl::Status StoreRevision(ArchiveRows& rows, Revision* revision, const DocumentRow& document,
                             std::map<std::string, ReleaseRow>* releases);
  absl::Status StoreSightings(ArchiveRows& rows, const release::v1::Release& release, const DocumentRow& document);
  absl::Status StoreLog(ArchiveRows& rows);

  const v1::ImportArchiveRequest& request_;
  const WallTime now_;
  std::vector<PinRow> pins_;
  std::vector<v1::RetentionRule> rules_;
  std::vector<StoredErasure> erasures_;
  std::vector<Document> documents_;
  std::vector<Revision> revisions_;
  std::optional<Epoch> epoch_;  // Of what is given of a log.
  std::optional<eventlog::LogState> log_;
  std::vector<eventlog::Record> events_;
  std::vector<eventlog::GroupState> groups_;
  std::map<std::string, DocumentRow> rows_;  // Documents of the archive that are spoken of.
  bool wanted_ = false;
  uint64_t stored_ = 0;
};

}  // namespace dateline::storage
