#pragma once
// How the keys of a posting are kept in a database: four bytes each, the lowest first. Pure.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dateline::storage {

inline void AppendPostingNumber(uint32_t number, std::string* out) {
  for (int shift = 0; shift < 32; shift += 8) out->push_back(static_cast<char>(number >> shift));
}

inline uint32_t PostingNumberAt(std::string_view bytes, size_t at) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  return number;
}

inline std::string PostingBytes(const std::vector<uint32_t>& numbers) {
  std::string bytes;
  bytes.reserve(numbers.size() * sizeof(uint32_t));
  for (const uint32_t number : numbers) AppendPostingNumber(number, &bytes);
  return bytes;
}

inline std::vector<uint32_t> PostingNumbers(std::string_view bytes) {
  std::vector<uint32_t> numbers;
  for (size_t at = 0; at + sizeof(uint32_t) <= bytes.size(); at += sizeof(uint32_t)) {
    numbers.push_back(PostingNumberAt(bytes, at));
  }
  return numbers;
}

}  // namespace dateline::storage
