#include "services/extraction/page/author_names.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/page/byline_labels.h"
#include "services/extraction/page/desk_names.h"

namespace dateline::extraction {
namespace {

using Words = std::unordered_set<std::string_view>;

constexpr std::size_t kMaxNameBytes = 60;
constexpr std::size_t kMaxNameWords = 6;

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
      "january february march july september october november december januar februar "
      "m\u00E4rz juni juli oktober dezember monday tuesday wednesday thursday friday saturday sunday "
      "montag dienstag mittwoch donnerstag freitag samstag sonntag today heute yesterday gestern designed "
      "powered theme wordpress webdesign design http https www copyright special exclusive freelance "
      "jr.contributor support customer marketing communications kommunikation pr office board council "
      "committee commission club bund partei fraktion bundestagsfraktion full bio text size select rating "
      "former licensed grader consultant strategy offline online autorenseite feb mar apr jun jul aug "
      "sep sept oct nov dec sun mon tue wed thu fri sat dietitian nutritionist candidate representative "
      "medically certified forum member mitglied illustration custom customs wordpressadmin redacci "
      "editorial-team red review reviews tests die das what how why when who ";
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
  static constexpr std::array<std::string_view, 31> kWords = {
      "von", "van", "de",  "der", "den", "del", "della", "di",  "da",  "dos", "das", "do", "du",  "la",  "le", "el",
      "al",  "bin", "ibn", "zu",  "zur", "af",  "av",    "ten", "ter", "te",  "y",   "e",  "vom", "dal", "st."};
  return std::find(kWords.begin(), kWords.end(), folded) != kWords.end();
}

// "MD", "Ph.D.", "RDN": letters behind a name.
bool IsDegree(std::string_view word) {
  static constexpr std::array<std::string_view, 34> kWords = {
      "phd",    "md",  "mba", "msc", "ms",  "ma",   "ba",   "bsc",  "rd",   "rdn", "ldn", "jd",
      "esq",    "jr",  "sr",  "cfa", "cfp", "cpa",  "dvm",  "vmd",  "rn",   "bsn", "msn", "np",
      "pharmd", "dds", "dmd", "mph", "edd", "lcsw", "faan", "fand", "psyd", "do"};
  if (word.size() < 2 || word.size() > 8 || word.find(' ') != std::string_view::npos) return false;
  std::string letters;
  for (const char c : word) {
    if (c != '.') letters.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
  }
  const bool capital = word[0] >= 'A' && word[0] <= 'Z';
  return (capital || letters == "jr") && std::find(kWords.begin(), kWords.end(), letters) != kWords.end();
}

bool IsLetterAt(std::string_view s, std::size_t at) {
  return u_isalpha(static_cast<UChar32>(text::CodePointAt(s, at).value)) != 0;
}

// Where the part of a byline that names people ends: at a date, a sign that parts, an address.
std::size_t EndOfNames(std::string_view s) {
  static constexpr std::array<std::string_view, 26> kSigns = {
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
  bool ends_open = false;  // its last word joins it to another
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
    ends_open = u_isalnum(first) == 0 || (u_isULowercase(first) != 0 && IsParticle(folded));
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
  if (words == 1) return trust == BylineTrust::kTyped || han || (capitals == 1 && name.size() >= 3);
  return capitals >= 1 && !small_word && !ends_open;
}

bool LooksLikePerson(std::string_view name) {
  const std::size_t space = name.find(' ');
  if (space == std::string_view::npos || std::count(name.begin(), name.end(), ' ') > 3) return false;
  return u_isUUppercase(static_cast<UChar32>(text::CodePointAt(name, 0).value)) != 0 &&
         u_isUUppercase(static_cast<UChar32>(text::CodePointAt(name, name.rfind(' ') + 1).value)) != 0;
}

// The pieces between commas and words for "and".
std::vector<std::string_view> Parts(std::string_view s) {
  static constexpr std::array<std::string_view, 16> kJoints = {", and ", " and ", " And ", " AND ",   " & ",    ", ",
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

// Whether a word of dates, buttons or sentences stands in it.
bool HoldsWordOfPage(std::string_view name) {
  const std::string folded = text::FoldKey(name);
  for (std::size_t begin = 0; begin < folded.size();) {
    const std::size_t end = std::min(folded.find(' ', begin), folded.size());
    const std::string_view word = std::string_view(folded).substr(begin, end - begin);
    if (NoNameWords().contains(word) && !IsDeskWord(word)) return true;
    begin = end + 1;
  }
  return false;
}

// Of a line and its first part the one that names a desk; empty when neither does.
std::string_view DeskOf(std::string_view line, std::string_view part) {
  for (const std::string_view name : {line, part}) {
    if (IsDeskName(name) && !HoldsWordOfPage(name)) return name;
  }
  return {};
}

// Two to four words that all begin with a capital, but for particles.
bool IsNameShaped(std::string_view s) {
  constexpr std::size_t kLongest = 40;
  if (s.size() > kLongest || s.find_first_of(".,:;!?/&") != std::string_view::npos || NamesNoPerson(s)) {
    // "J. B. Quay" has full stops.
    if (s.size() > kLongest || s.find_first_of(",:;!?/&") != std::string_view::npos || NamesNoPerson(s)) return false;
  }
  std::size_t words = 0;
  for (std::size_t begin = 0; begin < s.size();) {
    const std::size_t end = std::min(s.find(' ', begin), s.size());
    const std::string_view word = s.substr(begin, end - begin);
    begin = end + 1;
    if (word.empty()) continue;
    ++words;
    const auto first = static_cast<UChar32>(text::CodePointAt(word, 0).value);
    if (u_isUUppercase(first) == 0 && !(words > 1 && IsParticle(word))) return false;
  }
  return words >= 2 && words <= 4;
}

}  // namespace

std::vector<std::string> NamesOfLine(std::string_view line, bool* dated) {
  constexpr std::size_t kLongest = 90;
  const std::string_view s = Trim(line);
  *dated = false;
  if (s.size() > kLongest) return {};
  if (IsNameShaped(s)) return NamesOfByline(s, BylineTrust::kLabel, {});
  if (s.find_first_of("0123456789") == std::string_view::npos) return {};
  std::vector<std::string> names;
  std::size_t begin = 0;
  const auto part = [&](std::size_t end) {
    const std::string_view piece = Trim(s.substr(begin, end - begin));
    if (names.empty() && piece.find_first_of("0123456789") == std::string_view::npos && IsNameShaped(piece))
      names = NamesOfByline(piece, BylineTrust::kLabel, {});
  };
  for (std::size_t i = 0; i < s.size();) {
    std::size_t length = 0;
    for (const std::string_view sign :
         {" - ", " \u2013 ", " \u2014 ", " | ", "|", " \u2022 ", " \u00B7 ", ", ", " / "}) {
      if (s.substr(i).starts_with(sign)) {
        length = sign.size();
        break;
      }
    }
    if (length == 0) {
      ++i;
      continue;
    }
    part(i);
    i += length;
    begin = i;
  }
  part(s.size());
  *dated = !names.empty();
  return names;
}

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

bool NamesNoPerson(std::string_view name) {
  const std::string folded = text::FoldKey(name);
  for (std::size_t begin = 0; begin < folded.size();) {
    const std::size_t end = std::min(folded.find(' ', begin), folded.size());
    std::string_view word = std::string_view(folded).substr(begin, end - begin);
    if (NoNameWords().contains(word)) return true;
    while (!word.empty() && std::string_view(",:.").find(word.back()) != std::string_view::npos) word.remove_suffix(1);
    if (NoNameWords().contains(word)) return true;
    begin = end + 1;
  }
  return false;
}

std::vector<std::string> NamesOfByline(std::string_view raw, BylineTrust trust,
                                       const std::vector<std::string>& site_keys) {
  std::vector<std::string> names;
  std::string_view s = text::TrimSpace(raw);
  if (s.size() > kMaxBylineBytes || s.empty()) return names;
  // "- Text: Ada Quay"
  for (const std::string_view sign : {"- ", "\u2013 ", "\u2014 ", "| ", "\u2022 "}) {
    if (s.starts_with(sign)) s = text::TrimSpace(s.substr(sign.size()));
  }
  bool labelled = false;
  for (std::size_t label = BylineLabel(s); label > 0 && label <= s.size(); label = BylineLabel(s)) {
    // "Redaktion" is a label before a name, and a name where nothing follows.
    if (label == s.size() && IsDeskName(s)) break;
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
    if (name.empty()) continue;
    if (IsDegree(name)) {
      // "Ada Quay, MD": part of the name as people write it.
      if (!names.empty() && names.back().size() + name.size() < kMaxNameBytes) names.back().append(", ").append(name);
      continue;
    }
    if (!IsLetterAt(name, 0)) continue;
    if (!IsPerson(name, trust, site_keys)) {
      // What stands behind a name is its role or place; before one it makes the line no byline, unless a desk signs it.
      if (names.empty()) {
        if (const std::string_view desk = DeskOf(Trim(s), name); !desk.empty()) names.emplace_back(desk);
      }
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
