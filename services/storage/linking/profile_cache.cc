#include "services/storage/linking/profile_cache.h"

#include <utility>

namespace dateline::storage {

SharedProfile ProfileCache::Find(int64_t release) {
  if (const auto found = young_.find(release); found != young_.end()) return found->second;
  const auto found = old_.find(release);
  if (found == old_.end()) return nullptr;
  SharedProfile profile = found->second;
  Put(release, profile);
  return profile;
}

void ProfileCache::Put(int64_t release, SharedProfile profile) {
  young_[release] = std::move(profile);
  if (young_.size() * 2 < most_) return;
  old_ = std::move(young_);
  young_.clear();
}

void ProfileCache::Clear() {
  young_.clear();
  old_.clear();
}

}  // namespace dateline::storage
