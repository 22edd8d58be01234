#pragma once
// DerivedStore over the archive's SQLite database; a part of SqliteStore, which owns it. Thread-safe.

#include "common/eventlog/sqlite_event_log.h"
#include "common/sql/database.h"
#include "services/storage/derived_store.h"

namespace dateline::storage {

class SqliteDerivedStore final : public DerivedStore {
 public:
  // Both outlive it.
  SqliteDerivedStore(sql::Database& database, const eventlog::SqliteEventLog& log) : database_(database), log_(log) {}

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
  // Reads with `select`, a function of a connection that answers StatusOr<T>.
  template <class T, class Select>
  absl::StatusOr<T> Read(Select select);

  sql::Database& database_;
  const eventlog::SqliteEventLog& log_;
};

}  // namespace dateline::storage
