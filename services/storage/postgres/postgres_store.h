#pragma once
// The archive in PostgreSQL: documents, releases, search index and event log, written together. Several processes may
// serve one archive. What costs time is done on the calling thread against a snapshot (hash, compression, comparison,
// folding, serialising). Writes that wait go together as one batch in one transaction: one round trip asks for
// everything that they build on, the second carries all their rows and the commit. Batches of all processes follow each
// other, by the lock of the event log's heads; so ids and sequences ascend in the order of commits, and a plan that was
// checked against its ground stays right. When the ground changed, because another write came between, the plan is made
// again there. A batch that one of its writes spoils is undone, and each of them runs alone. Thread-safe. The clock
// outlives it. Failure model: see common/sql/postgres/group_writer.h and README.md.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/eventlog/postgres_event_log.h"
#include "common/eventlog/postgres_watch.h"
#include "common/sql/postgres/database.h"
#include "services/storage/administration/archive_rows.h"
#include "services/storage/database_store.h"
#include "services/storage/postgres/postgres_derived_store.h"

namespace dateline::storage {

class PostgresStore final : public DatabaseStore {
 public:
  struct Options {
    sql::postgres::ConnectionOptions connection = {};
    int readers = 8;                                 // Connections that read, 1 to 64; four more write and watch.
    size_t write_queue_max = 4'096;                  // Writes that wait.
    size_t group_max = 128;                          // Writes in one transaction.
    uint32_t max_attempts = 5;                       // After which a leased event becomes a dead letter.
    std::chrono::milliseconds reconnect_max{5'000};  // How long writes wait for a server that is away.
    sql::Upgrading upgrading = {};                   // Told by Open().
  };

  // Opens or makes the archive; the errors are those of sql::postgres::Database::Open().
  static absl::StatusOr<std::unique_ptr<PostgresStore>> Open(Options options, const Clock& clock);
  // Runs what was accepted, then closes.
  ~PostgresStore() override;

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
  eventlog::EventLog& events() override { return *log_; }
  DerivedStore& derived() override { return *derived_; }
  AdminStore* admin() override { return admin_.get(); }
  void SetCommitListener(std::function<void()> listener) override;
  absl::Status Ping() override;
  absl::Status Close() override;
  sql::Stats database_stats() const override { return database_->stats(); }
  size_t waiting_commits() override EXCLUDES(mutex_);
  const eventlog::RelayTurn* relay_turn() const override { return watch_.get(); }

 private:
  struct PutWork;
  struct CommitWork;
  struct WithdrawWork;
  struct Work;
  struct Batch;
  class BatchRun;

  PostgresStore(const Clock& clock, const Options& options, std::unique_ptr<sql::postgres::Database> database);

  absl::Status PreparePut(PutWork* work, bool* answered);
  absl::Status PrepareCommit(CommitWork* work);
  void Enqueue(std::shared_ptr<Work> work) EXCLUDES(mutex_);
  void WriteBatch();
  // Fills the batch with what waits. True when more is left.
  bool TakeBatch(Batch* batch) EXCLUDES(mutex_);
  void FinishBatch(Batch* batch, const absl::Status& status);
  void WriteAlone(std::shared_ptr<Work> work);
  static void Answer(Work& work, const absl::Status& outcome);
  void Committed();

  // The time in the precision of the database.
  WallTime Now() const { return FromMicros(ToMicros(clock_.Now())); }

  const Clock& clock_;
  const Options options_;
  std::unique_ptr<sql::postgres::Database> database_;
  std::unique_ptr<eventlog::PostgresEventLog> log_;
  std::unique_ptr<PostgresDerivedStore> derived_;
  std::unique_ptr<ArchiveTransactions> archive_;
  std::unique_ptr<AdminStore> admin_;
  std::unique_ptr<eventlog::PostgresWatch> watch_;
  uint32_t schema_version_ = 0;
  // Most releases of the latest batch were in the archive before: then plans are made against what it holds, on the
  // threads of the callers. Otherwise a release is taken for new, and the few that are not are planned anew in the
  // batch.
  std::atomic<bool> look_first_{false};
  Mutex mutex_;
  std::deque<std::shared_ptr<Work>> works_ GUARDED_BY(mutex_);  // That wait; shared with their callbacks.
  bool batch_queued_ GUARDED_BY(mutex_) = false;                // A write that will take them is on its way.
  uint64_t bytes_ GUARDED_BY(mutex_) = 0;                       // Of the database, at the latest look.
  std::optional<MonotonicTime> bytes_time_ GUARDED_BY(mutex_);
  Mutex listener_mutex_;  // Held over the call of the listener.
  std::function<void()> listener_ GUARDED_BY(listener_mutex_);
};

}  // namespace dateline::storage
