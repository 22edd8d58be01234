#pragma once
// What an operator does with a store, beside the port that everything else uses (store.h): copies, checks, erasure,
// re-queueing, retention, export and import, and the operations that run them. A store that cannot do it has none.
// Thread-safe; calls block. Errors as in store.h.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/filter/filter.h"
#include "dateline/release/v1/release.pb.h"
#include "dateline/storage/v1/admin_service.pb.h"
#include "google/longrunning/operations.pb.h"

namespace dateline::storage {

// Told from time to time; answers false when the work has to stop, which then gives CANCELLED.
using KeepGoing = std::function<bool()>;

// An operation as it is kept.
struct StoredOperation {
  google::longrunning::Operation operation;
  std::string kind;     // "backup", "verify", "reprocess", "retention".
  std::string request;  // Serialised.
  uint64_t cursor = 0;  // How far its work is, in its own terms.
  bool cancel = false;  // Somebody asked it to stop.
  uint64_t id = 0;      // Ascending in the order of beginning; 0: not stored yet.
};

struct RequeueStep {
  uint64_t next = 0;  // The release with which to go on behind.
  bool ended = false;
  uint64_t documents = 0;
  uint64_t releases = 0;
  uint64_t outdated = 0;
  std::vector<release::v1::Release> found;  // Those that were looked at; with `validate_only`.
};

struct RetentionStep {
  uint64_t next = 0;  // With which to go on behind.
  bool ended = false;
  v1::ApplyRetentionReport removed;
};

class AdminStore {
 public:
  virtual ~AdminStore() = default;

  // Writes a consistent copy, which must not exist yet, and reads it back. ALREADY_EXISTS (BACKUP_EXISTS),
  // RESOURCE_EXHAUSTED (DISK_FULL), DATA_LOSS (BACKUP_DAMAGED).
  virtual absl::Status Backup(const std::string& path) = 0;
  // How the names of such files end: what they are.
  virtual std::string_view BackupSuffix() const = 0;
  virtual absl::StatusOr<v1::VerifyArchiveReport> Verify(bool deep, const KeepGoing& keep_going) = 0;
  // Removes an e-mail address or a number in E.164 form everywhere, and keeps a proof. With `validate_only` only
  // counts. INVALID_ARGUMENT (INVALID_CONTACT).
  virtual absl::StatusOr<v1::EraseContactResponse> Erase(const std::string& value, bool validate_only) = 0;

  // Gives the documents of the next releases behind `after` to extraction again; what they give then replaces the facts
  // of their revision. Looks at a bounded number of releases. With `validate_only` only counts.
  virtual absl::StatusOr<RequeueStep> Requeue(const filter::Filter& filter, uint64_t after, bool validate_only) = 0;
  // How many documents wait for that.
  virtual absl::StatusOr<uint64_t> RequeuedDocuments() = 0;

  // At most kRetentionRulesMax.
  virtual absl::StatusOr<std::vector<v1::RetentionRule>> RetentionRules() = 0;
  // One without ages is removed. RESOURCE_EXHAUSTED (TOO_MANY_RULES).
  virtual absl::Status SetRetentionRule(const v1::RetentionRule& rule) = 0;
  // Removes contents of the next documents behind `after`, or empties the next releases. With `validate_only` only
  // counts. What was emptied is removed by RemoveEmptied(), once links and entities have let go of it.
  virtual absl::StatusOr<RetentionStep> ExpireContents(uint64_t after, bool validate_only) = 0;
  virtual absl::StatusOr<RetentionStep> ExpireReleases(uint64_t after, bool validate_only) = 0;
  // How many emptied releases are left.
  virtual absl::StatusOr<uint64_t> RemoveEmptied() = 0;

  // The next records behind a token of an earlier record, at most `bytes_max` of them but one at least; none at the
  // end. INVALID_ARGUMENT (INVALID_PAGE).
  virtual absl::StatusOr<std::vector<v1::ExportArchiveResponse>> Export(std::string_view token, size_t bytes_max) = 0;
  // INVALID_ARGUMENT (INVALID_ARCHIVE_RECORD), FAILED_PRECONDITION (LOG_NOT_EMPTY): nothing was taken in.
  virtual absl::StatusOr<v1::ImportArchiveResponse> Import(const v1::ImportArchiveRequest& request) = 0;

  // Stores or changes an operation; sets its id at first. A wish to stop that came meanwhile stays.
  virtual absl::Status SaveOperation(StoredOperation* operation) = 0;
  // NOT_FOUND (OPERATION_NOT_FOUND).
  virtual absl::StatusOr<StoredOperation> GetOperation(std::string_view name) = 0;
  // Newest first, with an id below `before`; those that are done, or are not, or all.
  virtual absl::StatusOr<std::vector<StoredOperation>> ListOperations(std::optional<bool> done, uint64_t before,
                                                                      int limit) = 0;
  // Notes that it shall stop. NOT_FOUND (OPERATION_NOT_FOUND).
  virtual absl::Status CancelOperation(std::string_view name) = 0;
  // Only what is done. NOT_FOUND (OPERATION_NOT_FOUND).
  virtual absl::Status DeleteOperation(std::string_view name) = 0;
};

}  // namespace dateline::storage
