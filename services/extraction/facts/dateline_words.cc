#include "services/extraction/facts/dateline_words.h"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace dateline::extraction {

bool IsUsState(std::string_view folded) {
  static const std::unordered_set<std::string_view> kStates = {
      "al",     "ak",    "az",    "ar",    "ca",    "co",     "ct",    "de",   "fl",      "ga",    "hi",
      "id",     "il",    "in",    "ia",    "ks",    "ky",     "la",    "me",   "md",      "ma",    "mi",
      "mn",     "ms",    "mo",    "mt",    "ne",    "nv",     "nh",    "nj",   "nm",      "ny",    "nc",
      "nd",     "oh",    "ok",    "or",    "pa",    "ri",     "sc",    "sd",   "tn",      "tx",    "ut",
      "vt",     "va",    "wa",    "wv",    "wi",    "wy",     "dc",    "d.c.", "ala.",    "ariz.", "ark.",
      "calif.", "colo.", "conn.", "del.",  "fla.",  "ga.",    "ill.",  "ind.", "kan.",    "ky.",   "la.",
      "md.",    "mass.", "mich.", "minn.", "miss.", "mo.",    "mont.", "neb.", "nev.",    "n.h.",  "n.j.",
      "n.m.",   "n.y.",  "n.c.",  "n.d.",  "okla.", "ore.",   "pa.",   "r.i.", "s.c.",    "s.d.",  "tenn.",
      "tex.",   "vt.",   "va.",   "wash.", "w.va.", "w. va.", "wis.",  "wyo.", "georgia", "d.c"};
  return kStates.contains(folded);
}

bool IsOrdinaryOpening(std::string_view folded) {
  // Kept narrow by hand: one word a line would be two screens.
  // clang-format off
  static const std::unordered_set<std::string_view> kWords = {
      "note", "notes", "summary", "background", "update", "updated", "statement", "today", "yesterday", "tomorrow",
      "photo", "video", "press release", "news release", "media release", "press", "news", "what", "who", "when",
      "where", "why", "how", "contact", "question", "answer", "q", "a", "overview", "introduction", "conclusion",
      "breaking", "correction", "erratum", "subject", "re", "date", "time", "venue", "source", "abstract",
      "results", "methods", "objective", "warning", "attention", "important", "no", "yes", "day", "step", "part",
      "chapter", "section", "figure", "table", "annex", "monday", "tuesday", "wednesday", "thursday", "friday",
      "saturday", "sunday", "ends", "end", "media advisory", "joint statement", "alert", "resum\u00E9", "contexte",
      "nota", "resumen", "hinweis", "\u6458\u8981", "\u80CC\u666F", "\u7F16\u8005\u6309",
      "\u062E\u0644\u0641\u064A\u0629"};
  // clang-format on
  return kWords.contains(folded);
}

bool IsPlaceConnector(std::string_view folded) {
  constexpr std::array<std::string_view, 22> kWords = {"of",  "the", "and", "de",  "del", "la", "le",  "les",
                                                       "da",  "do",  "dos", "das", "am",  "an", "der", "den",
                                                       "sur", "en",  "es",  "al",  "y",   "et"};
  return std::find(kWords.begin(), kWords.end(), folded) != kWords.end();
}

}  // namespace dateline::extraction
