#pragma once
// Administration of an archive in a database: the rules, in terms of rows (archive_rows.h). What changes many rows does
// so in writes of bounded size, between which others go on; each may be repeated. Thread-safe. The transactions and the
// clock outlive it.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "services/storage/administration/archive_rows.h"

namespace dateline::storage {

inline constexpr size_t kRetentionRulesMax = 1'000;

class ArchiveAdministration final : public AdminStore {
 public:
  ArchiveAdministration(ArchiveTransactions& transactions, const Clock& clock)
      : transactions_(transactions), clock_(clock) {}

  absl::Status Backup(const std::string& path) override { return transactions_.Backup(path); }
  std::string_view BackupSuffix() const override { return transactions_.BackupSuffix(); }
  absl::StatusOr<v1::VerifyArchiveReport> Verify(bool deep, const KeepGoing& keep_going) override;
  absl::StatusOr<v1::EraseContactResponse> Erase(const std::string& value, bool validate_only) override;
  absl::StatusOr<RequeueStep> Requeue(const filter::Filter& filter, uint64_t after, bool validate_only) override;
  absl::StatusOr<uint64_t> RequeuedDocuments() override;
  absl::StatusOr<std::vector<v1::RetentionRule>> RetentionRules() override;
  absl::Status SetRetentionRule(const v1::RetentionRule& rule) override;
  absl::StatusOr<RetentionStep> ExpireContents(uint64_t after, bool validate_only) override;
  absl::StatusOr<RetentionStep> ExpireReleases(uint64_t after, bool validate_only) override;
  absl::StatusOr<uint64_t> RemoveEmptied() override;
  absl::StatusOr<std::vector<v1::ExportArchiveResponse>> Export(std::string_view token, size_t bytes_max) override;
  absl::StatusOr<v1::ImportArchiveResponse> Import(const v1::ImportArchiveRequest& request) override;
  absl::Status SaveOperation(StoredOperation* operation) override;
  absl::StatusOr<StoredOperation> GetOperation(std::string_view name) override;
  absl::StatusOr<std::vector<StoredOperation>> ListOperations(std::optional<bool> done, uint64_t before,
                                                              int limit) override;
  absl::Status CancelOperation(std::string_view name) override;
  absl::Status DeleteOperation(std::string_view name) override;

 private:
  absl::Status VerifyDeep(const KeepGoing& keep_going, v1::VerifyArchiveReport* report);

  ArchiveTransactions& transactions_;
  const Clock& clock_;
};

}  // namespace dateline::storage
