#include "common/text/normalize.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/text/utf8.h"

namespace dateline::text {
namespace {

// ICU keeps this instance for the life of the process; null only if its data are missing.
const icu::Normalizer2* Nfc() {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  return U_SUCCESS(status) ? nfc : nullptr;
}

icu::StringPiece Piece(std::string_view text) {
  return {text.data(), static_cast<int32_t>(text.size())};
}

// Whether form C surely leaves `text` (well-formed) alone, told by lead bytes: Latin, Cyrillic, general punctuation,
// currency signs and Han, of which no character is changed by form C, composes with the one before it, or is a mark.
bool IsTriviallyNfc(std::string_view text) {
  for (std::size_t i = SkipAscii(text, 0); i < text.size();) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[i + at]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) {
      i = SkipAscii(text, i);
    } else if (lead <= 0xCB || lead == 0xD0 || lead == 0xD1) {
      i += 2;  // up to U+02FF; U+0400 to U+047F
    } else if ((lead == 0xE2 && byte(1) == 0x80 && byte(2) >= 0x82) || (lead == 0xE2 && byte(1) == 0x82) ||
               (lead == 0xE3 && byte(1) == 0x80 && byte(2) < 0xAA) || (lead == 0xE4 && byte(1) >= 0xB8) ||
               (lead >= 0xE5 && lead <= 0xE9) || (lead == 0xEF && byte(1) == 0xBC)) {
      // U+2002 to U+203F; U+2080 to U+20BF; U+3000 to U+3029; U+4E00 to U+9FFF; U+FF00 to U+FF3F
      i += 3;
    } else {
      return false;
    }
  }
  return true;
}

// Typographic variants of one sign, which sites change without meaning anything by it.
char32_t FoldPunctuation(char32_t c) {
  switch (c) {
    case 0x2018:
    case 0x2019:
    case 0x201A:
    case 0x201B:
    case 0x2032:
    case 0x02BC:
    case 0x00B4:
    case '`':
      return '\'';
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2033:
    case 0x00AB:
    case 0x00BB:
      return '"';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212:
      return '-';
    default:
      return c;
  }
}

// Marks on one letter in a row, as UAX #15 sets it for its stream-safe form: no language needs more.
constexpr std::size_t kMaxMarks = 30;
constexpr char32_t kGraphemeJoiner = 0x34F;

// The stream-safe form: sorting the marks of a letter takes the square of their number, so long runs are parted by an
// invisible joiner, which keeps every mark and the time linear.
std::string PartLongRunsOfMarks(std::string text) {
  std::string parted;
  std::size_t copied = 0;  // text up to here is in `parted`
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = CodePointAt(text, i);
    run = u_getCombiningClass(static_cast<UChar32>(c.value)) == 0 ? 0 : run + 1;
    if (run > kMaxMarks) {
      parted.append(text, copied, i - copied);
      copied = i;
      AppendUtf8(kGraphemeJoiner, parted);
      run = 1;
    }
    i += c.length;
  }
  if (copied == 0) return text;
  parted.append(text, copied);
  return parted;
}

// What FoldKey makes of each ASCII character.
constexpr std::array<char, 128> kFoldedAscii = [] {
  std::array<char, 128> folded{};
  for (std::size_t i = 0; i < folded.size(); ++i) {
    const char c = static_cast<char>(i);
    folded[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c == '`' ? '\'' : c;
  }
  return folded;
}();

void FoldAscii(std::string_view text, std::string* out) {
  out->resize(text.size());
  char* to = out->data();
  char* const begin = to;
  bool pending = false;
  for (const char c : text) {
    if (c <= ' ' && IsSpace(static_cast<unsigned char>(c))) {
      pending = to != begin;
      continue;
    }
    if (pending) *to++ = ' ';
    pending = false;
    *to++ = kFoldedAscii[static_cast<unsigned char>(c)];
  }
  out->resize(static_cast<std::size_t>(to - begin));
}

bool HasLongRunOfMarks(std::string_view text) {
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = CodePointAt(text, i);
    run = c.value < 0x300 || u_getCombiningClass(static_cast<UChar32>(c.value)) == 0 ? 0 : run + 1;
    if (run > kMaxMarks) return true;
    i += c.length;
  }
  return false;
}

}  // namespace

bool IsNfc(std::string_view text) {
  if (!IsValidUtf8(text)) return false;
  if (IsTriviallyNfc(text)) return true;
  // ICU, too, takes the square of their number for marks in a row.
  if (HasLongRunOfMarks(text)) return false;
  const icu::Normalizer2* nfc = Nfc();
  UErrorCode status = U_ZERO_ERROR;
  return nfc != nullptr && nfc->isNormalizedUTF8(Piece(text), status) && U_SUCCESS(status);
}

std::string ToNfc(std::string_view text) {
  const bool valid = IsValidUtf8(text);
  if (valid && IsTriviallyNfc(text)) return std::string(text);
  const std::string clean = PartLongRunsOfMarks(valid ? std::string(text) : ReplaceInvalidUtf8(text));
  const icu::Normalizer2* nfc = Nfc();
  if (nfc == nullptr) return clean;
  UErrorCode status = U_ZERO_ERROR;
  if (nfc->isNormalizedUTF8(Piece(clean), status) && U_SUCCESS(status)) return clean;
  std::string out;
  out.reserve(clean.size());
  icu::StringByteSink<std::string> sink(&out);
  status = U_ZERO_ERROR;
  nfc->normalizeUTF8(0, Piece(clean), sink, nullptr, status);
  return U_SUCCESS(status) ? out : clean;
}

std::string FoldKey(std::string_view text) {
  std::string out;
  FoldKey(text, &out);
  return out;
}

void FoldKey(std::string_view text, std::string* out) {
  if (SkipAscii(text, 0) == text.size()) return FoldAscii(text, out);
  // Most lines are in form C as they stand.
  std::string normal;
  if (!IsValidUtf8(text) || !IsTriviallyNfc(text)) {
    normal = ToNfc(text);
    text = normal;
  }
  // Folding a character adds a byte at the most, to one of at least two.
  out->resize(2 * text.size());
  std::string wide;
  char* to = out->data();
  char* const begin = to;
  bool pending = false;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = CodePointAt(text, i);
    i += c.length;
    if (IsSpace(c.value)) {
      pending = to != begin;
      continue;
    }
    if (pending) *to++ = ' ';
    pending = false;
    if (c.value < 0x80) {
      *to++ = kFoldedAscii[c.value];
    } else if (c.value == 0xDF || c.value == 0x1E9E) {
      // Sharp s is the one letter of the languages at hand whose full folding differs from the simple one.
      *to++ = 's';
      *to++ = 's';
    } else {
      wide.clear();
      AppendUtf8(static_cast<char32_t>(u_foldCase(static_cast<UChar32>(FoldPunctuation(c.value)), U_FOLD_CASE_DEFAULT)),
                 wide);
      to = std::copy(wide.begin(), wide.end(), to);
    }
  }
  out->resize(static_cast<std::size_t>(to - begin));
}

}  // namespace dateline::text
