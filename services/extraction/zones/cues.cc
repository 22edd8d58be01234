#include "services/extraction/zones/cues.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/base/needle_set.h"
#include "services/extraction/zones/cue_words.h"

namespace dateline::extraction {
namespace {

// Which two bytes begin an opening; most lines are told by these.
constexpr std::size_t PairOf(std::string_view key) {
  return static_cast<std::size_t>(static_cast<unsigned char>(key[0]) % 64 * 64 +
                                  static_cast<unsigned char>(key[1]) % 64);
}
constexpr std::array<bool, 4096> kBeginsOpening = [] {
  std::array<bool, 4096> begins{};
  for (const Phrase& phrase : kOpenings) begins[PairOf(phrase.words)] = true;
  return begins;
}();

bool IsEndMark(std::string_view key) {
  if (key.size() > 40 || key.empty()) return false;
  // "###", "* * *", "# # #", also with a word of the site set behind it: "### Return".
  std::size_t signs = 0;
  std::size_t at = 0;
  for (; at < key.size() && (key[at] == '#' || key[at] == '*' || key[at] == ' ' || key[at] == '~' || key[at] == '_');
       ++at) {
    if (key[at] != ' ') ++signs;
  }
  if (signs >= 3 && (at == key.size() || key[0] == '#')) return true;
  std::string_view word = key;
  const auto frame = [](char c) {
    return c == '-' || c == ' ' || c == '*' || c == '#' || c == '/' || c == '[' || c == ']';
  };
  while (!word.empty() && frame(word.front())) word.remove_prefix(1);
  while (!word.empty() && frame(word.back())) word.remove_suffix(1);
  const bool framed = word.size() != key.size();
  // A bare number or common word needs the frame.
  if ((word == "30" || word == "end" || word == "fine" || word == "the end" || word == "fim") && !framed) return false;
  return kEndWords.contains(word);
}

// "press release no. 31/25": what kind of document follows, and its number.
bool IsNumberedMasthead(std::string_view key) {
  const std::size_t space = key.rfind(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view number = key.substr(space + 1);
  if (std::none_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; })) return false;
  std::string_view label = key.substr(0, space);
  // Folding keeps the degree sign and may write the numero sign as "no".
  constexpr std::array<std::string_view, 12> kNumberWords = {
      " no.", " no", " nr.", " nr", " n\u00B0", " n\u00BA", " n.", " num.", " n\u00FAm.", " number", " #", " \u2116"};
  for (const std::string_view word : kNumberWords) {
    if (!label.ends_with(word)) continue;
    label.remove_suffix(word.size());
    break;
  }
  while (!label.empty() && (label.back() == ':' || label.back() == ' ' || label.back() == '-')) label.remove_suffix(1);
  return kMastheadLabels.contains(label);
}

}  // namespace

Cue CueOfLine(std::string_view key, std::size_t words) {
  if (key.size() > kMaxLabelKey) return Cue::kNone;
  if (IsEndMark(key)) return Cue::kEnd;
  if (kChromeLabels.contains(key)) return Cue::kChrome;
  if (kMastheadLabels.contains(key) || IsNumberedMasthead(key)) return Cue::kMasthead;
  // Labels that are the whole line, perhaps with a colon.
  std::string_view bare = key;
  while (!bare.empty() && (bare.back() == ':' || bare.back() == ' ')) bare.remove_suffix(1);
  if (bare == "contact" || bare == "contacts" || bare == "press" || bare == "media" || bare == "for more information" ||
      bare == "for further information") {
    return bare == "press" || bare == "media" ? Cue::kMasthead : Cue::kContact;
  }
  if (bare == "notes" || bare == "note" || bare == "remarques" || bare == "notas" || bare == "anmerkungen")
    return Cue::kNotes;
  if (bare == "links" || bare == "resources" || bare == "read more") return Cue::kRelated;
  if (key.ends_with(" enquiries") || key.ends_with(" inquiries") || key.ends_with(" press office"))
    return Cue::kContact;
  if (key.size() < 2 || !kBeginsOpening[PairOf(key)]) return Cue::kNone;
  const bool sentence = key.ends_with('.') || key.ends_with("\u3002");
  for (const Phrase& phrase : kOpenings) {
    if (phrase.words[0] != key[0] || !key.starts_with(phrase.words)) continue;
    switch (phrase.cue) {
      case Cue::kAbout:
        if (words <= 8 && !sentence && !key.ends_with('?')) return Cue::kAbout;
        break;
      case Cue::kRelated:
      case Cue::kNotes:
        if (words <= 6 && !sentence) return phrase.cue;
        break;
      case Cue::kChrome:
        if (words <= 10) return Cue::kChrome;
        break;
      default:
        return phrase.cue;
    }
  }
  return Cue::kNone;
}

bool SaysWhomToContact(std::string_view key) {
  constexpr NeedleSet kSentences(kContactSentences);
  return kSentences.AnyIn(key.substr(0, 400));
}

}  // namespace dateline::extraction
