#include "services/extraction/page/name_numbers.h"

#include <xxhash.h>

namespace dateline::extraction {
namespace {

constexpr std::size_t kFirstSlots = 256;

}  // namespace

NameNumbers::NameNumbers() : names_(1), slots_(kFirstSlots, 0) {}

// The slot that holds `name`, or the free one that it would get.
std::size_t NameNumbers::SlotOf(std::string_view name) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = XXH3_64bits(name.data(), name.size()) & mask;
  while (slots_[slot] != 0 && names_[slots_[slot]] != name) slot = (slot + 1) & mask;
  return slot;
}

std::uint32_t NameNumbers::Find(std::string_view name) const {
  return name.empty() ? 0 : slots_[SlotOf(name)];
}

std::uint32_t NameNumbers::Add(std::string_view name) {
  if (name.empty()) return 0;
  const std::size_t slot = SlotOf(name);
  if (slots_[slot] != 0) return slots_[slot];
  const auto number = static_cast<std::uint32_t>(names_.size());
  slots_[slot] = number;
  names_.push_back(name);
  if (names_.size() * 2 > slots_.size()) Grow();
  return number;
}

void NameNumbers::Grow() {
  slots_.assign(slots_.size() * 4, 0);
  for (std::uint32_t number = 1; number < names_.size(); ++number) slots_[SlotOf(names_[number])] = number;
}

}  // namespace dateline::extraction
