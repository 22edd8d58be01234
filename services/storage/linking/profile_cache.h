#pragma once
// Profiles of releases that were compared lately. Letters of one form, notices, the parts of a series have the same
// candidates again and again: reading them from the archive for each would make a release cost the more the more of
// them there are. What was not asked for lately goes. Used by one thread.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "services/storage/linking/link_profile.pb.h"

namespace dateline::storage {

// Shared between the cache and the steps that hold it: what one of them drops the other may still need.
using SharedProfile = std::shared_ptr<const records::LinkProfile>;

// About 3 KB each.
inline constexpr size_t kProfilesInMemory = 8'192;

class ProfileCache {
 public:
  explicit ProfileCache(size_t most = kProfilesInMemory) : most_(most) {}

  // Null when it is not here.
  SharedProfile Find(int64_t release);
  void Put(int64_t release, SharedProfile profile);
  // Somebody else changed what was derived.
  void Clear();

 private:
  const size_t most_;
  // When the young ones are half of all they become the old, and those that were are dropped.
  std::unordered_map<int64_t, SharedProfile> young_;
  std::unordered_map<int64_t, SharedProfile> old_;
};

}  // namespace dateline::storage
