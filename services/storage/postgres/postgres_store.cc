#include "services/storage/postgres/postgres_store.h"

#include <map>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/postgres/migration.h"
#include "services/storage/administration/archive_administration.h"
#include "services/storage/postgres/batch_run.h"
#include "services/storage/postgres/document_rows.h"
#include "services/storage/postgres/postgres_archive.h"
#include "services/storage/postgres/postgres_work.h"
#include "services/storage/postgres/release_rows.h"
#include "services/storage/postgres/schema.h"

namespace dateline::storage {

using release::v1::Release;
using sql::postgres::Connection;
using sql::postgres::Database;

namespace {

// From this size on, content is compared with what is stored before it is compressed.
constexpr size_t kLookFirstBytesMin = 32 * 1024;

}  // namespace

PostgresStore::PostgresStore(const Clock& clock, const Options& options, std::unique_ptr<Database> database)
    : clock_(clock), options_(options), database_(std::move(database)) {}

PostgresStore::~PostgresStore() {
  Close().IgnoreError();
}

absl::StatusOr<std::unique_ptr<PostgresStore>> PostgresStore::Open(Options options, const Clock& clock) {
  Database::Options database_options;
  database_options.connection = options.connection;
  database_options.application = std::string(pg::kApplication);
  database_options.migrations = pg::SchemaMigrations();
  database_options.upgrading = options.upgrading;
  database_options.readers = options.readers;
  database_options.write_queue_max = options.write_queue_max;
  database_options.group_max = options.group_max;
  database_options.reconnect_max = options.reconnect_max;
  database_options.clock = &clock;
  DATELINE_ASSIGN_OR_RETURN(auto database, Database::Open(std::move(database_options)));
  std::unique_ptr<PostgresStore> store(new PostgresStore(clock, options, std::move(database)));
  eventlog::PostgresEventLog::Options log_options;
  log_options.topics = {std::string(kDocumentTopic), std::string(kReleaseTopic)};
  log_options.source = std::string(kEventSource);
  log_options.max_attempts = options.max_attempts;
  DATELINE_ASSIGN_OR_RETURN(store->log_, eventlog::PostgresEventLog::Open(*store->database_, clock, log_options));
  store->derived_ = std::make_unique<PostgresDerivedStore>(*store->database_, *store->log_);
  store->archive_ = std::make_unique<PostgresArchive>(*store->database_, *store->log_);
  store->admin_ = std::make_unique<ArchiveAdministration>(*store->archive_, clock);
  DATELINE_RETURN_IF_ERROR(pg::BringIndexUpToDate(*store->database_, options.upgrading));
  DATELINE_RETURN_IF_ERROR(store->database_->Read([&store](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const int version, sql::postgres::SchemaVersion(connection));
    store->schema_version_ = static_cast<uint32_t>(version);
    return absl::OkStatus();
  }));
  store->watch_ =
      std::make_unique<eventlog::PostgresWatch>(eventlog::PostgresWatch::Options{.connection = options.connection});
  store->watch_->SetListener([raw = store.get()] {
    MutexLock lock(raw->listener_mutex_);
    if (raw->listener_) raw->listener_();
  });
  store->database_->SetCommitListener([raw = store.get()] { raw->Committed(); });
  store->derived_->SetCommitListener([raw = store.get()] { raw->Committed(); });
  store->watch_->Start();
  return store;
}

void PostgresStore::Committed() {
  {
    MutexLock lock(listener_mutex_);
    if (listener_) listener_();
  }
  watch_->Committed();
}

void PostgresStore::SetCommitListener(std::function<void()> listener) {
  MutexLock lock(listener_mutex_);
  listener_ = std::move(listener);
}

absl::Status PostgresStore::Close() {
  // The callbacks of accepted writes use this object, so the writers have to end first.
  database_->Close();
  if (derived_ != nullptr) derived_->Close();
  if (log_ != nullptr) log_->Close();
  if (watch_ != nullptr) watch_->Stop();
  return absl::OkStatus();
}

void PostgresStore::PutDocument(v1::Document document, Done<PutDocumentResult> done) {
  auto work = std::make_shared<Work>();
  PutWork& put = work->put.emplace();
  put.plan.document = std::move(document);
  put.done = std::move(done);
  bool answered = false;
  if (absl::Status prepared = PreparePut(&put, &answered); !prepared.ok()) return Answer(*work, prepared);
  if (answered) return Answer(*work, absl::OkStatus());
  Enqueue(std::move(work));
}

// Large content that stands there already costs neither compression nor a write. For small content looking costs as
// much as compressing; there the batch finds out.
absl::Status PostgresStore::PreparePut(PutWork* work, bool* answered) {
  HashContent(&work->plan);
  const v1::Document& document = work->plan.document;
  uint32_t version = 0;
  if (document.content().size() >= kLookFirstBytesMin) {
    DATELINE_RETURN_IF_ERROR(database_->Read([&](Connection& connection) -> absl::Status {
      *answered = false;
      DATELINE_ASSIGN_OR_RETURN(auto latest, pg::LatestDocument(connection, document.uri()));
      if (!latest.has_value()) return absl::OkStatus();
      version = latest->document.version();
      if (!SameDocument(latest->document, document)) return absl::OkStatus();
      if (!SameSighting(latest->document, document)) {
        DATELINE_ASSIGN_OR_RETURN(const bool known, pg::SightingKnown(connection, document));
        if (!known) return absl::OkStatus();
      }
      *answered = true;
      work->result = {.document = std::move(latest->document), .outcome = v1::PutDocumentResponse::OUTCOME_UNCHANGED};
      return absl::OkStatus();
    }));
  }
  if (!*answered) CompletePlan(version + 1, Now(), &work->plan);
  return absl::OkStatus();
}

void PostgresStore::CommitReleases(v1::CommitReleasesRequest request, Done<v1::CommitReleasesResponse> done) {
  auto work = std::make_shared<Work>();
  CommitWork& commit = work->commit.emplace();
  commit.request = std::move(request);
  commit.done = std::move(done);
  commit.document_name = ParseDocumentName(commit.request.document()).value_or(std::string());
  for (auto& release : *commit.request.mutable_releases()) release.set_name(ParseReleaseName(release.name())->name);
  commit.time = Now();
  if (absl::Status prepared = PrepareCommit(&commit); !prepared.ok()) return Answer(*work, prepared);
  Enqueue(std::move(work));
}

// Makes the plans, against a snapshot where that is worth a look.
absl::Status PostgresStore::PrepareCommit(CommitWork* work) {
  std::vector<std::string> names;
  for (const Release& release : work->request.releases()) names.push_back(release.name());
  DocumentGround document{.name = work->document_name, .order = 0};
  std::map<std::string, ReleaseRow> rows;
  std::map<std::string, Release> records;
  const auto look = [&](Connection& connection) -> absl::Status {
    rows.clear();
    records.clear();
    const auto release_ticket = pg::SendReleaseRows(connection, names);
    DATELINE_ASSIGN_OR_RETURN(const auto row, pg::FindDocument(connection, work->document_name));
    if (!row.has_value()) return DocumentNotFound(work->document_name);
    document.order = static_cast<uint64_t>(row->id);
    DATELINE_ASSIGN_OR_RETURN(const sql::postgres::Result found, connection.Take(release_ticket));
    rows = pg::ReadReleaseRows(found);
    std::map<std::string, Connection::Ticket> tickets;
    for (const auto& [name, known] : rows) tickets[name] = pg::SendRecord(connection, known.revision_id);
    for (const auto& [name, ticket] : tickets) {
      DATELINE_ASSIGN_OR_RETURN(records[name], pg::TakeRecord(connection, ticket, rows[name].revision_id));
    }
    return absl::OkStatus();
  };
  if (look_first_) DATELINE_RETURN_IF_ERROR(database_->Read(look));
  for (Release& release : *work->request.mutable_releases()) {
    const auto row = rows.find(release.name());
    const bool known = row != rows.end();
    const Release* const stored = known ? &records[release.name()] : nullptr;
    CommitWork::Release& prepared = work->releases.emplace_back();
    prepared.prepared = Prepare(
        PlanRelease(std::move(release), document, known ? row->second.ground : ReleaseGround(), stored, work->time));
    prepared.entry = pg::MakeSearchEntry(prepared.prepared.plan.new_index);
  }
  // Nothing is left to the writing thread to be freed that is not needed there.
  work->request.clear_releases();
  return absl::OkStatus();
}

void PostgresStore::WithdrawRelease(WithdrawParams params, Done<Release> done) {
  auto work = std::make_shared<Work>();
  work->withdraw.emplace(WithdrawWork{.params = std::move(params), .release = {}, .done = std::move(done)});
  Enqueue(std::move(work));
}

void PostgresStore::Enqueue(std::shared_ptr<Work> work) {
  bool write = false;
  bool full = false;
  {
    MutexLock lock(mutex_);
    full = works_.size() >= options_.write_queue_max;
    if (!full) {
      works_.push_back(work);
      write = !std::exchange(batch_queued_, true);
    }
  }
  if (full) return Answer(*work, QueueFull());
  if (write) WriteBatch();
}

void PostgresStore::WriteBatch() {
  auto batch = std::make_shared<Batch>();
  database_->Write(
      [this, batch](Connection& connection) -> absl::Status {
        // The body may run again; it is still the same batch.
        if (!std::exchange(batch->taken, true)) batch->more = TakeBatch(batch.get());
        BatchRun run(*log_, connection, Now());
        DATELINE_RETURN_IF_ERROR(run.Run(batch->works));
        look_first_ = run.MostWereKnown();
        return absl::OkStatus();
      },
      [this, batch](const absl::Status& status) { FinishBatch(batch.get(), status); });
}

bool PostgresStore::TakeBatch(Batch* batch) {
  MutexLock lock(mutex_);
  while (!works_.empty() && batch->works.size() < options_.group_max) {
    batch->works.push_back(std::move(works_.front()));
    works_.pop_front();
  }
  batch_queued_ = !works_.empty();
  return batch_queued_;
}

void PostgresStore::FinishBatch(Batch* batch, const absl::Status& status) {
  // A write that was refused, or never got a connection, did not run its body; what waited for it is refused with it.
  if (!status.ok() && !batch->taken) batch->more = TakeBatch(batch);
  if (batch->more) WriteBatch();
  const bool unavailable = status.code() == absl::StatusCode::kUnavailable ||
                           status.code() == absl::StatusCode::kResourceExhausted ||
                           status.code() == absl::StatusCode::kAborted;
  // One of them spoilt it; which one is found by trying.
  const bool alone = !status.ok() && !unavailable && batch->works.size() > 1;
  for (auto& work : batch->works) {
    if (alone) {
      WriteAlone(std::move(work));
    } else {
      Answer(*work, status.ok() ? work->outcome : status);
    }
  }
}

void PostgresStore::WriteAlone(std::shared_ptr<Work> work) {
  database_->Write([this, work](Connection& connection) { return BatchRun(*log_, connection, Now()).Run({work}); },
                   [work](const absl::Status& status) { Answer(*work, status.ok() ? work->outcome : status); });
}

void PostgresStore::Answer(Work& work, const absl::Status& outcome) {
  const absl::Status status = TranslateWriteError(outcome);
  if (work.put.has_value()) {
    if (!status.ok()) return work.put->done(status);
    return work.put->done(std::move(work.put->result));
  }
  if (work.commit.has_value()) {
    if (!status.ok()) return work.commit->done(status);
    return work.commit->done(std::move(work.commit->response));
  }
  if (!status.ok()) return work.withdraw->done(status);
  work.withdraw->done(std::move(work.withdraw->release));
}

size_t PostgresStore::waiting_commits() {
  MutexLock lock(mutex_);
  return works_.size();
}

}  // namespace dateline::storage
