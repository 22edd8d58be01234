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
// The beginning tells the language of nearly every text; more is read only where it leaves doubt, for CLD2 takes longer
// than most stages.
constexpr std::size_t kFirstLook = std::size_t{2} << 10;
constexpr int kClearPercent = 95;
// So much is enough to believe what the document itself says.
constexpr std::size_t kGlance = 640;

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

struct Verdict {
  CLD2::Language language = CLD2::UNKNOWN_LANGUAGE;
  int percent = 0;
  bool reliable = false;
};

Verdict Detect(std::string_view text) {
  std::array<CLD2::Language, 3> languages{};
  std::array<int, 3> percents{};
  int bytes = 0;
  Verdict verdict;
  verdict.language = CLD2::DetectLanguageSummary(text.data(), static_cast<int>(text.size()), true, languages.data(),
                                                 percents.data(), &bytes, &verdict.reliable);
  verdict.percent = percents[0];
  return verdict;
}

}  // namespace

std::string DetectLanguage(std::string_view text, std::string_view hint) {
  const std::string declared = PrimaryOf(hint);
  const auto is_clear = [](const Verdict& v) { return v.reliable && v.percent >= kClearPercent; };
  if (!declared.empty() && text.size() > kGlance) {
    const Verdict glance = Detect(text::TruncateUtf8(text, kGlance));
    if (is_clear(glance) && PrimaryOf(CLD2::LanguageCode(glance.language)) == declared)
      return Bcp47(CLD2::LanguageCode(glance.language));
  }
  Verdict verdict = Detect(text::TruncateUtf8(text, kFirstLook));
  if (!is_clear(verdict) && text.size() > kFirstLook) verdict = Detect(text::TruncateUtf8(text, kMaxBytes));
  const bool known = verdict.language != CLD2::UNKNOWN_LANGUAGE;
  if (known && (verdict.reliable || verdict.percent >= kSurePercent))
    return Bcp47(CLD2::LanguageCode(verdict.language));
  if (!declared.empty()) return Bcp47(declared);
  return "und";
}

}  // namespace dateline::extraction
