#pragma once
// An entity as the steps of derivation know it, read back from its row once and kept between them: most of what a
// release names was named by others lately. Used by one thread.

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "services/storage/entities/entity_record.pb.h"
#include "services/storage/entity_store.h"
#include "services/storage/recent_cache.h"

namespace dateline::storage {

struct KnownEntity {
  EntityRow row;  // Its record is that of before the step, or empty.
  records::EntityRecord record;

  // Of the step that is under way. The keys as the store has them, and as they are now; worked out only when a change
  // may concern them.
  std::optional<std::set<std::string>> stored_keys;
  std::optional<std::set<std::string>> keys;
  bool is_new = false;
  bool changed = false;
  bool removed = false;
};

using EntityCache = RecentCache<KnownEntity>;

inline constexpr size_t kEntityBytesInMemory = size_t{24} << 20;
// Of an entity in memory, by the length of its serialised record.
inline size_t EntityBytes(size_t record_bytes) {
  return 600 + 3 * record_bytes;
}

}  // namespace dateline::storage
