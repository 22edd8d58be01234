#include "services/extraction/page/html_attributes.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kSlots = 128;
constexpr std::uint8_t kFree = 0xFF;

constexpr std::size_t SlotOf(std::string_view name) {
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(name[i])); };
  return (byte(0) * 5 + byte(name.size() - 1) * 3 + byte(name.size() / 2) + name.size() * 11) % kSlots;
}

// Names by a hash of a few of their letters; those that meet stand behind one another.
constexpr std::array<std::uint8_t, kSlots> kTable = [] {
  std::array<std::uint8_t, kSlots> table{};
  table.fill(kFree);
  for (std::size_t i = 0; i < kAttributeCount; ++i) {
    std::size_t slot = SlotOf(kAttributeNames[i]);
    while (table[slot] != kFree) slot = (slot + 1) % kSlots;
    table[slot] = static_cast<std::uint8_t>(i);
  }
  return table;
}();

}  // namespace

std::size_t FindAttribute(std::string_view lower_name) {
  if (lower_name.empty()) return kAttributeCount;
  for (std::size_t slot = SlotOf(lower_name); kTable[slot] != kFree; slot = (slot + 1) % kSlots) {
    if (kAttributeNames[kTable[slot]] == lower_name) return kTable[slot];
  }
  return kAttributeCount;
}

}  // namespace dateline::extraction
