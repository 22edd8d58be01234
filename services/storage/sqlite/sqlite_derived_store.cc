#include "services/storage/sqlite/sqlite_derived_store.h"

#include <memory>
#include <utility>

#include "common/base/status_macros.h"
#include "common/sql/statement.h"
#include "services/storage/sqlite/archive_setting.h"
#include "services/storage/sqlite/derived_rows.h"
#include "services/storage/sqlite/posting_rows.h"
#include "services/storage/sqlite/release_rows.h"
#include "services/storage/sqlite/sqlite_store.h"
#include "services/storage/sqlite/timeline_rows.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using sql::Connection;
using sql::Statement;

constexpr std::string_view kGeneration = "derived_generation";
constexpr std::string_view kRules = "derived_rules";

absl::Status Advance(Connection& connection, uint64_t generation) {
  return SetArchiveSetting(connection, kGeneration, generation + 1);
}

}  // namespace

template <class T, class Select>
absl::StatusOr<T> SqliteDerivedStore::Read(Select select) {
  T result{};
  DATELINE_RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(result, select(connection));
    return absl::OkStatus();
  }));
  return result;
}

absl::StatusOr<PostingHead> SqliteDerivedStore::LoadPostingHead() {
  return Read<PostingHead>([](Connection& c) { return SelectPostingHead(c); });
}

absl::StatusOr<std::vector<PostingRow>> SqliteDerivedStore::LoadPostings(int64_t after, int limit) {
  return Read<std::vector<PostingRow>>([&](Connection& c) { return SelectPostings(c, after, limit); });
}

absl::StatusOr<std::vector<std::string>> SqliteDerivedStore::LoadPostingBuckets(int64_t run,
                                                                                const std::vector<uint32_t>& buckets) {
  return Read<std::vector<std::string>>([&](Connection& c) { return SelectPostingBuckets(c, run, buckets); });
}

absl::StatusOr<std::vector<DerivedRow>> SqliteDerivedStore::LoadDerived(const std::vector<int64_t>& ids) {
  return Read<std::vector<DerivedRow>>([&](Connection& c) { return SelectDerived(c, ids); });
}

absl::StatusOr<std::vector<LinkRow>> SqliteDerivedStore::LoadLinks(int64_t release_id) {
  return Read<std::vector<LinkRow>>([&](Connection& c) { return SelectLinks(c, release_id); });
}

absl::StatusOr<std::vector<int64_t>> SqliteDerivedStore::ClusterMembers(std::string_view cluster, int limit) {
  return Read<std::vector<int64_t>>([&](Connection& c) { return SelectCluster(c, cluster, limit); });
}

absl::StatusOr<std::vector<Release>> SqliteDerivedStore::LoadBasics(const std::vector<int64_t>& ids) {
  return Read<std::vector<Release>>([&](Connection& c) { return SelectBasics(c, ids); });
}

absl::StatusOr<std::optional<int64_t>> SqliteDerivedStore::FindReleaseId(std::string_view name) {
  return Read<std::optional<int64_t>>([&](Connection& c) -> absl::StatusOr<std::optional<int64_t>> {
    DATELINE_ASSIGN_OR_RETURN(const auto row, FindRelease(c, name));
    if (!row.has_value()) return std::optional<int64_t>();
    return std::optional<int64_t>(row->id);
  });
}

absl::StatusOr<std::vector<std::vector<int64_t>>> SqliteDerivedStore::FindEntities(
    const std::vector<SoughtEntityKey>& keys, int limit_each) {
  return Read<std::vector<std::vector<int64_t>>>([&](Connection& c) { return SelectEntityIds(c, keys, limit_each); });
}

absl::StatusOr<std::vector<int64_t>> SqliteDerivedStore::FindEntitiesByPrefix(v1::Entity::Kind kind,
                                                                              std::string_view prefix, int limit) {
  return Read<std::vector<int64_t>>([&](Connection& c) { return SelectEntityIdsByPrefix(c, kind, prefix, limit); });
}

absl::StatusOr<std::vector<EntityRow>> SqliteDerivedStore::LoadEntities(const std::vector<int64_t>& ids) {
  return Read<std::vector<EntityRow>>([&](Connection& c) { return SelectEntitiesById(c, ids); });
}

absl::StatusOr<std::vector<EntityRow>> SqliteDerivedStore::LoadEntitiesByName(const std::vector<std::string>& names) {
  return Read<std::vector<EntityRow>>([&](Connection& c) { return SelectEntitiesByName(c, names); });
}

absl::StatusOr<std::vector<EntityRow>> SqliteDerivedStore::ListEntityRows(const EntityQuery& query) {
  return Read<std::vector<EntityRow>>([&](Connection& c) { return SelectEntities(c, query); });
}

absl::StatusOr<std::vector<MentionRow>> SqliteDerivedStore::ListMentionRows(const MentionQuery& query) {
  return Read<std::vector<MentionRow>>([&](Connection& c) { return SelectMentions(c, query); });
}

absl::StatusOr<std::vector<TimelineRow>> SqliteDerivedStore::ListTimelineRows(const MentionQuery& query,
                                                                              size_t bytes_max) {
  return Read<std::vector<TimelineRow>>([&](Connection& c) { return SelectTimeline(c, query, bytes_max); });
}

absl::StatusOr<std::vector<MentionRow>> SqliteDerivedStore::MentionsOfReleases(
    const std::vector<int64_t>& release_ids) {
  return Read<std::vector<MentionRow>>([&](Connection& c) { return SelectMentionsOf(c, release_ids); });
}

absl::StatusOr<std::vector<PinRow>> SqliteDerivedStore::FindPins(const std::vector<SoughtEntityKey>& keys) {
  return Read<std::vector<PinRow>>([&](Connection& c) { return SelectPins(c, keys); });
}

absl::StatusOr<std::vector<PinRow>> SqliteDerivedStore::PinsTo(std::string_view entity) {
  return Read<std::vector<PinRow>>([&](Connection& c) { return SelectPinsTo(c, entity); });
}

absl::StatusOr<int64_t> SqliteDerivedStore::NextEntityId() {
  return Read<int64_t>([](Connection& c) { return SelectNextEntityId(c); });
}

absl::StatusOr<std::vector<UnderivedRelease>> SqliteDerivedStore::ReadUnderived(int limit, size_t bytes_max) {
  return Read<std::vector<UnderivedRelease>>([&](Connection& c) { return SelectUnderived(c, limit, bytes_max); });
}

absl::StatusOr<uint64_t> SqliteDerivedStore::CountUnderived() {
  return Read<uint64_t>([](Connection& c) -> absl::StatusOr<uint64_t> {
    Statement statement(c, "SELECT count(*) FROM release WHERE derived_revision < revision");
    DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
    return found ? statement.ColumnUint64(0) : uint64_t{0};
  });
}

absl::StatusOr<uint64_t> SqliteDerivedStore::DerivedGeneration() {
  return Read<uint64_t>([](Connection& c) { return ArchiveSetting(c, kGeneration); });
}

absl::StatusOr<uint32_t> SqliteDerivedStore::DerivedRules() {
  DATELINE_ASSIGN_OR_RETURN(const uint64_t rules,
                            Read<uint64_t>([](Connection& c) { return ArchiveSetting(c, kRules); }));
  return static_cast<uint32_t>(rules);
}

void SqliteDerivedStore::ApplyDerived(DerivedChanges changes, Applied done) {
  auto work = std::make_shared<DerivedChanges>(std::move(changes));
  database_.Write(
      [this, work](Connection& connection) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(const uint64_t generation, ArchiveSetting(connection, kGeneration));
        if (generation != work->generation) return DerivedChanged();
        DATELINE_RETURN_IF_ERROR(WriteDerived(connection, *work));
        for (const eventlog::NewEvent& event : work->events) {
          if (absl::Status appended = log_.Append(connection, event).status(); !appended.ok()) return appended;
        }
        DATELINE_RETURN_IF_ERROR(SetArchiveSetting(connection, kRules, work->rules));
        return Advance(connection, generation);
      },
      [done = std::move(done)](const absl::Status& status) { done(TranslateWriteError(status)); });
}

void SqliteDerivedStore::ResetDerived(Applied done) {
  database_.Write(
      [](Connection& connection) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(const uint64_t generation, ArchiveSetting(connection, kGeneration));
        DATELINE_RETURN_IF_ERROR(DeleteDerived(connection));
        DATELINE_RETURN_IF_ERROR(SetArchiveSetting(connection, kRules, 0));
        return Advance(connection, generation);
      },
      [done = std::move(done)](const absl::Status& status) { done(TranslateWriteError(status)); });
}

}  // namespace dateline::storage
