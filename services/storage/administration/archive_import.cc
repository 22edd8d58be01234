#include "services/storage/administration/archive_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/storage/administration/archive_administration.h"
#include "services/storage/administration/archive_export.h"
#include "services/storage/commit_plan.h"
#include "services/storage/content.h"
#include "services/storage/names.h"
#include "services/storage/release_record.h"

namespace dateline::storage {
namespace {

using release::v1::Release;

absl::Status BadRecord(std::string_view name, std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "INVALID_ARCHIVE_RECORD", fmt::format("{}: {}", name, what),
               {{"name", std::string(name)}});
}

absl::StatusOr<Epoch> EpochOf(const std::string& bytes) {
  Epoch epoch{};
  if (!EpochFromBytes(bytes, &epoch)) return BadRecord("log", "an epoch has 16 bytes");
  return epoch;
}

absl::StatusOr<eventlog::LogState> LogOf(const v1::ArchiveLog& log) {
  eventlog::LogState state;
  DATELINE_ASSIGN_OR_RETURN(state.epoch, EpochOf(log.epoch()));
  for (const auto& topic : log.topics()) {
    if (topic.low_water() == 0) return BadRecord(topic.topic(), "low_water is at least 1");
    state.topics.push_back({topic.topic(), eventlog::Sequence(), eventlog::Sequence(topic.low_water())});
  }
  return state;
}

eventlog::GroupState GroupOf(const v1::ArchiveGroup& group) {
  eventlog::GroupState state{
      .topic = group.topic(), .group = group.group(), .next = eventlog::Sequence(group.next_sequence()), .open = {}};
  for (const uint64_t open : group.open_sequences()) state.open.emplace_back(open);
  return state;
}

bool SameOutcome(const v1::Document& a, const v1::Document& b) {
  return a.state() == b.state() && a.failure() == b.failure() &&
         std::equal(a.releases().begin(), a.releases().end(), b.releases().begin(), b.releases().end());
}

// Whether a release was seen elsewhere than its document.
bool SeenElsewhere(const Release& release) {
  return release.sightings_size() > 1;
}

StoredErasure ErasureOf(const v1::ArchiveErasure& erasure) {
  StoredErasure stored{
      .time = FromTimestamp(erasure.erase_time()), .salt = erasure.salt(), .hash = erasure.hash(), .counts = {}};
  stored.counts.set_release_count(static_cast<int32_t>(erasure.release_count()));
  stored.counts.set_revision_count(static_cast<int32_t>(erasure.revision_count()));
  stored.counts.set_event_count(static_cast<int32_t>(erasure.event_count()));
  stored.counts.set_content_count(static_cast<int32_t>(erasure.content_count()));
  return stored;
}

}  // namespace

absl::Status ArchiveImport::Parse() {
  for (const v1::ArchiveRecord& record : request_.records()) DATELINE_RETURN_IF_ERROR(ParseOne(record));
  return absl::OkStatus();
}

absl::Status ArchiveImport::CheckEpoch(const std::string& bytes) {
  DATELINE_ASSIGN_OR_RETURN(const Epoch epoch, EpochOf(bytes));
  if (epoch_.value_or(epoch) != epoch) return BadRecord("log", "records of two logs in one call");
  epoch_ = epoch;
  return absl::OkStatus();
}

absl::Status ArchiveImport::ParseOne(const v1::ArchiveRecord& record) {
  const int parts = record.has_document() + record.has_revision() + record.has_entity_pin() +
                    record.has_retention_rule() + record.has_erasure() + record.has_log() + record.has_event() +
                    record.has_group();
  if (parts != 1) return BadRecord("record", "has to hold exactly one part that this version knows");
  if (record.has_document()) {
    const v1::Document& document = record.document();
    if (!ParseDocumentName(document.name()).has_value() || document.uri().empty() || document.version() == 0) {
      return BadRecord(document.name(), "a document needs a name, a uri and a version");
    }
    documents_.push_back({.given = &document});
  } else if (record.has_revision()) {
    const Release& release = record.revision().release();
    if (!ParseReleaseName(release.name()).has_value() || release.revision() == 0) {
      return BadRecord(release.name(), "a revision needs the release's name and its number");
    }
    revisions_.push_back({.given = &record.revision()});
  } else if (record.has_entity_pin()) {
    const auto& pin = record.entity_pin();
    if (pin.key().empty() || pin.entity().empty()) return BadRecord("entity_pin", "needs a key and an entity");
    pins_.push_back({.kind = pin.kind(), .key = pin.key(), .entity = pin.entity()});
  } else if (record.has_retention_rule()) {
    if (record.retention_rule().source().empty()) return BadRecord("retention_rule", "needs a source");
    rules_.push_back(record.retention_rule());
  } else if (record.has_erasure()) {
    erasures_.push_back(ErasureOf(record.erasure()));
  } else if (request_.move() && record.has_log()) {
    DATELINE_RETURN_IF_ERROR(CheckEpoch(record.log().epoch()));
    DATELINE_ASSIGN_OR_RETURN(log_, LogOf(record.log()));
  } else if (request_.move() && record.has_event()) {
    const v1::ArchiveEvent& event = record.event();
    DATELINE_RETURN_IF_ERROR(CheckEpoch(event.epoch()));
    DATELINE_ASSIGN_OR_RETURN(
        events_.emplace_back(),
        eventlog::RecordOfPayload(event.topic(), eventlog::Sequence(event.sequence()), event.payload()));
  } else if (request_.move()) {
    DATELINE_RETURN_IF_ERROR(CheckEpoch(record.group().epoch()));
    groups_.push_back(GroupOf(record.group()));
  }
  return absl::OkStatus();
}

absl::Status ArchiveImport::LookForDocuments(ArchiveRows& rows) {
  std::set<std::string> names;
  for (const Document& document : documents_) names.insert(document.given->name());
  for (const Revision& revision : revisions_) names.insert(revision.given->release().document());
  rows_.clear();
  DATELINE_ASSIGN_OR_RETURN(auto found, rows.FindDocuments({names.begin(), names.end()}));
  for (DocumentRow& row : found) rows_[row.document.name()] = std::move(row);
  return absl::OkStatus();
}

absl::Status ArchiveImport::Look(ArchiveRows& rows) {
  std::set<std::string> releases;
  for (const Revision& revision : revisions_) releases.insert(revision.given->release().name());
  DATELINE_RETURN_IF_ERROR(LookForDocuments(rows));
  DATELINE_ASSIGN_OR_RETURN(const auto known, rows.FindReleases({releases.begin(), releases.end()}));
  wanted_ = !pins_.empty() || !rules_.empty() || !erasures_.empty() || log_.has_value() || !events_.empty() ||
            !groups_.empty();
  for (Document& document : documents_) {
    const auto row = rows_.find(document.given->name());
    document.known = row != rows_.end();
    document.other_outcome = request_.move() && document.known && !SameOutcome(row->second.document, *document.given);
    wanted_ = wanted_ || !document.known || document.other_outcome;
  }
  for (Revision& revision : revisions_) {
    const auto release = known.find(revision.given->release().name());
    const Release& given = revision.given->release();
    revision.known = release != known.end() && given.revision() <= release->second.ground.revision;
    revision.to_withdraw = request_.move() && revision.known && given.has_withdraw_time() &&
                           given.revision() == release->second.ground.revision && !release->second.ground.withdrawn;
    wanted_ = wanted_ || !revision.known || revision.to_withdraw || (request_.move() && SeenElsewhere(given));
  }
  return absl::OkStatus();
}

absl::Status ArchiveImport::Prepare() {
  for (Document& document : documents_) {
    if (!document.known) DATELINE_RETURN_IF_ERROR(Prepare(&document));
  }
  for (Revision& revision : revisions_) {
    if (!revision.known) Prepare(&revision);
  }
  return absl::OkStatus();
}

absl::Status ArchiveImport::Prepare(Document* document) const {
  const v1::Document& given = *document->given;
  NewContent& content = document->content;
  content.sha256 = Sha256Bytes(given.content());
  if (given.content().empty()) {
    // Removed by retention where it comes from; its hash still tells it from others.
    content.sha256 = HexToBytes(given.content_sha256());
    if (content.sha256.empty()) return BadRecord(given.name(), "has neither content nor content_sha256");
  } else if (!given.content_sha256().empty() && given.content_sha256() != BytesToHex(content.sha256)) {
    return BadRecord(given.name(), "its content has another hash than content_sha256 says");
  } else {
    content.compressed = CompressContent(given.content());
  }
  DocumentRow& row = document->row;
  row.document = given;
  row.document.clear_content();
  row.document.set_content_bytes(given.content().size());
  row.document.set_content_sha256(BytesToHex(content.sha256));
  CopyOutcome(given, &row);
  if (given.state() == v1::Document::STATE_UNSPECIFIED) row.document.set_state(v1::Document::STATE_PENDING);
  return absl::OkStatus();
}

void ArchiveImport::Prepare(Revision* revision) {
  const Release& release = revision->given->release();
  ReleasePlan plan;
  plan.outcome =
      release.revision() > 1 ? v1::CommittedRelease::OUTCOME_REVISED : v1::CommittedRelease::OUTCOME_PUBLISHED;
  plan.name = release.name();
  plan.revision = release.revision();
  plan.time = FromTimestamp(release.update_time());
  plan.record = release;
  ClearStoredFields(&plan.record);
  plan.record_bytes = plan.record.SerializeAsString();
  plan.changes = revision->given->changes();
  revision->create_time = FromTimestamp(release.create_time());
  plan.new_index = IndexRelease(plan.record, revision->create_time);
  revision->prepared = storage::Prepare(std::move(plan));
}

absl::Status ArchiveImport::Store(ArchiveRows& rows) {
  stored_ = 0;
  DATELINE_RETURN_IF_ERROR(StoreSettings(rows));
  DATELINE_RETURN_IF_ERROR(StoreDocuments(rows));
  DATELINE_RETURN_IF_ERROR(StoreRevisions(rows));
  return StoreLog(rows);
}

absl::Status ArchiveImport::StoreSettings(ArchiveRows& rows) {
  if (!pins_.empty()) {
    DATELINE_ASSIGN_OR_RETURN(const auto there, rows.Pins());
    std::map<std::pair<int, std::string>, std::string> known;
    for (const PinRow& pin : there) known[{pin.kind, pin.key}] = pin.entity;
    bool any = false;
    for (const PinRow& pin : pins_) {
      const auto found = known.find({pin.kind, pin.key});
      if (found != known.end() && (!request_.move() || found->second == pin.entity)) continue;
      DATELINE_RETURN_IF_ERROR(rows.PutPin(pin));
      ++stored_;
      any = true;
    }
    if (any) DATELINE_RETURN_IF_ERROR(rows.DeriveAnew());
  }
  if (!rules_.empty()) {
    DATELINE_ASSIGN_OR_RETURN(const auto there, rows.RetentionRules());
    size_t rules = there.size();
    for (const v1::RetentionRule& rule : rules_) {
      const auto found =
          std::find_if(there.begin(), there.end(), [&](const auto& other) { return other.source() == rule.source(); });
      const bool same = found != there.end() && found->SerializeAsString() == rule.SerializeAsString();
      if (same || (found != there.end() && !request_.move())) continue;
      if (found == there.end() && ++rules > kRetentionRulesMax) {
        return BadRecord(rule.source(), "too many rules of retention");
      }
      DATELINE_RETURN_IF_ERROR(rows.PutRetentionRule(rule));
      ++stored_;
    }
  }
  if (erasures_.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const auto there, rows.Erasures());
  std::set<std::string> known;
  for (const StoredErasure& erasure : there) known.insert(erasure.salt + erasure.hash);
  for (const StoredErasure& erasure : erasures_) {
    if (!known.insert(erasure.salt + erasure.hash).second) continue;
    DATELINE_RETURN_IF_ERROR(rows.AddErasure(erasure).status());
    ++stored_;
  }
  return absl::OkStatus();
}

absl::Status ArchiveImport::StoreDocuments(ArchiveRows& rows) {
  // Others may have stored some since Look().
  DATELINE_RETURN_IF_ERROR(LookForDocuments(rows));
  std::vector<NewDocument> added;
  std::set<std::string> adding;
  for (Document& document : documents_) {
    const std::string& name = document.given->name();
    if (const auto row = rows_.find(name); document.other_outcome && row != rows_.end()) {
      DATELINE_RETURN_IF_ERROR(rows.SetOutcome(*document.given, &row->second));
      ++stored_;
    }
    if (document.known || rows_.contains(name) || !adding.insert(name).second) continue;
    added.push_back({.row = &document.row, .content = &document.content});
  }
  if (added.empty()) return absl::OkStatus();
  DATELINE_RETURN_IF_ERROR(rows.AddDocuments(added));
  stored_ += added.size();
  for (const NewDocument& one : added) {
    rows_[one.row->document.name()] = *one.row;
    // Whoever extracts has not seen it here; in a move the log tells of it.
    if (request_.move() || one.row->document.state() != v1::Document::STATE_PENDING) continue;
    DATELINE_RETURN_IF_ERROR(rows.AppendEvent(DocumentStoredEvent(one.row->document, now_)));
  }
  return absl::OkStatus();
}

absl::Status ArchiveImport::StoreRevisions(ArchiveRows& rows) {
  std::set<std::string> names;
  for (const Revision& revision : revisions_) names.insert(revision.given->release().name());
  if (names.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(auto releases, rows.FindReleases({names.begin(), names.end()}));
  for (Revision& revision : revisions_) {
    const Release& release = revision.given->release();
    if (revision.to_withdraw) {
      const auto time = FromTimestamp(release.withdraw_time());
      DATELINE_RETURN_IF_ERROR(rows.MarkWithdrawn(releases.at(release.name()).id, time));
      ++stored_;
    }
    if (revision.known && !request_.move()) continue;
    const auto document = rows_.find(release.document());
    if (document == rows_.end()) {
      return BadRecord(release.name(), fmt::format("\"{}\" has to come before it", release.document()));
    }
    if (!revision.known) DATELINE_RETURN_IF_ERROR(StoreRevision(rows, &revision, document->second, &releases));
    DATELINE_RETURN_IF_ERROR(StoreSightings(rows, release, document->second));
  }
  // What was found of them where they come from was told there.
  return request_.move() ? rows.DeriveQuietly() : absl::OkStatus();
}

absl::Status ArchiveImport::StoreRevision(ArchiveRows& rows, Revision* revision, const DocumentRow& document,
                                          std::map<std::string, ReleaseRow>* releases) {
  const Release& release = revision->given->release();
  const auto known = releases->find(release.name());
  const uint32_t latest = known != releases->end() ? known->second.ground.revision : 0;
  if (release.revision() <= latest) return absl::OkStatus();
  if (release.revision() != latest + 1) {
    return BadRecord(release.name(), fmt::format("revision {} comes behind {}", release.revision(), latest));
  }
  revision->prepared.plan.document_order = static_cast<uint64_t>(document.id);
  const auto before = known != releases->end() ? std::optional<ReleaseRow>(known->second) : std::nullopt;
  DATELINE_ASSIGN_OR_RETURN((*releases)[release.name()],
                            rows.AddRevision(before, revision->prepared, revision->create_time, document.id));
  ++stored_;
  if (!release.has_withdraw_time()) return absl::OkStatus();
  return rows.MarkWithdrawn((*releases)[release.name()].id, FromTimestamp(release.withdraw_time()));
}

absl::Status ArchiveImport::StoreSightings(ArchiveRows& rows, const Release& release, const DocumentRow& document) {
  const v1::Document& own = document.document;
  const std::string& own_place = own.given_uri().empty() ? own.uri() : own.given_uri();
  for (const auto& sighting : release.sightings()) {
    const bool is_own =
        sighting.source() == own.source() && sighting.guid() == own.guid() && sighting.uri() == own_place;
    if (is_own) continue;
    v1::Document seen = own;
    seen.set_source(sighting.source());
    // Of documents without it, it is that of the document itself.
    const bool plain = own.given_uri().empty() && sighting.uri() == own.uri();
    seen.set_given_uri(plain ? std::string() : sighting.uri());
    seen.set_guid(sighting.guid());
    DATELINE_RETURN_IF_ERROR(rows.AddSighting(seen, FromTimestamp(sighting.time())).status());
  }
  return absl::OkStatus();
}

absl::Status ArchiveImport::StoreLog(ArchiveRows& rows) {
  if (log_.has_value()) {
    DATELINE_ASSIGN_OR_RETURN(const bool adopted, rows.AdoptLog(*log_));
    if (adopted) ++stored_;
  }
  if (!events_.empty() || !groups_.empty()) {
    DATELINE_ASSIGN_OR_RETURN(const eventlog::LogState own, rows.Log());
    if (own.epoch != epoch_) return eventlog::LogNotEmpty();
  }
  if (!events_.empty()) {
    DATELINE_ASSIGN_OR_RETURN(const size_t stored, rows.StoreEvents(events_));
    stored_ += stored;
  }
  for (const eventlog::GroupState& group : groups_) {
    DATELINE_ASSIGN_OR_RETURN(const bool adopted, rows.AdoptGroup(group));
    if (adopted) ++stored_;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::ExportArchiveResponse>> ArchiveAdministration::Export(std::string_view token,
                                                                                     size_t bytes_max) {
  DATELINE_ASSIGN_OR_RETURN(const ExportPlace place, ReadExportToken(token));
  std::vector<v1::ExportArchiveResponse> records;
  DATELINE_RETURN_IF_ERROR(transactions_.Read([&](ArchiveRows& rows) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(records, ArchiveExporter(rows, bytes_max).Run(place));
    return absl::OkStatus();
  }));
  return records;
}

absl::StatusOr<v1::ImportArchiveResponse> ArchiveAdministration::Import(const v1::ImportArchiveRequest& request) {
  ArchiveImport import(request, clock_.Now());
  DATELINE_RETURN_IF_ERROR(import.Parse());
  DATELINE_RETURN_IF_ERROR(transactions_.Read([&](ArchiveRows& rows) { return import.Look(rows); }));
  if (import.wanted()) {
    DATELINE_RETURN_IF_ERROR(import.Prepare());
    DATELINE_RETURN_IF_ERROR(transactions_.Write([&](ArchiveRows& rows) { return import.Store(rows); }));
    if (import.stored() > 0) DATELINE_RETURN_IF_ERROR(transactions_.Reload());
  }
  v1::ImportArchiveResponse response;
  response.set_imported_count(import.stored());
  response.set_skipped_count(static_cast<uint64_t>(request.records_size()) - import.stored());
  return response;
}

}  // namespace dateline::storage
