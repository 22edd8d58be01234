#include "services/ingestion/feeds/references.h"

#include <myhtml/charef.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/text/utf8.h"

namespace dateline::feeds {
namespace {

// No name of HTML is longer.
constexpr std::size_t kNameBytesMax = 40;
constexpr std::size_t kDigitsMax = 8;

// What bytes 128 to 159 are in windows-1252; 0 for those that it leaves out.
constexpr std::array<std::uint16_t, 32> kWindows1252 = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                                        0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

bool IsNamePart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

int DigitValue(char c, bool hex) {
  if (c >= '0' && c <= '9') return c - '0';
  if (!hex) return -1;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::size_t ResolveNumber(std::string_view text, std::string& out) {
  const bool hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
  const std::size_t first = hex ? 3 : 2;
  std::size_t at = first;
  char32_t value = 0;
  while (at < text.size() && DigitValue(text[at], hex) >= 0) {
    if (at - first >= kDigitsMax) return 0;
    value = value * (hex ? 16 : 10) + static_cast<char32_t>(DigitValue(text[at], hex));
    ++at;
  }
  if (at == first) return 0;
  if (at < text.size() && text[at] == ';') ++at;
  if (value >= 0x80 && value < 0xA0) value = FromWindows1252(static_cast<unsigned char>(value));
  const bool control = value < 0x20 && value != '\t' && value != '\n' && value != '\r';
  if (!control) text::AppendUtf8(value, out);
  return at;
}

}  // namespace

char32_t FromWindows1252(unsigned char byte) {
  const bool mapped = byte >= 0x80 && byte < 0xA0 && kWindows1252[byte - 0x80] != 0;
  return mapped ? kWindows1252[byte - 0x80] : byte;
}

std::size_t ResolveReference(std::string_view text, const EntityLookup* entities, std::string& out) {
  if (text.size() < 3) return 0;
  if (text[1] == '#') return ResolveNumber(text, out);
  std::size_t end = 1;
  while (end < text.size() && end <= kNameBytesMax && IsNamePart(text[end])) ++end;
  if (end == 1 || end >= text.size() || text[end] != ';') return 0;
  const std::string_view name = text.substr(1, end - 1);
  if (name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos") {
    out.push_back(name == "amp" ? '&' : name == "lt" ? '<' : name == "gt" ? '>' : name == "quot" ? '"' : '\'');
    return end + 1;
  }
  if (entities != nullptr) {
    if (const auto value = (*entities)(name)) {
      out += *value;
      return end + 1;
    }
  }
  std::size_t offset = 0;
  std::size_t data_size = 0;
  const charef_entry_t* entry = myhtml_charef_find(text.data() + 1, &offset, end, &data_size);
  if (entry == nullptr || entry->codepoints_len == 0 || offset != end) return 0;
  for (std::size_t i = 0; i < entry->codepoints_len; ++i) {
    text::AppendUtf8(static_cast<char32_t>(entry->codepoints[i]), out);
  }
  return end + 1;
}

void AppendResolved(std::string_view text, const EntityLookup* entities, std::string& out) {
  std::size_t from = 0;
  for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at)) {
    out.append(text, from, at - from);
    const std::size_t taken = ResolveReference(text.substr(at), entities, out);
    if (taken == 0) out.push_back('&');
    at += taken == 0 ? 1 : taken;
    from = at;
  }
  out.append(text, from, text.size() - from);
}

std::size_t FindMarkup(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] != '<' && text[at] != '&') ++at;
  return std::min(at, text.size());
}

void AppendEscaped(std::string_view text, std::string& out) {
  const auto is_special = [](char c) { return c == '&' || c == '<' || c == '>' || c == '"'; };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t special = at;
    while (special < text.size() && !is_special(text[special])) ++special;
    out.append(text, at, special - at);
    if (special == text.size()) break;
    const char c = text[special];
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&quot;";
    at = special + 1;
  }
}

}  // namespace dateline::feeds
