#pragma once
// The archive in memory: the plainest implementation of the port, for tests of what uses a store. It passes the same
// conformance suite as SqliteStore; nothing survives the object, and everything happens on the calling thread, the
// callbacks too. Thread-safe. The clock outlives it.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/eventlog/memory_event_log.h"
#include "services/storage/commit_plan.h"
#include "services/storage/memory/memory_derived_store.h"
#include "services/storage/search_page.h"
#include "services/storage/site_lines.h"
#include "services/storage/store.h"

namespace dateline::storage {

class MemoryStore final : public Store, private HeldReleases {
 public:
  explicit MemoryStore(const Clock& clock, uint32_t max_attempts = 5);

  void PutDocument(v1::Document document, Done<PutDocumentResult> done) override;
  absl::StatusOr<v1::Document> GetDocument(std::string_view name, bool with_content) override;
  absl::StatusOr<DocumentPage> ListDocuments(const DocumentQuery& query) override;
  void CommitReleases(v1::CommitReleasesRequest request, Done<v1::CommitReleasesResponse> done) override;
  absl::StatusOr<release::v1::Release> GetRelease(const ReleaseKey& key, View view) override;
  absl::StatusOr<std::vector<release::v1::Release>> BatchGetReleases(const std::vector<ReleaseKey>& keys,
                                                                     View view) override;
  absl::StatusOr<ReleasePage> ListReleases(const ReleaseQuery& query) override;
  absl::StatusOr<SearchPage> SearchReleases(const SearchParams& params) override;
  absl::StatusOr<RevisionPage> ListRevisions(std::string_view name, View view, int limit,
                                             std::optional<Position> after) override;
  void WithdrawRelease(WithdrawParams params, Done<release::v1::Release> done) override;
  StoreStats Stats() override;
  DerivedStore& derived() override { return derived_; }
  eventlog::EventLog& events() override { return log_; }
  void SetCommitListener(std::function<void()> listener) override { log_.SetCommitListener(std::move(listener)); }
  absl::Status Ping() override { return absl::OkStatus(); }

 private:
  struct StoredDocument {
    v1::Document document;  // With content.
    v1::CommitReleasesResponse result;
  };
  struct Revision {
    release::v1::Release record;
    WallTime time;
    size_t document = 0;
    events::v1::ChangeClass change_class = events::v1::CHANGE_CLASS_UNSPECIFIED;
  };
  struct StoredRelease {
    ReleaseGround ground;
    std::optional<WallTime> withdraw_time;
    std::vector<Revision> revisions;
    IndexedText indexed;  // Of the latest revision.
  };

  absl::StatusOr<PutDocumentResult> Put(v1::Document document) EXCLUDES(mutex_);
  absl::StatusOr<v1::CommitReleasesResponse> Commit(v1::CommitReleasesRequest request) EXCLUDES(mutex_);
  absl::StatusOr<bool> Acknowledge(const v1::CommitReleasesRequest& request, const StoredDocument& stored)
      REQUIRES(mutex_);
  absl::Status Apply(const release::v1::Release& incoming, size_t document, v1::CommittedRelease* committed)
      REQUIRES(mutex_);
  void CountLines(const v1::Document& document, const v1::CommitReleasesRequest& request) REQUIRES(mutex_);
  release::v1::Release Answer(const StoredRelease& stored, size_t revision, View view) REQUIRES(mutex_);
  StoredRelease* Find(std::string_view name) REQUIRES(mutex_);
  std::vector<Candidate> Matches(const SearchQuery& words, const filter::Filter& filter, ReleaseOrder order)
      REQUIRES(mutex_);
  std::vector<Correction> Corrections(const SearchParams& params, int total) REQUIRES(mutex_);
  absl::StatusOr<release::v1::Release> Get(const ReleaseKey& key, View view) REQUIRES(mutex_);
  int64_t CountReleases() override EXCLUDES(mutex_);
  release::v1::Release ReleaseAt(int64_t id, bool basic) override EXCLUDES(mutex_);
  std::optional<int64_t> IdOf(std::string_view name) override EXCLUDES(mutex_);
  WallTime Now() const { return FromMicros(ToMicros(clock_.Now())); }

  const Clock& clock_;
  eventlog::MemoryEventLog log_;
  MemoryDerivedStore derived_{*this, log_};
  Mutex mutex_;  // Held while an event is appended, as the transaction that it stands for; before the log's own.
  std::vector<StoredDocument> documents_ GUARDED_BY(mutex_);
  std::map<std::string, size_t, std::less<>> document_by_name_ GUARDED_BY(mutex_);
  std::map<std::string, std::vector<size_t>, std::less<>> documents_by_uri_ GUARDED_BY(mutex_);
  std::map<std::string, std::vector<release::v1::Sighting>, std::less<>> sightings_by_uri_ GUARDED_BY(mutex_);
  std::vector<StoredRelease> releases_ GUARDED_BY(mutex_);  // In the order of storing; the id is the index + 1.
  std::map<std::string, size_t, std::less<>> release_by_name_ GUARDED_BY(mutex_);
  // Leases under which something was committed: topic, group, sequence.
  std::set<std::tuple<std::string, std::string, uint64_t>> used_leases_ GUARDED_BY(mutex_);
  std::map<std::string, SiteLines, std::less<>> sites_ GUARDED_BY(mutex_);
  std::optional<WallTime> last_release_time_ GUARDED_BY(mutex_);
};

}  // namespace dateline::storage
