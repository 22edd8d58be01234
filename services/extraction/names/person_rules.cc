#include "services/extraction/names/person_rules.h"

#include <algorithm>

namespace dateline::extraction {
namespace {

constexpr std::uint32_t kMaxNameWords = 5;

// A name of a person from `begin` on: capitalised words, initials, particles, a suffix. Returns where it may end at
// most.
class NameReader {
 public:
  explicit NameReader(const NameText& text) : text_(text) {}

  bool Word(std::uint32_t i) const {
    if (!text_.NameWord(i) || text_.analysis().token(i).Has(kClitic)) return false;
    if (text_.Is(i, Lexicon::kOrganizations) || text_.Is(i, Lexicon::kDemonyms)) return false;
    if ((text_.Is(i, Lexicon::kOrganizationHeads) || text_.Is(i, Lexicon::kWorkNouns) || text_.Is(i, Lexicon::kRoles) ||
         text_.Is(i, Lexicon::kHonorifics) || text_.Is(i, Lexicon::kPlaceNouns)) &&
        !text_.FirstName(i) && !text_.LastName(i))
      return false;
    return true;
  }

  bool Initial(std::uint32_t i) const {
    return i < text_.size() && text_.Capital(i) &&
           (text_.analysis().token(i).Has(kInitial) || text_.analysis().token(i).Has(kDotted));
  }

  // Behind a word of the name at `i`; `i` itself when there is none.
  std::uint32_t Step(std::uint32_t i) const {
    if (Initial(i)) {
      const bool stop = text_.Mark(i + 1, ".") && !text_.Spaced(i + 1);
      return i + (stop ? 2 : 1);
    }
    if (!Word(i)) return i;
    // "St. Clair": an abbreviation that a name goes on behind.
    if (text_.analysis().token(i).size() == 2 && i + 2 < text_.size() &&
        text_.analysis().token(i + 1).Has(kAbbreviationDot) && !text_.Is(i, Lexicon::kNameSuffixes) &&
        text_.Spaced(i + 2) && Word(i + 2))
      return Step(i + 2);
    std::uint32_t end = i + 1;
    while (text_.Hyphen(end) && text_.Capital(end + 1)) end += 2;
    return end;
  }

  // The end of the longest name; `words` becomes the number of its words without initials.
  std::uint32_t Read(std::uint32_t begin, std::uint32_t* words) const {
    std::uint32_t at = begin;
    std::uint32_t end = begin;
    bool tied = false;
    *words = 0;
    // "R-Ga." is a party and a state.
    if (text_.Hyphen(begin + 1) && text_.PartyState(begin + 2)) return begin;
    while (at < text_.size() && *words < kMaxNameWords) {
      if (at > begin && !text_.Spaced(at) && !tied) break;
      tied = false;
      if (at > begin && text_.Is(at, Lexicon::kNameParticles) && !text_.Capital(at)) {
        ++at;
        // "Abu Musab al-Zarqawi"
        tied = text_.Hyphen(at) && text_.Capital(at + 1);
        if (tied) ++at;
        continue;
      }
      // "Florida Governor Charlie Crist": a title of address inside belongs to the name behind it.
      if (at > begin && IsTitle(at)) break;
      if (const std::uint32_t behind = at > begin ? Nickname(at) : at; behind != at) {
        at = behind;
        continue;
      }
      // "Commander Tim Hart RAN": short capitals behind a whole name are none of it.
      constexpr std::uint32_t kLongestLetters = 4;
      if (*words >= 2 && text_.Acronym(at) && !text_.Acronym(begin) && !Initial(at) &&
          text_.analysis().token(at).size() <= kLongestLetters)
        break;
      const bool initial = Initial(at);
      // "Tom Harkin D IA"
      if (text_.analysis().token(at).size() == 1 && (text_.PartyState(at + 1) || text_.PartyState(at + 2))) break;
      const std::uint32_t next = Step(at);
      if (next == at) break;
      at = next;
      if (!initial) {
        ++*words;
        end = at;
      }
    }
    return end > begin ? WithSuffix(end) : begin;
  }

  // An office with a name behind it, although somebody bears its name: "Governor".
  bool IsTitle(std::uint32_t i) const {
    const LexiconHit* hit = text_.analysis().HitAt(i, Lexicon::kHonorifics);
    if (hit == nullptr || !text_.analysis().Entry(*hit).Has(kEntryOffice)) return false;
    const std::uint32_t next = hit->end;
    return text_.Is(i, Lexicon::kRoles) && text_.Spaced(next) && Word(next) && text_.FirstName(next);
  }

  // Behind "(Ned)" or "“Bob”" between the parts of a name; `i` when none stands there.
  std::uint32_t Nickname(std::uint32_t i) const {
    const bool opens = text_.Mark(i, "(") || text_.Mark(i, "\"") || text_.Mark(i, "“");
    if (!opens || !Word(i + 1) || i + 3 >= text_.size() || !text_.Spaced(i + 3) || !Word(i + 3)) return i;
    const bool closes = text_.Mark(i + 2, ")") || text_.Mark(i + 2, "\"") || text_.Mark(i + 2, "”");
    return closes && !text_.Acronym(i + 1) ? i + 3 : i;
  }

  // "Jr.", ", Sr.", "III".
  std::uint32_t WithSuffix(std::uint32_t end) const {
    std::uint32_t at = end;
    if (text_.Mark(at, ",")) ++at;
    if (!text_.Is(at, Lexicon::kNameSuffixes) || !text_.Capital(at)) return end;
    ++at;
    return text_.Mark(at, ".") && !text_.Spaced(at) ? at + 1 : at;
  }

 private:
  const NameText& text_;
};

class PersonProposer {
 public:
  PersonProposer(const NameText& text, Mentions* out) : text_(text), reader_(text), out_(out) {}

  void Run() {
    for (std::uint32_t i = 0; i < text_.size(); ++i) {
      if (!text_.Usable(i) || !text_.Capital(i)) continue;
      Titled(i);
      Untitled(i);
    }
  }

 private:
  // "Sen. Jim Talent", "Messrs. Smith and Jones": the title at `i`, the name behind it.
  void Titled(std::uint32_t i) {
    const LexiconHit* hit = text_.analysis().HitAt(i, Lexicon::kHonorifics);
    if (hit == nullptr) return;
    std::uint32_t begin = hit->end;
    if (begin < text_.size() && text_.analysis().token(begin).Has(kAbbreviationDot)) ++begin;
    const LexiconEntry& entry = text_.analysis().Entry(*hit);
    if (!text_.Spaced(begin)) return;
    std::uint32_t words = 0;
    const std::uint32_t end = reader_.Read(begin, &words);
    if (end == begin) return;
    // "General Electric", "Major League": an office and one ordinary word is no name.
    const bool office = entry.Has(kEntryOffice);
    float score = 0.93F;
    if (office && words == 1 && text_.Ordinary(begin) && !text_.LastName(begin))
      score = text_.TitleCase(i) ? 0.3F : text_.Text(begin).ends_with('s') ? 0.45F : 0.55F;
    if (text_.TitleCase(i) && office && words > 1 && !text_.FirstName(begin)) score = std::min(score, 0.5F);
    if (text_.TitleCase(i)) {
      // In a headline what follows the name has a capital too: only what can be seen to be a name.
      if (words > 1) {
        Add({begin, text_.FirstName(begin) ? FirstAndLast(begin, end) : reader_.Step(begin)}, 0.75F, "person.title");
        return;
      }
    }
    // "Senator Casey Votes": a headline that runs on; what follows the last name is no name.
    if (const std::uint32_t step = reader_.Step(begin); words > 1 && step < end && RunsOn(step, end, words)) {
      score = std::min(score, 0.4F);
      Add({begin, step}, 0.75F, "person.title");
    }
    Add({begin, end}, score, "person.title");
    // "Sens. Lisa Murkowski and Ted Stevens": the second name of a list.
    if (entry.Has(kEntryPlural)) List(end);
  }

  // Whether the words [at, end) behind a name's first are ordinary ones: several of them, or one that looks like a verb
  // of headlines ("Votes", "Urges").
  bool RunsOn(std::uint32_t at, std::uint32_t end, std::uint32_t words) const {
    for (std::uint32_t i = at; i < end; ++i) {
      if (!text_.Ordinary(i) || text_.LastName(i) || text_.FirstName(i) || reader_.Initial(i)) return false;
    }
    return words > 2 || text_.Text(end - 1).ends_with('s');
  }

  void List(std::uint32_t at) {
    for (int count = 0; count < 12; ++count) {
      if (at < text_.size() && text_.Mark(at, "(")) {
        while (at < text_.size() && !text_.Mark(at, ")")) ++at;
        ++at;
      }
      at = BehindParty(at);
      const std::uint32_t start = at;
      if (text_.Mark(at, ",")) ++at;
      if (at < text_.size() && text_.Is(at, Lexicon::kConjunctions)) ++at;
      // "Senators Hart, Quay and Governor Adan": the next title speaks for itself.
      if (at == start || text_.Is(at, Lexicon::kHonorifics)) return;
      std::uint32_t words = 0;
      const std::uint32_t end = reader_.Read(at, &words);
      if (end == at) return;
      Add({at, end}, 0.85F, "person.title_list");
      at = end;
    }
  }

  // Behind ", R-Ga." or " D-WI" at `at`; `at` when no party stands there.
  std::uint32_t BehindParty(std::uint32_t at) const {
    const std::uint32_t party = text_.Mark(at, ",") ? at + 1 : at;
    if (party + 2 >= text_.size() || !text_.PartyState(party + 2)) return at;
    const std::uint32_t behind = party + 3;
    return text_.Mark(behind, ".") && !text_.Spaced(behind) ? behind + 1 : behind;
  }

  // Two or more words that are a name by what is known of them or by what stands beside them.
  void Untitled(std::uint32_t i) {
    if (i > 0 && text_.Spaced(i) && text_.NameWord(i - 1) && reader_.Step(i - 1) == i && !text_.SentenceStart(i - 1) &&
        !text_.TitleCase(i) && !text_.Is(i - 1, Lexicon::kHonorifics) && !text_.Is(i - 1, Lexicon::kRoles) &&
        !text_.Is(i - 1, Lexicon::kDemonyms) && text_.FirstName(i - 1))
      return;
    // A title of address that happens to be a first name as well ("General", "Major"), also as the end of a longer one
    // ("Director General"): Titled reads what is behind it.
    if (text_.Is(i, Lexicon::kHonorifics) && !text_.Mark(i + 1, ",")) return;
    std::uint32_t words = 0;
    const std::uint32_t end = reader_.Read(i, &words);
    if (words < 2 || end - i > 12) return;
    const std::uint32_t last = LastWord(i, end);
    const bool first_known = text_.FirstName(i) || reader_.Initial(i);
    const bool last_known = text_.LastName(last) || text_.FirstName(last);
    const bool initial = HasInitial(i, end);
    const bool ordinary_first = text_.Ordinary(i);
    const bool ordinary_last = text_.Ordinary(last) && !text_.LastName(last);
    float score = 0.2F;
    if (first_known) score = 0.72F;
    if (first_known && initial) score = 0.9F;
    if (first_known && last_known) score = 0.85F;
    if (!first_known && last_known) score = AnyOrdinary(i, end) ? 0.42F : 0.6F;
    if (ordinary_first && first_known) score -= 0.2F;
    if (ordinary_first && !first_known) score -= 0.2F;
    if (ordinary_last) score -= 0.3F;
    if (text_.CapitalNouns() && !first_known) score -= 0.2F;
    if (text_.Is(i, Lexicon::kPlaceNouns) || text_.Is(last, Lexicon::kPlaceNouns) ||
        text_.Is(last, Lexicon::kOrganizationHeads) || text_.Is(last, Lexicon::kWorkNouns))
      score -= 0.35F;
    // Two or three words that no table knows are more often a foreign name than anything else.
    if (!first_known && !last_known && words <= 3 && !AnyOrdinary(i, end) && !text_.Acronym(i) && !text_.Acronym(last))
      score = text_.CapitalNouns() ? 0.2F : text_.SentenceStart(i) ? 0.45F : 0.54F;
    if (words > 3) score -= 0.1F;
    if (text_.Is(i, Lexicon::kMonths)) score -= 0.2F;
    if (text_.Is(i, Lexicon::kDirections) || text_.Is(i, Lexicon::kUnits)) score -= 0.3F;
    if (text_.Acronym(i) && !text_.FirstName(i)) score -= 0.3F;
    if (text_.Acronym(last) && first_known) score += text_.analysis().token(last).size() > 3 ? 0.15F : -0.35F;
    if (text_.TitleCase(i)) {
      Headline(i, end, words, score);
      return;
    }
    score += Surroundings(i, end);
    Add({i, end}, std::clamp(score, 0.0F, 0.97F), "person.words");
    if (text_.SentenceStart(i) && !first_known && words > 2) {
      const std::uint32_t second = reader_.Step(i);
      if (text_.Spaced(second)) Add({second, end}, std::clamp(score - 0.05F, 0.0F, 0.9F), "person.words");
    }
  }

  // In a headline only first and last name are taken, where the first is known.
  void Headline(std::uint32_t i, std::uint32_t end, std::uint32_t words, float score) {
    if (!text_.FirstName(i) || text_.Ordinary(i)) return;
    const std::uint32_t short_end = FirstAndLast(i, end);
    if (words > 2) score -= 0.1F;
    if (text_.Ordinary(short_end - 1)) score -= 0.25F;
    Add({i, short_end}, std::clamp(score, 0.0F, 0.8F), "person.headline");
  }

  // The end of first name, initials and last name within [begin, end).
  std::uint32_t FirstAndLast(std::uint32_t begin, std::uint32_t end) const {
    std::uint32_t at = reader_.Step(begin);
    while (at < end && text_.Spaced(at) && reader_.Initial(at)) at = reader_.Step(at);
    return at < end && text_.Spaced(at) ? std::min(end, reader_.Step(at)) : at;
  }

  // What stands before and behind a name and speaks for a person.
  float Surroundings(std::uint32_t begin, std::uint32_t end) const {
    float sum = 0;
    if (text_.Is(end, Lexicon::kSpeechVerbs)) sum += 0.3F;
    if (begin > 0) {
      std::uint32_t before = begin - 1;
      if (text_.Is(before, Lexicon::kSpeechVerbs)) sum += 0.3F;
      if (text_.Mark(before, ",") && before > 0 && (text_.Is(before - 1, Lexicon::kRoles) || OfficeBefore(before)))
        sum += 0.35F;
      if (text_.Is(before, Lexicon::kRoles) && text_.Spaced(begin)) sum += 0.4F;
      if (text_.Is(before, Lexicon::kContactCues) ||
          (text_.Mark(before, ":") && before > 0 && text_.Is(before - 1, Lexicon::kContactCues)))
        sum += 0.45F;
    }
    // "the Golden Dream": people have no article.
    if (begin > 0 && text_.Is(begin - 1, Lexicon::kDeterminers) && text_.Spaced(begin)) sum -= 0.3F;
    if (text_.Mark(end, ",") && RoleSoon(end + 1)) sum += 0.4F;
    // A party, an age or a place in brackets.
    if (text_.Mark(end, "(") && end + 2 < text_.size() && text_.analysis().token(end + 1).kind == TokenKind::kWord &&
        (text_.Mark(end + 2, "-") || text_.Mark(end + 2, ",") || text_.Mark(end + 2, "&")))
      sum += 0.45F;
    if (RoleLineBelow(end)) sum += 0.45F;
    if (text_.Mark(end, "'s") || (end < text_.size() && text_.analysis().token(end).Has(kClitic))) sum -= 0.03F;
    if (text_.Is(end, Lexicon::kPrepositions) && text_.Text(end) == "of") sum -= 0.3F;
    return sum;
  }

  // "Minister of Water and Irrigation, Raed Adan": an office with its complement ends in the comma at `comma`.
  bool OfficeBefore(std::uint32_t comma) const {
    constexpr std::uint32_t kOfficeReach = 7;
    const std::uint32_t first = std::max(text_.SentenceBegin(comma), comma - std::min(comma, kOfficeReach));
    for (std::uint32_t i = comma; i > first; --i) {
      if (text_.analysis().token(i - 1).kind != TokenKind::kWord) return false;
      const LexiconHit* role = text_.analysis().HitAt(i - 1, Lexicon::kRoles);
      if (role != nullptr)
        return text_.Capital(i - 1) &&
               (text_.Is(role->end, Lexicon::kNameLinks) || text_.Is(role->end - 1, Lexicon::kNameLinks));
    }
    return false;
  }

  // A role within the next words, before the next comma.
  bool RoleSoon(std::uint32_t at) const {
    for (std::uint32_t i = at; i < std::min(text_.size(), at + 6); ++i) {
      if (text_.analysis().token(i).kind == TokenKind::kPunctuation && !text_.Hyphen(i)) return false;
      if (text_.Is(i, Lexicon::kRoles)) return true;
    }
    return false;
  }

  // The name is a line of its own and a role stands on the next line.
  bool RoleLineBelow(std::uint32_t end) const {
    if (end >= text_.size() || !text_.analysis().token(end).Has(kLineStart)) return false;
    const TokenRange line = text_.analysis().lines()[text_.analysis().LineOf(end)].tokens;
    return line.size() <= 6 && RoleSoon(end);
  }

  std::uint32_t LastWord(std::uint32_t begin, std::uint32_t end) const {
    for (std::uint32_t i = end; i > begin; --i) {
      const Token& token = text_.analysis().token(i - 1);
      if (token.kind == TokenKind::kWord && !text_.Is(i - 1, Lexicon::kNameSuffixes)) return i - 1;
    }
    return begin;
  }

  bool AnyOrdinary(std::uint32_t begin, std::uint32_t end) const {
    for (std::uint32_t i = begin; i < end; ++i) {
      if (text_.Ordinary(i)) return true;
    }
    return false;
  }

  bool HasInitial(std::uint32_t begin, std::uint32_t end) const {
    for (std::uint32_t i = begin + 1; i < end; ++i) {
      if (reader_.Initial(i)) return true;
    }
    return false;
  }

  void Add(TokenRange tokens, float score, std::string_view rule) {
    out_->push_back({tokens, NameType::kPerson, score, rule});
  }

  const NameText& text_;
  NameReader reader_;
  Mentions* out_;
};

}  // namespace

std::uint32_t HonorificBefore(const NameText& text, std::uint32_t begin) {
  if (begin == 0 || text.analysis().token(begin).Has(kLineStart)) return begin;
  std::uint32_t last = begin - 1;
  if (text.analysis().token(last).Has(kAbbreviationDot) && last > 0) --last;
  for (const std::uint32_t at : {begin - 1, last}) {
    if (const LexiconHit* hit = text.analysis().HitEndingAt(at, Lexicon::kHonorifics);
        hit != nullptr && text.Capital(hit->begin))
      return hit->begin;
  }
  return begin;
}

void ProposePeople(const NameText& text, Mentions* out) {
  PersonProposer(text, out).Run();
}

}  // namespace dateline::extraction
