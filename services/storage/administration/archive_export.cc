#include "services/storage/administration/archive_export.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/storage/release_record.h"

namespace dateline::storage {
namespace {

using release::v1::Release;

constexpr int kDocumentsAtOnce = 32;
constexpr int kRevisionsAtOnce = 16;
constexpr int kEventsAtOnce = 200;

v1::ArchiveRecord RecordOf(const PinRow& pin) {
  v1::ArchiveRecord record;
  record.mutable_entity_pin()->set_kind(pin.kind);
  record.mutable_entity_pin()->set_key(pin.key);
  record.mutable_entity_pin()->set_entity(pin.entity);
  return record;
}

v1::ArchiveRecord RecordOf(const StoredErasure& stored) {
  v1::ArchiveRecord record;
  v1::ArchiveErasure& erasure = *record.mutable_erasure();
  *erasure.mutable_erase_time() = ToTimestamp(stored.time);
  erasure.set_salt(stored.salt);
  erasure.set_hash(stored.hash);
  erasure.set_release_count(stored.counts.release_count());
  erasure.set_revision_count(stored.counts.revision_count());
  erasure.set_event_count(stored.counts.event_count());
  erasure.set_content_count(stored.counts.content_count());
  return record;
}

}  // namespace

std::string WriteExportToken(const ExportPlace& place) {
  return fmt::format("{}-{}-{}", place.part, place.first, place.second);
}

absl::StatusOr<ExportPlace> ReadExportToken(std::string_view token) {
  ExportPlace place;
  if (token.empty()) return place;
  std::array<int64_t, 3> numbers{};
  const char* at = token.data();
  const char* const end = token.data() + token.size();
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0 && (at == end || *at++ != '-')) at = nullptr;
    const auto read = at == nullptr ? std::from_chars_result{nullptr, std::errc::invalid_argument}
                                    : std::from_chars(at, end, numbers[i]);
    if (read.ec != std::errc() || numbers[i] < 0) {
      return FieldError("INVALID_PAGE", "resume_token", "the token is not one that this method answers");
    }
    at = read.ptr;
  }
  if (at != end || numbers[0] > ExportPlace::kGroups) {
    return FieldError("INVALID_PAGE", "resume_token", "the token is not one that this method answers");
  }
  return ExportPlace{.part = static_cast<int>(numbers[0]), .first = numbers[1], .second = numbers[2]};
}

void ArchiveExporter::Add(v1::ArchiveRecord record, const ExportPlace& place) {
  bytes_ += record.ByteSizeLong();
  v1::ExportArchiveResponse& response = records_.emplace_back();
  *response.mutable_record() = std::move(record);
  response.set_resume_token(WriteExportToken(place));
}

absl::StatusOr<std::vector<v1::ExportArchiveResponse>> ArchiveExporter::Run(ExportPlace place) {
  while (!full() && place.part <= ExportPlace::kGroups) {
    switch (place.part) {
      case ExportPlace::kSettings:
        DATELINE_RETURN_IF_ERROR(Settings(&place));
        break;
      case ExportPlace::kDocuments:
        DATELINE_RETURN_IF_ERROR(Documents(&place));
        break;
      case ExportPlace::kLog:
        DATELINE_RETURN_IF_ERROR(Log(&place));
        break;
      default:
        DATELINE_RETURN_IF_ERROR(Groups(&place));
    }
    if (!full()) place = {.part = place.part + 1};
  }
  return std::move(records_);
}

// `first` counts them in their order.
absl::Status ArchiveExporter::Settings(ExportPlace* place) {
  std::vector<v1::ArchiveRecord> settings;
  DATELINE_ASSIGN_OR_RETURN(const auto pins, rows_.Pins());
  for (const PinRow& pin : pins) settings.push_back(RecordOf(pin));
  DATELINE_ASSIGN_OR_RETURN(const auto rules, rows_.RetentionRules());
  for (const auto& rule : rules) *settings.emplace_back().mutable_retention_rule() = rule;
  DATELINE_ASSIGN_OR_RETURN(const auto erasures, rows_.Erasures());
  for (const StoredErasure& erasure : erasures) settings.push_back(RecordOf(erasure));
  for (auto i = static_cast<size_t>(place->first); i < settings.size() && !full(); ++i) {
    place->first = static_cast<int64_t>(i) + 1;
    Add(std::move(settings[i]), *place);
  }
  return absl::OkStatus();
}

// `first` is a document, `second` one of its revisions (0: behind none).
absl::Status ArchiveExporter::Documents(ExportPlace* place) {
  if (place->first > 0) DATELINE_RETURN_IF_ERROR(Revisions(place));
  while (!full()) {
    DATELINE_ASSIGN_OR_RETURN(std::vector<DocumentRow> next, rows_.Documents(place->first, kDocumentsAtOnce));
    if (next.empty()) break;
    for (DocumentRow& row : next) {
      if (full()) break;
      place->first = row.id;
      place->second = 0;
      DATELINE_ASSIGN_OR_RETURN(std::string content, rows_.LoadContent(row));
      v1::ArchiveRecord record;
      *record.mutable_document() = std::move(row.document);
      record.mutable_document()->set_content(std::move(content));
      Add(std::move(record), *place);
      DATELINE_RETURN_IF_ERROR(Revisions(place));
    }
  }
  return absl::OkStatus();
}

absl::Status ArchiveExporter::Revisions(ExportPlace* place) {
  while (!full()) {
    DATELINE_ASSIGN_OR_RETURN(const auto revisions,
                              rows_.RevisionsOfDocument(place->first, place->second, kRevisionsAtOnce));
    for (const StoredRevision& stored : revisions) {
      if (full()) break;
      place->second = stored.id;
      DATELINE_RETURN_IF_ERROR(OneRevision(stored, *place));
    }
    if (revisions.size() < kRevisionsAtOnce) break;
  }
  return absl::OkStatus();
}

absl::Status ArchiveExporter::OneRevision(const StoredRevision& stored, const ExportPlace& place) {
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

absl::StatusOr<eventlog::LogState> ArchiveExporter::LogToExport() {
  DATELINE_ASSIGN_OR_RETURN(eventlog::LogState state, rows_.Log());
  if (epoch_.has_value()) state.epoch = *epoch_;
  return state;
}

// `first` is 0 before the record of the log, then the number of the topic from 1; `second` the event.
absl::Status ArchiveExporter::Log(ExportPlace* place) {
  DATELINE_ASSIGN_OR_RETURN(const eventlog::LogState state, LogToExport());
  if (place->first == 0) {
    v1::ArchiveRecord record;
    record.mutable_log()->set_epoch(std::string(EpochToBytes(state.epoch)));
    for (const auto& topic : state.topics) {
      v1::ArchiveLog::Topic& out = *record.mutable_log()->add_topics();
      out.set_topic(topic.topic);
      out.set_low_water(topic.low_water.value());
    }
    place->first = 1;
    Add(std::move(record), *place);
  }
  for (; static_cast<size_t>(place->first) <= state.topics.size(); ++place->first, place->second = 0) {
    const std::string& topic = state.topics[static_cast<size_t>(place->first) - 1].topic;
    while (true) {
      if (full()) return absl::OkStatus();
      DATELINE_ASSIGN_OR_RETURN(auto events, rows_.Events(topic, static_cast<uint64_t>(place->second), kEventsAtOnce));
      if (events.empty()) break;
      for (StoredEvent& stored : events) {
        if (full()) return absl::OkStatus();
        v1::ArchiveRecord record;
        record.mutable_event()->set_epoch(std::string(EpochToBytes(state.epoch)));
        record.mutable_event()->set_topic(topic);
        record.mutable_event()->set_sequence(stored.sequence);
        record.mutable_event()->set_payload(std::move(stored.payload));
        place->second = static_cast<int64_t>(stored.sequence);
        Add(std::move(record), *place);
      }
    }
  }
  return absl::OkStatus();
}

// `first` counts them in their order.
absl::Status ArchiveExporter::Groups(ExportPlace* place) {
  DATELINE_ASSIGN_OR_RETURN(const eventlog::LogState state, LogToExport());
  DATELINE_ASSIGN_OR_RETURN(const auto groups, rows_.Groups());
  for (auto i = static_cast<size_t>(place->first); i < groups.size() && !full(); ++i) {
    v1::ArchiveRecord record;
    v1::ArchiveGroup& group = *record.mutable_group();
    group.set_epoch(std::string(EpochToBytes(state.epoch)));
    group.set_topic(groups[i].topic);
    group.set_group(groups[i].group);
    group.set_next_sequence(groups[i].next.value());
    for (const eventlog::Sequence open : groups[i].open) group.add_open_sequences(open.value());
    place->first = static_cast<int64_t>(i) + 1;
    Add(std::move(record), *place);
  }
  return absl::OkStatus();
}

}  // namespace dateline::storage
