#include "services/extraction/facts/contact_pieces.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <string>

#include "common/text/normalize.h"
#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMaxPieceBytes = 160;
constexpr std::size_t kMaxNameWords = 5;

bool IsParticle(std::string_view w) {
  constexpr std::array<std::string_view, 16> kParticles = {"de", "van", "von", "der", "den", "bin", "al",  "el",
                                                           "la", "da",  "di",  "dos", "del", "du",  "ibn", "y"};
  return std::find(kParticles.begin(), kParticles.end(), w) != kParticles.end();
}

std::vector<Piece> WordsOf(std::string_view text, Piece piece) {
  std::vector<Piece> words;
  for (std::size_t i = piece.begin; i < piece.end;) {
    while (i < piece.end && text[i] == ' ') ++i;
    std::size_t end = i;
    while (end < piece.end && text[end] != ' ') ++end;
    if (end > i) words.push_back({i, end});
    i = end;
  }
  return words;
}

Piece TrimPiece(std::string_view text, Piece piece) {
  while (piece.begin < piece.end) {
    const text::CodePoint c = text::CodePointAt(text, piece.begin);
    const bool cut = text::IsSpace(c.value) || c.value == ',' || c.value == ':' || c.value == ';' || c.value == '-' ||
                     c.value == 0x2013 || c.value == '|' || c.value == '.' || c.value == ')' || c.value == '/' ||
                     c.value == '*' || c.value == 0x2022;
    if (!cut) break;
    piece.begin += c.length;
  }
  while (piece.end > piece.begin) {
    const text::CodePoint c = text::CodePointBefore(text, piece.end);
    const bool cut = text::IsSpace(c.value) || c.value == ',' || c.value == ':' || c.value == ';' || c.value == '-' ||
                     c.value == 0x2013 || c.value == '|' || c.value == '.' || c.value == '(' || c.value == '/' ||
                     c.value == 0xFF1A;
    if (!cut) break;
    piece.end -= c.length;
  }
  return piece;
}

char32_t FirstOf(std::string_view text, Piece piece) {
  return text::CodePointAt(text, piece.begin).value;
}

// "In Geneva: Ada Quay": the word before where somebody is reached.
bool IsWhere(std::string_view text, Piece word) {
  constexpr std::array<std::string_view, 10> kWhere = {"in",     "at", "for",  "from", "en",
                                                       "\u00E0", "au", "pour", "bei",  "f\u00FCr"};
  const std::string key = text::FoldKey(text.substr(word.begin, word.end - word.begin));
  return std::find(kWhere.begin(), kWhere.end(), key) != kWhere.end();
}

}  // namespace

bool StartsUpper(std::string_view text, Piece word) {
  return u_isUUppercase(static_cast<UChar32>(FirstOf(text, word))) != 0;
}

bool HasWordOf(std::string_view text, Piece piece, const ContactWords& words) {
  for (const Piece word : WordsOf(text, piece)) {
    std::string key = text::FoldKey(text.substr(word.begin, word.end - word.begin));
    while (!key.empty() && (key.back() == ',' || key.back() == ':')) key.pop_back();
    if (words.contains(key)) return true;
  }
  return false;
}

// "Mr", "Dr", "Prof." and the like at the head of a name.
Piece DropHonorific(std::string_view text, Piece piece) {
  const std::vector<Piece> words = WordsOf(text, piece);
  if (words.size() < 2) return piece;
  const std::string key = text::FoldKey(text.substr(words[0].begin, words[0].end - words[0].begin));
  for (const std::string_view title : {"mr", "mr.", "mrs", "mrs.", "ms", "ms.", "dr", "dr.", "prof", "prof.", "m.",
                                       "mme", "sr.", "sra.", "herr", "frau"}) {
    if (key == title) return {words[1].begin, piece.end};
  }
  return piece;
}

bool IsPersonName(std::string_view text, Piece piece, const Gazetteer& gazetteer, bool after_cue) {
  const std::string_view s = text.substr(piece.begin, piece.end - piece.begin);
  if (s.empty() || s.size() > 80) return false;
  for (std::size_t i = 0; i < s.size();) {
    const text::CodePoint c = text::CodePointAt(s, i);
    const auto point = static_cast<UChar32>(c.value);
    const bool fits = u_isalpha(point) != 0 || u_charType(point) == U_NON_SPACING_MARK || c.value == ' ' ||
                      c.value == '-' || c.value == '\'' || c.value == 0x2019 || c.value == '.' || c.value == 0xB7;
    if (!fits) return false;
    i += c.length;
  }
  const auto first = static_cast<UChar32>(text::CodePointAt(s, 0).value);
  if (u_hasBinaryProperty(first, UCHAR_IDEOGRAPHIC) != 0) {
    const std::size_t count = text::CountCodePoints(s);
    return after_cue && count >= 2 && count <= 4 && !HasWordOf(text, piece, LabelWords());
  }
  const std::vector<Piece> words = WordsOf(text, piece);
  if (words.size() < 2 || words.size() > kMaxNameWords || IsWhere(text, words.front())) return false;
  const bool cased = u_isUUppercase(first) != 0 || u_isULowercase(first) != 0;
  if (!cased) return after_cue && words.size() <= 4;
  // "IOM China": an acronym opens no personal name, unless all of it is set in capitals.
  const auto capitals_only = [&](Piece word) {
    for (std::size_t i = word.begin; i < word.end;) {
      const text::CodePoint c = text::CodePointAt(text, i);
      if (u_isULowercase(static_cast<UChar32>(c.value)) != 0) return false;
      i += c.length;
    }
    return true;
  };
  // "Medrosa AG": two or three capitals at the end are a legal form.
  const std::size_t last_size = words.back().end - words.back().begin;
  if (last_size >= 2 && last_size <= 3 && capitals_only(words.back()) && !capitals_only(words.front()) &&
      text[words.back().end - 1] != '.')
    return false;
  if (words.front().end - words.front().begin >= 2 && text[words.front().end - 1] != '.' &&
      capitals_only(words.front()) && !capitals_only(words.back()))
    return false;
  std::size_t capitals = 0;
  for (const Piece word : words) {
    if (StartsUpper(text, word)) {
      ++capitals;
    } else if (!IsParticle(text.substr(word.begin, word.end - word.begin))) {
      return false;
    }
  }
  return capitals >= 2 && StartsUpper(text, words.front()) && !HasWordOf(text, piece, OrganizationWords()) &&
         !HasWordOf(text, piece, LabelWords()) && !HasWordOf(text, piece, RoleWords()) &&
         !gazetteer.Find(s).has_value();
}

// "Lee Hart and Ada Quay".
std::optional<std::pair<Piece, Piece>> TwoNames(std::string_view text, Piece piece, const Gazetteer& gazetteer,
                                                bool after_cue) {
  constexpr std::array<std::string_view, 7> kAnd = {" and ", " & ", " und ", " et ", " y ", " и ", " o "};
  const std::string_view words = text.substr(piece.begin, piece.end - piece.begin);
  for (const std::string_view sign : kAnd) {
    const std::size_t at = words.find(sign);
    if (at == std::string_view::npos) continue;
    const Piece first{piece.begin, piece.begin + at};
    const Piece second{piece.begin + at + sign.size(), piece.end};
    if (IsPersonName(text, DropHonorific(text, first), gazetteer, after_cue) &&
        IsPersonName(text, DropHonorific(text, second), gazetteer, after_cue))
      return std::pair(first, second);
  }
  return std::nullopt;
}

std::optional<std::pair<Piece, Piece>> NameAndBody(std::string_view text, Piece piece, const Gazetteer& gazetteer,
                                                   bool after_cue) {
  const std::vector<Piece> words = WordsOf(text, piece);
  for (std::size_t i = 2; i < words.size() && i <= kMaxNameWords; ++i) {
    const std::string_view w = text.substr(words[i].begin, words[i].end - words[i].begin);
    if (w.size() < 2 || !std::all_of(w.begin(), w.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) continue;
    const Piece name{piece.begin, words[i - 1].end};
    if (!IsPersonName(text, DropHonorific(text, name), gazetteer, after_cue)) return std::nullopt;
    return std::pair(name, Piece{words[i].begin, piece.end});
  }
  return std::nullopt;
}

bool IsOrganization(std::string_view text, Piece piece, bool after_name) {
  const std::string_view s = text.substr(piece.begin, piece.end - piece.begin);
  if (s.size() < 2 || s.size() > 120 || s.find('@') != std::string_view::npos || s.starts_with("http") ||
      s.starts_with("www"))
    return false;
  const std::vector<Piece> words = WordsOf(text, piece);
  if (!words.empty() && IsWhere(text, words.front())) return false;
  if (words.empty() || words.size() > 12 || !StartsUpper(text, words.front())) {
    // Scripts without case: only where a name stands before it.
    return after_name && !words.empty() && !HasWordOf(text, piece, LabelWords()) &&
           u_isULowercase(static_cast<UChar32>(FirstOf(text, piece))) == 0 &&
           u_isalpha(static_cast<UChar32>(FirstOf(text, piece))) != 0;
  }
  if (s.find_first_of("0123456789") != std::string_view::npos) return false;
  const bool keyword = HasWordOf(text, piece, OrganizationWords());
  bool acronym = false;
  bool labels = true;
  for (const Piece word : words) {
    const std::string_view w = text.substr(word.begin, word.end - word.begin);
    const bool upper = w.size() >= 2 && std::all_of(w.begin(), w.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    acronym = acronym || upper;
    labels = labels && LabelWords().contains(text::FoldKey(w));
  }
  if (labels) return false;
  if (after_name) return true;
  return (keyword || acronym) && !text::FoldKey(s).ends_with("enquiries");
}

// Whether the text ends in an initial or "St", whose full stop ends nothing: "Barry E. Hart", "Amy St. Clair".
bool IsShortForm(std::string_view text, Piece before) {
  constexpr std::size_t kLongest = 2;
  std::size_t begin = before.end;
  while (begin > before.begin && text[begin - 1] != ' ' && before.end - begin <= kLongest) --begin;
  return begin < before.end && before.end - begin <= kLongest && StartsUpper(text, {begin, before.end});
}

// Cuts text between addresses and numbers at the signs and words that part a name from an organisation.
std::vector<Piece> Pieces(std::string_view text, Piece segment) {
  constexpr std::array<std::string_view, 27> kWords = {" at ",
                                                       " of ",
                                                       " from ",
                                                       " on ",
                                                       " or ",
                                                       " \u00E0 ",
                                                       " de la ",
                                                       " de l'",
                                                       " du ",
                                                       " bei ",
                                                       " von ",
                                                       " en ",
                                                       " tel ",
                                                       " Tel ",
                                                       " Tel. ",
                                                       " Email ",
                                                       " E-mail ",
                                                       " via ",
                                                       " by ",
                                                       " au ",
                                                       " chez ",
                                                       " with ",
                                                       " \u7535\u8BDD",
                                                       " \u90AE\u7BB1",
                                                       " \u624B\u673A",
                                                       " \u0442\u0435\u043B",
                                                       " \u0647\u0627\u062A\u0641"};
  std::vector<Piece> pieces;
  std::size_t begin = segment.begin;
  const auto cut = [&](std::size_t end, std::size_t next) {
    const Piece piece = TrimPiece(text, {begin, end});
    if (piece.end > piece.begin && piece.end - piece.begin <= kMaxPieceBytes) pieces.push_back(piece);
    begin = next;
  };
  for (std::size_t i = segment.begin; i < segment.end;) {
    const text::CodePoint c = text::CodePointAt(text, i);
    const bool stop = c.value == '.' && (i + 1 >= segment.end || text[i + 1] == ' ') && i > segment.begin + 3 &&
                      !IsShortForm(text, {segment.begin, i});
    if (c.value == ',' || c.value == ';' || c.value == ':' || c.value == '(' || c.value == ')' || c.value == '|' ||
        c.value == '\n' || c.value == 0xFF1A || c.value == 0xFF0C || c.value == 0x060C || c.value == 0x3002 ||
        c.value == 0x2013 || c.value == 0x2014 || stop) {
      cut(i, i + c.length);
    } else if (c.value == ' ') {
      const std::string_view rest = text.substr(i, segment.end - i);
      for (const std::string_view word : kWords) {
        if (!rest.starts_with(word)) continue;
        // "Head of Communications" and "Council of Coastal Cities" are not parted.
        const bool joins = HasWordOf(text, {begin, i}, RoleWords()) || HasWordOf(text, {begin, i}, OrganizationWords());
        if (joins && (word == " of " || word == " de la " || word == " du ")) break;
        cut(i, i + word.size() - 1);
        break;
      }
    }
    i += c.length;
  }
  cut(segment.end, segment.end);
  return pieces;
}

// The text behind the words that announce a contact: "For further information please contact ".
std::size_t BehindCue(std::string_view line) {
  constexpr std::array<std::string_view, 14> kVerbs = {
      "contact: ",           "contacts: ", "contact ",       "Contact: ",    "Contact ",  "Contacts: ",
      "contacter ",          "contactez ", "contactar con ", "contactar a ", "CONTACT: ", "\u8054\u7CFB\u4EBA\uFF1A",
      "\u8054\u7CFB\u4EBA:", "an: "};
  std::size_t behind = 0;
  for (const std::string_view verb : kVerbs) {
    const std::size_t at = line.find(verb);
    if (at == std::string_view::npos || at > 160) continue;
    behind = std::max(behind, at + verb.size());
  }
  return behind;
}

}  // namespace dateline::extraction
