#pragma once
// What administration needs of a database, row by row, within one transaction. The rules (what is exported, erased,
// expired) stand in archive_administration; a back end only reads and writes rows. An object belongs to its transaction
// and to one thread. Errors are those of the database; DATA_LOSS when what stands there cannot be read back.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/eventlog/cloud_event.h"
#include "common/eventlog/log_transfer.h"
#include "services/storage/administration/admin_store.h"
#include "services/storage/document_plan.h"
#include "services/storage/entity_store.h"
#include "services/storage/find_releases.h"
#include "services/storage/prepared_release.h"

namespace dateline::storage {

struct StoredContent {
  int64_t id = 0;
  std::string sha256;  // 32 bytes.
  uint64_t bytes = 0;
  std::string compressed;  // Empty: removed by retention.
};

struct StoredRevision {
  int64_t id = 0;
  int64_t release_id = 0;
  uint32_t revision = 0;
  int64_t document_id = 0;
  bool latest = false;
  WallTime release_create_time;
  std::string record;   // Serialised Release.
  std::string changes;  // Serialised ReleaseEvent.
};

struct StoredEvent {
  std::string topic;
  uint64_t sequence = 0;
  std::string payload;
};

struct ReleaseHead {
  int64_t id = 0;
  WallTime update_time;  // Of the latest revision.
  std::string basic;     // Serialised Release.
};

struct StoredErasure {
  WallTime time;
  std::string salt;
  std::string hash;
  v1::EraseContactResponse counts;
};

struct NewDocument {
  DocumentRow* row = nullptr;  // Without ids.
  const NewContent* content = nullptr;
};

class ArchiveRows {
 public:
  virtual ~ArchiveRows() = default;

  virtual ReleaseIndex& index() = 0;

  // Documents, in the order of storing.
  virtual absl::StatusOr<std::optional<DocumentRow>> FindDocument(std::string_view name) = 0;
  // Those of these that are there, in any order.
  virtual absl::StatusOr<std::vector<DocumentRow>> FindDocuments(const std::vector<std::string>& names) = 0;
  virtual absl::StatusOr<std::vector<DocumentRow>> Documents(int64_t after, int limit) = 0;
  virtual absl::StatusOr<std::vector<DocumentRow>> DocumentsOfContent(int64_t content_id, int limit) = 0;
  // Empty when retention removed it.
  virtual absl::StatusOr<std::string> LoadContent(const DocumentRow& row) = 0;
  // With their states, failures and results. Counts them and sets their ids. Their contents stay until the transaction
  // ends.
  virtual absl::Status AddDocuments(const std::vector<NewDocument>& documents) = 0;
  // Gives a document another state, failure and releases, in `row` too. Counts it.
  virtual absl::Status SetOutcome(const v1::Document& outcome, DocumentRow* row) = 0;
  // Feed hints and failure, which may hold what is erased.
  virtual absl::Status ReplaceDocumentTexts(const DocumentRow& row) = 0;
  virtual absl::StatusOr<bool> AddSighting(const v1::Document& sighting, WallTime time) = 0;
  // False when it is marked already.
  virtual absl::StatusOr<bool> MarkRefresh(int64_t document_id) = 0;
  virtual absl::StatusOr<uint64_t> CountRefresh() = 0;

  virtual absl::StatusOr<std::vector<StoredContent>> Contents(int64_t after, int limit) = 0;
  virtual absl::StatusOr<std::optional<int64_t>> FindContent(std::string_view sha256) = 0;
  virtual absl::Status ReplaceContent(int64_t id, const NewContent& content, uint64_t bytes) = 0;
  // Lets the documents of one content have another, equal one, and removes it.
  virtual absl::Status MergeContent(int64_t id, int64_t into) = 0;

  // Those of these that are there, by name.
  virtual absl::StatusOr<std::map<std::string, ReleaseRow>> FindReleases(const std::vector<std::string>& names) = 0;
  virtual absl::StatusOr<std::vector<ReleaseHead>> Releases(int64_t after, int limit) = 0;
  // Full; the latest revision, or `key.revision`.
  virtual absl::StatusOr<release::v1::Release> LoadRelease(const ReleaseKey& key) = 0;
  virtual absl::StatusOr<std::vector<StoredRevision>> Revisions(int64_t after, int limit) = 0;
  virtual absl::StatusOr<std::vector<StoredRevision>> RevisionsOfDocument(int64_t document_id, int64_t after,
                                                                          int limit) = 0;
  virtual absl::StatusOr<std::vector<StoredRevision>> RevisionsOfRelease(int64_t release_id) = 0;
  virtual absl::StatusOr<std::optional<StoredRevision>> FindRevision(int64_t id) = 0;
  // A first revision, or the next of a known release, without an event. Indexes and counts it. The release as it is
  // then. `revision` stays as it is until the transaction ends.
  virtual absl::StatusOr<ReleaseRow> AddRevision(const std::optional<ReleaseRow>& known,
                                                 const PreparedRelease& revision, WallTime create_time,
                                                 int64_t document_id) = 0;
  // Puts another record in the place of a revision's; when it is the latest, indexes it anew, and links and entities
  // are worked out again.
  virtual absl::Status ReplaceRecord(const StoredRevision& revision, const release::v1::Release& record,
                                     const events::v1::ReleaseEvent& changes) = 0;
  // Writes over the texts of values of facets, because a part of them was erased: no other release keeps them either.
  virtual absl::Status EraseFacets(const std::vector<FacetEntry>& values) = 0;
  virtual absl::Status MarkWithdrawn(int64_t release_id, WallTime time) = 0;
  // Whether links and entities of its latest revision are worked out.
  virtual absl::StatusOr<bool> IsDerived(int64_t release_id) = 0;
  // With its revisions and entries in indexes. Nothing derived of it is left but its own row.
  virtual absl::Status RemoveRelease(const std::vector<StoredRevision>& revisions) = 0;

  // Behind that topic and sequence.
  virtual absl::StatusOr<std::vector<StoredEvent>> Events(std::string_view topic, uint64_t after, int limit) = 0;
  virtual absl::Status ReplaceEvent(const StoredEvent& event) = 0;
  virtual absl::Status AppendEvent(const eventlog::NewEvent& event) = 0;

  // The log as a whole, and how far its groups are (eventlog/log_transfer.h).
  virtual absl::StatusOr<eventlog::LogState> Log() = 0;
  virtual absl::StatusOr<std::vector<eventlog::GroupState>> Groups() = 0;
  virtual absl::StatusOr<bool> AdoptLog(const eventlog::LogState& state) = 0;
  virtual absl::StatusOr<size_t> StoreEvents(const std::vector<eventlog::Record>& records) = 0;
  virtual absl::StatusOr<bool> AdoptGroup(const eventlog::GroupState& state) = 0;

  // What a person decided of entities, by kind and key.
  virtual absl::StatusOr<std::vector<PinRow>> Pins() = 0;
  virtual absl::Status PutPin(const PinRow& pin) = 0;
  // Lets links and entities be worked out anew.
  virtual absl::Status DeriveAnew() = 0;
  // Whatever is in the archive now is derived without events.
  virtual absl::Status DeriveQuietly() = 0;

  // In the order of their ids; the id of a new one.
  virtual absl::StatusOr<std::vector<StoredErasure>> Erasures() = 0;
  virtual absl::StatusOr<int64_t> AddErasure(const StoredErasure& erasure) = 0;
  // Releases that wait to be removed.
  virtual absl::Status AddEmptied(int64_t release_id) = 0;
  virtual absl::StatusOr<std::vector<int64_t>> Emptied(int limit) = 0;
  virtual absl::Status RemoveEmptied(int64_t release_id) = 0;

  virtual absl::StatusOr<std::vector<v1::RetentionRule>> RetentionRules() = 0;
  virtual absl::Status PutRetentionRule(const v1::RetentionRule& rule) = 0;
  virtual absl::Status RemoveRetentionRule(std::string_view source) = 0;

  virtual absl::StatusOr<uint64_t> PutOperation(const StoredOperation& operation) = 0;
  virtual absl::StatusOr<std::optional<StoredOperation>> FindOperation(std::string_view name) = 0;
  virtual absl::StatusOr<std::vector<StoredOperation>> Operations(std::optional<bool> done, uint64_t before,
                                                                  int limit) = 0;
  // Notes that it shall stop; false when there is none of this name.
  virtual absl::StatusOr<bool> CancelOperation(std::string_view name) = 0;
  // Whether one that is done had this name.
  virtual absl::StatusOr<bool> RemoveOperation(std::string_view name) = 0;
};

// Transactions of a back end. A write is one of its own and is on disk when it returns; its body may run again when the
// connection was lost before anything was kept. In the order of commits with everything else that writes.
class ArchiveTransactions {
 public:
  using Body = std::function<absl::Status(ArchiveRows&)>;

  virtual ~ArchiveTransactions() = default;
  virtual absl::Status Read(const Body& body) = 0;
  virtual absl::Status Write(const Body& body) = 0;
  // A write of which nothing may be left in free pages.
  virtual absl::Status WriteOver(const Body& body) = 0;
  // What only the back end can check: pages, references, sequences, the sizes of indexes.
  virtual absl::Status VerifyStructure(v1::VerifyArchiveReport* report) = 0;
  virtual absl::Status Backup(const std::string& path) = 0;
  virtual std::string_view BackupSuffix() const = 0;
  // After what Store::Stats() counts was changed, or the log became that of another archive.
  virtual absl::Status Reload() = 0;
  // After an erasure: what was taken out may stand in old parts of the index.
  virtual absl::Status PurgeIndex() = 0;
};

}  // namespace dateline::storage
