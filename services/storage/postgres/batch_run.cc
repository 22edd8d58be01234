#include "services/storage/postgres/batch_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/storage/postgres/document_rows.h"
#include "services/storage/postgres/release_rows.h"
#include "services/storage/release_record.h"

namespace dateline::storage {

using release::v1::Release;
using sql::postgres::Bytes;
using sql::postgres::Parameters;
using sql::postgres::Result;

absl::Status PostgresStore::BatchRun::Run(const std::vector<std::shared_ptr<Work>>& works) {
  DATELINE_RETURN_IF_ERROR(Ask(works));
  DATELINE_RETURN_IF_ERROR(TakeAnswers());
  for (const auto& work : works) {
    work->outcome = absl::OkStatus();
    absl::Status status;
    if (work->put.has_value()) status = RunPut(&*work->put);
    if (work->commit.has_value()) status = RunCommit(work.get());
    if (work->withdraw.has_value()) status = RunWithdraw(work.get());
    DATELINE_RETURN_IF_ERROR(status);
  }
  rows_.Send();
  SendCounts();
  appender_.Finish();
  return absl::OkStatus();
}

absl::Status PostgresStore::BatchRun::Ask(const std::vector<std::shared_ptr<Work>>& works) {
  std::set<std::string> uris;
  std::set<std::string> contents;
  std::vector<std::string> documents;
  std::vector<std::string> releases;
  for (const auto& work : works) {
    if (work->put.has_value()) {
      uris.insert(pg::HashOf(work->put->plan.document.uri()));
      contents.insert(work->put->plan.content.sha256);
    }
    if (work->commit.has_value()) {
      documents.push_back(NameToKey(work->commit->document_name));
      for (const auto& release : work->commit->releases) releases.push_back(release.prepared.plan.name);
    }
    if (work->withdraw.has_value()) releases.push_back(work->withdraw->params.name);
  }
  ids_ = connection_.Send(
      "SELECT (SELECT coalesce(max(id), 0) FROM document), (SELECT coalesce(max(id), 0) FROM content), (SELECT "
      "coalesce(max(id), 0) FROM release), (SELECT coalesce(max(id), 0) FROM release_revision), (SELECT create_time_us "
      "FROM document ORDER BY id DESC LIMIT 1)");
  if (!uris.empty()) {
    latest_ = pg::SendLatestDocuments(connection_, {uris.begin(), uris.end()});
    std::vector<Bytes> hashes;
    for (const std::string& hash : contents) hashes.push_back({hash});
    contents_ =
        connection_.Send("SELECT sha256, id, bytes FROM content WHERE sha256 = ANY ($1)", Parameters::Of(hashes));
  }
  if (!documents.empty()) documents_ = pg::SendDocuments(connection_, documents);
  if (!releases.empty()) releases_ = pg::SendReleaseRows(connection_, releases);
  for (const auto& work : works) {
    if (!work->commit.has_value() || !work->commit->request.has_lease()) continue;
    acks_[&*work->commit] = log_.SendAck(connection_, ToReference(work->commit->request.lease()));
  }
  return absl::OkStatus();
}

absl::Status PostgresStore::BatchRun::TakeAnswers() {
  DATELINE_ASSIGN_OR_RETURN(const Result ids, connection_.Take(ids_));
  next_document_ = ids.Int64(0, 0) + 1;
  next_content_ = ids.Int64(0, 1) + 1;
  next_release_ = ids.Int64(0, 2) + 1;
  next_revision_ = ids.Int64(0, 3) + 1;
  last_document_time_ = FromMicros(ids.Int64(0, 4));
  if (latest_ != 0) {
    DATELINE_ASSIGN_OR_RETURN(const Result rows, connection_.Take(latest_));
    DATELINE_ASSIGN_OR_RETURN(auto documents, pg::ReadDocuments(rows));
    for (DocumentRow& row : documents) latest_by_uri_[row.document.uri()] = std::move(row);
    DATELINE_ASSIGN_OR_RETURN(const Result contents, connection_.Take(contents_));
    for (int i = 0; i < contents.rows(); ++i) {
      content_by_hash_[contents.String(i, 0)] = contents.Int64(i, 1);
      if (contents.Int64(i, 2) == 0) removed_contents_.insert(contents.Int64(i, 1));
    }
  }
  if (documents_ != 0) {
    DATELINE_ASSIGN_OR_RETURN(const Result rows, connection_.Take(documents_));
    DATELINE_ASSIGN_OR_RETURN(auto documents, pg::ReadDocuments(rows));
    for (DocumentRow& row : documents) document_by_name_[row.document.name()] = std::move(row);
  }
  if (releases_ != 0) {
    DATELINE_ASSIGN_OR_RETURN(const Result rows, connection_.Take(releases_));
    for (auto& [name, row] : pg::ReadReleaseRows(rows)) release_by_name_[name] = {.row = row, .record = std::nullopt};
  }
  return absl::OkStatus();
}

absl::Status PostgresStore::BatchRun::RunPut(PutWork* work) {
  DocumentPlan& plan = work->plan;
  const auto latest = latest_by_uri_.find(plan.document.uri());
  const bool known = latest != latest_by_uri_.end();
  if (known && SameDocument(latest->second.document, plan.document)) {
    if (!SameSighting(latest->second.document, plan.document)) {
      const WallTime time = plan.document.has_fetch_time() ? FromTimestamp(plan.document.fetch_time()) : now_;
      pg::InsertSighting(connection_, plan.document, time);
    }
    work->result = {.document = latest->second.document, .outcome = v1::PutDocumentResponse::OUTCOME_UNCHANGED};
    return absl::OkStatus();
  }
  SetVersion(known ? latest->second.document.version() + 1 : 1, &plan);
  last_document_time_ = std::max(last_document_time_, now_);
  *plan.document.mutable_create_time() = ToTimestamp(last_document_time_);
  auto content = content_by_hash_.find(plan.content.sha256);
  if (content == content_by_hash_.end()) {
    content = content_by_hash_.emplace(plan.content.sha256, next_content_++).first;
    rows_.AddContent(content->second, plan.content, plan.document.content_bytes());
  } else if (removed_contents_.erase(content->second) > 0) {
    pg::RefillContent(connection_, content->second, plan.content, plan.document.content_bytes());
  }
  const int64_t id = next_document_++;
  rows_.AddDocument(id, content->second, plan.document);
  DATELINE_RETURN_IF_ERROR(appender_.Append(plan.event).status());
  ++counts_.documents;
  ++counts_.pending;
  latest_by_uri_[plan.document.uri()] = {
      .id = id, .content_id = content->second, .document = plan.document, .result = {}};
  work->result = {
      .document = plan.document,
      .outcome = known ? v1::PutDocumentResponse::OUTCOME_CHANGED : v1::PutDocumentResponse::OUTCOME_CREATED};
  return absl::OkStatus();
}

absl::StatusOr<bool> PostgresStore::BatchRun::Acknowledge(const DocumentRow& row, CommitWork* work) {
  const auto ticket = acks_.find(work);
  if (ticket == acks_.end()) return true;
  const bool committed = row.document.state() != v1::Document::STATE_PENDING;
  const absl::StatusOr<eventlog::AckOutcome> acked =
      log_.TakeAck(connection_, ticket->second, ToReference(work->request.lease()));
  if (!acked.ok()) {
    if (committed && ErrorReason(acked.status()) == eventlog::kReasonLeaseLost) return false;
    return acked.status();
  }
  return *acked == eventlog::AckOutcome::kAcked || !committed;
}

absl::Status PostgresStore::BatchRun::RunCommit(Work* work) {
  CommitWork& commit = *work->commit;
  commit.response.Clear();
  const auto found = document_by_name_.find(commit.document_name);
  if (found == document_by_name_.end()) {
    work->outcome = DocumentNotFound(commit.document_name);
    // An acknowledgement was sent already, which must not be kept without its effect.
    return acks_.contains(&commit) ? work->outcome : absl::OkStatus();
  }
  DocumentRow& row = found->second;
  const absl::StatusOr<bool> apply = Acknowledge(row, &commit);
  if (!apply.ok()) {
    // A lease that is lost changed nothing: the refusal is this work's own.
    if (ErrorReason(apply.status()) != eventlog::kReasonLeaseLost) return apply.status();
    work->outcome = apply.status();
    return absl::OkStatus();
  }
  if (!*apply) {
    commit.response = row.result;
    return absl::OkStatus();
  }
  for (size_t i = 0; i < commit.releases.size(); ++i) DATELINE_RETURN_IF_ERROR(ApplyRelease(row, &commit, i));
  if (std::exchange(row.refresh, false)) pg::ClearRefresh(connection_, row.id);
  DATELINE_RETURN_IF_ERROR(CountLines(row, commit.request));
  const bool failed = !commit.request.failure().empty();
  if (row.document.state() == v1::Document::STATE_PENDING) --counts_.pending;
  if (row.document.state() == v1::Document::STATE_FAILED) --counts_.failed;
  if (failed) ++counts_.failed;
  row.document.set_state(failed ? v1::Document::STATE_FAILED : v1::Document::STATE_EXTRACTED);
  row.document.set_failure(Shorten(commit.request.failure(), kFailureBytesMax));
  if (!failed) row.result = commit.response;
  rows_.SetDocumentResult(row);
  return absl::OkStatus();
}

absl::StatusOr<Release> PostgresStore::BatchRun::RecordOf(const KnownRelease& known) {
  if (!known.record.has_value()) {
    const auto ticket = pg::SendRecord(connection_, known.row.revision_id);
    return pg::TakeRecord(connection_, ticket, known.row.revision_id);
  }
  Release record;
  // These bytes were serialised in this process.
  DATELINE_CHECK(record.ParseFromString(*known.record), "a record of this batch");
  return record;
}

absl::Status PostgresStore::BatchRun::Replan(const DocumentRow& document, const KnownRelease* known, CommitWork* work,
                                             size_t index) {
  std::optional<Release> stored;
  if (known != nullptr) {
    DATELINE_ASSIGN_OR_RETURN(stored, RecordOf(*known));
  }
  const DocumentGround from{.name = document.document.name(), .order = static_cast<uint64_t>(document.id)};
  CommitWork::Release& release = work->releases[index];
  release.prepared =
      Prepare(PlanRelease(IncomingOf(release.prepared), from, known != nullptr ? known->row.ground : ReleaseGround(),
                          stored.has_value() ? &*stored : nullptr, work->time));
  release.entry = pg::MakeSearchEntry(release.prepared.plan.new_index);
  return absl::OkStatus();
}

absl::Status PostgresStore::BatchRun::ApplyRelease(const DocumentRow& document, CommitWork* work, size_t index) {
  CommitWork::Release& release = work->releases[index];
  const auto found = release_by_name_.find(release.prepared.plan.name);
  KnownRelease* known = found == release_by_name_.end() ? nullptr : &found->second;
  const ReleaseGround ground = known != nullptr ? known->row.ground : ReleaseGround();
  if (ground != release.prepared.plan.ground) DATELINE_RETURN_IF_ERROR(Replan(document, known, work, index));
  ++committed_releases_;
  if (known != nullptr) ++known_releases_;
  ReleasePlan& plan = release.prepared.plan;
  plan.document_order = std::max(ground.document_order, static_cast<uint64_t>(document.id));
  v1::CommittedRelease* committed = work->response.add_releases();
  committed->set_name(plan.name);
  committed->set_revision(plan.revision);
  committed->set_outcome(plan.outcome);
  if (plan.outcome == v1::CommittedRelease::OUTCOME_UNCHANGED) {
    if (document.refresh && plan.document_order == static_cast<uint64_t>(document.id)) {
      DATELINE_RETURN_IF_ERROR(Refresh(plan.record, known));
    }
    if (plan.document_order == ground.document_order) return absl::OkStatus();
    known->row.ground.document_order = plan.document_order;
    rows_.Send();
    pg::TouchRelease(connection_, known->row.id, plan.document_order);
    return absl::OkStatus();
  }
  DATELINE_RETURN_IF_ERROR(release.prepared.event.status());
  KnownRelease next;
  next.row.id = known != nullptr ? known->row.id : next_release_++;
  next.row.revision_id = next_revision_++;
  next.row.ground = {.revision = plan.revision,
                     .document_order = plan.document_order,
                     .create_time = known != nullptr ? ground.create_time : plan.time,
                     .withdrawn = false};
  next.record = release.prepared.record;
  if (known != nullptr) {
    rows_.ReviseRelease(next.row, release.prepared, document.id);
  } else {
    rows_.AddRelease(next.row, release.prepared, document.id, plan.time);
    ++counts_.releases;
    counts_.last_release = plan.time;
  }
  ++counts_.revisions;
  rows_.PutIntoIndex(next.row.id, release.entry);
  release_by_name_[plan.name] = std::move(next);
  DATELINE_ASSIGN_OR_RETURN(const eventlog::Record* const record, appender_.Append(*release.prepared.event));
  committed->set_event_sequence(record->sequence.value());
  return absl::OkStatus();
}

absl::Status PostgresStore::BatchRun::Refresh(const Release& incoming, KnownRelease* known) {
  DATELINE_ASSIGN_OR_RETURN(const Release old, RecordOf(*known));
  const Release record = RefreshedRecord(incoming, old);
  rows_.Send();
  pg::ReplaceRecord(connection_, known->row, record);
  const pg::SearchEntry entry = pg::MakeSearchEntry(IndexRelease(record, known->row.ground.create_time));
  pg::PutIntoIndex(connection_, {{known->row.id, &entry}});
  ++known->row.ground.edits;
  known->record = record.SerializeAsString();
  return absl::OkStatus();
}

// Each document counts once: at its first commit, by its first version.
absl::Status PostgresStore::BatchRun::CountLines(const DocumentRow& row, const v1::CommitReleasesRequest& request) {
  const v1::Document& document = row.document;
  if (!CountsLines(document, request)) return absl::OkStatus();
  const std::string site = SiteOf(document);
  if (site.empty()) return absl::OkStatus();
  auto lines = sites_.find(site);
  if (lines == sites_.end()) {
    DATELINE_ASSIGN_OR_RETURN(SiteLines loaded, pg::LoadSite(connection_, site));
    lines = sites_.emplace(site, std::move(loaded)).first;
  }
  if (!lines->second.Wants(document.name())) return absl::OkStatus();
  lines->second.Add({request.line_hashes().data(), static_cast<size_t>(request.line_hashes_size())});
  pg::SaveSite(connection_, site, lines->second);
  return absl::OkStatus();
}

absl::Status PostgresStore::BatchRun::RunWithdraw(Work* work) {
  const WithdrawParams& params = work->withdraw->params;
  const auto found = release_by_name_.find(params.name);
  if (found == release_by_name_.end()) {
    work->outcome = ReleaseNotFound(params.name);
    return absl::OkStatus();
  }
  ReleaseRow& row = found->second.row;
  const ReleaseKey key{.name = params.name, .revision = 0};
  // It may be one of this batch.
  rows_.Send();
  if (!row.ground.withdrawn) {
    row.ground.withdrawn = true;
    pg::MarkWithdrawn(connection_, row.id, params.time, Shorten(params.cause, kFailureBytesMax));
    DATELINE_ASSIGN_OR_RETURN(Release release, pg::LoadRelease(connection_, key, View::kFull));
    release.clear_sightings();
    DATELINE_RETURN_IF_ERROR(appender_.Append(WithdrawnEvent(release, now_)).status());
  }
  DATELINE_ASSIGN_OR_RETURN(work->withdraw->release, pg::LoadRelease(connection_, key, View::kBasic));
  return absl::OkStatus();
}

void PostgresStore::BatchRun::SendCounts() {
  const Counts& counts = counts_;
  if (counts.documents == 0 && counts.pending == 0 && counts.failed == 0 && counts.revisions == 0) return;
  connection_.Post(
      "UPDATE archive_count SET documents = documents + $1, pending_documents = pending_documents + $2, "
      "failed_documents "
      "= failed_documents + $3, releases = releases + $4, revisions = revisions + $5, last_release_time_us = "
      "greatest(last_release_time_us, $6) WHERE id = 1",
      Parameters::Of(counts.documents, counts.pending, counts.failed, counts.releases, counts.revisions,
                     counts.last_release.has_value() ? ToMicros(*counts.last_release) : int64_t{0}));
}

}  // namespace dateline::storage
