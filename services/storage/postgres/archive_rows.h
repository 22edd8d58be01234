#pragma once
// Rows of the archive in PostgreSQL for administration, within the transaction of one connection; see
// administration/archive_rows.h. A writing transaction holds the heads of the event log, so that ids and sequences
// ascend in the order of commits with those of every other writer, in any process.

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/eventlog/postgres_event_log.h"
#include "common/sql/postgres/connection.h"
#include "services/storage/administration/archive_rows.h"
#include "services/storage/postgres/new_rows.h"
#include "services/storage/postgres/search_index.h"

namespace dateline::storage::pg {

class PostgresArchiveRows final : public ArchiveRows {
 public:
  // `appender` is of this transaction; null in one that only reads.
  PostgresArchiveRows(Connection& connection, eventlog::EventAppender* appender)
      : connection_(connection), appender_(appender), index_(connection), new_(connection) {}
  // Sends what was added and counts it; at the end of a transaction that writes.
  void Finish();

  ReleaseIndex& index() override { return index_; }
  absl::StatusOr<std::optional<DocumentRow>> FindDocument(std::string_view name) override;
  absl::StatusOr<std::vector<DocumentRow>> FindDocuments(const std::vector<std::string>& names) override;
  absl::StatusOr<std::vector<DocumentRow>> Documents(int64_t after, int limit) override;
  absl::StatusOr<std::vector<DocumentRow>> DocumentsOfContent(int64_t content_id, int limit) override;
  absl::StatusOr<std::string> LoadContent(const DocumentRow& row) override;
  absl::Status AddDocuments(const std::vector<NewDocument>& documents) override;
  absl::Status SetOutcome(const v1::Document& outcome, DocumentRow* row) override;
  absl::Status ReplaceDocumentTexts(const DocumentRow& row) override;
  absl::StatusOr<bool> AddSighting(const v1::Document& sighting, WallTime time) override;
  absl::StatusOr<bool> MarkRefresh(int64_t document_id) override;
  absl::StatusOr<uint64_t> CountRefresh() override;
  absl::StatusOr<std::vector<StoredContent>> Contents(int64_t after, int limit) override;
  absl::StatusOr<std::optional<int64_t>> FindContent(std::string_view sha256) override;
  absl::Status ReplaceContent(int64_t id, const NewContent& content, uint64_t bytes) override;
  absl::Status MergeContent(int64_t id, int64_t into) override;
  absl::StatusOr<std::map<std::string, ReleaseRow>> FindReleases(const std::vector<std::string>& names) override;
  absl::StatusOr<std::vector<ReleaseHead>> Releases(int64_t after, int limit) override;
  absl::StatusOr<release::v1::Release> LoadRelease(const ReleaseKey& key) override;
  absl::StatusOr<std::vector<StoredRevision>> Revisions(int64_t after, int limit) override;
  absl::StatusOr<std::vector<StoredRevision>> RevisionsOfDocument(int64_t document_id, int64_t after,
                                                                  int limit) override;
  absl::StatusOr<std::vector<StoredRevision>> RevisionsOfRelease(int64_t release_id) override;
  absl::StatusOr<std::optional<StoredRevision>> FindRevision(int64_t id) override;
  absl::StatusOr<ReleaseRow> AddRevision(const std::optional<ReleaseRow>& known, const PreparedRelease& revision,
                                         WallTime create_time, int64_t document_id) override;
  absl::Status ReplaceRecord(const StoredRevision& revision, const release::v1::Release& record,
                             const events::v1::ReleaseEvent& changes) override;
  absl::Status EraseFacets(const std::vector<FacetEntry>& values) override;
  absl::Status MarkWithdrawn(int64_t release_id, WallTime time) override;
  absl::StatusOr<bool> IsDerived(int64_t release_id) override;
  absl::Status RemoveRelease(const std::vector<StoredRevision>& revisions) override;
  absl::StatusOr<std::vector<StoredEvent>> Events(std::string_view topic, uint64_t after, int limit) override;
  absl::Status ReplaceEvent(const StoredEvent& event) override;
  absl::Status AppendEvent(const eventlog::NewEvent& event) override;
  absl::StatusOr<eventlog::LogState> Log() override;
  absl::StatusOr<std::vector<eventlog::GroupState>> Groups() override;
  absl::StatusOr<bool> AdoptLog(const eventlog::LogState& state) override;
  absl::StatusOr<size_t> StoreEvents(const std::vector<eventlog::Record>& records) override;
  absl::StatusOr<bool> AdoptGroup(const eventlog::GroupState& state) override;
  absl::StatusOr<std::vector<PinRow>> Pins() override;
  absl::Status PutPin(const PinRow& pin) override;
  absl::Status DeriveAnew() override;
  absl::Status DeriveQuietly() override;
  absl::StatusOr<std::vector<StoredErasure>> Erasures() override;
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
  struct NextIds {
    int64_t document = 0;
    int64_t content = 0;
    int64_t release = 0;
    int64_t revision = 0;
  };
  struct Added {
    int64_t documents = 0;
    int64_t pending = 0;
    int64_t failed = 0;
    int64_t releases = 0;
    int64_t revisions = 0;
    int64_t last_release_us = 0;
    bool operator==(const Added&) const = default;
  };
  absl::StatusOr<NextIds*> NextRowIds();

  Connection& connection_;
  eventlog::EventAppender* const appender_;
  PostgresReleaseIndex index_;
  NewRows new_;
  std::deque<SearchEntry> entries_;  // Of the rows that are gathered.
  std::optional<NextIds> next_;
  Added added_;
};

}  // namespace dateline::storage::pg
