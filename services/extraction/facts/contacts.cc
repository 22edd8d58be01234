#include "services/extraction/facts/contacts.h"

#include <fmt/format.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/facts/contact_tokens.h"
#include "services/extraction/facts/contact_words.h"
#include "services/extraction/facts/phones.h"
#include "services/extraction/notice.h"

namespace dateline::extraction {
namespace {

using release::v1::Contact;

constexpr std::size_t kMaxPieceBytes = 160;
// The head of a contact section in which contacts are looked for.
constexpr std::size_t kMaxContactBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxNameWords = 5;

bool IsParticle(std::string_view w) {
  constexpr std::array<std::string_view, 16> kParticles = {"de", "van", "von", "der", "den", "bin", "al",  "el",
                                                           "la", "da",  "di",  "dos", "del", "du",  "ibn", "y"};
  return std::find(kParticles.begin(), kParticles.end(), w) != kParticles.end();
}

// A stretch of the text with its place.
struct Piece {
  std::size_t begin = 0;
  std::size_t end = 0;
};

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

bool HasWordOf(std::string_view text, Piece piece, const ContactWords& words) {
  for (const Piece word : WordsOf(text, piece)) {
    std::string key = text::FoldKey(text.substr(word.begin, word.end - word.begin));
    while (!key.empty() && (key.back() == ',' || key.back() == ':')) key.pop_back();
    if (words.contains(key)) return true;
  }
  return false;
}

char32_t FirstOf(std::string_view text, Piece piece) {
  return text::CodePointAt(text, piece.begin).value;
}
bool StartsUpper(std::string_view text, Piece word) {
  return u_isUUppercase(static_cast<UChar32>(FirstOf(text, word))) != 0;
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

// "In Geneva: Ada Quay": the word before where somebody is reached.
bool IsWhere(std::string_view text, Piece word) {
  constexpr std::array<std::string_view, 10> kWhere = {"in",     "at", "for",  "from", "en",
                                                       "\u00E0", "au", "pour", "bei",  "f\u00FCr"};
  const std::string key = text::FoldKey(text.substr(word.begin, word.end - word.begin));
  return std::find(kWhere.begin(), kWhere.end(), key) != kWhere.end();
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
    const bool stop = c.value == '.' && (i + 1 >= segment.end || text[i + 1] == ' ') && i > segment.begin + 3;
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

// Collects the parts of one contact after another.
class Builder {
 public:
  Builder(std::string_view text, std::vector<std::string> regions, release::v1::Release* release)
      : text_(text), regions_(std::move(regions)), release_(release) {}

  void Name(Piece piece) {
    if (!contact_.display_name().empty() || HasValues()) Flush(false);
    contact_.set_display_name(std::string(text_.substr(piece.begin, piece.end - piece.begin)));
    Extend(piece);
  }
  // Another person at the same number: "Lee Hart and Ada Quay, 202/555-0100".
  void AlsoName(Piece piece) { others_.emplace_back(text_.substr(piece.begin, piece.end - piece.begin)); }
  void Organization(Piece piece) {
    if (HasValues()) Flush(false);
    if (!contact_.organization().empty()) return;
    contact_.set_organization(std::string(text_.substr(piece.begin, piece.end - piece.begin)));
    Extend(piece);
  }
  void Role(Piece piece) {
    if (!contact_.role().empty() || HasValues()) return;
    contact_.set_role(std::string(text_.substr(piece.begin, piece.end - piece.begin)));
    Extend(piece);
  }
  void Email(Piece piece) {
    if (!contact_.email().empty()) Flush(true);
    std::string email(text_.substr(piece.begin, piece.end - piece.begin));
    for (std::size_t i = email.find('@'); i < email.size(); ++i) {
      if (email[i] >= 'A' && email[i] <= 'Z') email[i] = static_cast<char>(email[i] - 'A' + 'a');
    }
    contact_.set_email(email);
    Extend(piece);
  }
  void Phone(Piece piece) {
    release::v1::Phone phone = JudgePhone(text_.substr(piece.begin, piece.end - piece.begin), regions_);
    phone.mutable_span()->set_start(static_cast<std::uint32_t>(piece.begin));
    phone.mutable_span()->set_end(static_cast<std::uint32_t>(piece.end));
    *contact_.add_phones() = std::move(phone);
    Extend(piece);
  }
  // A street or postcode was read: the lines up to the next value are places, not people.
  void MarkAddress() { in_address_ = true; }
  bool in_address() const { return in_address_ && !HasValues(); }
  bool placed() const { return !contact_.organization().empty(); }
  bool named() const { return !contact_.display_name().empty() && !HasValues(); }

  // Ends the contact. With `same` the next one begins with the same name and organisation.
  void Flush(bool same) {
    Contact next;
    if (same) {
      next.set_display_name(contact_.display_name());
      next.set_organization(contact_.organization());
      next.set_role(contact_.role());
    }
    if (HasValues() && static_cast<std::size_t>(release_->contacts_size()) < kMaxContacts) {
      contact_.mutable_span()->set_start(static_cast<std::uint32_t>(begin_));
      contact_.mutable_span()->set_end(static_cast<std::uint32_t>(end_));
      const bool sure = !contact_.email().empty() || (contact_.phones_size() > 0 && contact_.phones(0).valid());
      contact_.set_confidence(sure ? release::v1::HIGH : release::v1::MEDIUM);
      contact_.set_rule(contact_.display_name().empty() ? "contact.office" : "contact.person");
      const int first = release_->contacts_size();
      *release_->add_contacts() = std::move(contact_);
      for (const std::string& name : others_) {
        if (static_cast<std::size_t>(release_->contacts_size()) >= kMaxContacts) break;
        Contact copy = release_->contacts(first);
        copy.set_display_name(name);
        *release_->add_contacts() = std::move(copy);
      }
    }
    if (!same) others_.clear();
    contact_ = std::move(next);
    started_ = false;
    in_address_ = false;
  }

 private:
  bool HasValues() const { return !contact_.email().empty() || contact_.phones_size() > 0; }
  void Extend(Piece piece) {
    if (!started_) begin_ = piece.begin;
    started_ = true;
    end_ = piece.end;
  }

  std::string_view text_;
  std::vector<std::string> regions_;
  release::v1::Release* release_;
  Contact contact_;
  std::vector<std::string> others_;  // who else is reached there
  bool started_ = false;
  bool in_address_ = false;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

void ReadSegment(std::string_view text, Piece segment, bool after_cue, const Gazetteer& gazetteer, Builder& builder) {
  bool named = builder.named();
  // A line with numbers of its own is an address.
  const bool digits =
      text.substr(segment.begin, segment.end - segment.begin).find_first_of("0123456789") != std::string_view::npos;
  for (const Piece piece : Pieces(text, segment)) {
    if (const auto pair = TwoNames(text, piece, gazetteer, after_cue); pair.has_value() && !named) {
      builder.Name(DropHonorific(text, pair->first));
      builder.AlsoName(DropHonorific(text, pair->second));
      named = true;
      continue;
    }
    const Piece name = DropHonorific(text, piece);
    const bool in_address = !after_cue && (digits || builder.in_address());
    if (!in_address && IsPersonName(text, name, gazetteer, after_cue)) {
      // What stands behind a name and looks like one is the firm: "Lee Hart, Basin Pumps".
      if (named && !builder.placed()) {
        builder.Organization(name);
      } else {
        builder.Name(name);
      }
      named = true;
    } else if (HasWordOf(text, piece, RoleWords()) && StartsUpper(text, piece)) {
      builder.Role(piece);
    } else if (IsOrganization(text, piece, named)) {
      builder.Organization(piece);
    } else if (HasWordOf(text, piece, AddressWords()) || digits) {
      builder.MarkAddress();
    }
  }
}

void ReadLine(std::string_view text, Piece line, const Gazetteer& gazetteer, Builder& builder) {
  const std::string_view s = text.substr(line.begin, line.end - line.begin);
  struct Token {
    Piece at;
    bool email;
    bool skip;
  };
  std::vector<Token> tokens;
  for (const TokenSpan& email : FindEmails(s))
    tokens.push_back({{line.begin + email.begin, line.begin + email.end}, true, false});
  for (const PhoneSpan& phone : FindPhones(s)) {
    const Piece at{line.begin + phone.span.begin, line.begin + phone.span.end};
    const bool overlaps = std::any_of(tokens.begin(), tokens.end(),
                                      [&](const Token& t) { return at.begin < t.at.end && t.at.begin < at.end; });
    if (!overlaps) tokens.push_back({at, false, phone.fax});
  }
  std::sort(tokens.begin(), tokens.end(), [](const Token& a, const Token& b) { return a.at.begin < b.at.begin; });
  const std::size_t behind = BehindCue(s);
  std::size_t begin = line.begin + behind;
  for (const Token& token : tokens) {
    if (token.at.begin > begin) ReadSegment(text, {begin, token.at.begin}, behind > 0, gazetteer, builder);
    if (!token.skip) {
      if (token.email)
        builder.Email(token.at);
      else
        builder.Phone(token.at);
    }
    begin = std::max(begin, token.at.end);
    // "(Brussels)" behind a number says where it rings.
    const std::string_view rest = text.substr(begin, line.end - begin);
    if (rest.starts_with(" (") || rest.starts_with("(")) begin += std::min(rest.find(')'), rest.size() - 1) + 1;
  }
  if (begin < line.end) ReadSegment(text, {begin, line.end}, behind > 0, gazetteer, builder);
}

// Regions that the contact section itself tells: numbers with country code, addresses of national domains.
void AppendLocalRegions(std::string_view section, const Gazetteer& gazetteer, std::vector<std::string>& regions) {
  const auto add = [&](std::string region) {
    if (!region.empty() && std::find(regions.begin(), regions.end(), region) == regions.end())
      regions.push_back(std::move(region));
  };
  for (const PhoneSpan& phone : FindPhones(section))
    add(RegionOfPhone(section.substr(phone.span.begin, phone.span.end - phone.span.begin)));
  for (const TokenSpan& email : FindEmails(section)) {
    const std::string_view address = section.substr(email.begin, email.end - email.begin);
    const std::string_view top = address.substr(address.rfind('.') + 1);
    std::string code;
    for (const char c : top) code.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    if (code == "UK") code = "GB";
    if (code == "GOV" || code == "MIL") code = "US";
    if (code.size() == 2 && gazetteer.IsRegion(code)) add(code);
  }
}

}  // namespace

void FindContacts(const std::vector<std::string>& regions, const Gazetteer& gazetteer, release::v1::Release* release) {
  const std::string text = release->text();
  bool cut = false;
  for (const release::v1::Section& section : release->sections()) {
    if (section.kind() != release::v1::Section::CONTACT) continue;
    // No release has more; each number costs libphonenumber some hundred times what other text costs.
    const std::string_view read = text::TruncateUtf8(
        std::string_view(text).substr(section.span().start(), section.span().end() - section.span().start()),
        kMaxContactBytes);
    const Piece range{section.span().start(), section.span().start() + read.size()};
    cut = cut || range.end < section.span().end();
    std::vector<std::string> all;
    AppendLocalRegions(std::string_view(text).substr(range.begin, range.end - range.begin), gazetteer, all);
    for (const std::string& region : regions) {
      if (std::find(all.begin(), all.end(), region) == all.end()) all.push_back(region);
    }
    Builder builder(text, std::move(all), release);
    for (std::size_t begin = range.begin; begin < range.end;) {
      std::size_t end = text.find('\n', begin);
      if (end == std::string::npos || end > range.end) end = range.end;
      if (end > begin) ReadLine(text, {begin, end}, gazetteer, builder);
      begin = end + 1;
    }
    builder.Flush(false);
  }
  if (cut || static_cast<std::size_t>(release->contacts_size()) >= kMaxContacts) {
    AddNotice("TRUNCATED",
              fmt::format("Contacts were looked for in the first {} bytes of each part that gives them, and the first "
                          "{} kept.",
                          kMaxContactBytes, kMaxContacts),
              release);
  }
}

}  // namespace dateline::extraction
