#include "services/storage/sqlite/sqlite_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/sql/error_map.h"
#include "common/sql/statement.h"
#include "services/storage/administration/archive_administration.h"
#include "services/storage/release_record.h"
#include "services/storage/sqlite/index_rebuild.h"
#include "services/storage/sqlite/schema.h"
#include "services/storage/sqlite/search_index.h"
#include "services/storage/sqlite/sqlite_archive.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using sql::Connection;
using sql::Statement;

// From this size on, content is compared with what is stored before it is compressed.
constexpr size_t kLookFirstBytesMin = 32 * 1024;

absl::StatusOr<int64_t> QueryInt(Connection& connection, std::string_view sql) {
  Statement statement(connection, sql);
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  return found ? statement.ColumnInt64(0) : int64_t{0};
}

}  // namespace

// One PutDocument on its way. Shared between the body and the callback of its write.
struct SqliteStore::PutWork {
  DocumentPlan plan;
  PutDocumentResult result;
  Done<PutDocumentResult> done;
};

SqliteStore::SqliteStore(const Clock& clock, const Options& options, std::unique_ptr<sql::Database> database)
    : clock_(clock), options_(options), database_(std::move(database)) {}

SqliteStore::~SqliteStore() {
  // The callbacks of accepted writes use this object, so the writer has to end first.
  database_->Close().IgnoreError();
}

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(Options options, const Clock& clock) {
  sql::Database::Options database_options;
  database_options.path = options.path;
  database_options.application_id = kApplicationId;
  database_options.migrations = SchemaMigrations();
  database_options.readers = options.readers;
  database_options.write_queue_max = options.write_queue_max;
  database_options.group_max = options.group_max;
  database_options.vfs = options.vfs;
  database_options.upgrading = options.upgrading;
  database_options.clock = &clock;
  DATELINE_ASSIGN_OR_RETURN(auto database, sql::Database::Open(std::move(database_options)));
  std::unique_ptr<SqliteStore> store(new SqliteStore(clock, options, std::move(database)));
  eventlog::SqliteEventLog::Options log_options;
  log_options.topics = {std::string(kDocumentTopic), std::string(kReleaseTopic)};
  log_options.source = std::string(kEventSource);
  log_options.max_attempts = options.max_attempts;
  DATELINE_ASSIGN_OR_RETURN(store->log_, eventlog::SqliteEventLog::Open(*store->database_, clock, log_options));
  store->derived_ = std::make_unique<SqliteDerivedStore>(*store->database_, *store->log_);
  DATELINE_RETURN_IF_ERROR(BringIndexUpToDate(*store->database_, options.upgrading));
  DATELINE_RETURN_IF_ERROR(store->LoadStats());
  store->archive_ = std::make_unique<SqliteArchive>(
      *store->database_, *store->log_, [owner = store.get()] { return owner->LoadStats(); },
      [owner = store.get()] { owner->facet_values_.Clear(); });
  store->admin_ = std::make_unique<ArchiveAdministration>(*store->archive_, clock);
  return store;
}

absl::Status SqliteStore::LoadStats() {
  StoreStats stats;
  DATELINE_RETURN_IF_ERROR(database_->Read([this, &stats](Connection& connection) -> absl::Status {
    struct Count {
      std::string_view sql;
      uint64_t* value;
    };
    for (const Count& count :
         {Count{"SELECT count(*) FROM document", &stats.documents},
          Count{"SELECT count(*) FROM document WHERE state = 1 AND state <> 2", &stats.pending_documents},
          Count{"SELECT count(*) FROM document WHERE state = 3 AND state <> 2", &stats.failed_documents},
          Count{"SELECT count(*) FROM release", &stats.releases},
          Count{"SELECT count(*) FROM release_revision", &stats.revisions}}) {
      DATELINE_ASSIGN_OR_RETURN(const int64_t value, QueryInt(connection, count.sql));
      *count.value = static_cast<uint64_t>(value);
    }
    DATELINE_ASSIGN_OR_RETURN(const int64_t release_us,
                              QueryInt(connection, "SELECT create_time_us FROM release ORDER BY id DESC LIMIT 1"));
    if (release_us != 0) stats.last_release_time = FromMicros(release_us);
    DATELINE_ASSIGN_OR_RETURN(const int64_t document_us,
                              QueryInt(connection, "SELECT create_time_us FROM document ORDER BY id DESC LIMIT 1"));
    last_document_time_ = FromMicros(document_us);
    DATELINE_ASSIGN_OR_RETURN(const int version, sql::SchemaVersion(connection));
    stats.schema_version = static_cast<uint32_t>(version);
    return absl::OkStatus();
  }));
  MutexLock lock(mutex_);
  stats_ = stats;
  return absl::OkStatus();
}

void SqliteStore::PutDocument(v1::Document document, Done<PutDocumentResult> done) {
  auto work = std::make_shared<PutWork>();
  work->plan.document = std::move(document);
  work->done = std::move(done);
  bool answered = false;
  if (absl::Status prepared = PreparePut(work.get(), &answered); !prepared.ok())
    return work->done(TranslateWriteError(prepared));
  if (answered) return work->done(std::move(work->result));
  database_->Write([this, work](Connection& connection) { return RunPut(connection, work.get()); },
                   [this, work](const absl::Status& status) {
                     if (!status.ok()) return work->done(TranslateWriteError(status));
                     if (work->result.outcome != v1::PutDocumentResponse::OUTCOME_UNCHANGED) {
                       MutexLock lock(mutex_);
                       ++stats_.documents;
                       ++stats_.pending_documents;
                     }
                     work->done(std::move(work->result));
                   });
}

// Large content that stands there already costs neither compression nor a write. For small content looking costs as
// much as compressing; there the writing thread finds out.
absl::Status SqliteStore::LookFirst(PutWork* work, uint32_t* version, bool* answered) {
  const v1::Document& document = work->plan.document;
  if (document.content().size() < kLookFirstBytesMin) return absl::OkStatus();
  return database_->Read([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(auto latest, LatestDocument(connection, document.uri()));
    if (!latest.has_value()) return absl::OkStatus();
    *version = latest->document.version();
    if (!SameDocument(latest->document, document)) return absl::OkStatus();
    if (!SameSighting(latest->document, document)) {
      DATELINE_ASSIGN_OR_RETURN(const bool known, SightingKnown(connection, document));
      if (!known) return absl::OkStatus();
    }
    *answered = true;
    work->result = {.document = std::move(latest->document), .outcome = v1::PutDocumentResponse::OUTCOME_UNCHANGED};
    return absl::OkStatus();
  });
}

absl::Status SqliteStore::PreparePut(PutWork* work, bool* answered) {
  HashContent(&work->plan);
  uint32_t version = 0;
  DATELINE_RETURN_IF_ERROR(LookFirst(work, &version, answered));
  if (!*answered) CompletePlan(version + 1, Now(), &work->plan);
  return absl::OkStatus();
}

absl::Status SqliteStore::AnswerUnchanged(Connection& connection, DocumentRow row, PutWork* work) {
  if (!SameSighting(row.document, work->plan.document)) {
    const WallTime time =
        work->plan.document.has_fetch_time() ? FromTimestamp(work->plan.document.fetch_time()) : Now();
    DATELINE_RETURN_IF_ERROR(InsertSighting(connection, work->plan.document, time));
  }
  work->result = {.document = std::move(row.document), .outcome = v1::PutDocumentResponse::OUTCOME_UNCHANGED};
  return absl::OkStatus();
}

absl::Status SqliteStore::RunPut(Connection& connection, PutWork* work) {
  v1::Document& document = work->plan.document;
  DATELINE_ASSIGN_OR_RETURN(auto latest, LatestDocument(connection, document.uri()));
  if (latest.has_value() && SameDocument(latest->document, document)) {
    return AnswerUnchanged(connection, *std::move(latest), work);
  }
  const uint32_t version = latest.has_value() ? latest->document.version() + 1 : 1;
  SetVersion(version, &work->plan);
  last_document_time_ = std::max(last_document_time_, Now());
  *document.mutable_create_time() = ToTimestamp(last_document_time_);
  DATELINE_RETURN_IF_ERROR(InsertDocument(connection, document, work->plan.content));
  if (absl::Status appended = log_->Append(connection, work->plan.event).status(); !appended.ok()) return appended;
  work->result = {
      .document = std::move(document),
      .outcome = version == 1 ? v1::PutDocumentResponse::OUTCOME_CREATED : v1::PutDocumentResponse::OUTCOME_CHANGED};
  return absl::OkStatus();
}

void SqliteStore::WithdrawRelease(WithdrawParams params, Done<Release> done) {
  struct Work {
    WithdrawParams params;
    Release release;
    Done<Release> done;
  };
  auto work = std::make_shared<Work>();
  work->params = std::move(params);
  work->done = std::move(done);
  // Rare enough to be done on the writing thread as a whole.
  database_->Write(
      [this, work](Connection& connection) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(const auto row, FindRelease(connection, work->params.name));
        if (!row.has_value()) return ReleaseNotFound(work->params.name);
        const ReleaseKey key{.name = work->params.name, .revision = 0};
        if (!row->ground.withdrawn) {
          DATELINE_RETURN_IF_ERROR(
              MarkWithdrawn(connection, row->id, work->params.time, Shorten(work->params.cause, kFailureBytesMax)));
          DATELINE_ASSIGN_OR_RETURN(Release release, LoadRelease(connection, key, View::kFull));
          release.clear_sightings();
          if (absl::Status appended = log_->Append(connection, WithdrawnEvent(release, Now())).status();
              !appended.ok()) {
            return appended;
          }
        }
        DATELINE_ASSIGN_OR_RETURN(work->release, LoadRelease(connection, key, View::kBasic));
        return absl::OkStatus();
      },
      [work](const absl::Status& status) {
        if (!status.ok()) return work->done(TranslateWriteError(status));
        work->done(std::move(work->release));
      });
}

}  // namespace dateline::storage
