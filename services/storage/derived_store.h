#pragma once
// Everything that is worked out of releases after they are stored: links and entities. A release waits for it from the
// commit of a revision until that revision was derived, so an archive of an earlier version, an imported one, and one
// whose rules changed all fill in by the same way, and go on after a crash where they were. Part of the port Store;
// thread-safe.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/eventlog/cloud_event.h"
#include "dateline/release/v1/release.pb.h"
#include "services/storage/entity_store.h"
#include "services/storage/link_store.h"

namespace dateline::storage {

struct UnderivedRelease {
  int64_t id = 0;
  release::v1::Release release;  // Full view of the latest revision, without sightings.
  bool quiet = false;            // It was in the archive before; what is found now makes no event.
};

// One step of derivation: rows to put and to remove, and the events that tell of it. Removals come before additions.
struct DerivedChanges {
  // What DerivedGeneration() answered before the reads that the step rests on.
  uint64_t generation = 0;
  uint32_t rules = 0;                                           // Kept, for DerivedRules().
  std::vector<DerivedRow> releases;                             // Put; the release is derived up to that revision.
  std::vector<std::pair<int64_t, std::string>> references_put;  // Of releases that were derived before.
  std::vector<PostingRow> postings;                             // Added.
  std::optional<PostingRun> posting_run;                        // Before these.
  std::vector<PostingMove> posting_moves;                       // After the run.
  std::vector<std::pair<int64_t, int64_t>> links_removed;       // Release id, other id.
  std::vector<std::pair<int64_t, LinkRow>> links_put;           // Release id and its link.
  std::vector<EntityKey> keys_removed;
  std::vector<EntityKey> keys_added;
  std::vector<int64_t> entities_removed;
  std::vector<EntityRow> entities_put;
  std::vector<std::pair<int64_t, int64_t>> mentions_removed;  // Entity id, release id.
  std::vector<MentionRow> mentions_put;
  std::vector<PinRow> pins_put;
  std::vector<eventlog::NewEvent> events;
};

class DerivedStore : public LinkStore, public EntityStore {
 public:
  using Applied = std::function<void(const absl::Status&)>;

  // The releases that wait, the oldest first: at most `limit`, and no more once they weigh `bytes_max`, but one.
  virtual absl::StatusOr<std::vector<UnderivedRelease>> ReadUnderived(int limit, size_t bytes_max) = 0;
  virtual absl::StatusOr<uint64_t> CountUnderived() = 0;
  // Changes with every ApplyDerived() and ResetDerived().
  virtual absl::StatusOr<uint64_t> DerivedGeneration() = 0;
  // Applies a step as one transaction. ABORTED (DERIVED_CHANGED) when another step was applied since; nothing is
  // written then.
  virtual void ApplyDerived(DerivedChanges changes, Applied done) = 0;
  // Removes all that was derived, except what a person decided; every release waits again, and those that are in the
  // archive now are quiet. So are those that were in an archive whose version did not derive.
  virtual void ResetDerived(Applied done) = 0;
  // Those of the latest step; 0 when there was none since ResetDerived().
  virtual absl::StatusOr<uint32_t> DerivedRules() = 0;
};

inline constexpr std::string_view kReasonDerivedChanged = "DERIVED_CHANGED";
absl::Status DerivedChanged();

}  // namespace dateline::storage
