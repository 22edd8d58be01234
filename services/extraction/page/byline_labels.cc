#include "services/extraction/page/byline_labels.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "common/text/normalize.h"
#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

// Labels before names, folded; longer ones first where one begins another.
constexpr std::string_view kLabelText[] = {
    "this post was written by", "this article was written by", "text & fotos", "text und fotos", "text & foto",
    "eine kolumne von", "ein kommentar von", "ein gastbeitrag von", "contributors", "contributor", "blogbeitrag von",
    "blog beitrag von", "redaktion", "r\u00E9daction", "redacci\u00F3n", "redazione", "\u8D23\u4EFB\u7F16\u8F91",
    "\u7F16\u8F91", "\u8CAC\u4EFB\u7DE8\u8F2F",
    // English
    "written and photographed by", "words and photos by", "story and photos by", "article written by", "contributed by",
    "guest post by", "published by", "reported by", "reporting by", "submitted by", "compiled by", "created by",
    "written by", "posted by", "article by", "report by", "story by", "words by", "post by", "text by", "blog by",
    "as told to", "this post was written by", "this article was written by", "contributors", "contributor", "by line",
    "byline", "authors", "author", "author(s)", "writer", "by",
    // German
    "ver\u00F6ffentlicht von", "geschrieben von", "gespeichert von", "eingestellt von", "verfasst von", "erstellt von",
    "ein beitrag von", "ein artikel von", "gastbeitrag von", "kommentar von", "interview von", "analyse von",
    "beitrag von", "artikel von", "text von", "verfasserin", "verfasser", "autorin", "autoren", "autor", "text",
    "interview", "von",
    // French
    "\u00E9crit par", "publi\u00E9 par", "post\u00E9 par", "r\u00E9dig\u00E9 par", "propos recueillis par", "auteurs",
    "auteur", "texte", "par",
    // Spanish, Portuguese, Italian, Romanian
    "escrito por", "publicado por", "postado por", "redactado por", "texto", "por", "autora", "autores", "scritto da",
    "pubblicato da", "a cura di", "autore", "scris de", "publicat de",
    // Dutch, Scandinavian
    "geschreven door", "gepubliceerd door", "door", "tekst", "skrevet av", "skriven av", "publicerad av", "skrevet af",
    // Slavic
    "autorka", "napsal", "napsala", "opracowa\u0142", "oprac.", "\u0430\u0432\u0442\u043E\u0440",
    "\u0430\u0432\u0442\u043E\u0440\u044B", "\u0442\u0435\u043A\u0441\u0442",
    "\u043E\u043F\u0443\u0431\u043B\u0438\u043A\u043E\u0432\u0430\u043B",
    // Turkish, Finnish, Hungarian, Indonesian, Vietnamese, Greek
    "yazan", "yazar", "kirjoittanut", "szerz\u0151", "\u00EDrta", "oleh", "penulis", "t\u00E1c gi\u1EA3",
    "\u03C3\u03C5\u03BD\u03C4\u03AC\u03BA\u03C4\u03B7\u03C2",
    // Arabic, Hebrew, Persian
    "\u0628\u0642\u0644\u0645", "\u0643\u062A\u0628", "\u0627\u0644\u0643\u0627\u062A\u0628", "\u05DE\u05D0\u05EA",
    "\u0646\u0648\u06CC\u0633\u0646\u062F\u0647",
    // Chinese, Japanese
    "\u4F5C\u8005", "\u8BB0\u8005", "\u8A18\u8005", "\u64B0\u6587", "\u8457\u8005", "\u57F7\u7B46", "\u7B46\u8005"};

// Labels that are plain nouns, or words of sentences, where no colon follows.
constexpr std::string_view kNounLabels[] = {"contributors",
                                            "contributor",
                                            "redaktion",
                                            "r\u00E9daction",
                                            "redacci\u00F3n",
                                            "redazione",
                                            "text",
                                            "author",
                                            "authors",
                                            "writer",
                                            "autor",
                                            "autora",
                                            "autores",
                                            "tekst",
                                            "auteur",
                                            "auteurs",
                                            "texte",
                                            "texto",
                                            "autore",
                                            "autorin",
                                            "interview",
                                            "autoren",
                                            "verfasser",
                                            "verfasserin",
                                            "autorka",
                                            "as told to",
                                            "yazar",
                                            "penulis",
                                            "\u043E\u043F\u0443\u0431\u043B\u0438\u043A\u043E\u0432\u0430\u043B",
                                            "\u0430\u0432\u0442\u043E\u0440",
                                            "\u0430\u0432\u0442\u043E\u0440\u044B",
                                            "\u0442\u0435\u043A\u0441\u0442",
                                            "\u0643\u062A\u0628",
                                            "\u0627\u0644\u0643\u0627\u062A\u0628",
                                            "\u0646\u0648\u06CC\u0633\u0646\u062F\u0647"};

// The labels of a script, folded, with what tells where they can begin.
struct Labels {
  std::vector<std::string> labels;
  std::array<std::vector<std::string_view>, 256> by_first;  // of them those that begin with a byte
  std::array<bool, 4096> pairs = {};                        // the first two, by PairOf
};
constexpr std::size_t PairOf(char first, char second) {
  return static_cast<std::size_t>(static_cast<unsigned char>(first) % 64 * 64 +
                                  static_cast<unsigned char>(second) % 64);
}
const Labels& AllLabels() {
  static const Labels kAll = [] {
    Labels all;
    for (const std::string_view label : kLabelText) {
      all.labels.push_back(text::FoldKey(label));
      const std::string& folded = all.labels.back();
      for (int second = 0; second < 64; ++second) {
        if (folded.size() < 2 || PairOf(folded[0], folded[1]) == PairOf(folded[0], static_cast<char>(second)))
          all.pairs[PairOf(folded[0], static_cast<char>(second))] = true;
      }
    }
    for (const std::string& label : all.labels) all.by_first[static_cast<unsigned char>(label[0])].emplace_back(label);
    return all;
  }();
  return kAll;
}

bool IsNounLabel(std::string_view label) {
  return std::find(std::begin(kNounLabels), std::end(kNounLabels), label) != std::end(kNounLabels);
}

}  // namespace

std::size_t BylineLabel(std::string_view line) {
  constexpr std::size_t kLongest = 40;
  // Nearly every line is told by its first letters, before anything is folded; a third one might be a mark on the
  // second.
  const auto is_letter = [&](std::size_t i) {
    return i < line.size() && ((line[i] >= 'a' && line[i] <= 'z') || (line[i] >= 'A' && line[i] <= 'Z'));
  };
  // No label begins with a digit or a sign.
  if (!line.empty() && static_cast<unsigned char>(line[0]) < 0x80 && line[0] != ' ' && !is_letter(0)) return 0;
  if (is_letter(0) && is_letter(1) && (line.size() == 2 || static_cast<unsigned char>(line[2]) < 0x80) &&
      !AllLabels().pairs[PairOf(static_cast<char>(line[0] | 0x20), static_cast<char>(line[1] | 0x20))])
    return 0;
  // Folding change lengths; every label is compared with its own fold, character for character.
  const std::string folded = text::FoldKey(text::TruncateUtf8(line, 2 * kLongest));
  if (folded.empty()) return 0;
  std::size_t best = 0;
  for (const std::string_view label : AllLabels().by_first[static_cast<unsigned char>(folded[0])]) {
    if (label.size() <= best || !folded.starts_with(label)) continue;
    const std::string_view behind = std::string_view(folded).substr(label.size());
    if (!behind.empty()) {
      const bool wide_colon = behind.starts_with("\uFF1A");
      if (behind[0] != ' ' && behind[0] != ':' && !wide_colon) continue;
      if (IsNounLabel(label) && behind[0] != ':' && !wide_colon && !behind.starts_with(" :")) continue;
    }
    best = label.size();
  }
  if (best == 0) return 0;
  std::size_t end = std::min(best, line.size());
  while (end < line.size()) {
    const bool wide_colon = line.substr(end).starts_with("\uFF1A");
    if (!wide_colon && line[end] != ' ' && line[end] != ':') break;
    end += wide_colon ? 3 : 1;
  }
  return end;
}

}  // namespace dateline::extraction
