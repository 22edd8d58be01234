#include "services/extraction/language/language.h"

#include <cld2/public/compact_lang_det.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

// More of a text tells CLD2 nothing new.
constexpr std::size_t kMaxBytes = std::size_t{64} << 10;
constexpr int kSurePercent = 60;

// CLD2 still uses codes that BCP 47 has replaced.
std::string Bcp47(std::string_view code) {
  struct Pair {
    std::string_view from;
    std::string_view to;
  };
  constexpr std::array<Pair, 5> kPairs = {{{"zh", "zh-Hans"}, {"iw", "he"}, {"in", "id"}, {"jw", "jv"}, {"no", "nb"}}};
  for (const Pair& pair : kPairs) {
    if (code == pair.from) return std::string(pair.to);
  }
  return std::string(code);
}

// The primary subtag of a declared language, if it has the form of one.
std::string PrimaryOf(std::string_view hint) {
  const std::string_view primary = hint.substr(0, hint.find_first_of("-_"));
  const bool letters = std::all_of(primary.begin(), primary.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  if (!letters || primary.size() < 2 || primary.size() > 3) return {};
  std::string out(primary);
  for (char& c : out) c = static_cast<char>(c | 0x20);
  return out;
}

}  // namespace

std::string DetectLanguage(std::string_view text, std::string_view hint) {
  const std::string_view head = text::TruncateUtf8(text, kMaxBytes);
  std::array<CLD2::Language, 3> languages{};
  std::array<int, 3> percents{};
  int bytes = 0;
  bool reliable = false;
  const CLD2::Language best = CLD2::DetectLanguageSummary(head.data(), static_cast<int>(head.size()), true,
                                                          languages.data(), percents.data(), &bytes, &reliable);
  const std::string declared = PrimaryOf(hint);
  const bool known = best != CLD2::UNKNOWN_LANGUAGE;
  if (known && (reliable || percents[0] >= kSurePercent)) return Bcp47(CLD2::LanguageCode(best));
  if (!declared.empty()) return Bcp47(declared);
  return "und";
}

}  // namespace dateline::extraction
