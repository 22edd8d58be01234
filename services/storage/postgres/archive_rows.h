#pragma once
// Rows of the archive in PostgreSQL for administration, within the transaction of one connection; see
// administration/archive_rows.h. A writing transaction holds the heads of the event log, so that ids and sequences
// ascend in the order of commits with those of every other writer, in any process.

#include <optional>

#include "common/eventlog/postgres_event_log.h"
#include "common/sql/postgres/connection.h"
#include "services/storage/administration/archive_rows.h"
#include "services/storage/postgres/search_index.h"

namespace dateline::storage::pg {

class PostgresArchiveRows final : public ArchiveRows {
 public:
  // `appender` is of this transaction; null in one that only reads.
  PostgresArchiveRows(Connection& connection, eventlog::EventAppender* appender)
      : connection_(connection), appender_(appender), index_(connection) {}

  ReleaseIndex& index() override { return index_; }
  absl::StatusOr<std::optional<DocumentRow>> FindDocument(std::string_view name) override;
  absl::StatusOr<std::vector<DocumentRow>> Documents(int64_t after, int limit) override;
  absl::StatusOr<std::vector<DocumentRow>> DocumentsOfContent(int64_t content_id, int limit) override;
  absl::StatusOr<std::string> LoadContent(const DocumentRow& row) override;
  absl::Status AddDocument(const DocumentRow& row, const NewContent& content) override;
  absl::Status ReplaceDocumentTexts(const DocumentRow& row) override;
  absl::StatusOr<bool> AddSighting(const v1::Document& sighting, WallTime time) override;
  absl::StatusOr<bool> MarkRefresh(int64_t document_id) override;
  absl::StatusOr<uint64_t> CountRefresh() override;
  absl::StatusOr<std::vector<StoredContent>> Contents(int64_t after, int limit) override;
  absl::StatusOr<std::optional<int64_t>> FindContent(std::string_view sha256) override;
  absl::Status ReplaceContent(int64_t id, const NewContent& content, uint64_t bytes) override;
  absl::Status MergeContent(int64_t id, int64_t into) override;
  absl::StatusOr<std::optional<ReleaseRow>> FindRelease(std::string_view name) override;
  absl::StatusOr<std::vector<ReleaseHead>> Releases(int64_t after, int limit) override;
  absl::StatusOr<release::v1::Release> LoadRelease(const ReleaseKey& key) override;
  absl::StatusOr<std::vector<StoredRevision>> Revisions(int64_t after, int limit) override;
  absl::StatusOr<std::vector<StoredRevision>> RevisionsOfDocument(int64_t document_id, int64_t after,
                                                                  int limit) override;
  absl::StatusOr<std::vector<StoredRevision>> RevisionsOfRelease(int64_t release_id) override;
  absl::StatusOr<std::optional<StoredRevision>> FindRevision(int64_t id) override;
  absl::StatusOr<int64_t> AddRevision(const std::optional<ReleaseRow>& known, const PreparedRelease& revision,
                                      WallTime create_time, int64_t document_id) override;
  absl::Status ReplaceRecord(const StoredRevision& revision, const release::v1::Release& record,
                             const events::v1::ReleaseEvent& changes) override;
  absl::Status MarkWithdrawn(int64_t release_id, WallTime time) override;
  absl::StatusOr<bool> IsDerived(int64_t release_id) override;
  absl::Status RemoveRelease(const std::vector<StoredRevision>& revisions) override;
  absl::StatusOr<std::vector<StoredEvent>> Events(std::string_view topic, uint64_t after, int limit) override;
  absl::Status ReplaceEvent(const StoredEvent& event) override;
  absl::Status AppendEvent(const eventlog::NewEvent& event) override;
  absl::StatusOr<int64_t> AddErasure(const StoredErasure& erasure) override;
  absl::Status AddEmptied(int64_t release_id) override;
  absl::StatusOr<std::vector<int64_t>> Emptied(int limit) override;
  absl::Status RemoveEmptied(int64_t release_id) override;
  absl::StatusOr<std::vector<v1::RetentionRule>> RetentionRules() override;
  absl::Status PutRetentionRule(const v1::RetentionRule& rule) override;
  absl::Status RemoveRetentionRule(std::string_view source) override;
  absl::StatusOr<uint64_t> PutOperation(const StoredOperation& operation) override;
  absl::StatusOr<std::optional<StoredOperation>> FindOperation(std::string_view name) override;
  absl::StatusOr<std::vector<StoredOperation>> Operations(std::optional<bool> done, uint64_t before,
                                                          int limit) override;
  absl::StatusOr<bool> CancelOperation(std::string_view name) override;
  absl::StatusOr<bool> RemoveOperation(std::string_view name) override;

 private:
  // The id behind the highest of a table.
  absl::StatusOr<int64_t> NextId(std::string_view sql);

  Connection& connection_;
  eventlog::EventAppender* const appender_;
  PostgresReleaseIndex index_;
};

}  // namespace dateline::storage::pg
