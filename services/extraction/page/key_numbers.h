#pragma once
// Numbers for the distinct keys of a page, dense and from 0 in the order in which they are met, so that what is summed
// up by key stands in a plain vector. Not thread-safe.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dateline::extraction {

class KeyNumbers {
 public:
  // For at most so many distinct keys.
  explicit KeyNumbers(std::size_t most) : slots_(std::bit_ceil(2 * most + 2)) {}

  std::uint32_t Add(std::uint64_t key) {
    // The low bits of a key hardly differ between siblings.
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = ((key * 0x9E3779B97F4A7C15U) >> 32) & mask;
    while (slots_[slot].number != 0 && slots_[slot].key != key) slot = (slot + 1) & mask;
    if (slots_[slot].number == 0) slots_[slot] = {key, ++count_};
    return slots_[slot].number - 1;
  }
  std::size_t count() const { return count_; }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t number = 0;  // plus one; 0 is free
  };
  std::vector<Slot> slots_;  // a power of two, at most half full
  std::uint32_t count_ = 0;
};

}  // namespace dateline::extraction
