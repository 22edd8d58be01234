#include "services/storage/administration/archive_administration.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/storage/commit_plan.h"

namespace dateline::storage {
namespace {

constexpr int kRequeueBatch = 100;

absl::Status OperationNotFound(std::string_view name) {
  return Error(absl::StatusCode::kNotFound, "OPERATION_NOT_FOUND",
               fmt::format("there is no operation \"{}\"; list those that are there", name),
               {{"name", std::string(name)}});
}

// The rules by which the latest release was made.
absl::StatusOr<std::string> LatestRules(ArchiveRows& rows) {
  ReleaseQuery query;
  query.view = View::kFull;
  query.limit = 1;
  DATELINE_ASSIGN_OR_RETURN(const ReleasePage page, FindReleasePage(rows.index(), query));
  return page.releases.empty() ? std::string() : page.releases.front().extractor().rules();
}

// Gives a document to extraction again. False when it comes anyway, or cannot.
absl::StatusOr<bool> RequeueDocument(ArchiveRows& rows, const std::string& name, WallTime now) {
  DATELINE_ASSIGN_OR_RETURN(const auto row, rows.FindDocument(name));
  if (!row.has_value() || row->document.state() == v1::Document::STATE_PENDING) return false;
  // Retention removed its content.
  if (row->document.content_bytes() == 0) return false;
  DATELINE_ASSIGN_OR_RETURN(const bool marked, rows.MarkRefresh(row->id));
  if (!marked) return false;
  DATELINE_RETURN_IF_ERROR(rows.AppendEvent(DocumentStoredEvent(row->document, now)));
  return true;
}

}  // namespace

absl::StatusOr<RequeueStep> ArchiveAdministration::Requeue(const filter::Filter& filter, uint64_t after,
                                                           bool validate_only) {
  RequeueStep step;
  DATELINE_RETURN_IF_ERROR(transactions_.Read([&](ArchiveRows& rows) -> absl::Status {
    step = RequeueStep();
    ReleaseQuery query;
    query.filter = filter;
    query.order = ReleaseOrder::kOldest;
    query.view = View::kFull;
    query.limit = kRequeueBatch;
    query.after = Position{.score = 0, .id = after};
    DATELINE_ASSIGN_OR_RETURN(ReleasePage page, FindReleasePage(rows.index(), query));
    DATELINE_ASSIGN_OR_RETURN(const std::string latest, LatestRules(rows));
    step.releases = page.releases.size();
    for (const auto& release : page.releases) step.outdated += release.extractor().rules() != latest ? 1 : 0;
    step.found = std::move(page.releases);
    step.ended = !page.next.has_value();
    if (page.next.has_value()) step.next = page.next->id;
    return absl::OkStatus();
  }));
  std::vector<std::string> documents;
  for (const auto& release : step.found) documents.push_back(release.document());
  std::sort(documents.begin(), documents.end());
  documents.erase(std::unique(documents.begin(), documents.end()), documents.end());
  step.documents = documents.size();
  if (validate_only || documents.empty()) return step;
  DATELINE_RETURN_IF_ERROR(transactions_.Write([&](ArchiveRows& rows) -> absl::Status {
    step.documents = 0;
    for (const std::string& name : documents) {
      DATELINE_ASSIGN_OR_RETURN(const bool queued, RequeueDocument(rows, name, clock_.Now()));
      step.documents += queued ? 1 : 0;
    }
    return absl::OkStatus();
  }));
  step.found.clear();
  return step;
}

absl::StatusOr<uint64_t> ArchiveAdministration::RequeuedDocuments() {
  uint64_t count = 0;
  DATELINE_RETURN_IF_ERROR(transactions_.Read([&](ArchiveRows& rows) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(count, rows.CountRefresh());
    return absl::OkStatus();
  }));
  return count;
}

absl::Status ArchiveAdministration::SaveOperation(StoredOperation* operation) {
  uint64_t id = 0;
  DATELINE_RETURN_IF_ERROR(transactions_.Write([&](ArchiveRows& rows) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(id, rows.PutOperation(*operation));
    return absl::OkStatus();
  }));
  operation->id = id;
  return absl::OkStatus();
}

absl::StatusOr<StoredOperation> ArchiveAdministration::GetOperation(std::string_view name) {
  std::optional<StoredOperation> found;
  DATELINE_RETURN_IF_ERROR(transactions_.Read([&](ArchiveRows& rows) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(found, rows.FindOperation(name));
    return absl::OkStatus();
  }));
  if (!found.has_value()) return OperationNotFound(name);
  return *std::move(found);
}

absl::StatusOr<std::vector<StoredOperation>> ArchiveAdministration::ListOperations(std::optional<bool> done,
                                                                                   uint64_t before, int limit) {
  std::vector<StoredOperation> operations;
  const uint64_t most = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  DATELINE_RETURN_IF_ERROR(transactions_.Read([&](ArchiveRows& rows) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(operations, rows.Operations(done, std::min(before, most), limit));
    return absl::OkStatus();
  }));
  return operations;
}

absl::Status ArchiveAdministration::CancelOperation(std::string_view name) {
  bool found = false;
  DATELINE_RETURN_IF_ERROR(transactions_.Write([&](ArchiveRows& rows) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(found, rows.CancelOperation(name));
    return absl::OkStatus();
  }));
  return found ? absl::OkStatus() : OperationNotFound(name);
}

absl::Status ArchiveAdministration::DeleteOperation(std::string_view name) {
  bool removed = false;
  DATELINE_RETURN_IF_ERROR(transactions_.Write([&](ArchiveRows& rows) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(removed, rows.RemoveOperation(name));
    return absl::OkStatus();
  }));
  return removed ? absl::OkStatus() : OperationNotFound(name);
}

}  // namespace dateline::storage
