#include "services/storage/administration/archive_operations.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <map>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/filter/filter.h"
#include "services/storage/administration/record_changes.h"

namespace dateline::storage {
namespace {

using release::v1::Release;

constexpr size_t kFileNameBytesMax = 128;
// Documents that wait for extraction because of a reprocessing; more would only make the queue long for others.
constexpr uint64_t kRequeuedMax = 2'000;
constexpr std::chrono::milliseconds kPause{500};
constexpr int kSamplesMax = 20;
constexpr size_t kChangesPerSample = 12;
// The two passes of retention share one cursor.
constexpr uint64_t kContentsPass = uint64_t{1} << 62;

bool IsFileName(std::string_view name) {
  if (name.empty() || name.size() > kFileNameBytesMax || name.front() == '.') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

uint64_t SizeOf(const std::string& path) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  return error ? 0 : bytes;
}

void Add(const v1::ApplyRetentionReport& step, v1::ApplyRetentionReport* report) {
  report->set_content_count(report->content_count() + step.content_count());
  report->set_content_bytes(report->content_bytes() + step.content_bytes());
  report->set_release_count(report->release_count() + step.release_count());
  report->set_revision_count(report->revision_count() + step.revision_count());
}

}  // namespace

ArchiveOperations::ArchiveOperations(Store& store, OperationRunner& runner, const Clock& clock, Options options)
    : store_(store), admin_(*store.admin()), runner_(runner), clock_(clock), options_(std::move(options)) {
  const auto add = [this](std::string kind,
                          absl::Status (ArchiveOperations::*run)(OperationStep&, google::protobuf::Any*)) {
    runner_.Register(std::move(kind), [this, run](OperationStep& step, google::protobuf::Any* response) {
      return (this->*run)(step, response);
    });
  };
  add("backup", &ArchiveOperations::RunBackup);
  add("verify", &ArchiveOperations::RunVerify);
  add("reprocess", &ArchiveOperations::RunReprocess);
  add("retention", &ArchiveOperations::RunRetention);
  runner_.Repeat("retention", options_.retention_interval, [this] {
    const auto rules = admin_.RetentionRules();
    return rules.ok() && !rules->empty();
  });
}

absl::StatusOr<google::longrunning::Operation> ArchiveOperations::BeginBackup(const v1::BackupArchiveRequest& request) {
  v1::BackupArchiveRequest named = request;
  if (named.file_name().empty()) {
    const std::time_t now = std::chrono::system_clock::to_time_t(
        std::chrono::time_point_cast<std::chrono::system_clock::duration>(clock_.Now()));
    named.set_file_name(fmt::format("storage-{:%Y%m%dT%H%M%SZ}{}", fmt::gmtime(now), admin_.BackupSuffix()));
  }
  if (!IsFileName(named.file_name())) {
    return FieldError("INVALID_BACKUP_NAME", "file_name",
                      fmt::format("has to be a file name of letters, digits, \"-\", \"_\" and \".\", at most {} bytes, "
                                  "without a folder: backups go to {}",
                                  kFileNameBytesMax, options_.backup_dir));
  }
  v1::BackupArchiveReport report;
  report.set_path((std::filesystem::path(options_.backup_dir) / named.file_name()).string());
  report.set_total_bytes(store_.Stats().bytes);
  std::error_code ignored;
  if (std::filesystem::exists(report.path(), ignored)) {
    return Error(absl::StatusCode::kAlreadyExists, "BACKUP_EXISTS",
                 fmt::format("{} is there already; give another file_name", report.path()), {{"path", report.path()}});
  }
  return runner_.Begin("backup", named, report);
}

absl::Status ArchiveOperations::RunBackup(OperationStep& step, google::protobuf::Any* response) {
  v1::BackupArchiveReport report;
  step.Load(&report);
  std::error_code error;
  std::filesystem::create_directories(options_.backup_dir, error);
  // Under another name until it was read back, so that a copy that was cut off is never taken for one.
  const std::string partial = report.path() + ".partial";
  std::filesystem::remove(partial, error);
  DATELINE_RETURN_IF_ERROR(admin_.Backup(partial));
  std::filesystem::rename(partial, report.path(), error);
  if (error) {
    return Error(absl::StatusCode::kFailedPrecondition, "BACKUP_FAILED",
                 fmt::format("{}: {}; check the folder and its volume", report.path(), error.message()));
  }
  report.set_written_bytes(SizeOf(report.path()));
  report.set_total_bytes(report.written_bytes());
  response->PackFrom(report);
  return absl::OkStatus();
}

absl::StatusOr<google::longrunning::Operation> ArchiveOperations::BeginVerify(const v1::VerifyArchiveRequest& request) {
  return runner_.Begin("verify", request, v1::VerifyArchiveReport());
}

absl::Status ArchiveOperations::RunVerify(OperationStep& step, google::protobuf::Any* response) {
  v1::VerifyArchiveRequest request;
  request.ParseFromString(step.request());
  DATELINE_ASSIGN_OR_RETURN(const v1::VerifyArchiveReport report,
                            admin_.Verify(request.deep(), [&step] { return !step.stopping(); }));
  response->PackFrom(report);
  return absl::OkStatus();
}

absl::StatusOr<google::longrunning::Operation> ArchiveOperations::BeginReprocess(
    const v1::ReprocessDocumentsRequest& request) {
  DATELINE_RETURN_IF_ERROR(filter::Compile(request.filter()).status());
  return runner_.Begin("reprocess", request, v1::ReprocessDocumentsReport());
}

absl::Status ArchiveOperations::WaitForExtraction(OperationStep& step) {
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const uint64_t waiting, admin_.RequeuedDocuments());
    if (waiting <= kRequeuedMax || step.stopping()) return absl::OkStatus();
    step.Wait(kPause);
  }
}

absl::Status ArchiveOperations::Preview(const std::vector<Release>& stored, v1::ReprocessDocumentsReport* report) {
  if (options_.extract == nullptr) return absl::OkStatus();
  std::map<std::string, std::vector<const Release*>> by_document;
  for (const Release& release : stored) by_document[release.document()].push_back(&release);
  for (const auto& [name, releases] : by_document) {
    const auto document = store_.GetDocument(name, true);
    // What a source's recipe cut out goes with the document to the worker, and is no part of the call.
    if (document.ok() && document->feed_hints().has_recipe()) continue;
    const auto extracted = document.ok() ? options_.extract(*document) : document.status();
    if (!extracted.ok() && extracted.status().code() == absl::StatusCode::kUnavailable) return extracted.status();
    if (!extracted.ok()) {
      report->set_failed_count(report->failed_count() + 1);
      continue;
    }
    for (const Release* release : releases) {
      const auto now = std::find_if(extracted->begin(), extracted->end(),
                                    [release](const Release& other) { return other.name() == release->name(); });
      std::vector<std::string> changes = {"no longer found in its document"};
      if (now != extracted->end()) changes = DescribeChanges(*release, *now, kChangesPerSample);
      if (changes.empty()) continue;
      report->set_changed_count(report->changed_count() + 1);
      if (report->samples_size() == kSamplesMax) continue;
      v1::ReprocessedRelease& sample = *report->add_samples();
      sample.set_name(release->name());
      for (std::string& change : changes) sample.add_changes(std::move(change));
    }
  }
  return absl::OkStatus();
}

absl::Status ArchiveOperations::RunReprocess(OperationStep& step, google::protobuf::Any* response) {
  v1::ReprocessDocumentsRequest request;
  request.ParseFromString(step.request());
  DATELINE_ASSIGN_OR_RETURN(const filter::Filter filter, filter::Compile(request.filter()));
  v1::ReprocessDocumentsReport report;
  step.Load(&report);
  uint64_t cursor = step.cursor();
  for (bool ended = false; !ended;) {
    if (!request.validate_only()) DATELINE_RETURN_IF_ERROR(WaitForExtraction(step));
    DATELINE_ASSIGN_OR_RETURN(const RequeueStep next, admin_.Requeue(filter, cursor, request.validate_only()));
    report.set_document_count(report.document_count() + next.documents);
    report.set_release_count(report.release_count() + next.releases);
    report.set_outdated_count(report.outdated_count() + next.outdated);
    if (request.validate_only()) DATELINE_RETURN_IF_ERROR(Preview(next.found, &report));
    ended = next.ended;
    cursor = next.next;
    if (!ended) DATELINE_RETURN_IF_ERROR(step.Save(report, cursor));
  }
  response->PackFrom(report);
  return absl::OkStatus();
}

absl::StatusOr<google::longrunning::Operation> ArchiveOperations::BeginRetention(
    const v1::ApplyRetentionRequest& request) {
  return runner_.Begin("retention", request, v1::ApplyRetentionReport());
}

absl::Status ArchiveOperations::RunRetention(OperationStep& step, google::protobuf::Any* response) {
  v1::ApplyRetentionRequest request;
  request.ParseFromString(step.request());
  v1::ApplyRetentionReport report;
  step.Load(&report);
  uint64_t cursor = step.cursor();
  for (const bool releases : {true, false}) {
    // Releases first: their contents go with them. The second pass has the flag in its cursor.
    const bool second = (cursor & kContentsPass) != 0;
    if (releases == second) continue;
    for (bool ended = false; !ended;) {
      const uint64_t after = cursor & ~kContentsPass;
      DATELINE_ASSIGN_OR_RETURN(const RetentionStep next, releases
                                                              ? admin_.ExpireReleases(after, request.validate_only())
                                                              : admin_.ExpireContents(after, request.validate_only()));
      Add(next.removed, &report);
      ended = next.ended;
      cursor = ended && releases ? kContentsPass : next.next | (cursor & kContentsPass);
      DATELINE_RETURN_IF_ERROR(step.Save(report, cursor));
    }
  }
  while (!request.validate_only()) {
    DATELINE_ASSIGN_OR_RETURN(const uint64_t left, admin_.RemoveEmptied());
    if (left == 0) break;
    DATELINE_RETURN_IF_ERROR(step.Save(report, cursor));
    step.Wait(kPause);
  }
  response->PackFrom(report);
  return absl::OkStatus();
}

}  // namespace dateline::storage
