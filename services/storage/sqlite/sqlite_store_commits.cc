// The half of SqliteStore that commits what extraction made.

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/statement.h"
#include "services/storage/release_record.h"
#include "services/storage/sqlite/search_index.h"
#include "services/storage/sqlite/site_rows.h"
#include "services/storage/sqlite/sqlite_store.h"

namespace dateline::storage {

using release::v1::Release;
using sql::Connection;
using sql::Statement;

namespace {

// A release whose terms change: release.id, and which of the prepared ones says how.
struct IndexChange {
  int64_t id = 0;
  size_t prepared = 0;
};

// Each document counts once: at its first commit, by its first version.
absl::Status CountLines(Connection& connection, const std::string& name, const v1::CommitReleasesRequest& request) {
  if (request.line_hashes().empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const auto row, FindDocument(connection, name));
  if (!row.has_value()) return DocumentNotFound(name);
  const v1::Document& document = row->document;
  if (!CountsLines(document, request)) return absl::OkStatus();
  const std::string site = SiteOf(document);
  if (site.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(SiteLines lines, LoadSite(connection, site));
  if (!lines.Wants(document.name())) return absl::OkStatus();
  lines.Add({request.line_hashes().data(), static_cast<size_t>(request.line_hashes_size())});
  return SaveSite(connection, site, lines);
}

absl::Status ClearRefresh(Connection& connection, int64_t document_id) {
  Statement clear(connection, "UPDATE document SET refresh = 0 WHERE id = ?1");
  clear.Bind(1, document_id);
  return clear.Run();
}

// Puts what other rules made of the same words in the place of the latest revision's record; the plan then says what
// the index has to follow.
absl::Status RefreshRelease(Connection& connection, const ReleaseRow& row, ReleasePlan* plan) {
  DATELINE_ASSIGN_OR_RETURN(const Release old, LoadRecord(connection, row.revision_id));
  const Release record = RefreshedRecord(plan->record, old);
  plan->old_index = IndexRelease(old, row.ground.create_time);
  plan->new_index = IndexRelease(record, row.ground.create_time);
  return ReplaceRecord(connection, row.id, row.revision_id, record);
}

// What all that waits for a disk or a lock gets too, so that trying one by one is of no use.
bool IsEveryones(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable || status.code() == absl::StatusCode::kResourceExhausted ||
         status.code() == absl::StatusCode::kAborted;
}

}  // namespace

// One CommitReleases on its way. Shared between the queue and the batch that writes it.
struct SqliteStore::CommitWork {
  v1::CommitReleasesRequest request;  // Without its releases, which are prepared.
  std::string document_name;
  std::vector<PreparedRelease> prepared;
  v1::CommitReleasesResponse response;
  v1::Document::State old_state = v1::Document::STATE_UNSPECIFIED;
  bool repeated = false;  // Nothing was written, the stored outcome is answered.
  WallTime time;
  std::vector<IndexChange> index_changes;  // What the search index has to follow.
  absl::Status outcome;
  Done<v1::CommitReleasesResponse> done;
};

// Commits that one write takes together.
struct SqliteStore::CommitBatch {
  std::vector<std::shared_ptr<CommitWork>> works;
  bool more = false;   // Others wait already.
  bool alone = false;  // Of one work, which a batch before could not take.
};

void SqliteStore::CommitReleases(v1::CommitReleasesRequest request, Done<v1::CommitReleasesResponse> done) {
  auto work = std::make_shared<CommitWork>();
  work->request = std::move(request);
  work->done = std::move(done);
  work->document_name = ParseDocumentName(work->request.document()).value_or(std::string());
  for (auto& release : *work->request.mutable_releases()) release.set_name(ParseReleaseName(release.name())->name);
  work->time = Now();
  if (absl::Status prepared = PrepareCommit(work.get()); !prepared.ok())
    return work->done(TranslateWriteError(prepared));
  EnqueueCommit(std::move(work));
}

void SqliteStore::EnqueueCommit(std::shared_ptr<CommitWork> work) {
  bool write = false;
  bool full = false;
  {
    MutexLock lock(mutex_);
    full = commits_.size() >= options_.write_queue_max;
    if (!full) {
      commits_.push_back(work);
      write = !std::exchange(batch_queued_, true);
    }
  }
  if (full) return work->done(QueueFull());
  if (write) WriteBatch();
}

void SqliteStore::WriteBatch() {
  auto batch = std::make_shared<CommitBatch>();
  database_->Write([this, batch](Connection& connection) { return RunBatch(connection, batch.get()); },
                   [this, batch](const absl::Status& status) { FinishBatch(batch.get(), status); });
}

bool SqliteStore::TakeBatch(CommitBatch* batch) {
  MutexLock lock(mutex_);
  const size_t before = batch->works.size();
  while (!commits_.empty() && batch->works.size() < options_.group_max) {
    batch->works.push_back(std::move(commits_.front()));
    commits_.pop_front();
  }
  if (batch->works.size() > before) return true;
  batch_queued_ = !commits_.empty();
  batch->more = batch_queued_;
  return false;
}

absl::Status SqliteStore::RunBatch(Connection& connection, CommitBatch* batch) {
  batch_releases_ = 0;
  batch_known_ = 0;
  // What comes while the batch runs shares its fsync too.
  size_t next = 0;
  do {
    for (; next < batch->works.size(); ++next) {
      CommitWork& work = *batch->works[next];
      const int64_t before = connection.total_changes();
      work.outcome = RunCommit(connection, &work);
      // A commit that was refused with half of it written spoils the batch: savepoints, which could undo it alone, cost
      // all that are not refused a copy of each page.
      if (!work.outcome.ok() && connection.total_changes() != before) return work.outcome;
    }
  } while (!batch->alone && TakeBatch(batch));
  IndexWriter index(connection, &facet_values_);
  for (const auto& work : batch->works) {
    if (!work->outcome.ok()) continue;
    for (const IndexChange& change : work->index_changes) {
      const ReleasePlan& plan = work->prepared[change.prepared].plan;
      if (plan.ground.revision > 0) DATELINE_RETURN_IF_ERROR(index.Remove(change.id, plan.old_index));
      DATELINE_RETURN_IF_ERROR(index.Add(change.id, plan.new_index));
    }
  }
  DATELINE_RETURN_IF_ERROR(index.Finish());
  // Comparing is worth a look before the transaction, on the caller's thread, where most releases are known.
  look_first_ = batch_known_ * 2 > batch_releases_;
  return absl::OkStatus();
}

void SqliteStore::FinishBatch(CommitBatch* batch, const absl::Status& status) {
  if (!status.ok()) facet_values_.Clear();  // What was undone may stand in it.
  if (!status.ok() && !batch->alone) {
    // A write that was refused never ran its body; what waited for it is refused with it.
    if (batch->works.empty()) TakeBatch(batch);
    MutexLock lock(mutex_);
    batch_queued_ = !commits_.empty();
    batch->more = batch_queued_;
  }
  if (batch->more) WriteBatch();
  // One of them spoilt it; which one is found by trying.
  const bool apart = !status.ok() && !IsEveryones(status) && batch->works.size() > 1;
  for (auto& work : batch->works) {
    if (apart) {
      WriteAlone(std::move(work));
      continue;
    }
    const absl::Status& outcome = status.ok() ? work->outcome : status;
    if (!outcome.ok()) {
      work->done(TranslateWriteError(outcome));
      continue;
    }
    if (!work->repeated) CountCommit(*work);
    work->done(std::move(work->response));
  }
}

void SqliteStore::WriteAlone(std::shared_ptr<CommitWork> work) {
  auto batch = std::make_shared<CommitBatch>();
  batch->alone = true;
  batch->works.push_back(std::move(work));
  database_->Write([this, batch](Connection& connection) { return RunBatch(connection, batch.get()); },
                   [this, batch](const absl::Status& status) { FinishBatch(batch.get(), status); });
}

size_t SqliteStore::waiting_commits() {
  MutexLock lock(mutex_);
  return commits_.size();
}

// Makes the plans, against a snapshot where that is worth a look.
absl::Status SqliteStore::PrepareCommit(CommitWork* work) {
  struct Known {
    ReleaseGround ground;
    std::optional<Release> stored;
  };
  std::vector<Known> known;
  DocumentGround document{.name = work->document_name, .order = 0};
  const auto look = [&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(const auto row, FindDocumentHead(connection, work->document_name));
    if (!row.has_value()) return DocumentNotFound(work->document_name);
    document.order = static_cast<uint64_t>(row->id);
    for (const Release& release : work->request.releases()) {
      DATELINE_ASSIGN_OR_RETURN(const auto found, FindRelease(connection, release.name()));
      Known& entry = known.emplace_back();
      if (!found.has_value()) continue;
      entry.ground = found->ground;
      DATELINE_ASSIGN_OR_RETURN(entry.stored, LoadRecord(connection, found->revision_id));
    }
    return absl::OkStatus();
  };
  if (look_first_) DATELINE_RETURN_IF_ERROR(database_->Read(look));
  known.resize(static_cast<size_t>(work->request.releases_size()));
  for (int i = 0; i < work->request.releases_size(); ++i) {
    const Known& entry = known[static_cast<size_t>(i)];
    work->prepared.push_back(Prepare(PlanRelease(std::move(*work->request.mutable_releases(i)), document, entry.ground,
                                                 entry.stored.has_value() ? &*entry.stored : nullptr, work->time)));
  }
  // Nothing is left to the writing thread to be freed that is not needed there.
  work->request.clear_releases();
  return absl::OkStatus();
}

// True when the effect has to be applied; false when it was before and the stored outcome is the answer.
absl::StatusOr<bool> SqliteStore::Acknowledge(Connection& connection, const DocumentHead& document,
                                              const CommitWork& work) {
  if (!work.request.has_lease()) return true;
  const bool committed = document.state != v1::Document::STATE_PENDING;
  const absl::StatusOr<eventlog::AckOutcome> acked =
      log_->AckInTransaction(connection, ToReference(work.request.lease()));
  if (!acked.ok()) {
    if (committed && ErrorReason(acked.status()) == eventlog::kReasonLeaseLost) return false;
    return acked.status();
  }
  return *acked == eventlog::AckOutcome::kAcked || !committed;
}

absl::Status SqliteStore::RunCommit(Connection& connection, CommitWork* work) {
  work->response.Clear();
  work->index_changes.clear();
  DATELINE_ASSIGN_OR_RETURN(auto document, FindDocumentHead(connection, work->document_name));
  if (!document.has_value()) return DocumentNotFound(work->document_name);
  work->old_state = document->state;
  DATELINE_ASSIGN_OR_RETURN(const bool apply, Acknowledge(connection, *document, *work));
  if (!apply) {
    work->repeated = true;
    work->response = std::move(document->result);
    return absl::OkStatus();
  }
  if (document->refresh) DATELINE_RETURN_IF_ERROR(ClearRefresh(connection, document->id));
  for (size_t i = 0; i < work->prepared.size(); ++i) {
    DATELINE_RETURN_IF_ERROR(ApplyRelease(connection, *document, work, i));
  }
  DATELINE_RETURN_IF_ERROR(CountLines(connection, work->document_name, work->request));
  const bool failed = !work->request.failure().empty();
  return UpdateDocumentResult(
      connection, document->id, failed ? v1::Document::STATE_FAILED : v1::Document::STATE_EXTRACTED,
      Shorten(work->request.failure(), kFailureBytesMax), failed ? document->result : work->response);
}

absl::Status SqliteStore::ApplyRelease(Connection& connection, const DocumentHead& document, CommitWork* work,
                                       size_t index) {
  PreparedRelease& prepared = work->prepared[index];
  DATELINE_ASSIGN_OR_RETURN(const auto row, FindRelease(connection, prepared.plan.name));
  const ReleaseGround ground = row.has_value() ? row->ground : ReleaseGround();
  if (ground != prepared.plan.ground) {
    std::optional<Release> stored;
    if (row.has_value()) {
      DATELINE_ASSIGN_OR_RETURN(stored, LoadRecord(connection, row->revision_id));
    }
    const DocumentGround from{.name = work->document_name, .order = static_cast<uint64_t>(document.id)};
    prepared =
        Prepare(PlanRelease(IncomingOf(prepared), from, ground, stored.has_value() ? &*stored : nullptr, work->time));
  }
  ++batch_releases_;
  if (row.has_value()) ++batch_known_;
  ReleasePlan& plan = prepared.plan;
  plan.document_order = std::max(ground.document_order, static_cast<uint64_t>(document.id));
  v1::CommittedRelease* committed = work->response.add_releases();
  committed->set_name(plan.name);
  committed->set_revision(plan.revision);
  committed->set_outcome(plan.outcome);
  if (plan.outcome == v1::CommittedRelease::OUTCOME_UNCHANGED) {
    if (document.refresh && plan.document_order == static_cast<uint64_t>(document.id)) {
      DATELINE_RETURN_IF_ERROR(RefreshRelease(connection, *row, &prepared.plan));
      work->index_changes.push_back({.id = row->id, .prepared = index});
    }
    if (plan.document_order == ground.document_order) return absl::OkStatus();
    return TouchRelease(connection, row->id, plan.document_order);
  }
  DATELINE_RETURN_IF_ERROR(prepared.event.status());
  IndexChange change{.id = row.has_value() ? row->id : 0, .prepared = index};
  if (row.has_value()) {
    DATELINE_RETURN_IF_ERROR(ReviseRelease(connection, *row, prepared, document.id));
  } else {
    DATELINE_ASSIGN_OR_RETURN(change.id, InsertRelease(connection, prepared, document.id, plan.time));
  }
  work->index_changes.push_back(change);
  DATELINE_ASSIGN_OR_RETURN(const eventlog::Record record, log_->Append(connection, *prepared.event));
  committed->set_event_sequence(record.sequence.value());
  return absl::OkStatus();
}

void SqliteStore::CountCommit(const CommitWork& work) {
  const auto adjust = [](uint64_t& count, bool before, bool after) {
    if (before && !after) --count;
    if (!before && after) ++count;
  };
  const bool failed = !work.request.failure().empty();
  MutexLock lock(mutex_);
  adjust(stats_.pending_documents, work.old_state == v1::Document::STATE_PENDING, false);
  adjust(stats_.failed_documents, work.old_state == v1::Document::STATE_FAILED, failed);
  for (const auto& committed : work.response.releases()) {
    if (committed.outcome() == v1::CommittedRelease::OUTCOME_UNCHANGED) continue;
    ++stats_.revisions;
    if (committed.outcome() != v1::CommittedRelease::OUTCOME_PUBLISHED) continue;
    ++stats_.releases;
    stats_.last_release_time = work.time;
  }
}

}  // namespace dateline::storage
