#pragma once
// Eight bytes of a text at a time, for scans that pass over most of what they see. The masks have the highest bit of
// every byte set for which the question holds, exactly. Pure.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace dateline {

inline constexpr std::size_t kWordBytes = sizeof(std::uint64_t);
inline constexpr std::uint64_t kEachByte = 0x0101010101010101U;
inline constexpr std::uint64_t kHighBits = 0x8080808080808080U;

// The bytes from `offset`, the first of them lowest; eight have to be there.
inline std::uint64_t WordAt(std::string_view text, std::size_t offset) {
  std::uint64_t word = 0;
  std::memcpy(&word, text.data() + offset, sizeof(word));
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

// Bytes that are not ASCII.
constexpr std::uint64_t WideBytes(std::uint64_t word) {
  return word & kHighBits;
}
// ASCII bytes below `limit` (1 to 128).
constexpr std::uint64_t BytesBelow(std::uint64_t word, unsigned char limit) {
  return ~((word & ~kHighBits) + kEachByte * (0x80U - limit)) & ~word & kHighBits;
}
constexpr std::uint64_t BytesEqual(std::uint64_t word, char c) {
  return BytesBelow(word ^ (kEachByte * static_cast<unsigned char>(c)), 1);
}

// The place of the first byte of a mask that is not 0.
constexpr std::size_t FirstByte(std::uint64_t mask) {
  return static_cast<std::size_t>(std::countr_zero(mask)) / 8;
}

}  // namespace dateline
