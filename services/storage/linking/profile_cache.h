#pragma once
// Profiles of releases that were compared lately: letters of one form, notices, the parts of a series have the same
// candidates again and again.

#include <cstddef>
#include <memory>

#include "services/storage/linking/link_profile.pb.h"
#include "services/storage/recent_cache.h"

namespace dateline::storage {

using SharedProfile = std::shared_ptr<const records::LinkProfile>;
using ProfileCache = RecentCache<const records::LinkProfile>;

// Some 8,000 profiles.
inline constexpr size_t kProfileBytesInMemory = size_t{24} << 20;

}  // namespace dateline::storage
