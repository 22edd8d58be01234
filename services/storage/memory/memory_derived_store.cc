#include "services/storage/memory/memory_derived_store.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "common/base/status_macros.h"
#include "services/storage/release_record.h"

namespace dateline::storage {

using release::v1::Release;

void MemoryDerivedStore::Complete(int64_t id, Release* release) {
  MutexLock lock(mutex_);
  const auto found = derived_.find(id);
  if (found == derived_.end()) return;
  SetDerivedFields(
      {.revision = found->second.revision, .cluster = found->second.cluster, .references = found->second.references},
      release);
}

absl::StatusOr<PostingHead> MemoryDerivedStore::LoadPostingHead() {
  MutexLock lock(mutex_);
  return postings_.head();
}

absl::StatusOr<std::vector<PostingRow>> MemoryDerivedStore::LoadPostings(int64_t after, int limit) {
  MutexLock lock(mutex_);
  return postings_.Rows(after, limit);
}

absl::StatusOr<std::vector<std::string>> MemoryDerivedStore::LoadPostingBuckets(int64_t run,
                                                                                const std::vector<uint32_t>& buckets) {
  MutexLock lock(mutex_);
  return postings_.Buckets(run, buckets);
}

absl::StatusOr<std::vector<DerivedRow>> MemoryDerivedStore::LoadDerived(const std::vector<int64_t>& ids) {
  MutexLock lock(mutex_);
  std::vector<DerivedRow> rows;
  for (const int64_t id : ids) {
    if (const auto found = derived_.find(id); found != derived_.end()) rows.push_back(found->second);
  }
  return rows;
}

absl::StatusOr<std::vector<LinkRow>> MemoryDerivedStore::LoadLinks(int64_t release_id) {
  MutexLock lock(mutex_);
  std::vector<LinkRow> rows;
  if (const auto found = links_.find(release_id); found != links_.end()) {
    for (const auto& [other, row] : found->second) rows.push_back(row);
  }
  return rows;
}

absl::StatusOr<std::vector<int64_t>> MemoryDerivedStore::ClusterMembers(std::string_view cluster, int limit) {
  MutexLock lock(mutex_);
  std::vector<int64_t> ids;
  if (cluster.empty()) return ids;
  for (const auto& [id, row] : derived_) {
    if (row.cluster == cluster && ids.size() < static_cast<size_t>(limit)) ids.push_back(id);
  }
  return ids;
}

absl::StatusOr<std::vector<Release>> MemoryDerivedStore::LoadBasics(const std::vector<int64_t>& ids) {
  std::vector<Release> releases;
  const int64_t count = releases_.CountReleases();
  for (const int64_t id : ids) {
    if (id >= 1 && id <= count) releases.push_back(releases_.ReleaseAt(id, true));
  }
  return releases;
}

absl::StatusOr<std::optional<int64_t>> MemoryDerivedStore::FindReleaseId(std::string_view name) {
  return releases_.IdOf(name);
}

absl::StatusOr<std::vector<std::vector<int64_t>>> MemoryDerivedStore::FindEntities(
    const std::vector<SoughtEntityKey>& keys, int limit_each) {
  MutexLock lock(mutex_);
  std::vector<std::vector<int64_t>> found;
  for (const SoughtEntityKey& sought : keys) {
    std::vector<int64_t>& ids = found.emplace_back();
    auto at = keys_.lower_bound({.kind = sought.kind, .key = sought.key, .entity_id = 0});
    for (; at != keys_.end() && at->kind == sought.kind && at->key == sought.key; ++at) {
      if (ids.size() == static_cast<size_t>(limit_each)) break;
      ids.push_back(at->entity_id);
    }
  }
  return found;
}

absl::StatusOr<std::vector<int64_t>> MemoryDerivedStore::FindEntitiesByPrefix(v1::Entity::Kind kind,
                                                                              std::string_view prefix, int limit) {
  MutexLock lock(mutex_);
  std::vector<int64_t> ids;
  std::set<int64_t> seen;
  auto at = keys_.lower_bound({.kind = kind, .key = std::string(prefix), .entity_id = 0});
  for (; at != keys_.end() && at->kind == kind && at->key.compare(0, prefix.size(), prefix) == 0; ++at) {
    if (ids.size() == static_cast<size_t>(limit)) break;
    if (seen.insert(at->entity_id).second) ids.push_back(at->entity_id);
  }
  return ids;
}

absl::StatusOr<std::vector<EntityRow>> MemoryDerivedStore::LoadEntities(const std::vector<int64_t>& ids) {
  MutexLock lock(mutex_);
  std::vector<EntityRow> rows;
  for (const int64_t id : ids) {
    if (const auto found = entities_.find(id); found != entities_.end()) rows.push_back(found->second);
  }
  return rows;
}

absl::StatusOr<std::vector<EntityRow>> MemoryDerivedStore::LoadEntitiesByName(const std::vector<std::string>& names) {
  MutexLock lock(mutex_);
  const std::set<std::string> sought(names.begin(), names.end());
  std::vector<EntityRow> rows;
  for (const auto& [id, row] : entities_) {
    if (sought.count(row.name) != 0) rows.push_back(row);
  }
  return rows;
}

absl::StatusOr<std::vector<EntityRow>> MemoryDerivedStore::ListEntityRows(const EntityQuery& query) {
  MutexLock lock(mutex_);
  std::vector<EntityRow> rows;
  const std::pair behind(query.after_count.value_or(std::numeric_limits<int64_t>::max()), query.after_id);
  for (const auto& [id, row] : entities_) {
    if (std::pair(row.release_count, id) >= behind) continue;
    if (query.kind != v1::Entity::KIND_UNSPECIFIED && row.kind != query.kind) continue;
    if (!query.contacts_only || row.has_contacts) rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end(), [](const EntityRow& a, const EntityRow& b) {
    return std::pair(a.release_count, a.id) > std::pair(b.release_count, b.id);
  });
  if (rows.size() > static_cast<size_t>(query.limit)) rows.resize(static_cast<size_t>(query.limit));
  return rows;
}

absl::StatusOr<std::vector<MentionRow>> MemoryDerivedStore::ListMentionRows(const MentionQuery& query) {
  MutexLock lock(mutex_);
  std::vector<MentionRow> rows;
  const std::pair behind(query.after_time_us.value_or(std::numeric_limits<int64_t>::max()), query.after_release_id);
  auto at = mentions_.lower_bound({query.entity_id, 0});
  for (; at != mentions_.end() && at->first.first == query.entity_id; ++at) {
    const MentionRow& row = at->second;
    if (std::pair(row.time_us, row.release_id) < behind && (!query.figures_only || row.has_figures))
      rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end(), [](const MentionRow& a, const MentionRow& b) {
    return std::pair(a.time_us, a.release_id) > std::pair(b.time_us, b.release_id);
  });
  if (rows.size() > static_cast<size_t>(query.limit)) rows.resize(static_cast<size_t>(query.limit));
  return rows;
}

absl::StatusOr<std::vector<TimelineRow>> MemoryDerivedStore::ListTimelineRows(const MentionQuery& query,
                                                                              size_t bytes_max) {
  DATELINE_ASSIGN_OR_RETURN(auto mentions, ListMentionRows(query));
  std::vector<TimelineRow> rows;
  size_t bytes = 0;
  for (MentionRow& mention : mentions) {
    if (bytes >= bytes_max) break;
    std::string release = releases_.ReleaseAt(mention.release_id, false).SerializeAsString();
    bytes += release.size();
    rows.push_back({.mention = std::move(mention), .release = std::move(release)});
  }
  return rows;
}

absl::StatusOr<std::vector<MentionRow>> MemoryDerivedStore::MentionsOfReleases(
    const std::vector<int64_t>& release_ids) {
  MutexLock lock(mutex_);
  const std::set<int64_t> sought(release_ids.begin(), release_ids.end());
  std::vector<MentionRow> rows;
  for (const auto& [key, row] : mentions_) {
    if (sought.count(row.release_id) != 0) rows.push_back(row);
  }
  return rows;
}

absl::StatusOr<std::vector<PinRow>> MemoryDerivedStore::FindPins(const std::vector<SoughtEntityKey>& keys) {
  MutexLock lock(mutex_);
  std::vector<PinRow> rows;
  for (const SoughtEntityKey& sought : keys) {
    const auto found = pins_.find({static_cast<int>(sought.kind), sought.key});
    if (found != pins_.end()) rows.push_back({.kind = sought.kind, .key = sought.key, .entity = found->second});
  }
  return rows;
}

absl::StatusOr<std::vector<PinRow>> MemoryDerivedStore::PinsTo(std::string_view entity) {
  MutexLock lock(mutex_);
  std::vector<PinRow> rows;
  for (const auto& [key, name] : pins_) {
    if (name == entity)
      rows.push_back({.kind = static_cast<v1::Entity::Kind>(key.first), .key = key.second, .entity = name});
  }
  return rows;
}

absl::StatusOr<int64_t> MemoryDerivedStore::NextEntityId() {
  MutexLock lock(mutex_);
  return entities_.empty() ? 1 : entities_.rbegin()->first + 1;
}

uint32_t MemoryDerivedStore::DerivedRevision(int64_t id) {
  MutexLock lock(mutex_);
  const auto found = derived_.find(id);
  return found == derived_.end() ? 0 : found->second.revision;
}

absl::StatusOr<std::vector<UnderivedRelease>> MemoryDerivedStore::ReadUnderived(int limit, size_t bytes_max) {
  std::vector<UnderivedRelease> releases;
  size_t bytes = 0;
  const int64_t count = releases_.CountReleases();
  for (int64_t id = 1; id <= count; ++id) {
    if (releases.size() == static_cast<size_t>(limit) || (!releases.empty() && bytes >= bytes_max)) break;
    Release release = releases_.ReleaseAt(id, false);
    if (DerivedRevision(id) >= release.revision()) continue;
    bytes += release.ByteSizeLong();
    MutexLock lock(mutex_);
    releases.push_back({.id = id, .release = std::move(release), .quiet = id <= quiet_up_to_});
  }
  return releases;
}

absl::StatusOr<uint64_t> MemoryDerivedStore::CountUnderived() {
  uint64_t waiting = 0;
  const int64_t count = releases_.CountReleases();
  for (int64_t id = 1; id <= count; ++id) {
    if (DerivedRevision(id) < releases_.ReleaseAt(id, true).revision()) ++waiting;
  }
  return waiting;
}

absl::StatusOr<uint64_t> MemoryDerivedStore::DerivedGeneration() {
  MutexLock lock(mutex_);
  return generation_;
}

absl::StatusOr<uint32_t> MemoryDerivedStore::DerivedRules() {
  MutexLock lock(mutex_);
  return rules_;
}

absl::Status MemoryDerivedStore::Apply(const DerivedChanges& changes) {
  MutexLock lock(mutex_);
  if (changes.generation != generation_) return DerivedChanged();
  postings_.Apply(changes);
  for (const auto& [id, other] : changes.links_removed) links_[id].erase(other);
  for (const auto& [id, row] : changes.links_put) links_[id][row.other_id] = row;
  for (const DerivedRow& row : changes.releases) derived_[row.release_id] = row;
  for (const auto& [id, references] : changes.references_put) derived_[id].references = references;
  for (const EntityKey& key : changes.keys_removed) keys_.erase(key);
  for (const EntityKey& key : changes.keys_added) keys_.insert(key);
  for (const int64_t id : changes.entities_removed) entities_.erase(id);
  for (const EntityRow& row : changes.entities_put) entities_[row.id] = row;
  for (const auto& key : changes.mentions_removed) mentions_.erase(key);
  for (const MentionRow& row : changes.mentions_put) mentions_[{row.entity_id, row.release_id}] = row;
  for (const PinRow& pin : changes.pins_put) pins_[{static_cast<int>(pin.kind), pin.key}] = pin.entity;
  for (const eventlog::NewEvent& event : changes.events) {
    if (absl::Status appended = log_.Append(event).status(); !appended.ok()) return appended;
  }
  rules_ = changes.rules;
  ++generation_;
  return absl::OkStatus();
}

void MemoryDerivedStore::ApplyDerived(DerivedChanges changes, Applied done) {
  done(Apply(changes));
}

void MemoryDerivedStore::ResetDerived(Applied done) {
  const int64_t count = releases_.CountReleases();
  {
    MutexLock lock(mutex_);
    derived_.clear();
    postings_.Reset();
    links_.clear();
    entities_.clear();
    keys_.clear();
    mentions_.clear();
    quiet_up_to_ = count;
    rules_ = 0;
    ++generation_;
  }
  done(absl::OkStatus());
}

}  // namespace dateline::storage
