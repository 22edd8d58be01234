#include "services/extraction/names/person_roles.h"

#include <algorithm>

#include "services/extraction/names/person_rules.h"

namespace dateline::extraction {
namespace {

constexpr std::uint32_t kMaxRoleWords = 9;
constexpr std::uint32_t kReach = 10;

class RoleReader {
 public:
  RoleReader(const NameText& text, const Mentions& mentions) : text_(text), mentions_(mentions) {}

  PersonRole Read(const TokenRange& name) const {
    PersonRole out;
    std::uint32_t begin = HonorificBefore(text_, name.begin);
    // "the Minister for Defence, Senator the Hon Ada Quay"
    for (std::uint32_t more = begin; begin > 0; begin = more) {
      more = HonorificBefore(text_, begin);
      if (more == begin) break;
    }
    if (begin < name.begin) {
      std::uint32_t end = name.begin;
      out.honorific = text_.analysis().Text(TokenRange{begin, end});
    }
    // "Boulder Mayor Ada Quay," at the end of a line of a list: the next line is about somebody else.
    const bool listed = text_.Mark(name.end, ",") && LineStart(name.end + 1);
    if (listed) Before(begin, &out);
    if (out.role.empty()) Behind(name.end, &out);
    // "High Representative X": the role is longer than the title of address in it.
    if (begin < name.begin && out.role.empty()) {
      const LexiconHit* role = RoleEnding(name.begin);
      if (role != nullptr && role->begin < begin) Before(name.begin, &out);
    }
    // "the Mayor, the Honorable David Green"
    if (out.role.empty())
      Before(begin > 1 && begin < name.begin && text_.Is(begin - 1, Lexicon::kDeterminers) && text_.Mark(begin - 2, ",")
                 ? begin - 1
                 : begin,
             &out);
    if (out.role.empty() && begin < name.begin) OfficeOf(begin, &out);
    return out;
  }

 private:
  const Mention* MentionAt(std::uint32_t token) const {
    const auto at = std::upper_bound(mentions_.begin(), mentions_.end(), token,
                                     [](std::uint32_t t, const Mention& m) { return t < m.tokens.end; });
    return at != mentions_.end() && at->tokens.begin <= token ? &*at : nullptr;
  }

  bool LineStart(std::uint32_t i) const { return i >= text_.size() || text_.analysis().token(i).Has(kLineStart); }

  // An office that is a title of address is a role as well: "President Bush".
  void OfficeOf(std::uint32_t begin, PersonRole* out) const {
    const LexiconHit* hit = text_.analysis().HitAt(begin, Lexicon::kHonorifics);
    if (hit == nullptr || !text_.analysis().Entry(*hit).Has(kEntryOffice) ||
        text_.analysis().HitAt(begin, Lexicon::kRoles) == nullptr)
      return;
    // "Energy Secretary X": what it is the office of stands before it.
    std::uint32_t first = begin;
    while (first > text_.SentenceBegin(begin) && begin - first < 4 && text_.Spaced(first) &&
           text_.NameWord(first - 1) && text_.Ordinary(first - 1) && MentionAt(first - 1) == nullptr &&
           (!text_.SentenceStart(first - 1) || !text_.Is(first - 1, Lexicon::kStopWords)) &&
           !text_.TitleCase(first - 1) && !text_.Is(first - 1, Lexicon::kDemonyms) &&
           !text_.Is(first - 1, Lexicon::kRoles))
      --first;
    out->role = first < begin ? text_.analysis().Text(TokenRange{first, hit->end}) : out->honorific;
    // "IOM Deputy Director General X"
    if (first == 0 || !out->organization.empty()) return;
    const std::uint32_t owner = text_.analysis().token(first - 1).Has(kClitic) && first > 1 ? first - 2 : first - 1;
    if (const Mention* m = MentionAt(owner); m != nullptr && m->type == NameType::kOrganization)
      out->organization = text_.analysis().Text(m->tokens);
  }

  // ", Head of Operations at the Centre", "(D-Md.), Dean of …", ", who is …", " is the …", a role on the next line.
  void Behind(std::uint32_t at, PersonRole* out) const {
    if (at >= text_.size()) return;
    if (text_.Mark(at, "(")) {
      const std::uint32_t close = Close(at);
      if (close == at) return;
      if (const Mention* m = MentionAt(at + 1);
          m != nullptr && m->type == NameType::kOrganization && out->organization.empty())
        out->organization = text_.analysis().Text(m->tokens);
      at = close + 1;
    }
    if (LineStart(at)) {
      NextLine(at, out);
      return;
    }
    std::uint32_t start = at;
    if (text_.Mark(at, ",") || text_.Mark(at, "-") || text_.Mark(at, "–") || text_.Mark(at, "—") ||
        text_.Mark(at, ":")) {
      start = at + 1;
      start = BehindDegree(start);
      // ", who is the head of …"; a verb right behind the comma is that of the sentence.
      if (text_.Is(start, Lexicon::kRelatives)) {
        ++start;
        while (text_.Is(start, Lexicon::kAuxiliaries)) ++start;
      } else if (text_.Is(start, Lexicon::kAuxiliaries)) {
        return;
      }
    } else if (text_.Is(at, Lexicon::kAuxiliaries)) {
      start = at + 1;
    } else if (text_.Is(at, Lexicon::kPrepositions)) {
      if (const Mention* m = OrganizationNear(at, 3); m != nullptr)
        out->organization = text_.analysis().Text(m->tokens);
      return;
    } else {
      return;
    }
    ReadRoleAt(start, text_.Is(at, Lexicon::kAuxiliaries), out);
  }

  // ", Ph.D., President of the River Office", ", MP, Minister": behind short letters and their comma.
  std::uint32_t BehindDegree(std::uint32_t start) const {
    constexpr std::uint32_t kMostTokens = 5;
    constexpr std::uint32_t kMostLetters = 4;
    std::uint32_t i = start;
    while (i < std::min(text_.size(), start + kMostTokens) && !LineStart(i) &&
           (text_.Mark(i, ".") ||
            (text_.Capital(i) && text_.analysis().token(i).size() <= kMostLetters && !text_.Is(i, Lexicon::kRoles))))
      ++i;
    return i > start && text_.Mark(i, ",") ? i + 1 : start;
  }

  std::uint32_t Close(std::uint32_t open) const {
    for (std::uint32_t i = open; i < std::min(text_.size(), open + 14); ++i) {
      if (text_.Mark(i, ")")) return i;
    }
    return open;
  }

  void NextLine(std::uint32_t at, PersonRole* out) const {
    if (at >= text_.size()) return;
    const TokenRange line = text_.analysis().lines()[text_.analysis().LineOf(at)].tokens;
    if (line.size() <= kReach && text_.Capital(at)) ReadRoleAt(at, false, out);
  }

  // Reads "[the] [modifiers] ROLE [of X] [and ROLE] [of|at ORG]" from `at` on.
  void ReadRoleAt(std::uint32_t at, bool copula, PersonRole* person) const {
    PersonRole read = *person;
    PersonRole* const out = &read;
    while (at < text_.size() && text_.Is(at, Lexicon::kDeterminers) && !text_.Acronym(at)) ++at;
    if (at >= text_.size() || Leads(at)) return;
    const std::uint32_t stop = std::min(text_.SentenceEnd(at), at + kMaxRoleWords);
    std::uint32_t begin = at;
    const LexiconHit* role = nullptr;
    for (std::uint32_t i = at; i < stop; ++i) {
      if (const Mention* m = MentionAt(i); m != nullptr && m->type == NameType::kPerson) return;
      if (text_.analysis().token(i).kind == TokenKind::kPunctuation && !text_.Hyphen(i) &&
          !text_.analysis().token(i).Has(kAbbreviationDot))
        return;
      if (text_.Is(i, Lexicon::kSpeechVerbs) || (text_.Is(i, Lexicon::kAuxiliaries) && !copula)) return;
      if (text_.analysis().token(i).Has(kClitic)) {
        // "Germany's foreign minister", "IOM's Director": what owns the role.
        if (const Mention* owner = MentionAt(i - 1); owner != nullptr && owner->type == NameType::kOrganization)
          out->organization = text_.analysis().Text(owner->tokens);
        begin = i + 1;
        continue;
      }
      role = text_.analysis().HitAt(i, Lexicon::kRoles);
      if (role != nullptr) break;
      if (const Mention* m = MentionAt(i); m != nullptr && m->tokens.begin == i && m->type == NameType::kOrganization) {
        if (out->organization.empty()) out->organization = text_.analysis().Text(m->tokens);
        i = m->tokens.end - 1;
        begin = i + 1;
        continue;
      }
      if (Leads(i)) return;
    }
    if (role == nullptr) return;
    const std::uint32_t role_end = WholeRole(role->end);
    while (begin < role->begin && (text_.Is(begin, Lexicon::kDeterminers) || text_.Is(begin, Lexicon::kDemonyms)))
      ++begin;
    // The role of the next person in a list: "…, Prime Minister Y".
    if (const Mention* m = MentionAt(role_end); m != nullptr && m->type == NameType::kPerson) return;
    if (const Mention* m = MentionAt(role->begin); m != nullptr && m->type == NameType::kPerson) return;
    // "was elected chairman": what is written small before the role and is no part of it.
    if (copula) begin = WithModifiers(role->begin, begin);
    // "Minister of" of a lexicon needs its complement.
    const bool open = role_end > role->begin + 1 && text_.Is(role_end - 1, Lexicon::kNameLinks);
    std::uint32_t end = Complement(open ? role_end - 1 : role_end);
    out->role = text_.analysis().Text(TokenRange{begin, end});
    if (const Mention* m = OrganizationNear(end, 6); m != nullptr) out->organization = text_.analysis().Text(m->tokens);
    *person = read;
  }

  // What no role begins with: ", in a letter to the Inspector General", "either directly or through a deputy".
  bool Leads(std::uint32_t i) const {
    return !text_.Capital(i) && (text_.Is(i, Lexicon::kPrepositions) || text_.Is(i, Lexicon::kConjunctions));
  }

  // Behind the roles that follow at once: "Deputy Chief of Staff" are two entries of the lexicon.
  std::uint32_t WholeRole(std::uint32_t end) const {
    while (end < text_.size() && !LineStart(end) && text_.Capital(end) && text_.Capital(end - 1)) {
      const LexiconHit* next = text_.analysis().HitAt(end, Lexicon::kRoles);
      if (next == nullptr) break;
      end = next->end;
    }
    return end;
  }

  // Where the capital words before a role begin, not before `limit`.
  std::uint32_t WithModifiers(std::uint32_t role, std::uint32_t limit) const {
    std::uint32_t begin = role;
    while (begin > limit && (text_.Capital(begin - 1) || text_.Hyphen(begin - 1))) --begin;
    return begin;
  }

  // Adds "and ROLE" and "of X" where X is no body and no place.
  std::uint32_t Complement(std::uint32_t end) const {
    for (int round = 0; round < 3 && end < text_.size() && !LineStart(end); ++round) {
      if (text_.Is(end, Lexicon::kConjunctions) &&
          text_.analysis().HitAt(end + 1 < text_.size() ? end + 1 : end, Lexicon::kRoles) != nullptr) {
        end = text_.analysis().HitAt(end + 1, Lexicon::kRoles)->end;
        continue;
      }
      if (!text_.Is(end, Lexicon::kNameLinks)) break;
      std::uint32_t i = end + 1;
      while (i < text_.size() && text_.Is(i, Lexicon::kDeterminers)) ++i;
      // "the first President to make an official visit": behind "to" a name or an article is meant.
      const LexiconHit* link = text_.analysis().HitAt(end, Lexicon::kNameLinks);
      if (link != nullptr && text_.analysis().Entry(*link).Has(kEntryWeak) && i == end + 1 && !text_.Capital(i) &&
          !text_.Uncased(i))
        break;
      std::uint32_t last = end;
      for (std::uint32_t steps = 0; i < text_.size() && steps < 5 && !LineStart(i); ++i, ++steps) {
        const bool word = text_.analysis().token(i).kind == TokenKind::kWord && !text_.analysis().token(i).Has(kClitic);
        if (!word || MentionAt(i) != nullptr) break;
        if (text_.Is(i, Lexicon::kSpeechVerbs) || text_.Is(i, Lexicon::kAuxiliaries) ||
            text_.Is(i, Lexicon::kRelatives))
          break;
        if (text_.Is(i, Lexicon::kNameLinks) || text_.Is(i, Lexicon::kPrepositions) ||
            text_.Is(i, Lexicon::kConjunctions) || text_.Is(i, Lexicon::kMonths))
          break;
        if (!text_.Capital(i) && steps > 2) break;
        last = i + 1;
      }
      if (last == end) break;
      // A complement that a body follows at once is cut short by it.
      if (MentionAt(last) != nullptr && MentionAt(last)->type == NameType::kOrganization &&
          !text_.Is(last - 1, Lexicon::kNameLinks))
        break;
      end = last;
    }
    return end;
  }

  const Mention* OrganizationNear(std::uint32_t at, std::uint32_t reach) const {
    for (std::uint32_t i = at; i < std::min(text_.size(), at + reach); ++i) {
      const Mention* m = MentionAt(i);
      if (m != nullptr && m->type == NameType::kOrganization) return m;
      if (m != nullptr && m->type == NameType::kPerson) return nullptr;
      const bool link = text_.Is(i, Lexicon::kPrepositions) || text_.Is(i, Lexicon::kDeterminers) ||
                        text_.Is(i, Lexicon::kNameLinks) || (text_.Mark(i, ",") && i == at);
      if (!link && m == nullptr && !(text_.Is(i, Lexicon::kDemonyms))) return nullptr;
    }
    return nullptr;
  }

  // "IOM's Director General, Ambassador X", "Spanish migration researcher Prof. X", "oligarch X".
  void Before(std::uint32_t begin, PersonRole* out) const {
    if (begin == 0 || LineStart(begin)) return;
    std::uint32_t at = begin;
    const bool comma = text_.Mark(at - 1, ",");
    if (comma) --at;
    if (at == 0) return;
    const LexiconHit* role = RoleEnding(at);
    if (role == nullptr) return;
    if (comma && text_.SentenceBegin(role->begin) != text_.SentenceBegin(begin)) return;
    // Behind a comma only an office with its own title is meant for the name: "the minister, John Smith" and "Director
    // General, Ambassador X".
    std::uint32_t start = role->begin;
    while (start > text_.SentenceBegin(start) && begin - start < kMaxRoleWords) {
      const std::uint32_t before = start - 1;
      const Token& token = text_.analysis().token(before);
      if (text_.Hyphen(before)) {
        --start;
        continue;
      }
      if (token.kind != TokenKind::kWord || token.Has(kClitic) || MentionAt(before) != nullptr) break;
      // "please contact Fire Chief": small words before capital ones are those of the sentence.
      if (!text_.Capital(before) && text_.Capital(start)) break;
      if (text_.Is(before, Lexicon::kDeterminers) || text_.Is(before, Lexicon::kPrepositions) ||
          text_.Is(before, Lexicon::kConjunctions) || text_.Is(before, Lexicon::kSpeechVerbs) ||
          text_.Is(before, Lexicon::kAuxiliaries) || text_.Is(before, Lexicon::kDemonyms) ||
          text_.Is(before, Lexicon::kStopWords) || text_.Is(before, Lexicon::kPronouns) ||
          text_.Is(before, Lexicon::kNameLinks))
        break;
      start = before;
    }
    // "president and CEO, Carl Hart"
    if (start == role->begin && start > 1 && text_.Is(start - 1, Lexicon::kConjunctions)) {
      if (const LexiconHit* other = text_.analysis().HitEndingAt(start - 2, Lexicon::kRoles);
          other != nullptr && other->begin >= text_.SentenceBegin(start) && MentionAt(other->begin) == nullptr)
        start = other->begin;
    }
    // "press operations director Navy Capt. Hart": the body behind the role is none of its words.
    const Mention* body = MentionAt(role->end);
    if (body != nullptr && body->type == NameType::kOrganization && body->tokens.end == at) {
      out->role = text_.analysis().Text(TokenRange{start, role->end});
      out->organization = text_.analysis().Text(body->tokens);
    } else {
      out->role = text_.analysis().Text(TokenRange{start, at});
    }
    std::uint32_t owner = start;
    while (owner > 0 && (text_.analysis().token(owner - 1).Has(kClitic) || text_.Is(owner - 1, Lexicon::kDemonyms)))
      --owner;
    if (owner > 0) {
      if (const Mention* m = MentionAt(owner - 1); m != nullptr && m->type == NameType::kOrganization)
        out->organization = text_.analysis().Text(m->tokens);
    }
  }

  // A role that ends right before `at`, also with a complement ("Secretary of Transportation Norman Mineta").
  const LexiconHit* RoleEnding(std::uint32_t at) const {
    if (const LexiconHit* hit = text_.analysis().HitEndingAt(at - 1, Lexicon::kRoles); hit != nullptr) return hit;
    for (std::uint32_t i = at; i > 0 && at - i < kReach + 3; --i) {
      const std::uint32_t t = i - 1;
      if (text_.analysis().token(t).kind != TokenKind::kWord || text_.analysis().token(t).Has(kClitic)) return nullptr;
      // "Ambassador of the United States": a capital word is no verb.
      if ((text_.Is(t, Lexicon::kSpeechVerbs) && !text_.Capital(t)) || text_.Is(t, Lexicon::kAuxiliaries) ||
          text_.Is(t, Lexicon::kRelatives))
        return nullptr;
      if (const LexiconHit* hit = text_.analysis().HitAt(t, Lexicon::kRoles); hit != nullptr) {
        if (hit->end >= at) return nullptr;
        // "Генеральный директор МОМ": the body right behind the role, before the name.
        const Mention* body = MentionAt(hit->end);
        if (body != nullptr && body->type == NameType::kOrganization && body->tokens.begin == hit->end &&
            body->tokens.end == at)
          return hit;
        const bool linked = text_.Is(hit->end, Lexicon::kNameLinks) || text_.Is(hit->end - 1, Lexicon::kNameLinks);
        // "chairman of Quay's campaign", "Chief of Staff to former U.S. Senator Quay": the name is the complement.
        const LexiconHit* link = text_.analysis().HitAt(hit->end, Lexicon::kNameLinks);
        const bool weak = link != nullptr && text_.analysis().Entry(*link).Has(kEntryWeak);
        const bool complement = hit->end + 1 < at || link == nullptr;
        return linked && complement && (!weak || text_.Capital(at - 1)) && !HasLink(hit->end + 1, at) ? hit : nullptr;
      }
    }
    return nullptr;
  }

  // Whether another phrase begins in [begin, end): "Ambassador to the Republic in succession to Ms Quay".
  bool HasLink(std::uint32_t begin, std::uint32_t end) const {
    for (std::uint32_t i = begin; i < end; ++i) {
      const LexiconHit* link = text_.analysis().HitAt(i, Lexicon::kNameLinks);
      const bool strong = link != nullptr && !text_.analysis().Entry(*link).Has(kEntryWeak);
      if (text_.Is(i, Lexicon::kPrepositions) && !strong) return true;
    }
    return false;
  }

  const NameText& text_;
  const Mentions& mentions_;
};

}  // namespace

PersonRole ReadRole(const NameText& text, const Mentions& mentions, const TokenRange& name) {
  return RoleReader(text, mentions).Read(name);
}

}  // namespace dateline::extraction
