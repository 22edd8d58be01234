#pragma once
// Numbers for the distinct strings of a page, from 1 in the order in which they are met; the empty string has 0. Values
// of class and id repeat a lot, so that what one means is found out once for each. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace dateline::extraction {

class NameNumbers {
 public:
  NameNumbers();

  // The number of `name`; 0 when it is new.
  std::uint32_t Find(std::string_view name) const;
  // The same, but a new name gets a number and is borrowed for as long as this lives.
  std::uint32_t Add(std::string_view name);

  // By number.
  const std::vector<std::string_view>& names() const { return names_; }

 private:
  std::size_t SlotOf(std::string_view name) const;
  void Grow();

  std::vector<std::string_view> names_;
  std::vector<std::uint32_t> slots_;  // a power of two, at most half full; 0 is free
};

}  // namespace dateline::extraction
