#include "services/extraction/zones/cues.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/base/needle_set.h"
#include "common/base/word_index.h"
#include "common/text/utf8.h"
#include "services/extraction/zones/cue_words.h"

namespace dateline::extraction {
namespace {

constexpr NeedleSet kOpeningWords([] {
  std::array<std::string_view, kOpenings.size()> words;
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = kOpenings[i].words;
  return words;
}());

// Labels that are the whole line, perhaps with a colon.
struct Label {
  std::string_view words;
  Cue cue;
};
constexpr std::array kLabels = {
    Label{"contact", Cue::kContact},
    Label{"contacts", Cue::kContact},
    Label{"for more information", Cue::kContact},
    Label{"for further information", Cue::kContact},
    Label{"press", Cue::kMasthead},
    Label{"media", Cue::kMasthead},
    Label{"notes", Cue::kNotes},
    Label{"note", Cue::kNotes},
    Label{"remarques", Cue::kNotes},
    Label{"notas", Cue::kNotes},
    Label{"anmerkungen", Cue::kNotes},
    Label{"links", Cue::kRelated},
    Label{"resources", Cue::kRelated},
    Label{"read more", Cue::kRelated},
};
constexpr WordIndex kLabelIndex([] {
  std::array<std::string_view, kLabels.size()> words;
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = kLabels[i].words;
  return words;
}());

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
  static constexpr std::array<std::string_view, 12> kNumberWords = {
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
  // Counted in characters: those of other scripts take two bytes and more.
  if (key.size() > kMaxLabelKey && text::CountCodePoints(key) > kMaxLabelKey) return Cue::kNone;
  if (IsEndMark(key)) return Cue::kEnd;
  if (kChromeLabels.contains(key)) return Cue::kChrome;
  if (kMastheadLabels.contains(key) || IsNumberedMasthead(key)) return Cue::kMasthead;
  std::string_view bare = key;
  while (!bare.empty() && (bare.back() == ':' || bare.back() == ' ')) bare.remove_suffix(1);
  if (const std::size_t label = kLabelIndex.Find(bare); label != kLabelIndex.kNone) return kLabels[label].cue;
  if (key.ends_with(" enquiries") || key.ends_with(" inquiries") || key.ends_with(" press office"))
    return Cue::kContact;
  const bool sentence = key.ends_with('.') || key.ends_with("\u3002");
  Cue cue = Cue::kNone;
  kOpeningWords.VisitAt(key, 0, [&](std::size_t i) {
    const Cue says = kOpenings[i].cue;
    const std::size_t most = says == Cue::kAbout                            ? 8
                             : says == Cue::kRelated || says == Cue::kNotes ? 6
                             : says == Cue::kChrome                         ? 10
                                                                            : words;
    const bool label = says == Cue::kAbout || says == Cue::kRelated || says == Cue::kNotes;
    if (words > most || (label && sentence) || (says == Cue::kAbout && key.ends_with('?'))) return false;
    cue = says;
    return true;
  });
  return cue;
}

bool SaysWhomToContact(std::string_view key) {
  static constexpr NeedleSet kSentences(kContactSentences);
  return kSentences.AnyIn(key.substr(0, 400));
}

}  // namespace dateline::extraction
