// The checks of ArchiveAdministration that need no knowledge of a back end: hashes, spans, and the index.

#include "services/storage/administration/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/storage/administration/archive_administration.h"
#include "services/storage/administration/span_check.h"
#include "services/storage/content.h"
#include "services/storage/release_record.h"

namespace dateline::storage {
namespace {

constexpr int kBatch = 100;
constexpr size_t kSpansMax = 10;
constexpr size_t kTitleTerms = 8;

absl::Status Cancelled() {
  return Error(absl::StatusCode::kCancelled, "OPERATION_CANCELLED", "the operation was asked to stop");
}

void CheckContent(const StoredContent& content, v1::VerifyArchiveReport* report) {
  report->set_document_count(report->document_count() + 1);
  // What retention took away has no bytes to check.
  if (content.compressed.empty()) return;
  const std::string hash = BytesToHex(content.sha256);
  const auto bytes = DecompressContent(content.compressed, static_cast<size_t>(content.bytes));
  if (!bytes.ok()) return AddFinding(fmt::format("content {}: cannot be read back", hash), report);
  const std::string found = Sha256Bytes(*bytes);
  if (found != content.sha256) {
    AddFinding(fmt::format("content {}: its bytes have the hash {}", hash, BytesToHex(found)), report);
  }
}

// Whether the index finds the release by its own first words.
absl::StatusOr<bool> IsFound(ArchiveRows& rows, int64_t id, const IndexedText& text) {
  MatchPlan plan;
  plan.kind = MatchPlan::Kind::kPhrase;
  plan.columns = text.title.empty() ? kTextColumn : kTitleColumn;
  const TermList words = TermList::FromIndexForm(text.title.empty() ? text.text : text.title);
  for (const Term& term : words.terms()) {
    if (plan.phrase.terms.size() < kTitleTerms) plan.phrase.terms.push_back(term.text);
  }
  if (plan.phrase.terms.empty()) {
    plan.kind = MatchPlan::Kind::kFact;
    plan.token = text.facts.substr(0, text.facts.find(' '));
  }
  bool found = false;
  const Walk walk{.ascending = true, .after = Position{.score = 0, .id = static_cast<uint64_t>(id) - 1}, .at_once = 1};
  const auto take = [&](const Candidate& candidate) -> absl::StatusOr<bool> {
    found = candidate.id == static_cast<uint64_t>(id);
    return false;
  };
  DATELINE_RETURN_IF_ERROR(rows.index().Stream(plan, walk, take));
  return found;
}

absl::Status CheckRevision(ArchiveRows& rows, const StoredRevision& revision, v1::VerifyArchiveReport* report) {
  report->set_revision_count(report->revision_count() + 1);
  release::v1::Release release;
  if (!release.ParseFromString(revision.record)) {
    AddFinding(
        fmt::format("release {}, revision {}: the record cannot be read back", revision.release_id, revision.revision),
        report);
    return absl::OkStatus();
  }
  const std::string name = fmt::format("{}/revisions/{}", release.name(), revision.revision);
  for (const std::string& wrong : CheckSpans(release, kSpansMax))
    AddFinding(fmt::format("{}: {}", name, wrong), report);
  if (!revision.latest) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const bool found,
                            IsFound(rows, revision.release_id, IndexRelease(release, revision.release_create_time)));
  if (!found) AddFinding(fmt::format("{}: the search index does not find it by its own words", name), report);
  return absl::OkStatus();
}

}  // namespace

void AddFinding(std::string finding, v1::VerifyArchiveReport* report) {
  constexpr int kFindingsMax = 100;
  report->set_finding_count(report->finding_count() + 1);
  if (report->findings_size() < kFindingsMax) report->add_findings(std::move(finding));
}

absl::StatusOr<v1::VerifyArchiveReport> ArchiveAdministration::Verify(bool deep, const KeepGoing& keep_going) {
  v1::VerifyArchiveReport report;
  DATELINE_RETURN_IF_ERROR(transactions_.VerifyStructure(&report));
  if (deep) DATELINE_RETURN_IF_ERROR(VerifyDeep(keep_going, &report));
  return report;
}

absl::Status ArchiveAdministration::VerifyDeep(const KeepGoing& keep_going, v1::VerifyArchiveReport* report) {
  for (int64_t cursor = 0, ended = 0; ended == 0;) {
    if (!keep_going()) return Cancelled();
    std::vector<StoredContent> contents;
    DATELINE_RETURN_IF_ERROR(transactions_.Read([&](ArchiveRows& rows) -> absl::Status {
      DATELINE_ASSIGN_OR_RETURN(contents, rows.Contents(cursor, kBatch));
      return absl::OkStatus();
    }));
    for (const StoredContent& content : contents) CheckContent(content, report);
    if (contents.empty()) ended = 1;
    if (!contents.empty()) cursor = contents.back().id;
  }
  for (int64_t cursor = 0, ended = 0; ended == 0;) {
    if (!keep_going()) return Cancelled();
    v1::VerifyArchiveReport so_far;
    int64_t next = 0;
    const auto check = [&](ArchiveRows& rows) -> absl::Status {
      so_far = *report;
      next = 0;
      DATELINE_ASSIGN_OR_RETURN(const auto revisions, rows.Revisions(cursor, kBatch));
      for (const StoredRevision& revision : revisions) {
        DATELINE_RETURN_IF_ERROR(CheckRevision(rows, revision, &so_far));
        next = revision.id;
      }
      return absl::OkStatus();
    };
    DATELINE_RETURN_IF_ERROR(transactions_.Read(check));
    *report = std::move(so_far);
    if (next == 0) ended = 1;
    cursor = next;
  }
  return absl::OkStatus();
}

}  // namespace dateline::storage
