#pragma once
// Memory for pieces of text that live as long as their owner: given out in a row, never moved, freed together. Not
// thread-safe.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace dateline::extraction {

class TextArena {
 public:
  // Room for `size` bytes, of which Keep says how many were used before the next call.
  char* Reserve(std::size_t size) {
    if (free_ < size) {
      constexpr std::size_t kChunk = std::size_t{16} << 10;
      free_ = std::max(size, kChunk);
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(free_));
      next_ = chunks_.back().get();
    }
    return next_;
  }
  std::string_view Keep(std::size_t size) {
    const std::string_view kept(next_, size);
    next_ += size;
    free_ -= size;
    return kept;
  }
  // Both joined. What was joined last can be joined again without being copied once more.
  std::string_view Join(std::string_view a, std::string_view b) {
    if (a.data() + a.size() != next_ || free_ < b.size()) {
      std::memcpy(Reserve(2 * (a.size() + b.size())), a.data(), a.size());
      a = Keep(a.size());
    }
    std::memcpy(next_, b.data(), b.size());
    Keep(b.size());
    return {a.data(), a.size() + b.size()};
  }

 private:
  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  std::size_t free_ = 0;
};

}  // namespace dateline::extraction
