#pragma once
// The archive in one SQLite file: documents, releases, search index and event log, written together. What costs time is
// done on the calling thread against a snapshot (hash, compression, comparison, folding, serialising); the one writing
// thread checks that the ground still holds, binds and commits in groups. When it does not hold, because another write
// came between, the plan is made again there. Also usable in-process without RPC, as the benchmarks do. Thread-safe.
// The clock outlives it. Failure model: see common/sql/database.h.
//
// Commits of releases that wait are written by one body: FTS5 writes out its terms at every savepoint, so each commit
// has a savepoint of its own for everything but the index, and the index follows for all of them together. That doubles
// the rate. A failure of the index fails all commits of the batch, as a failed COMMIT would.

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/eventlog/sqlite_event_log.h"
#include "common/sql/database.h"
#include "services/storage/administration/archive_rows.h"
#include "services/storage/database_store.h"
#include "services/storage/sqlite/document_rows.h"
#include "services/storage/sqlite/release_rows.h"
#include "services/storage/sqlite/search_index.h"
#include "services/storage/sqlite/sqlite_derived_store.h"

namespace dateline::storage {

class SqliteStore final : public DatabaseStore {
 public:
  struct Options {
    std::string path = {};           // The database file; its folder has to exist.
    int readers = 4;                 // 1 to 64.
    size_t write_queue_max = 4'096;  // Writes that wait.
    size_t group_max = 128;          // Writes in one transaction.
    uint32_t max_attempts = 5;       // After which a leased event becomes a dead letter.
    std::string vfs = {};            // Tests only.
    sql::Upgrading upgrading = {};   // Told by Open().
  };

  // Opens or makes the archive. FAILED_PRECONDITION: DATABASE_IN_USE, DATABASE_TOO_NEW, NOT_OUR_DATABASE,
  // MIGRATION_CHANGED, DATABASE_NOT_OPENED, DATABASE_NOT_WRITABLE.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(Options options, const Clock& clock);
  // Runs what was accepted, then closes.
  ~SqliteStore() override;

  void PutDocument(v1::Document document, Done<PutDocumentResult> done) override;
  absl::StatusOr<v1::Document> GetDocument(std::string_view name, bool with_content) override;
  absl::StatusOr<DocumentPage> ListDocuments(const DocumentQuery& query) override;
  void CommitReleases(v1::CommitReleasesRequest request, Done<v1::CommitReleasesResponse> done) override;
  absl::StatusOr<release::v1::Release> GetRelease(const ReleaseKey& key, View view) override;
  absl::StatusOr<std::vector<release::v1::Release>> BatchGetReleases(const std::vector<ReleaseKey>& keys,
                                                                     View view) override;
  absl::StatusOr<ReleasePage> ListReleases(const ReleaseQuery& query) override;
  absl::StatusOr<SearchPage> SearchReleases(const SearchParams& params) override;
  absl::StatusOr<RevisionPage> ListRevisions(std::string_view name, View view, int limit,
                                             std::optional<Position> after) override;
  void WithdrawRelease(WithdrawParams params, Done<release::v1::Release> done) override;
  StoreStats Stats() override;
  DerivedStore& derived() override { return *derived_; }
  AdminStore* admin() override { return admin_.get(); }
  eventlog::EventLog& events() override { return *log_; }
  void SetCommitListener(std::function<void()> listener) override { database_->SetCommitListener(std::move(listener)); }
  absl::Status Ping() override;

  absl::Status Close() override { return database_->Close(); }
  sql::Stats database_stats() const override { return database_->stats(); }
  size_t waiting_commits() override EXCLUDES(mutex_);

 private:
  struct PutWork;
  struct CommitWork;
  struct CommitBatch;

  SqliteStore(const Clock& clock, const Options& options, std::unique_ptr<sql::Database> database);
  absl::Status LoadStats();

  absl::Status PreparePut(PutWork* work, bool* answered);
  absl::Status LookFirst(PutWork* work, uint32_t* version, bool* answered);
  absl::Status RunPut(sql::Connection& connection, PutWork* work);
  absl::Status AnswerUnchanged(sql::Connection& connection, DocumentRow row, PutWork* work);

  absl::Status PrepareCommit(CommitWork* work);
  void EnqueueCommit(std::shared_ptr<CommitWork> work);
  void WriteBatch();
  absl::Status RunBatch(sql::Connection& connection, CommitBatch* batch);
  void FinishBatch(CommitBatch* batch, const absl::Status& status);
  void WriteAlone(std::shared_ptr<CommitWork> work);
  // Adds what waits to the batch. False when there is nothing, or no room; then the batch knows whether more is left.
  bool TakeBatch(CommitBatch* batch) EXCLUDES(mutex_);
  absl::Status RunCommit(sql::Connection& connection, CommitWork* work);
  absl::StatusOr<bool> Acknowledge(sql::Connection& connection, const DocumentHead& document, const CommitWork& work);
  absl::Status ApplyRelease(sql::Connection& connection, const DocumentHead& document, CommitWork* work, size_t index);
  void CountCommit(const CommitWork& work);

  // The time in the precision of the database.
  WallTime Now() const { return FromMicros(ToMicros(clock_.Now())); }

  const Clock& clock_;
  const Options options_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<eventlog::SqliteEventLog> log_;
  std::unique_ptr<SqliteDerivedStore> derived_;
  std::unique_ptr<ArchiveTransactions> archive_;
  std::unique_ptr<AdminStore> admin_;
  WallTime last_document_time_;  // Writing thread only, once open: times of documents never go back.
  FacetValueIds facet_values_;   // Writing thread only.
  int batch_releases_ = 0;       // Of the batch that runs, and how many had been in the archive; writing thread only.
  int batch_known_ = 0;
  std::atomic<bool> look_first_{false};  // Most releases of the latest batch had been in the archive.
  Mutex mutex_;
  StoreStats stats_ GUARDED_BY(mutex_);                                 // Of what is committed, without the size.
  std::deque<std::shared_ptr<CommitWork>> commits_ GUARDED_BY(mutex_);  // That wait; shared with their callbacks.
  bool batch_queued_ GUARDED_BY(mutex_) = false;                        // A write that will take them is on its way.
};

}  // namespace dateline::storage
