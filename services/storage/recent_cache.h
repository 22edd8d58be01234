#pragma once
// What was asked for lately, by number: reading the same rows of the archive for each of many releases would make each
// cost the more the more of its like there are. What was not asked for lately goes. Values are shared between the cache
// and whoever works with them, so what one drops the other may still need. Used by one thread.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

namespace dateline::storage {

template <class Value>
class RecentCache {
 public:
  using Shared = std::shared_ptr<Value>;

  // `bytes_max`: of all values together, as they were said to weigh.
  explicit RecentCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  // Null when it is not here.
  Shared Find(int64_t id) {
    if (const auto found = young_.find(id); found != young_.end()) return found->second.value;
    const auto found = old_.find(id);
    if (found == old_.end()) return nullptr;
    Kept kept = std::move(found->second);
    old_.erase(found);
    Shared value = kept.value;
    Put(id, std::move(kept.value), kept.bytes);
    return value;
  }

  void Put(int64_t id, Shared value, size_t bytes) {
    old_.erase(id);
    Kept& kept = young_[id];
    bytes_ += bytes - kept.bytes;
    kept = {.value = std::move(value), .bytes = bytes};
    if (bytes_ * 2 < bytes_max_) return;
    // The young ones are half of all: they become the old, and those that were are dropped.
    old_ = std::move(young_);
    young_.clear();
    bytes_ = 0;
  }

  void Remove(int64_t id) {
    old_.erase(id);
    const auto found = young_.find(id);
    if (found == young_.end()) return;
    bytes_ -= found->second.bytes;
    young_.erase(found);
  }

  void Clear() {
    young_.clear();
    old_.clear();
    bytes_ = 0;
  }

 private:
  struct Kept {
    Shared value;
    size_t bytes = 0;
  };

  const size_t bytes_max_;
  size_t bytes_ = 0;  // Of the young ones.
  std::unordered_map<int64_t, Kept> young_;
  std::unordered_map<int64_t, Kept> old_;
};

}  // namespace dateline::storage
