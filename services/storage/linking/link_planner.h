#pragma once
// Works out what the releases of one step of derivation are linked to, and in which cluster that puts them and others.
// What a release costs is bounded: its keys are sought in few runs (posting_runs.h), of each key only the latest
// kPostingsMax releases are looked at, those that share enough keys are compared, kCandidatesMax at most, and a cluster
// ends at kClusterMembersMax. Reads the archive through the port and sees the step's own earlier
// releases. Used by one thread; one object per step.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "services/storage/derived_store.h"
#include "services/storage/linking/link_profile.pb.h"
#include "services/storage/linking/posting_buckets.h"
#include "services/storage/linking/posting_index.h"
#include "services/storage/linking/profile.h"
#include "services/storage/linking/profile_cache.h"

namespace dateline::storage {

inline constexpr size_t kPostingsMax = kRunPostingsMax;
inline constexpr size_t kCandidatesMax = 64;
inline constexpr size_t kLinksMax = 50;  // That a release makes itself; later ones may link to it besides.
inline constexpr size_t kClusterMembersMax = 1'000;
inline constexpr size_t kLinkedEventsMax = 100;  // Of one release's links.

class LinkPlanner {
 public:
  // All of them outlive it. The index was refreshed; the cache holds what the archive does, and gets what the step
  // makes, which is to be taken back when the step is not kept.
  LinkPlanner(LinkStore& store, PostingIndex& postings, ProfileCache& profiles, WallTime now)
      : store_(store), postings_(postings), profiles_(profiles), now_(now) {}

  // Reads at once what the releases of the step will ask for: on a server each question is a round trip, and neighbours
  // among the keys share pages. Before any of them is planned.
  absl::Status Foresee(const std::vector<UnderivedRelease>& releases);
  // Links the release anew, whatever it was linked to before. It was foreseen.
  absl::Status Plan(const UnderivedRelease& release);
  // Moves all that changed into the step. `references` stay those that were there.
  void Flush(DerivedChanges* changes);
  // The row of a release that was planned, to be completed.
  DerivedRow& row(int64_t release_id) { return held_.at(release_id).row; }

 private:
  struct Held {
    DerivedRow row;
    SharedProfile profile;
    std::map<int64_t, LinkRow> links;
    bool links_loaded = false;
    bool row_changed = false;
  };

  // What is worked out of a release before it is planned.
  struct Foreseen {
    records::LinkProfile profile;
    LinkKeys keys;
    std::vector<std::vector<int64_t>> stored;  // Of each sought key: the releases that the archive has under it.
  };

  // Holds those that were derived, which costs one look at the archive for all of them.
  absl::Status HoldAll(const std::vector<int64_t>& ids);
  // The release as it stands in this step; null when it was never derived.
  absl::StatusOr<Held*> Hold(int64_t id);
  // Those of the releases that were ever derived.
  absl::StatusOr<std::map<int64_t, SharedProfile>> ProfilesOf(const std::vector<int64_t>& ids);
  absl::StatusOr<std::map<int64_t, LinkRow>*> LinksOf(int64_t id);
  void PostKeys(int64_t id, const std::vector<uint64_t>& keys);
  absl::Status FindStored();
  // The releases to compare with, the most promising first.
  std::vector<int64_t> Candidates(int64_t id, const Foreseen& release) const;
  absl::StatusOr<std::map<int64_t, LinkRow>> FindLinks(int64_t id, const Foreseen& release);
  // How much of the release the text holds that holds most of it, but `except`; 0 when none holds it.
  absl::StatusOr<double> BestContainer(int64_t id, int64_t except);
  // Puts the links in the place of those that were there, on both sides. True when any differs.
  absl::StatusOr<bool> ReplaceLinks(int64_t id, std::map<int64_t, LinkRow> links, bool* lost_any);
  absl::StatusOr<std::set<int64_t>*> Members(const std::string& cluster);
  // A name that no cluster bears, from that of its oldest release.
  absl::StatusOr<std::string> NewCluster(const std::string& oldest);
  absl::Status MoveTo(int64_t id, const std::string& cluster);
  absl::Status JoinClusters(int64_t id);
  // After a link was lost: those of the cluster who are no longer connected leave it.
  absl::Status PartCluster(const std::string& cluster);
  absl::Status TellLinks(const UnderivedRelease& release, const std::string& cluster_before);
  absl::Status TellCluster(int64_t id, const std::string& before);

  LinkStore& store_;
  PostingIndex& postings_;
  ProfileCache& profiles_;
  const WallTime now_;
  std::map<int64_t, Foreseen> foreseen_;
  std::map<int64_t, Held> held_;
  std::set<int64_t> underived_;                                // Of those that were looked for.
  std::unordered_map<uint64_t, std::vector<int64_t>> posted_;  // In this step.
  std::map<int64_t, std::vector<uint64_t>> rows_;              // The same by release.
  std::map<std::string, std::set<int64_t>> clusters_;
  std::map<int64_t, std::string> moved_;  // Releases whose cluster changed, with the one before.
  std::set<std::pair<int64_t, int64_t>> links_changed_;
  std::vector<eventlog::NewEvent> events_;
};

}  // namespace dateline::storage
