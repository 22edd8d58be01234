#include "services/storage/linking/link_planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "services/storage/commit_plan.h"
#include "services/storage/limits.h"
#include "services/storage/linking/contradictions.h"
#include "services/storage/linking/profile.h"
#include "services/storage/linking/relation.h"
#include "services/storage/names.h"

namespace dateline::storage {
namespace {

using events::v1::Change;
using records::LinkProfile;
using release::v1::Release;
using v1::SimilarRelease;

std::string_view RelationWords(Relation relation) {
  switch (relation) {
    case SimilarRelease::RELATION_IDENTICAL:
      return "the same words as";
    case SimilarRelease::RELATION_NEAR_DUPLICATE:
      return "nearly the same words as";
    case SimilarRelease::RELATION_CONTAINS:
      return "holds the words of";
    case SimilarRelease::RELATION_CONTAINED:
      return "is held by";
    case SimilarRelease::RELATION_TRANSLATION:
      return "a translation of";
    case SimilarRelease::RELATION_SAME_EVENT:
      return "of the same happening as";
    default:
      return "similar to";
  }
}

// A run of words that so few have says more than a phrase that everybody uses: two of them are enough.
constexpr size_t kRareKeyMax = kPostingsMax / 2;
constexpr int kRareKeyWeight = 2;

bool SameLink(const LinkRow& a, const LinkRow& b) {
  return a.relation == b.relation && a.similarity == b.similarity && a.detail == b.detail;
}

}  // namespace

absl::Status LinkPlanner::HoldAll(const std::vector<int64_t>& ids) {
  std::vector<int64_t> missing;
  for (const int64_t id : ids) {
    if (held_.count(id) == 0 && underived_.count(id) == 0) missing.push_back(id);
  }
  if (missing.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(auto rows, store_.LoadDerived(missing));
  for (DerivedRow& row : rows) {
    const int64_t id = row.release_id;
    Held held{.row = std::move(row), .profile = profiles_.Find(id), .links = {}};
    if (held.profile == nullptr) {
      auto profile = std::make_shared<LinkProfile>();
      if (!profile->ParseFromString(held.row.profile)) {
        return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
                     fmt::format("what was derived of release {} cannot be read back; derive the archive anew", id));
      }
      held.profile = std::move(profile);
      profiles_.Put(id, held.profile, held.row.profile.size());
    }
    held_.emplace(id, std::move(held));
  }
  for (const int64_t id : missing) {
    if (held_.count(id) == 0) underived_.insert(id);
  }
  return absl::OkStatus();
}

absl::StatusOr<LinkPlanner::Held*> LinkPlanner::Hold(int64_t id) {
  DATELINE_RETURN_IF_ERROR(HoldAll({id}));
  const auto found = held_.find(id);
  return found == held_.end() ? nullptr : &found->second;
}

absl::StatusOr<std::map<int64_t, SharedProfile>> LinkPlanner::ProfilesOf(const std::vector<int64_t>& ids) {
  std::map<int64_t, SharedProfile> profiles;
  std::vector<int64_t> missing;
  for (const int64_t id : ids) {
    const auto held = held_.find(id);
    SharedProfile profile = held == held_.end() ? profiles_.Find(id) : held->second.profile;
    if (profile == nullptr) {
      missing.push_back(id);
    } else {
      profiles[id] = std::move(profile);
    }
  }
  DATELINE_RETURN_IF_ERROR(HoldAll(missing));
  for (const int64_t id : missing) {
    if (const auto held = held_.find(id); held != held_.end()) profiles[id] = held->second.profile;
  }
  return profiles;
}

absl::StatusOr<std::map<int64_t, LinkRow>*> LinkPlanner::LinksOf(int64_t id) {
  DATELINE_ASSIGN_OR_RETURN(Held* const held, Hold(id));
  if (held == nullptr) return nullptr;
  if (!held->links_loaded) {
    DATELINE_ASSIGN_OR_RETURN(auto rows, store_.LoadLinks(id));
    for (LinkRow& row : rows) held->links.emplace(row.other_id, std::move(row));
    held->links_loaded = true;
  }
  return &held->links;
}

void LinkPlanner::PostKeys(int64_t id, const std::vector<uint64_t>& keys) {
  for (const uint64_t key : keys) {
    std::vector<int64_t>& posted = posted_[key];
    if (std::find(posted.begin(), posted.end(), id) == posted.end()) posted.push_back(id);
  }
  rows_[id] = keys;
}

absl::Status LinkPlanner::FindStored() {
  std::vector<uint64_t> keys;
  for (const auto& [id, release] : foreseen_) {
    for (const SoughtKey& sought : release.keys.sought) keys.push_back(sought.key);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  DATELINE_ASSIGN_OR_RETURN(const auto found, postings_.Find(keys, kPostingsMax));
  for (auto& [id, release] : foreseen_) {
    for (const SoughtKey& sought : release.keys.sought) {
      const auto at = std::lower_bound(keys.begin(), keys.end(), sought.key) - keys.begin();
      release.stored.push_back(found[static_cast<size_t>(at)]);
    }
  }
  return absl::OkStatus();
}

std::vector<int64_t> LinkPlanner::Candidates(int64_t id, const Foreseen& release) const {
  const std::vector<SoughtKey>& sought = release.keys.sought;
  std::unordered_map<int64_t, int> shared;  // With the weights of the keys.
  for (size_t i = 0; i < sought.size(); ++i) {
    const std::vector<int64_t>& kept = release.stored[i];
    const auto added = posted_.find(sought[i].key);
    const size_t bearers = kept.size() + (added == posted_.end() ? 0 : added->second.size());
    const int weight = bearers <= kRareKeyMax ? std::max(sought[i].weight, kRareKeyWeight) : sought[i].weight;
    for (const int64_t other : kept) shared[other] += weight;
    if (added == posted_.end()) continue;
    const size_t behind = added->second.size() - std::min(added->second.size(), kPostingsMax);
    for (size_t k = behind; k < added->second.size(); ++k) {
      const int64_t other = added->second[k];
      // One that was revised in this step stands there already.
      if (std::find(kept.begin(), kept.end(), other) == kept.end()) shared[other] += weight;
    }
  }
  shared.erase(id);
  std::vector<std::pair<int, int64_t>> ranked;
  for (const auto& [other, weight] : shared) {
    if (weight >= kSharedWeightMin) ranked.emplace_back(weight, other);
  }
  std::sort(ranked.rbegin(), ranked.rend());
  if (ranked.size() > kCandidatesMax) ranked.resize(kCandidatesMax);
  std::vector<int64_t> candidates;
  for (const auto& [weight, other] : ranked) candidates.push_back(other);
  return candidates;
}

absl::StatusOr<std::map<int64_t, LinkRow>> LinkPlanner::FindLinks(int64_t id, const Foreseen& release) {
  struct Found {
    LinkRow row;
    std::string language;  // Of a translation that only its figures and names tell.
  };
  const LinkProfile& profile = release.profile;
  const std::vector<int64_t> candidates = Candidates(id, release);
  DATELINE_ASSIGN_OR_RETURN(const auto profiles, ProfilesOf(candidates));
  std::vector<Found> found;
  double best_container = 0;
  for (const int64_t other : candidates) {
    const auto known = profiles.find(other);
    if (known == profiles.end()) continue;
    const LinkProfile& theirs = *known->second;
    const auto related = Relate(profile, theirs);
    if (!related.has_value()) continue;
    if (related->relation == SimilarRelease::RELATION_CONTAINED)
      best_container = std::max(best_container, related->similarity);
    if (related->relation == SimilarRelease::RELATION_CONTAINS) {
      DATELINE_ASSIGN_OR_RETURN(const double best, BestContainer(other, id));
      if (related->similarity < best - kContainmentBelowBest) continue;
    }
    Found& added = found.emplace_back();
    added.row = {.other_id = other, .relation = related->relation, .similarity = related->similarity, .detail = {}};
    if (related->relation == SimilarRelease::RELATION_TRANSLATION) added.language = PrimaryLanguage(theirs.language());
    const records::LinkDetail detail = FindContradictions(profile, theirs, related->relation);
    if (detail.contradictions_size() > 0) added.row.detail = detail.SerializeAsString();
  }
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    if (a.row.relation != b.row.relation) return a.row.relation < b.row.relation;
    return a.row.similarity > b.row.similarity;
  });
  std::map<int64_t, LinkRow> links;
  std::set<std::string> translated;
  for (Found& one : found) {
    if (links.size() == kLinksMax) break;
    if (one.row.relation == SimilarRelease::RELATION_CONTAINED &&
        one.row.similarity < best_container - kContainmentBelowBest)
      continue;
    // An issuer translates a release into a language once: the nearest is it.
    if (!one.language.empty() && one.row.similarity < 1 && !translated.insert(one.language).second) continue;
    if (!one.language.empty()) translated.insert(one.language);
    links.emplace(one.row.other_id, std::move(one.row));
  }
  return links;
}

absl::StatusOr<double> LinkPlanner::BestContainer(int64_t id, int64_t except) {
  DATELINE_ASSIGN_OR_RETURN(const auto* const links, LinksOf(id));
  double best = 0;
  if (links == nullptr) return best;
  for (const auto& [other, row] : *links) {
    if (other != except && row.relation == SimilarRelease::RELATION_CONTAINED) best = std::max(best, row.similarity);
  }
  return best;
}

absl::StatusOr<bool> LinkPlanner::ReplaceLinks(int64_t id, std::map<int64_t, LinkRow> links, bool* lost_any) {
  DATELINE_ASSIGN_OR_RETURN(auto* const own, LinksOf(id));
  bool changed = false;
  for (const auto& [other, row] : *own) {
    if (links.count(other) != 0) continue;
    DATELINE_ASSIGN_OR_RETURN(auto* const theirs, LinksOf(other));
    links_changed_.insert({id, other});
    if (theirs != nullptr) {
      theirs->erase(id);
      links_changed_.insert({other, id});
    }
    changed = true;
    *lost_any = true;
  }
  for (const auto& [other, row] : links) {
    const auto before = own->find(other);
    if (before != own->end() && SameLink(before->second, row)) continue;
    DATELINE_ASSIGN_OR_RETURN(auto* const theirs, LinksOf(other));
    LinkRow mirrored{.other_id = id, .relation = Reverse(row.relation), .similarity = row.similarity, .detail = {}};
    records::LinkDetail detail;
    if (!row.detail.empty() && detail.ParseFromString(row.detail)) mirrored.detail = Mirror(detail).SerializeAsString();
    (*theirs)[id] = std::move(mirrored);
    links_changed_.insert({id, other});
    links_changed_.insert({other, id});
    changed = true;
  }
  *own = std::move(links);
  return changed;
}

absl::StatusOr<std::set<int64_t>*> LinkPlanner::Members(const std::string& cluster) {
  if (const auto found = clusters_.find(cluster); found != clusters_.end()) return &found->second;
  DATELINE_ASSIGN_OR_RETURN(const auto ids, store_.ClusterMembers(cluster, static_cast<int>(kClusterMembersMax)));
  return &clusters_.emplace(cluster, std::set<int64_t>(ids.begin(), ids.end())).first->second;
}

absl::StatusOr<std::string> LinkPlanner::NewCluster(const std::string& oldest) {
  for (int number = 1;; ++number) {
    std::string name = "clusters/" + UuidV5(fmt::format("cluster {} of {}", number, oldest));
    DATELINE_ASSIGN_OR_RETURN(const auto* const members, Members(name));
    if (members->empty()) return name;
  }
}

absl::Status LinkPlanner::MoveTo(int64_t id, const std::string& cluster) {
  DATELINE_ASSIGN_OR_RETURN(Held* const held, Hold(id));
  if (held == nullptr || held->row.cluster == cluster) return absl::OkStatus();
  if (!held->row.cluster.empty()) {
    DATELINE_ASSIGN_OR_RETURN(auto* const left, Members(held->row.cluster));
    left->erase(id);
  }
  moved_.emplace(id, held->row.cluster);
  held->row.cluster = cluster;
  held->row_changed = true;
  if (cluster.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(auto* const joined, Members(cluster));
  joined->insert(id);
  return absl::OkStatus();
}

// The release and all that it is linked to stand in one cluster: the largest of theirs, else a new one.
absl::Status LinkPlanner::JoinClusters(int64_t id) {
  DATELINE_ASSIGN_OR_RETURN(const auto* const links, LinksOf(id));
  if (links->empty()) return MoveTo(id, {});
  std::set<int64_t> linked{id};
  std::set<std::string> clusters;
  for (const auto& [other, row] : *links) linked.insert(other);
  for (const int64_t one : linked) {
    DATELINE_ASSIGN_OR_RETURN(const Held* const held, Hold(one));
    if (held != nullptr && !held->row.cluster.empty()) clusters.insert(held->row.cluster);
  }
  std::string largest;
  size_t size = 0;
  for (const std::string& cluster : clusters) {
    DATELINE_ASSIGN_OR_RETURN(const auto* const members, Members(cluster));
    if (members->size() <= size) continue;
    size = members->size();
    largest = cluster;
  }
  if (largest.empty()) {
    DATELINE_ASSIGN_OR_RETURN(const Held* const oldest, Hold(*linked.begin()));
    DATELINE_ASSIGN_OR_RETURN(largest, NewCluster(oldest->profile->name()));
  }
  for (const std::string& cluster : clusters) {
    if (cluster == largest) continue;
    DATELINE_ASSIGN_OR_RETURN(const auto* const members, Members(cluster));
    const std::set<int64_t> moving = *members;
    if (size + moving.size() > kClusterMembersMax) continue;
    size += moving.size();
    for (const int64_t member : moving) DATELINE_RETURN_IF_ERROR(MoveTo(member, largest));
  }
  for (const int64_t one : linked) {
    DATELINE_ASSIGN_OR_RETURN(const Held* const held, Hold(one));
    const bool free = held != nullptr && held->row.cluster.empty();
    if (!free || size >= kClusterMembersMax) continue;
    DATELINE_RETURN_IF_ERROR(MoveTo(one, largest));
    ++size;
  }
  return absl::OkStatus();
}

absl::Status LinkPlanner::PartCluster(const std::string& cluster) {
  DATELINE_ASSIGN_OR_RETURN(const auto* const members, Members(cluster));
  std::set<int64_t> left = *members;
  bool first = true;
  while (!left.empty()) {
    std::set<int64_t> group;
    std::vector<int64_t> open{*left.begin()};
    while (!open.empty()) {
      const int64_t one = open.back();
      open.pop_back();
      if (left.erase(one) == 0) continue;
      group.insert(one);
      DATELINE_ASSIGN_OR_RETURN(const auto* const links, LinksOf(one));
      if (links == nullptr) continue;
      for (const auto& [other, row] : *links) open.push_back(other);
    }
    // Those around the oldest keep the name; a single release is no cluster.
    std::string name = group.size() == 1 ? std::string() : cluster;
    if (!first && !name.empty()) {
      DATELINE_ASSIGN_OR_RETURN(const Held* const oldest, Hold(*group.begin()));
      DATELINE_ASSIGN_OR_RETURN(name, NewCluster(oldest->profile->name()));
    }
    first = first && name.empty();
    for (const int64_t one : group) DATELINE_RETURN_IF_ERROR(MoveTo(one, name));
  }
  return absl::OkStatus();
}

absl::Status LinkPlanner::TellLinks(const UnderivedRelease& release, const std::string& cluster_before) {
  DATELINE_ASSIGN_OR_RETURN(const auto* const links, LinksOf(release.id));
  const std::string cluster = row(release.id).cluster;
  std::vector<Change> changes;
  if (cluster != cluster_before) {
    Change& change = changes.emplace_back();
    change.set_field("cluster");
    change.set_old_value(cluster_before);
    change.set_new_value(cluster);
    change.set_description(cluster.empty() ? "it stands alone again"
                                           : "it stands in a cluster of releases on the same");
  }
  for (const auto& [other, link] : *links) {
    DATELINE_ASSIGN_OR_RETURN(const Held* const held, Hold(other));
    if (held == nullptr || changes.size() >= static_cast<size_t>(kChangesMax)) continue;
    Change& change = changes.emplace_back();
    change.set_field("similar");
    change.set_new_value(held->profile->name());
    change.set_description(fmt::format("{} {}", RelationWords(link.relation), held->profile->name()));
    records::LinkDetail detail;
    if (!detail.ParseFromString(link.detail)) continue;
    for (const auto& contradiction : detail.contradictions()) {
      if (changes.size() >= static_cast<size_t>(kChangesMax)) break;
      Change& told = changes.emplace_back();
      told.set_field(contradiction.field());
      told.set_old_value(Shorten(contradiction.there(), kChangeValueBytesMax));
      told.set_new_value(Shorten(contradiction.here(), kChangeValueBytesMax));
      told.set_description(fmt::format("{} ({})", contradiction.sentence(), held->profile->name()));
    }
  }
  Release told = release.release;
  told.set_cluster(cluster);
  events_.push_back(LinkedEvent(std::move(told), changes, now_));
  return absl::OkStatus();
}

absl::Status LinkPlanner::TellCluster(int64_t id, const std::string& before) {
  const std::string& cluster = row(id).cluster;
  DATELINE_ASSIGN_OR_RETURN(auto basics, store_.LoadBasics({id}));
  if (basics.empty()) return absl::OkStatus();
  std::vector<Change> changes(1);
  changes[0].set_field("cluster");
  changes[0].set_old_value(before);
  changes[0].set_new_value(cluster);
  changes[0].set_description(cluster.empty() ? "it stands alone again"
                                             : "it stands in a cluster of releases on the same");
  basics[0].set_cluster(cluster);
  events_.push_back(LinkedEvent(std::move(basics[0]), changes, now_));
  return absl::OkStatus();
}

absl::Status LinkPlanner::Foresee(const std::vector<UnderivedRelease>& releases) {
  for (const UnderivedRelease& release : releases) {
    Foreseen& foreseen = foreseen_[release.id];
    foreseen.profile = MakeProfile(release.release);
    foreseen.keys = KeysOf(foreseen.profile);
  }
  DATELINE_RETURN_IF_ERROR(FindStored());
  std::set<int64_t> ids;
  for (const auto& [id, release] : foreseen_) {
    ids.insert(id);
    for (const int64_t candidate : Candidates(id, release)) {
      if (profiles_.Find(candidate) == nullptr) ids.insert(candidate);
    }
  }
  return HoldAll({ids.begin(), ids.end()});
}

absl::Status LinkPlanner::Plan(const UnderivedRelease& release) {
  moved_.clear();
  auto foreseen = foreseen_.extract(release.id);
  DATELINE_ASSIGN_OR_RETURN(Held * held, Hold(release.id));
  if (held == nullptr) {
    held = &held_[release.id];
    held->row.release_id = release.id;
    held->links_loaded = true;
  }
  const std::string cluster_before = held->row.cluster;
  PostKeys(release.id, foreseen.mapped().keys.posted);
  DATELINE_ASSIGN_OR_RETURN(auto links, FindLinks(release.id, foreseen.mapped()));
  LinkProfile& profile = foreseen.mapped().profile;
  held->row.revision = release.release.revision();
  held->row.profile = profile.SerializeAsString();
  held->row_changed = true;
  held->profile = std::make_shared<LinkProfile>(std::move(profile));
  profiles_.Put(release.id, held->profile, held->row.profile.size());
  bool lost_any = false;
  DATELINE_ASSIGN_OR_RETURN(const bool changed, ReplaceLinks(release.id, std::move(links), &lost_any));
  if (lost_any && !cluster_before.empty()) DATELINE_RETURN_IF_ERROR(PartCluster(cluster_before));
  DATELINE_RETURN_IF_ERROR(JoinClusters(release.id));
  if (release.quiet) return absl::OkStatus();
  if (changed) DATELINE_RETURN_IF_ERROR(TellLinks(release, cluster_before));
  size_t told = 0;
  for (const auto& [id, before] : moved_) {
    if (id == release.id || row(id).cluster == before || ++told > kLinkedEventsMax) continue;
    DATELINE_RETURN_IF_ERROR(TellCluster(id, before));
  }
  return absl::OkStatus();
}

void LinkPlanner::Flush(DerivedChanges* changes) {
  for (auto& [id, keys] : rows_) {
    PostingRow& row = changes->postings.emplace_back();
    row.release_id = id;
    for (const uint64_t key : keys) row.keys.push_back(PostingKey(key));
  }
  for (const auto& [id, other] : links_changed_) {
    const auto& links = held_.at(id).links;
    if (const auto found = links.find(other); found != links.end())
      changes->links_put.emplace_back(id, found->second);
    else
      changes->links_removed.emplace_back(id, other);
  }
  for (auto& [id, held] : held_) {
    if (held.row_changed) changes->releases.push_back(std::move(held.row));
  }
  for (auto& event : events_) changes->events.push_back(std::move(event));
}

}  // namespace dateline::storage
