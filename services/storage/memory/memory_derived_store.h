#pragma once
// DerivedStore in memory; a part of MemoryStore, which owns it and the releases. Thread-safe: its lock comes after that
// of MemoryStore, so it asks for releases without holding it.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/base/mutex.h"
#include "common/eventlog/memory_event_log.h"
#include "services/storage/derived_store.h"
#include "services/storage/memory/memory_postings.h"

namespace dateline::storage {

// The releases of MemoryStore as this part sees them. Ids run from 1 to CountReleases().
class HeldReleases {
 public:
  virtual ~HeldReleases() = default;
  virtual int64_t CountReleases() = 0;
  virtual release::v1::Release ReleaseAt(int64_t id, bool basic) = 0;  // Without sightings.
  virtual std::optional<int64_t> IdOf(std::string_view name) = 0;
};

class MemoryDerivedStore final : public DerivedStore {
 public:
  // Both outlive it.
  MemoryDerivedStore(HeldReleases& releases, eventlog::MemoryEventLog& log) : releases_(releases), log_(log) {}

  // Sets cluster and entities of a release that is answered in full.
  void Complete(int64_t id, release::v1::Release* release) EXCLUDES(mutex_);

  absl::StatusOr<PostingHead> LoadPostingHead() override;
  absl::StatusOr<std::vector<PostingRow>> LoadPostings(int64_t after, int limit) override;
  absl::StatusOr<std::vector<std::string>> LoadPostingBuckets(int64_t run,
                                                              const std::vector<uint32_t>& buckets) override;
  absl::StatusOr<std::vector<DerivedRow>> LoadDerived(const std::vector<int64_t>& ids) override;
  absl::StatusOr<std::vector<LinkRow>> LoadLinks(int64_t release_id) override;
  absl::StatusOr<std::vector<int64_t>> ClusterMembers(std::string_view cluster, int limit) override;
  absl::StatusOr<std::vector<release::v1::Release>> LoadBasics(const std::vector<int64_t>& ids) override;
  absl::StatusOr<std::optional<int64_t>> FindReleaseId(std::string_view name) override;

  absl::StatusOr<std::vector<std::vector<int64_t>>> FindEntities(const std::vector<SoughtEntityKey>& keys,
                                                                 int limit_each) override;
  absl::StatusOr<std::vector<int64_t>> FindEntitiesByPrefix(v1::Entity::Kind kind, std::string_view prefix,
                                                            int limit) override;
  absl::StatusOr<std::vector<EntityRow>> LoadEntities(const std::vector<int64_t>& ids) override;
  absl::StatusOr<std::vector<EntityRow>> LoadEntitiesByName(const std::vector<std::string>& names) override;
  absl::StatusOr<std::vector<EntityRow>> ListEntityRows(const EntityQuery& query) override;
  absl::StatusOr<std::vector<MentionRow>> ListMentionRows(const MentionQuery& query) override;
  absl::StatusOr<std::vector<TimelineRow>> ListTimelineRows(const MentionQuery& query, size_t bytes_max) override;
  absl::StatusOr<std::vector<MentionRow>> MentionsOfReleases(const std::vector<int64_t>& release_ids) override;
  absl::StatusOr<std::vector<PinRow>> FindPins(const std::vector<SoughtEntityKey>& keys) override;
  absl::StatusOr<std::vector<PinRow>> PinsTo(std::string_view entity) override;
  absl::StatusOr<int64_t> NextEntityId() override;

  absl::StatusOr<std::vector<UnderivedRelease>> ReadUnderived(int limit, size_t bytes_max) override;
  absl::StatusOr<uint64_t> CountUnderived() override;
  absl::StatusOr<uint64_t> DerivedGeneration() override;
  void ApplyDerived(DerivedChanges changes, Applied done) override;
  void ResetDerived(Applied done) override;
  absl::StatusOr<uint32_t> DerivedRules() override;

 private:
  absl::Status Apply(const DerivedChanges& changes) EXCLUDES(mutex_);
  uint32_t DerivedRevision(int64_t id) EXCLUDES(mutex_);

  HeldReleases& releases_;
  eventlog::MemoryEventLog& log_;
  Mutex mutex_;
  uint64_t generation_ GUARDED_BY(mutex_) = 0;
  uint32_t rules_ GUARDED_BY(mutex_) = 0;
  int64_t quiet_up_to_ GUARDED_BY(mutex_) = 0;  // Releases up to this id are derived quietly.
  std::map<int64_t, DerivedRow> derived_ GUARDED_BY(mutex_);
  MemoryPostings postings_ GUARDED_BY(mutex_);
  std::map<int64_t, std::map<int64_t, LinkRow>> links_ GUARDED_BY(mutex_);
  std::map<int64_t, EntityRow> entities_ GUARDED_BY(mutex_);
  std::set<EntityKey> keys_ GUARDED_BY(mutex_);
  std::map<std::pair<int64_t, int64_t>, MentionRow> mentions_ GUARDED_BY(mutex_);
  std::map<std::pair<int, std::string>, std::string> pins_ GUARDED_BY(mutex_);
};

}  // namespace dateline::storage
