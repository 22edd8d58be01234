// Erasure of a contact by ArchiveAdministration: everything that holds the value is looked for first, then written over
// in writes of bounded size, then the proof is kept.

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "dateline/events/v1/event_data.pb.h"
#include "io/cloudevents/v1/cloudevents.pb.h"
#include "services/storage/administration/archive_administration.h"
#include "services/storage/administration/erasure.h"
#include "services/storage/content.h"
#include "services/storage/release_record.h"

namespace dateline::storage {
namespace {

constexpr int kReadBatch = 200;
constexpr size_t kWriteBatch = 50;

absl::Status Damaged(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
               fmt::format("{} of the database cannot be read back; restore the archive from a backup", what));
}

struct EventPlace {
  std::string topic;
  uint64_t sequence = 0;
};

// Everything that holds a value, by kind.
struct Holders {
  std::set<int64_t> releases;
  std::vector<int64_t> revisions;
  std::vector<EventPlace> events;
  std::vector<int64_t> contents;
  std::vector<std::string> documents;
};

bool Holds(const Eraser& eraser, const StoredContent& content) {
  if (content.compressed.empty()) return false;
  const auto bytes = DecompressContent(content.compressed, static_cast<size_t>(content.bytes));
  return bytes.ok() && eraser.Count(*bytes) > 0;
}

bool Holds(const Eraser& eraser, const v1::Document& document) {
  v1::Document copy = document;
  return eraser.Erase(copy.mutable_feed_hints()) > 0 || eraser.Count(document.failure()) > 0;
}

absl::StatusOr<bool> Holds(const Eraser& eraser, const StoredRevision& revision) {
  if (!eraser.MayStandIn(revision.record) && !eraser.MayStandIn(revision.changes)) return false;
  release::v1::Release release;
  events::v1::ReleaseEvent changes;
  if (!release.ParseFromString(revision.record) || !changes.ParseFromString(revision.changes)) {
    return Damaged(fmt::format("revision {}", revision.id));
  }
  return eraser.Erase(&release) + eraser.Erase(&changes) > 0;
}

// Erases from an event; false when it does not hold the value.
absl::StatusOr<bool> EraseFromEvent(const Eraser& eraser, StoredEvent* stored) {
  io::cloudevents::v1::CloudEvent event;
  if (!event.ParseFromString(stored->payload)) {
    return Damaged(fmt::format("event {} of {}", stored->sequence, stored->topic));
  }
  size_t erased = eraser.Erase(&event);
  events::v1::ReleaseEvent data;
  if (event.has_proto_data() && event.proto_data().UnpackTo(&data)) {
    erased += eraser.Erase(&data);
    event.mutable_proto_data()->PackFrom(data);
  }
  stored->payload = event.SerializeAsString();
  return erased > 0;
}

class Search {
 public:
  Search(ArchiveTransactions& transactions, const Eraser& eraser) : transactions_(transactions), eraser_(eraser) {}

  absl::StatusOr<Holders> Run() {
    DATELINE_RETURN_IF_ERROR(Walk([this](ArchiveRows& rows, int64_t* cursor) { return Revisions(rows, cursor); }));
    DATELINE_RETURN_IF_ERROR(Walk([this](ArchiveRows& rows, int64_t* cursor) { return Contents(rows, cursor); }));
    DATELINE_RETURN_IF_ERROR(Walk([this](ArchiveRows& rows, int64_t* cursor) { return Documents(rows, cursor); }));
    for (const std::string_view topic : {kDocumentTopic, kReleaseTopic}) {
      DATELINE_RETURN_IF_ERROR(
          Walk([this, topic](ArchiveRows& rows, int64_t* cursor) { return Events(rows, topic, cursor); }));
    }
    return std::move(holders_);
  }

 private:
  // Reads batch by batch; a step answers false at the end. One that is run again finds nothing twice.
  absl::Status Walk(const std::function<absl::StatusOr<bool>(ArchiveRows&, int64_t*)>& step) {
    int64_t cursor = 0;
    for (bool more = true; more;) {
      const Holders before = holders_;
      const int64_t from = cursor;
      DATELINE_RETURN_IF_ERROR(transactions_.Read([&](ArchiveRows& rows) -> absl::Status {
        holders_ = before;
        cursor = from;
        DATELINE_ASSIGN_OR_RETURN(more, step(rows, &cursor));
        return absl::OkStatus();
      }));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Revisions(ArchiveRows& rows, int64_t* cursor) {
    DATELINE_ASSIGN_OR_RETURN(const auto revisions, rows.Revisions(*cursor, kReadBatch));
    for (const StoredRevision& revision : revisions) {
      *cursor = revision.id;
      DATELINE_ASSIGN_OR_RETURN(const bool holds, Holds(eraser_, revision));
      if (!holds) continue;
      holders_.revisions.push_back(revision.id);
      holders_.releases.insert(revision.release_id);
    }
    return !revisions.empty();
  }

  absl::StatusOr<bool> Contents(ArchiveRows& rows, int64_t* cursor) {
    DATELINE_ASSIGN_OR_RETURN(const auto contents, rows.Contents(*cursor, kReadBatch));
    for (const StoredContent& content : contents) {
      *cursor = content.id;
      if (Holds(eraser_, content)) holders_.contents.push_back(content.id);
    }
    return !contents.empty();
  }

  absl::StatusOr<bool> Documents(ArchiveRows& rows, int64_t* cursor) {
    DATELINE_ASSIGN_OR_RETURN(const auto documents, rows.Documents(*cursor, kReadBatch));
    for (const DocumentRow& row : documents) {
      *cursor = row.id;
      if (Holds(eraser_, row.document)) holders_.documents.push_back(row.document.name());
    }
    return !documents.empty();
  }

  absl::StatusOr<bool> Events(ArchiveRows& rows, std::string_view topic, int64_t* cursor) {
    DATELINE_ASSIGN_OR_RETURN(auto events, rows.Events(topic, static_cast<uint64_t>(*cursor), kReadBatch));
    for (StoredEvent& event : events) {
      *cursor = static_cast<int64_t>(event.sequence);
      if (!eraser_.MayStandIn(event.payload)) continue;
      const EventPlace place{.topic = event.topic, .sequence = event.sequence};
      DATELINE_ASSIGN_OR_RETURN(const bool erased, EraseFromEvent(eraser_, &event));
      if (erased) holders_.events.push_back(place);
    }
    return !events.empty();
  }

  ArchiveTransactions& transactions_;
  const Eraser& eraser_;
  Holders holders_;
};

// What is among the facets of the one and not of the other.
std::vector<FacetEntry> LostFacets(const release::v1::Release& before, const release::v1::Release& now) {
  std::vector<FacetEntry> lost;
  std::ranges::set_difference(FacetsOf(before), FacetsOf(now), std::back_inserter(lost));
  return lost;
}

absl::Status EraseFromRevision(ArchiveRows& rows, const Eraser& eraser, int64_t id) {
  DATELINE_ASSIGN_OR_RETURN(const auto revision, rows.FindRevision(id));
  if (!revision.has_value()) return absl::OkStatus();
  release::v1::Release release;
  events::v1::ReleaseEvent changes;
  if (!release.ParseFromString(revision->record) || !changes.ParseFromString(revision->changes)) {
    return Damaged(fmt::format("revision {}", id));
  }
  const release::v1::Release before = release;
  if (eraser.Erase(&release) + eraser.Erase(&changes) == 0) return absl::OkStatus();
  DATELINE_RETURN_IF_ERROR(rows.ReplaceRecord(*revision, release, changes));
  return revision->latest ? rows.EraseFacets(LostFacets(before, release)) : absl::OkStatus();
}

absl::Status EraseFromContent(ArchiveRows& rows, const Eraser& eraser, int64_t id) {
  DATELINE_ASSIGN_OR_RETURN(const auto contents, rows.Contents(id - 1, 1));
  if (contents.empty() || contents.front().id != id || contents.front().compressed.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(
      std::string bytes, DecompressContent(contents.front().compressed, static_cast<size_t>(contents.front().bytes)));
  if (eraser.Erase(&bytes) == 0) return absl::OkStatus();
  const NewContent erased{.sha256 = Sha256Bytes(bytes), .compressed = CompressContent(bytes)};
  // Two contents that differed in nothing but this are one now.
  DATELINE_ASSIGN_OR_RETURN(const auto same, rows.FindContent(erased.sha256));
  return same.has_value() && *same != id ? rows.MergeContent(id, *same) : rows.ReplaceContent(id, erased, bytes.size());
}

absl::Status EraseFromDocument(ArchiveRows& rows, const Eraser& eraser, const std::string& name) {
  DATELINE_ASSIGN_OR_RETURN(auto row, rows.FindDocument(name));
  if (!row.has_value()) return absl::OkStatus();
  eraser.Erase(row->document.mutable_feed_hints());
  eraser.Erase(row->document.mutable_failure());
  return rows.ReplaceDocumentTexts(*row);
}

absl::Status EraseFromOneEvent(ArchiveRows& rows, const Eraser& eraser, const EventPlace& place) {
  DATELINE_ASSIGN_OR_RETURN(auto events, rows.Events(place.topic, place.sequence - 1, 1));
  if (events.empty() || events.front().sequence != place.sequence) return absl::OkStatus();
  DATELINE_RETURN_IF_ERROR(EraseFromEvent(eraser, &events.front()).status());
  return rows.ReplaceEvent(events.front());
}

// Runs `one` for each item, a bounded number in one write.
template <class Item, class One>
absl::Status InWrites(ArchiveTransactions& transactions, const std::vector<Item>& items, const One& one) {
  for (size_t at = 0; at < items.size(); at += kWriteBatch) {
    const auto write = [&](ArchiveRows& rows) -> absl::Status {
      for (size_t i = at; i < std::min(items.size(), at + kWriteBatch); ++i) {
        DATELINE_RETURN_IF_ERROR(one(rows, items[i]));
      }
      return absl::OkStatus();
    };
    DATELINE_RETURN_IF_ERROR(transactions.WriteOver(write));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::EraseContactResponse> ArchiveAdministration::Erase(const std::string& value, bool validate_only) {
  DATELINE_ASSIGN_OR_RETURN(const Eraser eraser, Eraser::For(value));
  DATELINE_ASSIGN_OR_RETURN(const Holders holders, Search(transactions_, eraser).Run());
  v1::EraseContactResponse response;
  response.set_release_count(static_cast<int32_t>(holders.releases.size()));
  response.set_revision_count(static_cast<int32_t>(holders.revisions.size()));
  response.set_event_count(static_cast<int32_t>(holders.events.size()));
  response.set_content_count(static_cast<int32_t>(holders.contents.size()));
  if (validate_only) return response;
  const auto with = [&eraser](auto erase) {
    return [&eraser, erase](ArchiveRows& rows, const auto& item) { return erase(rows, eraser, item); };
  };
  // Contents first: what is extracted anew meanwhile no longer holds the value.
  DATELINE_RETURN_IF_ERROR(InWrites(transactions_, holders.contents, with(&EraseFromContent)));
  DATELINE_RETURN_IF_ERROR(InWrites(transactions_, holders.documents, with(&EraseFromDocument)));
  DATELINE_RETURN_IF_ERROR(InWrites(transactions_, holders.revisions, with(&EraseFromRevision)));
  DATELINE_RETURN_IF_ERROR(InWrites(transactions_, holders.events, with(&EraseFromOneEvent)));
  if (!holders.releases.empty()) DATELINE_RETURN_IF_ERROR(transactions_.PurgeIndex());
  StoredErasure erasure{.time = clock_.Now(), .salt = std::string(16, '\0'), .hash = {}, .counts = response};
  RAND_bytes(reinterpret_cast<unsigned char*>(erasure.salt.data()), static_cast<int>(erasure.salt.size()));
  erasure.hash = Sha256Bytes(erasure.salt + eraser.value());
  int64_t id = 0;
  DATELINE_RETURN_IF_ERROR(transactions_.Write([&](ArchiveRows& rows) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(id, rows.AddErasure(erasure));
    return absl::OkStatus();
  }));
  response.set_erasure(fmt::format("erasures/{}", id));
  response.set_proof_sha256(BytesToHex(erasure.hash));
  response.set_proof_salt(BytesToHex(erasure.salt));
  return response;
}

}  // namespace dateline::storage
