#pragma once
// The index of the compact tables: name keys to small values, in 65,536 buckets by the key's first 16 bits; an entry
// keeps the next 24 bits and the value. A read-only view of embedded bytes: nothing is built or copied when a process
// starts. Thread-safe. The bytes must outlive it; malformed ones are refused by Open of the table that holds it.
//
// Bytes: 65,537 little-endian uint32 (where each bucket begins, counted in entries), then the entries, each three bytes
// of key and kValueBytes of value, little-endian, in the order of their keys.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace dateline::extraction {

inline constexpr std::size_t kKeyBuckets = std::size_t{1} << 16U;

// Reads little-endian numbers of the tables; the hosts served are little-endian.
inline std::uint32_t ReadUint32(const char* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}
inline std::uint32_t ReadUint24(const char* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, 3);
  return value;
}

template <std::size_t kValueBytes>
class KeyIndex {
 public:
  static constexpr std::size_t kEntryBytes = 3 + kValueBytes;

  KeyIndex() = default;
  // `bytes` holds the bucket table and the entries, nothing else.
  explicit KeyIndex(std::string_view bytes)
      : buckets_(bytes.data()), entries_(bytes.data() + (kKeyBuckets + 1) * sizeof(std::uint32_t)) {}

  static bool Valid(std::string_view bytes) {
    const std::size_t head = (kKeyBuckets + 1) * sizeof(std::uint32_t);
    return bytes.size() >= head && ReadUint32(bytes.data() + head - 4) * kEntryBytes == bytes.size() - head;
  }

  std::optional<std::uint32_t> Find(std::uint64_t key) const {
    const std::size_t bucket = key >> 48U;
    const auto rest = static_cast<std::uint32_t>((key >> 24U) & 0xFFFFFFU);
    const std::uint32_t end = ReadUint32(buckets_ + (bucket + 1) * 4);
    for (std::uint32_t i = ReadUint32(buckets_ + bucket * 4); i < end; ++i) {
      const char* entry = entries_ + i * kEntryBytes;
      if (ReadUint24(entry) != rest) continue;
      std::uint32_t value = 0;
      std::memcpy(&value, entry + 3, kValueBytes);
      return value;
    }
    return std::nullopt;
  }

  std::size_t size() const { return buckets_ == nullptr ? 0 : ReadUint32(buckets_ + kKeyBuckets * 4); }

 private:
  const char* buckets_ = nullptr;
  const char* entries_ = nullptr;
};

}  // namespace dateline::extraction
