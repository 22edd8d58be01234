// Export and import of ArchiveAdministration.

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/storage/administration/archive_administration.h"
#include "services/storage/commit_plan.h"
#include "services/storage/content.h"
#include "services/storage/names.h"
#include "services/storage/release_record.h"

namespace dateline::storage {
namespace {

using release::v1::Release;

constexpr int kRevisionsAtOnce = 16;

absl::Status BadRecord(std::string_view name, std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "INVALID_ARCHIVE_RECORD", fmt::format("{}: {}", name, what),
               {{"name", std::string(name)}});
}

// Where an export stands: behind a document, and behind one of its revisions (0: behind none).
struct Place {
  int64_t document = 0;
  int64_t revision = 0;
};

std::string WriteToken(const Place& place) {
  return fmt::format("{}-{}", place.document, place.revision);
}

absl::StatusOr<Place> ReadToken(std::string_view token) {
  Place place;
  if (token.empty()) return place;
  const size_t dash = token.find('-');
  const char* end = token.data() + token.size();
  if (dash != std::string_view::npos) {
    const auto document = std::from_chars(token.data(), token.data() + dash, place.document);
    const auto revision = std::from_chars(token.data() + dash + 1, end, place.revision);
    const bool whole = document.ptr == token.data() + dash && revision.ptr == end;
    if (whole && document.ec == std::errc() && revision.ec == std::errc()) return place;
  }
  return FieldError("INVALID_PAGE", "resume_token", "the token is not one that this method answers");
}

class Exporter {
 public:
  Exporter(ArchiveRows& rows, size_t bytes_max) : rows_(rows), bytes_max_(bytes_max) {}

  absl::StatusOr<std::vector<v1::ExportArchiveResponse>> Run(Place place) {
    if (place.document > 0) DATELINE_RETURN_IF_ERROR(Revisions(place));
    while (bytes_ < bytes_max_) {
      DATELINE_ASSIGN_OR_RETURN(std::vector<DocumentRow> next, rows_.Documents(place.document, 1));
      if (next.empty()) break;
      place = {.document = next.front().id, .revision = 0};
      DATELINE_ASSIGN_OR_RETURN(std::string content, rows_.LoadContent(next.front()));
      v1::ArchiveRecord record;
      *record.mutable_document() = std::move(next.front().document);
      record.mutable_document()->set_content(std::move(content));
      Add(std::move(record), place);
      DATELINE_RETURN_IF_ERROR(Revisions(place));
    }
    return std::move(records_);
  }

 private:
  absl::Status Revisions(Place place) {
    while (bytes_ < bytes_max_) {
      DATELINE_ASSIGN_OR_RETURN(const auto revisions,
                                rows_.RevisionsOfDocument(place.document, place.revision, kRevisionsAtOnce));
      if (revisions.empty()) break;
      for (const StoredRevision& stored : revisions) {
        if (bytes_ >= bytes_max_) break;
        place.revision = stored.id;
        DATELINE_RETURN_IF_ERROR(OneRevision(stored, place));
      }
    }
    return absl::OkStatus();
  }

  absl::Status OneRevision(const StoredRevision& stored, const Place& place) {
    Release record;
    v1::ArchiveRecord out;
    if (!record.ParseFromString(stored.record) ||
        !out.mutable_revision()->mutable_changes()->ParseFromString(stored.changes)) {
      return Error(
          absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
          fmt::format("revision {} of the database cannot be read back; restore the archive from a backup", stored.id));
    }
    DATELINE_ASSIGN_OR_RETURN(Release release, rows_.LoadRelease({.name = record.name(), .revision = stored.revision}));
    // Links and entities are worked out by whoever takes it in.
    ClearDerivedFields(&release);
    *out.mutable_revision()->mutable_release() = std::move(release);
    Add(std::move(out), place);
    return absl::OkStatus();
  }

  void Add(v1::ArchiveRecord record, const Place& place) {
    bytes_ += record.ByteSizeLong();
    v1::ExportArchiveResponse& response = records_.emplace_back();
    *response.mutable_record() = std::move(record);
    response.set_resume_token(WriteToken(place));
  }

  ArchiveRows& rows_;
  const size_t bytes_max_;
  size_t bytes_ = 0;
  std::vector<v1::ExportArchiveResponse> records_;
};

class Importer {
 public:
  Importer(ArchiveRows& rows, WallTime now) : rows_(rows), now_(now) {}

  // Whether it was stored; false when it is there.
  absl::StatusOr<bool> Take(const v1::ArchiveRecord& record) {
    if (record.has_document() == record.has_revision()) {
      return BadRecord("record", "has to hold a document or a revision");
    }
    return record.has_document() ? TakeDocument(record.document()) : TakeRevision(record.revision());
  }

 private:
  absl::StatusOr<bool> TakeDocument(const v1::Document& document) {
    if (!ParseDocumentName(document.name()).has_value() || document.uri().empty() || document.version() == 0) {
      return BadRecord(document.name(), "a document needs a name, a uri and a version");
    }
    DATELINE_ASSIGN_OR_RETURN(const auto known, rows_.FindDocument(document.name()));
    if (known.has_value()) return false;
    DocumentRow row;
    row.document = document;
    row.document.clear_content();
    NewContent content{.sha256 = Sha256Bytes(document.content()), .compressed = CompressContent(document.content())};
    if (document.content().empty()) {
      // Removed by retention where it comes from; its hash still tells it from others.
      content = {.sha256 = HexToBytes(document.content_sha256()), .compressed = {}};
      if (content.sha256.empty()) return BadRecord(document.name(), "has neither content nor content_sha256");
    } else if (!document.content_sha256().empty() && document.content_sha256() != BytesToHex(content.sha256)) {
      return BadRecord(document.name(), "its content has another hash than content_sha256 says");
    }
    row.document.set_content_bytes(document.content().size());
    row.document.set_content_sha256(BytesToHex(content.sha256));
    if (row.document.state() == v1::Document::STATE_UNSPECIFIED) row.document.set_state(v1::Document::STATE_PENDING);
    for (const std::string& release : document.releases()) row.result.add_releases()->set_name(release);
    DATELINE_RETURN_IF_ERROR(rows_.AddDocument(row, content));
    // Whoever extracts has not seen it here.
    if (row.document.state() == v1::Document::STATE_PENDING) {
      DATELINE_RETURN_IF_ERROR(rows_.AppendEvent(DocumentStoredEvent(row.document, now_)));
    }
    return true;
  }

  absl::StatusOr<bool> TakeRevision(const v1::ArchiveRevision& revision) {
    const Release& release = revision.release();
    if (!ParseReleaseName(release.name()).has_value() || release.revision() == 0) {
      return BadRecord(release.name(), "a revision needs the release's name and its number");
    }
    DATELINE_ASSIGN_OR_RETURN(const auto document, rows_.FindDocument(release.document()));
    if (!document.has_value()) {
      return BadRecord(release.name(), fmt::format("\"{}\" has to come before it", release.document()));
    }
    DATELINE_ASSIGN_OR_RETURN(const auto known, rows_.FindRelease(release.name()));
    const uint32_t latest = known.has_value() ? known->ground.revision : 0;
    if (release.revision() <= latest) return false;
    if (release.revision() != latest + 1) {
      return BadRecord(release.name(), fmt::format("revision {} comes behind {}", release.revision(), latest));
    }
    ReleasePlan plan;
    plan.outcome = latest > 0 ? v1::CommittedRelease::OUTCOME_REVISED : v1::CommittedRelease::OUTCOME_PUBLISHED;
    plan.name = release.name();
    plan.revision = release.revision();
    plan.document_order = static_cast<uint64_t>(document->id);
    plan.time = FromTimestamp(release.update_time());
    plan.record = release;
    ClearStoredFields(&plan.record);
    plan.changes = revision.changes();
    const WallTime create_time = FromTimestamp(release.create_time());
    plan.new_index = IndexRelease(plan.record, create_time);
    DATELINE_ASSIGN_OR_RETURN(const int64_t id,
                              rows_.AddRevision(known, Prepare(std::move(plan)), create_time, document->id));
    DATELINE_RETURN_IF_ERROR(TakeSightings(*document, release));
    if (!release.has_withdraw_time()) return true;
    DATELINE_RETURN_IF_ERROR(rows_.MarkWithdrawn(id, FromTimestamp(release.withdraw_time())));
    return true;
  }

  absl::Status TakeSightings(const DocumentRow& document, const Release& release) {
    for (const auto& sighting : release.sightings()) {
      v1::Document seen = document.document;
      seen.set_source(sighting.source());
      seen.set_given_uri(sighting.uri() == seen.uri() ? std::string() : sighting.uri());
      seen.set_guid(sighting.guid());
      DATELINE_RETURN_IF_ERROR(rows_.AddSighting(seen, FromTimestamp(sighting.time())).status());
    }
    return absl::OkStatus();
  }

  ArchiveRows& rows_;
  const WallTime now_;
};

}  // namespace

absl::StatusOr<std::vector<v1::ExportArchiveResponse>> ArchiveAdministration::Export(std::string_view token,
                                                                                     size_t bytes_max) {
  DATELINE_ASSIGN_OR_RETURN(const Place place, ReadToken(token));
  std::vector<v1::ExportArchiveResponse> records;
  DATELINE_RETURN_IF_ERROR(transactions_.Read([&](ArchiveRows& rows) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(records, Exporter(rows, bytes_max).Run(place));
    return absl::OkStatus();
  }));
  return records;
}

absl::StatusOr<v1::ImportArchiveResponse> ArchiveAdministration::Import(const v1::ImportArchiveRequest& request) {
  v1::ImportArchiveResponse response;
  DATELINE_RETURN_IF_ERROR(transactions_.Write([&](ArchiveRows& rows) -> absl::Status {
    response.Clear();
    Importer importer(rows, clock_.Now());
    for (const v1::ArchiveRecord& record : request.records()) {
      DATELINE_ASSIGN_OR_RETURN(const bool stored, importer.Take(record));
      if (stored) {
        response.set_imported_count(response.imported_count() + 1);
      } else {
        response.set_skipped_count(response.skipped_count() + 1);
      }
    }
    return absl::OkStatus();
  }));
  if (response.imported_count() > 0) DATELINE_RETURN_IF_ERROR(transactions_.Recount());
  return response;
}

}  // namespace dateline::storage
