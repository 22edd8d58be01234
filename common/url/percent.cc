#include "common/url/percent.h"

namespace dateline::url {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool In(std::string_view set, unsigned char byte) {
  return set.find(static_cast<char>(byte)) != std::string_view::npos;
}

bool IsUnreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void AppendEscape(unsigned char byte, std::string& out) {
  out += '%';
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 15];
}

// The byte of the escape that begins at `at`, or -1.
int EscapeAt(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size() || text[at] != '%') return -1;
  const int high = HexValue(text[at + 1]);
  const int low = HexValue(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// Whether a hexadecimal digit behind `out` would complete an escape that was none before.
bool EndsInPartOfEscape(std::string_view out) {
  return (!out.empty() && out.back() == '%') ||
         (out.size() >= 2 && out[out.size() - 2] == '%' && HexValue(out.back()) >= 0);
}

}  // namespace

bool MustEncode(unsigned char byte, EncodeSet set) {
  if (byte < 0x20 || byte > 0x7E) return true;
  switch (set) {
    case EncodeSet::kC0Control:
      return false;
    case EncodeSet::kFragment:
      return In(" \"<>`", byte);
    case EncodeSet::kQuery:
      return In(" \"#<>", byte);
    case EncodeSet::kSpecialQuery:
      return In(" \"#<>'", byte);
    case EncodeSet::kPath:
      return In(" \"#<>?^`{}", byte);
    case EncodeSet::kUserinfo:
      return In(" \"#<>?^`{}/:;=@[\\]|", byte);
    case EncodeSet::kFormValue:
      return !IsUnreserved(byte);
  }
  return true;
}

void AppendEncoded(char byte, EncodeSet set, std::string& out) {
  const auto value = static_cast<unsigned char>(byte);
  if (MustEncode(value, set)) {
    AppendEscape(value, out);
  } else {
    out += byte;
  }
}

std::string Encode(std::string_view text, EncodeSet set) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) AppendEncoded(c, set, out);
  return out;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int byte = EscapeAt(text, i);
    if (byte < 0) {
      out += text[i];
    } else {
      out += static_cast<char>(byte);
      i += 2;
    }
  }
  return out;
}

std::string NormalizeEscapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int byte = EscapeAt(text, i);
    if (byte < 0) {
      out += text[i];
      continue;
    }
    const auto value = static_cast<unsigned char>(byte);
    if (IsUnreserved(value) && !EndsInPartOfEscape(out)) {
      out += static_cast<char>(value);
    } else {
      AppendEscape(value, out);
    }
    i += 2;
  }
  return out;
}

}  // namespace dateline::url
