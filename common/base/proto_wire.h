#pragma once
// Protobuf's wire format by hand, for messages that are put together of parts which are serialised already: serialised
// fields stand in any order, and the fields of one message may come in several pieces. Pure and thread-safe.

#include <cstdint>
#include <string>
#include <string_view>

namespace dateline {

inline void AppendVarint(uint64_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7U) out->push_back(static_cast<char>(value | 0x80U));
  out->push_back(static_cast<char>(value));
}

// Begins a text, bytes or message field of so many bytes, which the caller appends.
inline void AppendFieldHead(uint32_t number, size_t bytes, std::string* out) {
  constexpr uint32_t kLengthDelimited = 2;
  AppendVarint(number << 3U | kLengthDelimited, out);
  AppendVarint(bytes, out);
}

inline void AppendField(uint32_t number, std::string_view bytes, std::string* out) {
  AppendFieldHead(number, bytes.size(), out);
  out->append(bytes);
}

}  // namespace dateline
