#pragma once
// Works out links and entities of the releases that wait for it, step by step; each step is one transaction with its
// events. It follows the archive as a reader of a log does: what a release waits for is part of its own row, so nothing
// is missed or done twice, whatever crashes, and writing releases costs nothing for it. That is why it is no part of
// the commit: a commit then needs neither the comparison with others nor the row of every entity, which all commits
// would wait for. The price is that links and entities come some milliseconds after the release. Thread-safe; one step
// at a time.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "services/storage/derived_store.h"
#include "services/storage/entities/entity_planner.h"
#include "services/storage/linking/posting_index.h"
#include "services/storage/linking/profile.h"
#include "services/storage/linking/profile_cache.h"

namespace dateline::storage {

// Changes whenever something would be derived otherwise; the archive is then derived anew, in the background.
inline constexpr uint32_t kDerivationRules = kLinkRulesVersion * 1'000 + kEntityRulesVersion;

class Derivation {
 public:
  struct Options {
    int releases_max = 128;  // Of one step: the writing thread is held for it.
    size_t bytes_max = size_t{4} << 20;
  };

  // Both outlive it.
  Derivation(DerivedStore& store, const Clock& clock) : Derivation(store, clock, Options()) {}
  Derivation(DerivedStore& store, const Clock& clock, const Options& options)
      : store_(store), clock_(clock), options_(options), postings_(store) {}

  // One step. How many releases it derived; 0 when none waits. ABORTED (DERIVED_CHANGED) when another process derived
  // meanwhile: nothing was kept then.
  absl::StatusOr<int> Step() EXCLUDES(mutex_);
  // Steps until none waits. How many releases were derived.
  absl::StatusOr<int64_t> Drain() EXCLUDES(mutex_);
  // Lets everything be derived anew; what a person decided stays. How many releases wait now.
  absl::StatusOr<uint64_t> Rebuild() EXCLUDES(mutex_);

  // What a person decides of entities (entities/entity_planner.h): the names of what stayed and of what left. `name`
  // and `etag` as in the contract. NOT_FOUND, INVALID_ARGUMENT, ABORTED.
  absl::StatusOr<std::string> Merge(const std::string& name, const std::vector<std::string>& merged,
                                    const std::string& etag) EXCLUDES(mutex_);
  absl::StatusOr<std::pair<std::string, std::string>> Split(const std::string& name,
                                                            const std::vector<std::string>& aliases,
                                                            const std::string& etag) EXCLUDES(mutex_);

 private:
  // Resets what other rules derived. Replicas of two versions are there at once only while one replaces the other; the
  // newer ones come last.
  absl::Status KeepRules() REQUIRES(mutex_);
  // Applies what `plan`, a function of an EntityPlanner, decides; again when another process derived meanwhile.
  template <class Plan>
  absl::Status Decide(Plan plan) REQUIRES(mutex_);
  absl::Status Apply(const DerivedChanges& changes) REQUIRES(mutex_);

  DerivedStore& store_;
  const Clock& clock_;
  const Options options_;
  Mutex mutex_;  // Held over a step, so that its reads and its write belong together.
  PostingIndex postings_ GUARDED_BY(mutex_);
  ProfileCache profiles_ GUARDED_BY(mutex_){kProfileBytesInMemory};
  EntityCache known_entities_ GUARDED_BY(mutex_){kEntityBytesInMemory};
  std::optional<uint64_t> cached_generation_ GUARDED_BY(mutex_);  // Of the archive that both are of.
};

}  // namespace dateline::storage
