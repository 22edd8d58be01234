#include "services/extraction/page/html_references.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace dateline::extraction {
namespace {

constexpr std::size_t kLongestName = 33;
// The longest of the names that need no ";".
constexpr std::size_t kLongestOpenName = 6;
constexpr std::uint32_t kLastCodePoint = 0x10FFFF;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsAlnum(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

const NamedReference* FindName(std::string_view name) {
  const NamedReference* const end = kNamedReferences + kNamedReferenceCount;
  const NamedReference* found = std::lower_bound(
      kNamedReferences, end, name,
      [](const NamedReference& reference, std::string_view wanted) { return reference.name < wanted; });
  return found != end && found->name == name ? found : nullptr;
}

// Numbers 0x80 to 0x9F mean what windows-1252 has there.
constexpr std::array<std::uint16_t, 32> kWindows1252 = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                                                        0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

std::size_t PutUtf8(std::uint32_t c, char* out) {
  if (c < 0x80) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  const std::size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (std::size_t i = length - 1; i > 0; --i, c >>= 6) out[i] = static_cast<char>(0x80 | (c & 0x3F));
  static constexpr std::array<std::uint8_t, 5> kLead = {0, 0, 0xC0, 0xE0, 0xF0};
  out[0] = static_cast<char>(kLead[length] | c);
  return length;
}

// What was read of a source, and what was written for it; nothing of both when there is no reference.
struct Replaced {
  std::size_t read = 0;
  std::size_t written = 0;
};

// `s` begins with "&#".
Replaced Numeric(std::string_view s, char* out) {
  std::size_t at = 2;
  const bool hex = at < s.size() && (s[at] == 'x' || s[at] == 'X');
  if (hex) ++at;
  const std::size_t first = at;
  std::uint32_t value = 0;
  for (; at < s.size(); ++at) {
    const char c = s[at];
    std::uint32_t digit = 0;
    if (IsDigit(c))
      digit = static_cast<std::uint32_t>(c - '0');
    else if (hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f')
      digit = static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
    else
      break;
    if (value <= kLastCodePoint) value = value * (hex ? 16 : 10) + digit;
  }
  if (at == first) return {};
  if (at < s.size() && s[at] == ';') ++at;
  if (value >= 0x80 && value < 0xA0) value = kWindows1252[value - 0x80];
  if (value == 0 || value > kLastCodePoint || (value >= 0xD800 && value <= 0xDFFF)) value = 0xFFFD;
  return {at, PutUtf8(value, out)};
}

Replaced Put(const NamedReference& reference, std::size_t read, char* out) {
  std::memcpy(out, reference.text.data(), reference.text.size());
  return {read, reference.text.size()};
}

// `s` begins with "&" and a letter or digit.
Replaced Named(std::string_view s, ReferencePlace place, char* out) {
  std::size_t end = 1;
  while (end < s.size() && end <= kLongestName && IsAlnum(s[end])) ++end;
  if (end < s.size() && s[end] == ';') {
    if (const NamedReference* found = FindName(s.substr(1, end)); found != nullptr) return Put(*found, end + 1, out);
  }
  for (std::size_t length = std::min(end - 1, kLongestOpenName); length >= 2; --length) {
    const NamedReference* found = FindName(s.substr(1, length));
    if (found == nullptr) continue;
    const char next = 1 + length < s.size() ? s[1 + length] : ' ';
    if (place == ReferencePlace::kAttribute && (next == '=' || IsAlnum(next))) return {};
    return Put(*found, 1 + length, out);
  }
  return {};
}

}  // namespace

std::size_t ReplaceReferences(std::string_view source, ReferencePlace place, char* out) {
  char* const begin = out;
  for (std::size_t at = 0; at < source.size();) {
    const char c = source[at];
    if (c == '&' && at + 1 < source.size()) {
      const std::string_view rest = source.substr(at);
      const Replaced replaced = rest[1] == '#'     ? Numeric(rest, out)
                                : IsAlnum(rest[1]) ? Named(rest, place, out)
                                                   : Replaced{};
      at += replaced.read;
      out += replaced.written;
      if (replaced.read > 0) continue;
    }
    ++at;
    if (c != '\0') *out++ = c;
  }
  return static_cast<std::size_t>(out - begin);
}

}  // namespace dateline::extraction
