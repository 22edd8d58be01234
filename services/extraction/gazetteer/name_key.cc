#include "services/extraction/gazetteer/name_key.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include <array>

#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

// What a code point is to a key, besides the letter that it folds to.
constexpr std::uint32_t kDropped = 0;
constexpr std::uint32_t kGap = 1;
// Code points below this are looked up; those above are rare in the languages served.
constexpr UChar32 kTableEnd = 0x600;
constexpr std::uint64_t kPrime = 0x100000001b3ULL;

// Letters without a canonical decomposition that names are commonly written without.
std::uint32_t PlainLetter(UChar32 c) {
  switch (c) {
    case 0xDF:
      return 's';  // sharp s
    case 0xE6:
      return 'a';  // ae
    case 0xF0:
      return 'd';  // eth
    case 0xF8:
      return 'o';  // o with stroke
    case 0xFE:
      return 't';  // thorn
    case 0x111:
      return 'd';  // d with stroke
    case 0x127:
      return 'h';  // h with stroke
    case 0x131:
      return 'i';  // dotless i
    case 0x142:
      return 'l';  // l with stroke
    case 0x153:
      return 'o';  // oe
    case 0x259:
      return 'a';  // schwa, as romanised
    default:
      return static_cast<std::uint32_t>(c);
  }
}

std::uint32_t FoldCodePoint(UChar32 c) {
  if (c == '\'' || c == '.' || c == 0x2019 || c == 0x2018 || c == 0x02BC || c == 0x02BB || c == 0xB4 || c == '`')
    return kDropped;
  const std::uint32_t mask = U_GET_GC_MASK(c);
  if ((mask & (U_GC_MN_MASK | U_GC_ME_MASK | U_GC_CF_MASK)) != 0) return kDropped;
  if ((mask & (U_GC_L_MASK | U_GC_ND_MASK | U_GC_MC_MASK)) == 0) return kGap;
  UErrorCode status = U_ZERO_ERROR;
  const UNormalizer2* nfd = unorm2_getNFDInstance(&status);
  UChar32 base = u_foldCase(c, U_FOLD_CASE_DEFAULT);
  std::array<UChar, 16> decomposed{};
  const int32_t length = unorm2_getDecomposition(nfd, base, decomposed.data(), decomposed.size(), &status);
  // Only accents are taken off: the parts of a Hangul syllable are all letters.
  if (U_SUCCESS(status) && length > 1 && u_charType(decomposed[1]) == U_NON_SPACING_MARK) base = decomposed[0];
  return PlainLetter(base);
}

const std::array<std::uint32_t, kTableEnd>& Table() {
  static const std::array<std::uint32_t, kTableEnd> table = [] {
    std::array<std::uint32_t, kTableEnd> t{};
    for (UChar32 c = 0; c < kTableEnd; ++c) t[static_cast<std::size_t>(c)] = FoldCodePoint(c);
    return t;
  }();
  return table;
}

}  // namespace

void NameKey::Put(std::uint32_t unit) {
  hash_ = (hash_ ^ unit) * kPrime;
}

void NameKey::Append(std::string_view text) {
  const auto& table = Table();
  for (std::size_t i = 0; i < text.size();) {
    const text::CodePoint point = text::CodePointAt(text, i);
    i += point.length;
    const auto c = static_cast<UChar32>(point.value);
    const std::uint32_t unit = c < kTableEnd ? table[static_cast<std::size_t>(c)] : FoldCodePoint(c);
    if (unit == kDropped) continue;
    if (unit == kGap) {
      Break();
      continue;
    }
    if (gap_) Put(' ');
    gap_ = false;
    empty_ = false;
    Put(unit);
  }
}

std::uint64_t NameKey::value() const {
  // FNV leaves the high bits, which choose the bucket, poorly mixed.
  std::uint64_t h = hash_;
  h ^= h >> 33U;
  h *= 0xff51afd7ed558ccdULL;
  h ^= h >> 33U;
  h *= 0xc4ceb9fe1a85ec53ULL;
  return h ^ (h >> 33U);
}

std::uint64_t NameKeyOf(std::string_view name) {
  NameKey key;
  key.Append(name);
  return key.value();
}

}  // namespace dateline::extraction
