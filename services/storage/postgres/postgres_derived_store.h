#pragma once
// DerivedStore over the archive's PostgreSQL database; a part of PostgresStore, which owns it. Several processes may
// derive from one archive: a step is applied only when nobody applied another one since it was begun, so nothing is
// derived twice. Steps have a writer of their own; commits wait for one only while it appends its events. Thread-safe.

#include <functional>
#include <memory>
#include <utility>

#include "common/eventlog/postgres_event_log.h"
#include "common/sql/postgres/database.h"
#include "services/storage/derived_store.h"

namespace dateline::storage {

class PostgresDerivedStore final : public DerivedStore {
 public:
  // Both outlive it.
  PostgresDerivedStore(sql::postgres::Database& database, const eventlog::PostgresEventLog& log)
      : database_(database), log_(log), writer_(database.NewWriter("pg-derive")) {}

  // As Database::SetCommitListener(): of the steps.
  void SetCommitListener(std::function<void()> listener) { writer_->SetCommitListener(std::move(listener)); }
  // Refuses further steps and ends its writer. Idempotent.
  void Close() { writer_->Close(); }

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

  sql::postgres::Database& database_;
  const eventlog::PostgresEventLog& log_;
  std::unique_ptr<sql::postgres::GroupWriter> writer_;
};

}  // namespace dateline::storage
