#pragma once
// The long work of administration, as operations: backup, verification, reprocessing, retention. Registers itself with
// the runner, which runs one at a time. Pure of transport. Thread-safe; what it refers to outlives it.

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "services/storage/administration/operation_runner.h"
#include "services/storage/store.h"

namespace dateline::storage {

class ArchiveOperations {
 public:
  // Extracts a document, which has its content, without storing anything.
  using Extract = std::function<absl::StatusOr<std::vector<release::v1::Release>>(const v1::Document& document)>;

  struct Options {
    std::string backup_dir;
    Extract extract;                            // May be null: then a preview says no more than what is outdated.
    std::chrono::hours retention_interval{24};  // How often the rules are applied by themselves.
  };

  // `store` has administration.
  ArchiveOperations(Store& store, OperationRunner& runner, const Clock& clock, Options options);

  absl::StatusOr<google::longrunning::Operation> BeginBackup(const v1::BackupArchiveRequest& request);
  absl::StatusOr<google::longrunning::Operation> BeginVerify(const v1::VerifyArchiveRequest& request);
  absl::StatusOr<google::longrunning::Operation> BeginReprocess(const v1::ReprocessDocumentsRequest& request);
  absl::StatusOr<google::longrunning::Operation> BeginRetention(const v1::ApplyRetentionRequest& request);

 private:
  absl::Status RunBackup(OperationStep& step, google::protobuf::Any* response);
  absl::Status RunVerify(OperationStep& step, google::protobuf::Any* response);
  absl::Status RunReprocess(OperationStep& step, google::protobuf::Any* response);
  absl::Status RunRetention(OperationStep& step, google::protobuf::Any* response);
  // Waits until few enough documents wait for extraction.
  absl::Status WaitForExtraction(OperationStep& step);
  absl::Status Preview(const std::vector<release::v1::Release>& stored, v1::ReprocessDocumentsReport* report);

  Store& store_;
  AdminStore& admin_;
  OperationRunner& runner_;
  const Clock& clock_;
  const Options options_;
};

}  // namespace dateline::storage
