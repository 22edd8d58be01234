#include "services/storage/postgres/postgres_derived_store.h"

#include <memory>
#include <utility>

#include "common/base/status_macros.h"
#include "services/storage/database_store.h"
#include "services/storage/postgres/derived_rows.h"
#include "services/storage/postgres/posting_rows.h"
#include "services/storage/postgres/release_rows.h"
#include "services/storage/postgres/timeline_rows.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using sql::postgres::Connection;

}  // namespace

template <class T, class Select>
absl::StatusOr<T> PostgresDerivedStore::Read(Select select) {
  T result{};
  DATELINE_RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(result, select(connection));
    return absl::OkStatus();
  }));
  return result;
}

absl::StatusOr<PostingHead> PostgresDerivedStore::LoadPostingHead() {
  return Read<PostingHead>([](Connection& c) { return pg::SelectPostingHead(c); });
}

absl::StatusOr<std::vector<PostingRow>> PostgresDerivedStore::LoadPostings(int64_t after, int limit) {
  return Read<std::vector<PostingRow>>([&](Connection& c) { return pg::SelectPostings(c, after, limit); });
}

absl::StatusOr<std::vector<std::string>> PostgresDerivedStore::LoadPostingBuckets(
    int64_t run, const std::vector<uint32_t>& buckets) {
  return Read<std::vector<std::string>>([&](Connection& c) { return pg::SelectPostingBuckets(c, run, buckets); });
}

absl::StatusOr<std::vector<DerivedRow>> PostgresDerivedStore::LoadDerived(const std::vector<int64_t>& ids) {
  return Read<std::vector<DerivedRow>>([&](Connection& c) { return pg::SelectDerived(c, ids); });
}

absl::StatusOr<std::vector<LinkRow>> PostgresDerivedStore::LoadLinks(int64_t release_id) {
  return Read<std::vector<LinkRow>>([&](Connection& c) { return pg::SelectLinks(c, release_id); });
}

absl::StatusOr<std::vector<int64_t>> PostgresDerivedStore::ClusterMembers(std::string_view cluster, int limit) {
  return Read<std::vector<int64_t>>([&](Connection& c) { return pg::SelectCluster(c, cluster, limit); });
}

absl::StatusOr<std::vector<Release>> PostgresDerivedStore::LoadBasics(const std::vector<int64_t>& ids) {
  return Read<std::vector<Release>>([&](Connection& c) { return pg::SelectBasics(c, ids); });
}

absl::StatusOr<std::optional<int64_t>> PostgresDerivedStore::FindReleaseId(std::string_view name) {
  return Read<std::optional<int64_t>>([&](Connection& c) -> absl::StatusOr<std::optional<int64_t>> {
    DATELINE_ASSIGN_OR_RETURN(const auto row, pg::FindRelease(c, name));
    if (!row.has_value()) return std::optional<int64_t>();
    return std::optional<int64_t>(row->id);
  });
}

absl::StatusOr<std::vector<std::vector<int64_t>>> PostgresDerivedStore::FindEntities(
    const std::vector<SoughtEntityKey>& keys, int limit_each) {
  return Read<std::vector<std::vector<int64_t>>>(
      [&](Connection& c) { return pg::SelectEntityIds(c, keys, limit_each); });
}

absl::StatusOr<std::vector<int64_t>> PostgresDerivedStore::FindEntitiesByPrefix(v1::Entity::Kind kind,
                                                                                std::string_view prefix, int limit) {
  return Read<std::vector<int64_t>>([&](Connection& c) { return pg::SelectEntityIdsByPrefix(c, kind, prefix, limit); });
}

absl::StatusOr<std::vector<EntityRow>> PostgresDerivedStore::LoadEntities(const std::vector<int64_t>& ids) {
  return Read<std::vector<EntityRow>>([&](Connection& c) { return pg::SelectEntitiesById(c, ids); });
}

absl::StatusOr<std::vector<EntityRow>> PostgresDerivedStore::LoadEntitiesByName(const std::vector<std::string>& names) {
  return Read<std::vector<EntityRow>>([&](Connection& c) { return pg::SelectEntitiesByName(c, names); });
}

absl::StatusOr<std::vector<EntityRow>> PostgresDerivedStore::ListEntityRows(const EntityQuery& query) {
  return Read<std::vector<EntityRow>>([&](Connection& c) { return pg::SelectEntities(c, query); });
}

absl::StatusOr<std::vector<MentionRow>> PostgresDerivedStore::ListMentionRows(const MentionQuery& query) {
  return Read<std::vector<MentionRow>>([&](Connection& c) { return pg::SelectMentions(c, query); });
}

absl::StatusOr<std::vector<TimelineRow>> PostgresDerivedStore::ListTimelineRows(const MentionQuery& query,
                                                                                size_t bytes_max) {
  return Read<std::vector<TimelineRow>>([&](Connection& c) { return pg::SelectTimeline(c, query, bytes_max); });
}

absl::StatusOr<std::vector<MentionRow>> PostgresDerivedStore::MentionsOfReleases(
    const std::vector<int64_t>& release_ids) {
  return Read<std::vector<MentionRow>>([&](Connection& c) { return pg::SelectMentionsOf(c, release_ids); });
}

absl::StatusOr<std::vector<PinRow>> PostgresDerivedStore::FindPins(const std::vector<SoughtEntityKey>& keys) {
  return Read<std::vector<PinRow>>([&](Connection& c) { return pg::SelectPins(c, keys); });
}

absl::StatusOr<std::vector<PinRow>> PostgresDerivedStore::PinsTo(std::string_view entity) {
  return Read<std::vector<PinRow>>([&](Connection& c) { return pg::SelectPinsTo(c, entity); });
}

absl::StatusOr<int64_t> PostgresDerivedStore::NextEntityId() {
  return Read<int64_t>([](Connection& c) { return pg::SelectNextEntityId(c); });
}

absl::StatusOr<std::vector<UnderivedRelease>> PostgresDerivedStore::ReadUnderived(int limit, size_t bytes_max) {
  return Read<std::vector<UnderivedRelease>>([&](Connection& c) { return pg::SelectUnderived(c, limit, bytes_max); });
}

absl::StatusOr<uint64_t> PostgresDerivedStore::CountUnderived() {
  return Read<uint64_t>([](Connection& c) { return pg::CountUnderived(c); });
}

absl::StatusOr<uint64_t> PostgresDerivedStore::DerivedGeneration() {
  return Read<uint64_t>([](Connection& c) { return pg::DerivedSetting(c, pg::kDerivedGeneration); });
}

absl::StatusOr<uint32_t> PostgresDerivedStore::DerivedRules() {
  DATELINE_ASSIGN_OR_RETURN(const uint64_t rules,
                            Read<uint64_t>([](Connection& c) { return pg::DerivedSetting(c, pg::kDerivedRules); }));
  return static_cast<uint32_t>(rules);
}

void PostgresDerivedStore::ApplyDerived(DerivedChanges changes, Applied done) {
  auto work = std::make_shared<DerivedChanges>(std::move(changes));
  writer_->Write(
      [this, work](Connection& connection) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(const uint64_t generation, pg::LockDerivedGeneration(connection));
        if (generation != work->generation) return DerivedChanged();
        pg::SendDerived(connection, *work);
        // Commits wait from here on, and only until the end of this transaction, which is what is sent below.
        eventlog::EventAppender appender(log_, connection);
        pg::SendDerivedUpTo(connection, work->releases);
        for (const eventlog::NewEvent& event : work->events) {
          if (absl::Status appended = appender.Append(event).status(); !appended.ok()) return appended;
        }
        pg::SendDerivedSetting(connection, pg::kDerivedRules, work->rules);
        pg::SendDerivedSetting(connection, pg::kDerivedGeneration, generation + 1);
        appender.Finish();
        return absl::OkStatus();
      },
      [done = std::move(done)](const absl::Status& status) { done(TranslateWriteError(status)); });
}

void PostgresDerivedStore::ResetDerived(Applied done) {
  writer_->Write(
      [this](Connection& connection) -> absl::Status {
        // An archive of any size, and readers that are on their way.
        connection.Post("SET LOCAL statement_timeout = 0");
        DATELINE_ASSIGN_OR_RETURN(const uint64_t generation, pg::LockDerivedGeneration(connection));
        const eventlog::EventAppender heads(log_, connection);
        pg::SendDeleteDerived(connection);
        pg::SendDerivedSetting(connection, pg::kDerivedRules, 0);
        pg::SendDerivedSetting(connection, pg::kDerivedGeneration, generation + 1);
        return absl::OkStatus();
      },
      [done = std::move(done)](const absl::Status& status) { done(TranslateWriteError(status)); });
}

}  // namespace dateline::storage
