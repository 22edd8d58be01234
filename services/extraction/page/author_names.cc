#include "services/extraction/page/author_names.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "common/text/normalize.h"
#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

using Words = std::unordered_set<std::string_view>;

constexpr std::size_t kMaxNameBytes = 60;
constexpr std::size_t kMaxNameWords = 6;

// Labels before names, folded; longer ones first where one begins another.
constexpr std::array<std::string_view, 61> kLabels = {"written and photographed by",
                                                      "words and photos by",
                                                      "story and photos by",
                                                      "article written by",
                                                      "contributed by",
                                                      "published by",
                                                      "reported by",
                                                      "submitted by",
                                                      "created by",
                                                      "written by",
                                                      "posted by",
                                                      "article by",
                                                      "report by",
                                                      "story by",
                                                      "words by",
                                                      "post by",
                                                      "text by",
                                                      "blog by",
                                                      "by line",
                                                      "byline",
                                                      "authors",
                                                      "author",
                                                      "author(s)",
                                                      "by",
                                                      "ver\u00F6ffentlicht von",
                                                      "geschrieben von",
                                                      "verfasst von",
                                                      "erstellt von",
                                                      "ein beitrag von",
                                                      "ein artikel von",
                                                      "gastbeitrag von",
                                                      "kommentar von",
                                                      "interview von",
                                                      "analyse von",
                                                      "beitrag von",
                                                      "artikel von",
                                                      "text von",
                                                      "autorin",
                                                      "autoren",
                                                      "autor",
                                                      "text",
                                                      "von",
                                                      "\u00E9crit par",
                                                      "publi\u00E9 par",
                                                      "r\u00E9dig\u00E9 par",
                                                      "propos recueillis par",
                                                      "auteur",
                                                      "par",
                                                      "escrito por",
                                                      "publicado por",
                                                      "por",
                                                      "autore",
                                                      "scritto da",
                                                      "pubblicato da",
                                                      "geschreven door",
                                                      "door",
                                                      "\u0430\u0432\u0442\u043E\u0440",
                                                      "\u4F5C\u8005",
                                                      "interview",
                                                      "tekst",
                                                      "autora"};

// Words that no name of a person holds: firms, desks, roles, parts of sites, words of sentences.
const Words& NoNameWords() {
  static constexpr std::string_view kText =
      "gmbh inc ltd llc corp company verlag media medien news nachrichten newspaper zeitung magazine "
      "magazin redaktion online-redaktion onlineredaktion redaction r\u00E9daction redacci\u00F3n redaccion "
      "redazione reda\u00E7\u00E3o redactie redakcja editorial editors staff team desk newsroom agency "
      "agentur agencies agencias agence association verein e.v. institute institut instituto university "
      "universit\u00E4t foundation stiftung society group press presse prensa pressestelle department "
      "ministry ministerium bureau service services network admin administrator webmaster moderator user "
      "guest gast anonymous anonym unknown unbekannt n/a none null undefined root test wpadmin website "
      "homepage blog blogger home login contact contributor contributors contributed author authors autor "
      "autoren autorin writer writers editor reporter reporters correspondent correspondents korrespondent "
      "korrespondentin journalist journalistin columnist producer photographer chefredakteur redakteur "
      "redakteurin senior chief director manager founder co-founder ceo president professor fellow analyst "
      "expert experte expertin published updated posted written publi\u00E9 publicado ver\u00F6ffentlicht "
      "aktualisiert comments comment kommentare kommentar share follow folgen read more mehr view see all "
      "alle articles artikel posts post minutes minuten min ago photo foto photos fotos image images bild "
      "video reuters afp dpa apa ansa efe tass xinhua wire letters your our you we this that these is are "
      "was has have with from about for in on at als ist wird wurde sind mit nach bei im beim zum zur auf "
      "aus dans pour avec sur est dies category kategorie tags tag profile profil email e-mail mail "
      "facebook twitter instagram linkedin youtube subscribe newsletter advertisement anzeige sponsored "
      "january february march april june july august september october november december januar februar "
      "m\u00E4rz mai juni juli oktober dezember monday tuesday wednesday thursday friday saturday sunday "
      "montag dienstag mittwoch donnerstag freitag samstag sonntag today heute yesterday gestern designed "
      "powered theme wordpress webdesign design http https www copyright special exclusive freelance "
      "jr.contributor support customer marketing communications kommunikation pr office board council "
      "committee commission club bund partei fraktion bundestagsfraktion full bio text size select rating "
      "former licensed grader consultant strategy offline online autorenseite jan feb mar apr jun jul aug "
      "sep sept oct nov dec sun mon tue wed thu fri sat dietitian nutritionist candidate representative "
      "medically certified forum member mitglied illustration custom customs wordpressadmin redacci "
      "editorial-team review reviews tests die das what how why when who ";
  static const Words kWords = [] {
    Words words;
    for (std::size_t begin = 0; begin < kText.size();) {
      const std::size_t end = kText.find(' ', begin);
      words.insert(kText.substr(begin, end - begin));
      begin = end + 1;
    }
    return words;
  }();
  return kWords;
}

// Words inside names that stand in lower case.
bool IsParticle(std::string_view folded) {
  constexpr std::array<std::string_view, 31> kWords = {
      "von", "van", "de",  "der", "den", "del", "della", "di",  "da",  "dos", "das", "do", "du",  "la",  "le", "el",
      "al",  "bin", "ibn", "zu",  "zur", "af",  "av",    "ten", "ter", "te",  "y",   "e",  "vom", "dal", "st."};
  return std::find(kWords.begin(), kWords.end(), folded) != kWords.end();
}

bool IsDegree(std::string_view folded) {
  constexpr std::array<std::string_view, 16> kWords = {"phd", "ph.d.", "ph.d", "md",  "m.d.", "mba", "msc", "m.sc.",
                                                       "rd",  "rdn",   "jd",   "esq", "esq.", "jr",  "jr.", "cfa"};
  return std::find(kWords.begin(), kWords.end(), folded) != kWords.end();
}

bool IsLetterAt(std::string_view s, std::size_t at) {
  return u_isalpha(static_cast<UChar32>(text::CodePointAt(s, at).value)) != 0;
}

// Where the part of a byline that names people ends: at a date, a sign that parts, an address.
std::size_t EndOfNames(std::string_view s) {
  constexpr std::array<std::string_view, 26> kSigns = {
      " in ", " on ", " for ",    " from ",   " at ",     " am ",     " vom ",    " For ", " From ",
      " | ",  "|",    " \u2022 ", "\u2022",   " \u00B7 ", " \u2013 ", " \u2014 ", " - ",   " / ",
      " (",   " @",   " // ",     " \u00BB ", " > ",      " :: ",     " \u2192",  "\u00A9"};
  std::size_t end = s.size();
  for (const std::string_view sign : kSigns) end = std::min(end, s.find(sign));
  end = std::min(end, s.size());
  const std::size_t digit = s.substr(0, end).find_first_of("0123456789");
  if (digit != std::string_view::npos) {
    // "Ada Quay 5 March", but the account "delta201" is a word with digits.
    const std::size_t space = s.rfind(' ', digit);
    if (space != std::string_view::npos) end = std::min(end, space);
  }
  return end;
}

// A name without what is set around it.
std::string_view Trim(std::string_view s) {
  s = text::TrimSpace(s);
  while (!s.empty() && std::string_view(",:;-|/.*\"'([>").find(s.front()) != std::string_view::npos)
    s = text::TrimSpace(s.substr(1));
  while (!s.empty() && std::string_view(",:;-|/*\"'])<").find(s.back()) != std::string_view::npos)
    s = text::TrimSpace(s.substr(0, s.size() - 1));
  // The full stop of an initial or "jr." stays.
  if (s.ends_with('.') && s.size() > 4 && s[s.size() - 3] != ' ' && s[s.size() - 4] != ' ') s.remove_suffix(1);
  return s;
}

bool IsPerson(std::string_view name, BylineTrust trust, const std::vector<std::string>& site_keys) {
  if (name.size() < 2 || name.size() > kMaxNameBytes) return false;
  if (name.find_first_of("@/\\{}<>=?!#_%") != std::string_view::npos && trust != BylineTrust::kTyped) return false;
  if (name.find("://") != std::string_view::npos || name.find("www.") != std::string_view::npos ||
      name.find('@') != std::string_view::npos || name.find_first_of("?!{}<>=%") != std::string_view::npos)
    return false;
  std::size_t words = 0;
  std::size_t capitals = 0;
  bool small_word = false;
  bool han = false;
  for (std::size_t begin = 0; begin < name.size();) {
    std::size_t end = std::min(name.find(' ', begin), name.size());
    const std::string_view word = name.substr(begin, end - begin);
    begin = end + 1;
    if (word.empty()) continue;
    const std::string folded = text::FoldKey(word);
    std::string_view bare = folded;
    while (!bare.empty() && (bare.back() == ',' || bare.back() == ':' || bare.back() == '.')) bare.remove_suffix(1);
    if (NoNameWords().contains(folded) || NoNameWords().contains(bare)) return false;
    ++words;
    const auto first = static_cast<UChar32>(text::CodePointAt(word, 0).value);
    if (u_isUUppercase(first) != 0 || u_istitle(first) != 0)
      ++capitals;
    else if (u_isULowercase(first) != 0 && !IsParticle(folded) && folded.find('\'') == std::string::npos)
      small_word = true;
    else if (u_hasBinaryProperty(first, UCHAR_IDEOGRAPHIC) != 0)
      han = true;
    else if (u_isalpha(first) != 0 && u_isULowercase(first) == 0)
      ++capitals;  // scripts without case
  }
  if (words == 0 || words > kMaxNameWords) return false;
  const std::string key = NameKey(name);
  if (key.size() < 2 || std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; })) return false;
  if (std::find(site_keys.begin(), site_keys.end(), key) != site_keys.end()) return false;
  if (words == 1) return trust == BylineTrust::kTyped || han;
  return capitals >= 1 && !small_word;
}

bool LooksLikePerson(std::string_view name) {
  const std::size_t space = name.find(' ');
  if (space == std::string_view::npos || std::count(name.begin(), name.end(), ' ') > 3) return false;
  return u_isUUppercase(static_cast<UChar32>(text::CodePointAt(name, 0).value)) != 0 &&
         u_isUUppercase(static_cast<UChar32>(text::CodePointAt(name, name.rfind(' ') + 1).value)) != 0;
}

// The pieces between commas and words for "and".
std::vector<std::string_view> Parts(std::string_view s) {
  constexpr std::array<std::string_view, 16> kJoints = {", and ", " and ", " And ", " AND ",   " & ",    ", ",
                                                        "; ",     " und ", " UND ", " et ",    " with ", ";",
                                                        " y ",    " og ",  " och ", " \u0438 "};
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= s.size();) {
    std::size_t joint = 0;
    for (const std::string_view candidate : kJoints) {
      if (!s.substr(i).starts_with(candidate)) continue;
      // "Ortega y Gasset" is one name.
      if (candidate == " y " && !LooksLikePerson(text::TrimSpace(s.substr(begin, i - begin)))) continue;
      joint = candidate.size();
      break;
    }
    if (joint == 0 && i < s.size()) {
      ++i;
      continue;
    }
    parts.push_back(s.substr(begin, i - begin));
    i += std::max<std::size_t>(joint, 1);
    begin = i;
  }
  return parts;
}

}  // namespace

std::string NameKey(std::string_view name) {
  const std::string folded = text::FoldKey(name);
  std::string key;
  for (std::size_t i = 0; i < folded.size();) {
    const text::CodePoint c = text::CodePointAt(folded, i);
    if (u_isalnum(static_cast<UChar32>(c.value)) != 0) key.append(folded, i, c.length);
    i += c.length;
  }
  return key;
}

std::size_t BylineLabel(std::string_view line) {
  constexpr std::size_t kLongest = 32;
  // Folding may change lengths; every label is compared with its own fold, character for character.
  const std::string_view head = text::TruncateUtf8(line, 2 * kLongest);
  const std::string folded = text::FoldKey(head);
  std::size_t best = 0;
  for (const std::string_view label : kLabels) {
    if (!folded.starts_with(label) || label.size() <= best) continue;
    if (folded.size() > label.size()) {
      const char next = folded[label.size()];
      const bool wide_colon = std::string_view(folded).substr(label.size()).starts_with("\uFF1A");
      if (next != ' ' && next != ':' && !wide_colon) continue;
      // A plain noun is a label only with a colon.
      const bool noun = label == "text" || label == "author" || label == "authors" || label == "autor" ||
                        label == "autora" || label == "tekst" || label == "auteur" || label == "autore" ||
                        label == "autorin" || label == "interview" || label == "autoren" ||
                        label == "\u0430\u0432\u0442\u043E\u0440";
      if (noun && next != ':' && !wide_colon && !std::string_view(folded).substr(label.size()).starts_with(" :"))
        continue;
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

std::vector<std::string> NamesOfByline(std::string_view raw, BylineTrust trust,
                                       const std::vector<std::string>& site_keys) {
  std::vector<std::string> names;
  std::string_view s = text::TrimSpace(raw);
  if (s.size() > kMaxBylineBytes || s.empty()) return names;
  bool labelled = false;
  for (std::size_t label = BylineLabel(s); label > 0 && label <= s.size(); label = BylineLabel(s)) {
    s = Trim(s.substr(label));
    labelled = true;
    if (s.empty()) return names;
  }
  // Behind a label in the middle: "5 March by Ada Quay".
  if (!labelled) {
    for (const std::string_view word : {" by ", " By ", " von ", " Von ", " par ", " Par ", " por ", " Por "}) {
      const std::size_t at = s.find(word);
      if (at == std::string_view::npos || (word == " von " && trust == BylineTrust::kTyped)) continue;
      if (word[1] >= 'a' && s.substr(0, at).find_first_of("0123456789|") == std::string_view::npos) continue;
      s = s.substr(at + word.size());
      break;
    }
  }
  // Behind a date: "5 March 2024 | Ada Quay".
  if (!labelled) {
    for (const std::string_view sign : {" | ", " \u2022 ", " \u00B7 ", " - ", " \u2013 "}) {
      const std::size_t at = s.find(sign);
      if (at == std::string_view::npos || s.substr(0, at).find_first_of("0123456789") == std::string_view::npos)
        continue;
      s = text::TrimSpace(s.substr(at + sign.size()));
      break;
    }
  }
  s = s.substr(0, EndOfNames(s));
  for (const std::string_view part : Parts(s)) {
    std::string_view name = Trim(part);
    if (const std::size_t label = BylineLabel(name); label > 0 && label < name.size()) name = Trim(name.substr(label));
    if (name.empty() || IsDegree(text::FoldKey(name))) continue;
    if (!IsLetterAt(name, 0)) continue;
    if (!IsPerson(name, trust, site_keys)) {
      // What stands behind a name is its role or place; before one it makes the line no byline.
      if (names.empty()) return names;
      break;
    }
    // Behind a full name a single word is a place or desk.
    if (!names.empty() && name.find(' ') == std::string_view::npos && names.front().find(' ') != std::string::npos)
      break;
    std::string kept(name);
    if (names.size() < kMaxBylineNames && std::find(names.begin(), names.end(), kept) == names.end())
      names.push_back(std::move(kept));
  }
  return names;
}

}  // namespace dateline::extraction
