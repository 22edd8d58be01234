#include "services/extraction/names/organization_rules.h"

#include <algorithm>

namespace dateline::extraction {
namespace {

constexpr std::uint32_t kMaxLeft = 9;
constexpr std::uint32_t kMaxRight = 16;
constexpr std::size_t kMaxAcronym = 8;

class OrganizationProposer {
 public:
  OrganizationProposer(const NameText& text, const std::vector<PlaceHit>& places, Mentions* out)
      : text_(text), places_(places), out_(out) {}

  void Run() {
    for (std::uint32_t i = 0; i < text_.size(); ++i) {
      if (!text_.Usable(i) || text_.analysis().token(i).kind == TokenKind::kPunctuation) continue;
      Known(i);
      if (!text_.Capital(i)) {
        if (const LexiconHit* work = text_.analysis().HitAt(i, Lexicon::kWorkNouns);
            work != nullptr && text_.analysis().Entry(*work).Has(kEntryBefore))
          Sponsor(i);
        SmallHead(i);
        continue;
      }
      if (text_.Mark(i + 1, "&")) Ampersand(i);
      if (text_.Is(i, Lexicon::kOrganizationHeads)) Headed(i, Lexicon::kOrganizationHeads, NameType::kOrganization);
      if (text_.Is(i, Lexicon::kWorkNouns)) Headed(i, Lexicon::kWorkNouns, NameType::kOther);
      if (text_.Is(i, Lexicon::kOrganizationEnds)) Firm(i);
      Acronym(i);
    }
  }

 private:
  void Known(std::uint32_t i) {
    const LexiconHit* hit = text_.analysis().HitAt(i, Lexicon::kOrganizations);
    if (hit == nullptr) return;
    const Token& token = text_.analysis().token(i);
    if (!text_.Uncased(i) && !text_.Capital(i)) return;
    const LexiconEntry& entry = text_.analysis().Entry(*hit);
    if (text_.PartyState(i) ||
        (i > 1 && token.size() == 2 && PlaceAt(i) != nullptr && text_.Mark(i - 1, ",") && text_.Capital(i - 2)))
      return;
    // "VA" is a body, "Va" a state.
    if (IsUpper(entry.phrase) && !token.Has(kUpper) && !token.Has(kDotted)) return;
    float score = 0.95F;
    if (entry.Has(kEntryWeak)) {
      // "Council", "Commission": names only where the text writes them with a capital in running words, not before
      // another.
      score = text_.SentenceStart(i) || text_.TitleCase(i) ? 0.5F : 0.85F;
      if (text_.NameWord(hit->end) && text_.Spaced(hit->end) && !text_.TitleCase(i)) score = 0.45F;
    }
    // "the Senate Judiciary Committee", "Congress Hall": part of a longer name, which the head noun proposes.
    Add({i, hit->end}, NameType::kOrganization, score, "organization.known");
    if (score > 0.9F) Extended({i, hit->end});
    if (!entry.Has(kEntryWeak) && text_.Acronym(i) && hit->end == i + 1) Branch(i);
  }

  // "U.S. Marine Corps", "United Nations General Assembly": a known body with its country, or with the body it is of.
  void Extended(TokenRange known) {
    std::uint32_t begin = known.begin;
    if (begin > 1 && text_.analysis().token(begin - 1).Has(kAbbreviationDot)) --begin;
    if (begin > 0 && text_.Spaced(known.begin) && text_.analysis().token(begin - 1).Has(kDotted) &&
        PlaceAt(begin - 1) != nullptr && !text_.Acronym(known.begin))
      Add({begin - 1, known.end}, NameType::kOrganization, 0.96F, "organization.known");
    if (text_.TitleCase(known.begin) || !text_.Spaced(known.end) || !text_.Capital(known.end)) return;
    const LexiconHit* next = text_.analysis().HitAt(known.end, Lexicon::kOrganizations);
    if (next == nullptr || text_.Acronym(known.end) || text_.Acronym(known.begin)) return;
    Add({known.begin, next->end}, NameType::kOrganization, 0.97F, "organization.known");
  }

  static bool IsUpper(std::string_view phrase) {
    return std::none_of(phrase.begin(), phrase.end(),
                        [](char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; });
  }

  // "IOM China", "NHS England": a known acronym and a name right behind it.
  void Branch(std::uint32_t i) {
    const std::uint32_t next = i + 1;
    // In lines of contacts nearly all words have capitals.
    const bool headline = text_.TitleCase(i) && text_.analysis().SectionOf(i) != release::v1::Section::CONTACT;
    if (headline || !text_.NameWord(next) || !text_.Spaced(next) || text_.Acronym(next)) return;
    if (text_.Is(next, Lexicon::kRoles) || text_.Is(next, Lexicon::kHonorifics) || text_.Is(next, Lexicon::kDemonyms) ||
        text_.Is(next, Lexicon::kWorkNouns) || text_.Is(next, Lexicon::kOrganizationHeads) ||
        text_.Is(next, Lexicon::kMonths))
      return;
    // "China" is an ordinary word too, but a place before all.
    if (text_.Ordinary(next) && PlaceAt(next) == nullptr) return;
    if (text_.NameWord(next + 1) && text_.Spaced(next + 1)) return;
    Add({i, next + 1}, NameType::kOrganization, 0.95F, "organization.branch");
  }

  bool Part(std::uint32_t i) const {
    return text_.NameWord(i) ||
           (text_.analysis().token(i).kind == TokenKind::kWord && text_.analysis().token(i).Has(kHasDigit));
  }

  // Where the words that belong to the head at `head` begin.
  std::uint32_t Left(std::uint32_t head) const {
    const std::uint32_t sentence = text_.SentenceBegin(head);
    std::uint32_t begin = head;
    bool joined = false;
    while (begin > sentence && head - begin < kMaxLeft) {
      const std::uint32_t before = begin - 1;
      if (!text_.Spaced(begin) && text_.Hyphen(before) && before > sentence) {
        if (!Part(before - 1) && !text_.Capital(before - 1)) break;
        begin = before - 1;
        continue;
      }
      if (!text_.Spaced(begin)) break;
      // "the Health, Education, Labor and Pensions (HELP) Committee"
      if (text_.Mark(before, ")") && begin == head && before > sentence + 3 && text_.Acronym(before - 1) &&
          text_.Mark(before - 2, "(") && text_.NameWord(before - 3)) {
        begin = before - 3;
        continue;
      }
      // "190th Wing": an ordinal in digits is two tokens. "110th Congress" is the Congress.
      if ((WeakHead(head) || begin < head) && before > sentence &&
          text_.analysis().token(before).kind == TokenKind::kWord && !text_.Spaced(before) &&
          text_.analysis().token(before - 1).kind == TokenKind::kNumber && text_.analysis().token(before).size() == 2) {
        begin = before - 1;
        continue;
      }
      if (Part(before) && !Boundary(before)) {
        begin = before;
        continue;
      }
      // "U.S." and initials carry a full stop of their own.
      if (text_.analysis().token(before).Has(kAbbreviationDot) && before > sentence && text_.Capital(before - 1) &&
          !text_.Is(before - 1, Lexicon::kHonorifics)) {
        begin = before - 1;
        continue;
      }
      if (Joins(before) && before > sentence && JoinsLeft(before, begin)) {
        begin = before - 1;
        joined = true;
        continue;
      }
      // "the Environment, Public Health and Food Safety Committee"
      if (const std::uint32_t list = joined ? ListBegin(before, sentence) : before; list < before) {
        begin = list;
        break;
      }
      // "Children's Hospital", "Veterans' Affairs Committee": a possessive of an ordinary plural is a part of the name.
      if ((text_.analysis().token(before).Has(kClitic) || text_.Mark(before, "'") || text_.Mark(before, "’")) &&
          before > sentence && text_.Is(before - 1, Lexicon::kPossessors) && text_.NameWord(before - 1)) {
        begin = before - 1;
        continue;
      }
      break;
    }
    // A small word or an article cannot begin a name.
    while (begin < head && text_.analysis().token(begin).kind != TokenKind::kNumber &&
           (text_.Is(begin, Lexicon::kDeterminers) || !text_.Capital(begin)) &&
           !text_.analysis().token(begin).Has(kHasDigit))
      ++begin;
    return begin;
  }

  // Where the enumeration before the comma at `comma` begins, whose last members the conjunction of the name joins:
  // ordinary words behind an article. `comma` itself when there is none.
  std::uint32_t ListBegin(std::uint32_t comma, std::uint32_t sentence) const {
    constexpr std::uint32_t kReach = 8;
    std::uint32_t i = comma;
    while (i > sentence && comma - i < kReach) {
      if (text_.Mark(i, ",") || (text_.NameWord(i) && text_.Ordinary(i) && !text_.Is(i, Lexicon::kDemonyms) &&
                                 !text_.Is(i, Lexicon::kOrganizationHeads))) {
        --i;
        continue;
      }
      // "the European Climate, Infrastructure and Environment Executive Agency"
      if (text_.Is(i, Lexicon::kDemonyms) && text_.Capital(i) && i > sentence && text_.Is(i - 1, Lexicon::kDeterminers))
        return i;
      const bool known = text_.Is(i, Lexicon::kOrganizations) && text_.NameWord(i);
      return (known || text_.Is(i, Lexicon::kDeterminers)) && text_.NameWord(i + 1) ? (known ? i : i + 1) : comma;
    }
    return comma;
  }

  // A capitalised word that does not belong to a name built on the noun behind it.
  bool Boundary(std::uint32_t i) const {
    // "King Salman Relief Centre", "Queen Elizabeth Hospital": some titles stand inside names.
    const LexiconHit* title = text_.analysis().HitAt(i, Lexicon::kHonorifics);
    const bool inner = title != nullptr && text_.analysis().Entry(*title).Has(kEntryWeak);
    if (text_.Is(i, Lexicon::kHonorifics) && !inner && !text_.Is(i, Lexicon::kOrganizationHeads) &&
        !text_.Is(i, Lexicon::kOrganizations) && Role(i))
      return true;
    return text_.SentenceStart(i) && (text_.Is(i, Lexicon::kPrepositions) || text_.Is(i, Lexicon::kStopWords));
  }
  bool Role(std::uint32_t i) const { return !text_.Is(i, Lexicon::kOrganizationHeads); }

  // A word written small, or any word in a line of capitals.
  bool Small(std::uint32_t i) const { return !text_.Capital(i) || text_.Shouting(i); }

  bool Joins(std::uint32_t i) const { return text_.Mark(i, "&") || (text_.Is(i, Lexicon::kConjunctions) && Small(i)); }

  // "Environment and Public Works Committee": what stands before the conjunction belongs to the name when it is
  // ordinary words; a place, a person or another body does not.
  bool JoinsLeft(std::uint32_t conjunction, std::uint32_t behind) const {
    const std::uint32_t before = conjunction - 1;
    if (!text_.NameWord(before)) return false;
    if (text_.Mark(conjunction, "&")) return true;
    if (text_.TitleCase(before) && text_.Shouting(before)) return false;
    // "House and Senate": two bodies.
    if (text_.Is(behind, Lexicon::kOrganizations)) return false;
    if (text_.Is(before, Lexicon::kOrganizationHeads) && (!WeakHead(before) || text_.NameWord(before - 1)))
      return false;
    if (text_.Is(before, Lexicon::kOrganizations) || text_.Acronym(before)) return false;
    return text_.Ordinary(before) && text_.Ordinary(behind);
  }

  // The end of the complement that begins at `at`: "of Health and Human Services", "on Health, Education, Labor, and
  // Pensions".
  std::uint32_t Right(std::uint32_t at) const {
    const std::uint32_t sentence = text_.SentenceEnd(at < text_.size() ? at : text_.size() - 1);
    std::uint32_t end = at;
    std::uint32_t i = at;
    while (i < sentence && i - at < kMaxRight) {
      if (text_.analysis().token(i).Has(kLineStart)) break;
      if (Part(i) && (i == at || text_.Spaced(i) || text_.Hyphen(i - 1))) {
        end = ++i;
        continue;
      }
      if (text_.Hyphen(i) || (i > at && text_.analysis().token(i).Has(kAbbreviationDot) && !text_.Spaced(i))) {
        ++i;
        continue;
      }
      // "Veterans' Affairs", "Women's Health": a possessive inside.
      if ((text_.analysis().token(i).Has(kClitic) || text_.Mark(i, "'") || text_.Mark(i, "’")) &&
          text_.Is(i - 1, Lexicon::kPossessors) && i + 1 < sentence && Part(i + 1)) {
        ++i;
        continue;
      }
      const std::uint32_t next = Bridge(i, sentence);
      if (next == i || next >= sentence || !Part(next)) break;
      i = next;
    }
    return end;
  }

  // Behind the small words that join two parts of a name at `i`; `i` when they do not.
  std::uint32_t Bridge(std::uint32_t i, std::uint32_t sentence) const {
    std::uint32_t next = i;
    const bool comma = text_.Mark(next, ",");
    if (comma) ++next;
    const bool conjunction = next < sentence && Joins(next);
    if (conjunction) ++next;
    if (comma && !conjunction && !ListGoesOn(next, sentence)) return i;
    if (conjunction && !Continues(next, sentence)) return i;
    if (!comma && !conjunction) {
      if (!text_.Is(next, Lexicon::kNameLinks) || !Small(next) || PlaceLink(next)) return i;
      ++next;
    }
    if (next < sentence && text_.Is(next, Lexicon::kDeterminers) && Small(next)) ++next;
    return next;
  }

  // Whether a list of capitalised ordinary words ends in "and" soon: "Health, Education, Labor, and Pensions".
  bool ListGoesOn(std::uint32_t i, std::uint32_t sentence) const {
    for (std::uint32_t j = i; j < std::min(sentence, i + 8); ++j) {
      if (Joins(j)) return text_.NameWord(j + 1) && text_.Ordinary(j + 1);
      if (text_.Mark(j, ",")) continue;
      if (!text_.NameWord(j) || !text_.Ordinary(j)) return false;
    }
    return false;
  }

  // "Department of Transportation and Environmental Protection Agency": what follows the conjunction is a body of its
  // own.
  bool Continues(std::uint32_t i, std::uint32_t sentence) const {
    if (i >= sentence || !text_.NameWord(i) || text_.Acronym(i)) return false;
    if (!text_.Ordinary(i)) return false;
    // "… for Migration and Save the Children"
    if (const LexiconHit* known = text_.analysis().HitAt(i, Lexicon::kOrganizations);
        known != nullptr && !text_.analysis().Entry(*known).Has(kEntryWeak))
      return false;
    // "…, and Bob Casey": a person.
    if (text_.FirstName(i) && text_.NameWord(i + 1) && (text_.LastName(i + 1) || !text_.Ordinary(i + 1))) return false;
    for (std::uint32_t j = i; j < std::min(sentence, i + 7); ++j) {
      if (text_.Is(j, Lexicon::kOrganizationHeads) && text_.NameWord(j) && !WeakHead(j)) return false;
      if (text_.Is(j, Lexicon::kHonorifics) && text_.NameWord(j)) return false;
      if (!text_.NameWord(j)) break;
    }
    return true;
  }

  bool WeakHead(std::uint32_t i) const {
    const LexiconHit* hit = text_.analysis().HitAt(i, Lexicon::kOrganizationHeads);
    return hit != nullptr && text_.analysis().Entry(*hit).Has(kEntryWeak);
  }

  void Headed(std::uint32_t i, Lexicon lexicon, NameType type) {
    const LexiconHit* hit = text_.analysis().HitAt(i, lexicon);
    if (hit == nullptr || !text_.Capital(hit->end - 1)) return;
    const LexiconEntry& entry = text_.analysis().Entry(*hit);
    const bool weak = entry.Has(kEntryWeak);
    std::uint32_t begin = Left(i);
    // "FCC Commissioners Michael Copps and …": who they are, not a body.
    if (weak && text_.FirstName(hit->end) && text_.Spaced(hit->end) && text_.NameWord(hit->end + 1)) return;
    if (type == NameType::kOther) begin = BehindPair(begin, i);
    if (lexicon == Lexicon::kWorkNouns && entry.Has(kEntryBefore) && Sponsor(i)) return;
    std::uint32_t end = hit->end;
    // "Proyecto Frontera Segura": where nouns come first, the name stands behind.
    if (entry.Has(kEntryAfter) && type == NameType::kOther && text_.NameWord(end) && text_.Spaced(end)) {
      std::uint32_t behind = end;
      while (behind - end < kMaxLeft && text_.NameWord(behind) && text_.Spaced(behind)) ++behind;
      Add({i, behind}, type, 0.9F, "other.head");
    }
    // Further nouns behind: "Kansas Medical Center Research Institute" has its own head, which proposes the whole.
    float score = begin < i ? (weak ? 0.6F : 0.9F) : 0;
    if (weak && i - begin >= 2) score = 0.7F;
    if (begin + 1 == i && text_.SentenceStart(begin) && text_.Ordinary(begin)) score = weak ? 0.4F : 0.7F;
    // "Raytheon Aircraft", "European Union Partnership Instrument": a known body goes on.
    if (type == NameType::kOther && StartsKnown(begin) &&
        text_.analysis().HitAt(begin, Lexicon::kOrganizations)->end >= end)
      return;  // "World Food Programme"
    if (begin < i && StartsKnown(begin)) score = std::max(score, weak ? 0.86F : 0.97F);
    if (begin < i && OnlyHeads(begin, i) && weak) score = 0.4F;
    const std::string_view rule = type == NameType::kOther ? "other.head" : "organization.head";
    // "Agence nationale de l'Eau": where adjectives follow their noun, one may stand before the link.
    if (entry.Has(kEntryBefore) && type == NameType::kOrganization && end + 1 < text_.size() &&
        text_.Is(end + 1, Lexicon::kNameLinks) && !text_.Is(end, Lexicon::kNameLinks) &&
        text_.analysis().token(end).kind == TokenKind::kWord)
      ++end;
    // "the Senate for the Children's Health Programme": a body that is known by its head alone takes no more than its
    // own "of".
    const LexiconHit* whole = text_.analysis().HitAt(begin, Lexicon::kOrganizations);
    const bool complete = whole != nullptr && whole->end == end && !text_.analysis().Entry(*whole).Has(kEntryWeak) &&
                          end < text_.size() && text_.analysis().Folded(end) != "of";
    if (entry.Has(kEntryOf) && !complete && end < text_.size() && text_.Is(end, Lexicon::kNameLinks) && Small(end) &&
        text_.Spaced(end)) {
      std::uint32_t start = end + 1;
      if (text_.Is(start, Lexicon::kDeterminers) && Small(start)) ++start;
      // Elisions ("l'") stand without a space before the word.
      const bool joined = start < text_.size() && (text_.Spaced(start) || start > end + 1);
      const std::uint32_t right = joined && Part(start) ? Represented(entry, Right(start)) : start;
      if (right > start && !(text_.analysis().Folded(end) != "of" && PlaceLink(end) && !entry.Has(kEntryAfter))) {
        const bool shout = text_.TitleCase(i);
        Add({begin, right}, type, shout ? 0.7F : weak && begin == i ? 0.62F : 0.92F, rule);
        // The head may stand at the beginning of its own compound: the shorter name is kept as a second choice.
        if (begin < i) Add({begin, end}, type, score * 0.8F, rule);
        return;
      }
    }
    if (begin < i) OwnOffice(entry, begin, end);
    // "University College Dublin": the town of a college is a part of its name.
    if (entry.code == "town" && begin < i && text_.Spaced(end)) {
      if (const PlaceHit* town = PlaceAt(end); town != nullptr) Add({begin, town->tokens.end}, type, 0.95F, rule);
    }
    if (text_.TitleCase(i)) score -= text_.Shouting(i) ? 0.15F : 0.2F;
    if (score > 0) Add({begin, end}, type, score, rule);
  }

  // "EU-China Dialogue": the two parties are named by themselves; returns where the rest begins.
  std::uint32_t BehindPair(std::uint32_t begin, std::uint32_t head) const {
    if (begin + 3 > head || !text_.Hyphen(begin + 1)) return begin;
    const auto named = [&](std::uint32_t i) {
      return PlaceAt(i) != nullptr || (text_.Acronym(i) && text_.Is(i, Lexicon::kOrganizations));
    };
    return named(begin) && named(begin + 2) ? begin + 3 : begin;
  }

  // "Consulates-General of African and Asian countries in Guangzhou": bodies that stand for somebody somewhere take in
  // the peoples, the small noun for their countries, and their seat.
  std::uint32_t Represented(const LexiconEntry& head, std::uint32_t end) const {
    if (!head.Has(kEntryAfter)) return end;
    while (end + 1 < text_.size() && text_.Is(end, Lexicon::kConjunctions) && Small(end) &&
           text_.Is(end - 1, Lexicon::kDemonyms) && text_.Is(end + 1, Lexicon::kDemonyms))
      end += 2;
    if (end < text_.size() && Small(end) && text_.Is(end, Lexicon::kPlaceNouns) &&
        text_.Is(end - 1, Lexicon::kDemonyms))
      ++end;
    return WithSeat(end);
  }

  // Behind "in Guangzhou" at `end`; `end` when no place follows there.
  std::uint32_t WithSeat(std::uint32_t end) const {
    if (end + 1 >= text_.size() || !PlaceLink(end) || !Small(end)) return end;
    const PlaceHit* place = PlaceAt(end + 1);
    return place == nullptr ? end : place->tokens.end;
  }

  // "IOM's Liaison Office in China": a known body's own office, which has no other name than this.
  void OwnOffice(const LexiconEntry& head, std::uint32_t begin, std::uint32_t end) {
    if (!head.Has(kEntryPossessive) || begin < 2 || !text_.analysis().token(begin - 1).Has(kClitic)) return;
    if (!text_.Acronym(begin - 2) || !StartsKnown(begin - 2)) return;
    const std::uint32_t seat = WithSeat(end);
    if (seat > end) Add({begin - 2, seat}, NameType::kOrganization, 0.93F, "organization.branch");
  }

  // "the Kennedy Amendment", "the Feinstein bill": named after the person who brings it in.
  bool Sponsor(std::uint32_t i) {
    std::uint32_t last = i - 1;
    if (i == 0 || !text_.NameWord(last) || !text_.Spaced(i) || text_.Ordinary(last)) return false;
    // "the G.I. Bill", "the SKIL bill".
    if (text_.Acronym(last) || text_.analysis().token(last).Has(kDotted)) return false;
    const bool first = last == 0 || !text_.NameWord(last - 1) || text_.Is(last - 1, Lexicon::kDeterminers);
    if (!first) return false;
    for (int count = 0; count < 4; ++count) {
      out_->push_back({{last, last + 1}, NameType::kPerson, text_.LastName(last) ? 0.62F : 0.52F, "person.sponsor"});
      const bool joined = last >= 2 && (text_.Mark(last - 1, "/") || text_.Hyphen(last - 1));
      if (!joined || !text_.NameWord(last - 2)) break;
      last -= 2;
    }
    return true;
  }

  // "in", "to", "at": links that more often place a body than name it.
  bool PlaceLink(std::uint32_t i) const {
    const LexiconHit* hit = text_.analysis().HitAt(i, Lexicon::kNameLinks);
    return hit != nullptr && text_.analysis().Entry(*hit).Has(kEntryWeak);
  }

  bool StartsKnown(std::uint32_t begin) const {
    const LexiconHit* hit = text_.analysis().HitAt(begin, Lexicon::kOrganizations);
    return hit != nullptr && !text_.analysis().Entry(*hit).Has(kEntryWeak) &&
           !text_.analysis().token(begin).Has(kDotted);
  }

  bool OnlyHeads(std::uint32_t begin, std::uint32_t end) const {
    for (std::uint32_t i = begin; i < end; ++i) {
      if (!text_.Ordinary(i)) return false;
    }
    return end - begin == 1 && text_.SentenceStart(begin);
  }

  // "Donka hospital", "West Nile virus": nouns that make a name also when they are written small.
  void SmallHead(std::uint32_t i) {
    if (i == 0 || !text_.Spaced(i) || !text_.NameWord(i - 1)) return;
    for (const Lexicon lexicon : {Lexicon::kOrganizationHeads, Lexicon::kWorkNouns}) {
      if (!text_.Is(i, lexicon)) continue;
      const LexiconHit* hit = text_.analysis().HitAt(i, lexicon);
      if (hit == nullptr || !text_.analysis().Entry(*hit).Has(kEntryStrong)) continue;
      const std::uint32_t begin = Left(i);
      if (begin == i || (begin + 1 == i && text_.Ordinary(begin))) continue;
      // "Senate committee": the name of another body or a place before a common noun.
      if (const LexiconHit* known = text_.analysis().HitAt(begin, Lexicon::kOrganizations);
          lexicon == Lexicon::kOrganizationHeads && known != nullptr && known->end >= i)
        continue;
      const bool body = lexicon == Lexicon::kOrganizationHeads;
      Add({begin, hit->end}, body ? NameType::kOrganization : NameType::kOther, body ? 0.66F : 0.93F,
          body ? "organization.small_head" : "other.small_head");
    }
  }

  // "Day & Zimmermann", "Asia Pulp & Paper".
  void Ampersand(std::uint32_t i) {
    if (!text_.NameWord(i) || !text_.NameWord(i + 2) || text_.TitleCase(i) || !text_.Spaced(i + 1) ||
        !text_.Spaced(i + 2))
      return;
    if (text_.Is(i, Lexicon::kOrganizationHeads) && text_.Ordinary(i)) return;
    // "Basel, Switzerland & Cambridge": two places.
    if (PlaceAt(i) != nullptr && PlaceAt(i + 2) != nullptr) return;
    const std::uint32_t begin = Left(i);
    std::uint32_t end = i + 3;
    // "Vehicles & Fuels" is a heading.
    if (begin == i && text_.Ordinary(i) && text_.Ordinary(i + 2) && !text_.NameWord(end)) return;
    while (text_.NameWord(end) && text_.Spaced(end) && end - i < 6) ++end;
    Add({begin, end}, NameType::kOrganization, 0.68F, "organization.ampersand");
  }

  // "Plastic Fabricating Company", "Raytheon Co.", "Acme, Inc."
  void Firm(std::uint32_t i) {
    const LexiconHit* hit = text_.analysis().HitAt(i, Lexicon::kOrganizationEnds);
    if (hit == nullptr || i == 0) return;
    const bool comma = text_.Mark(i - 1, ",") && i > 1;
    // "(EPP, SE)" is a country, "Acme, Inc." a firm.
    if (comma && text_.analysis().token(i).size() <= 2) return;
    // "AG", "Co."; "As" and "Se" are ordinary words in a headline.
    if (text_.analysis().token(i).size() <= 2 && !text_.Acronym(i) && !text_.Mark(hit->end - 1, ".") &&
        !text_.Mark(hit->end, "."))
      return;
    const std::uint32_t last = comma ? i - 2 : i - 1;
    if (!text_.NameWord(last) || text_.analysis().token(i).Has(kLineStart)) return;
    const std::uint32_t begin = comma ? Left(last) : Left(i);
    std::uint32_t end = hit->end;
    if (text_.Mark(end, ".") && !text_.Spaced(end)) ++end;
    if (begin < i) Add({begin, end}, NameType::kOrganization, 0.92F, "organization.firm");
  }

  // A word of capitals: an organisation if a name is bound to it (organizations.cc), else by what stands around.
  void Acronym(std::uint32_t i) {
    const Token& token = text_.analysis().token(i);
    if (!text_.Acronym(i) || token.size() > kMaxAcronym || token.size() < 2) return;
    if (text_.Is(i, Lexicon::kRoles) || text_.Is(i, Lexicon::kNameSuffixes) || text_.PartyState(i) ||
        PlaceAt(i) != nullptr)
      return;
    if (text_.TitleCase(i) && token.size() > 5) return;
    float score = 0.42F;
    const std::uint32_t next = i + 1;
    if (text_.Is(next, Lexicon::kSpeechVerbs)) score += 0.25F;
    if (next < text_.size() && text_.analysis().token(next).Has(kClitic)) score += 0.2F;
    if (i > 0 && text_.Is(i - 1, Lexicon::kDeterminers)) score -= 0.05F;
    if (text_.Is(next, Lexicon::kRoles)) score += 0.2F;
    if (text_.Hyphen(next) || (i > 0 && text_.Hyphen(i - 1))) score -= 0.25F;
    if (token.Has(kHasDigit) || token.Has(kDotted)) score -= 0.3F;
    if (next < text_.size() && text_.analysis().token(next).kind == TokenKind::kNumber) score -= 0.2F;
    Add({i, i + 1}, NameType::kOrganization, std::max(score, 0.05F), "organization.acronym");
  }

  // The place that begins at `i`, or null.
  const PlaceHit* PlaceAt(std::uint32_t i) const {
    const auto at = std::lower_bound(places_.begin(), places_.end(), i,
                                     [](const PlaceHit& hit, std::uint32_t begin) { return hit.tokens.begin < begin; });
    return at != places_.end() && at->tokens.begin == i ? &*at : nullptr;
  }

  void Add(TokenRange tokens, NameType type, float score, std::string_view rule) {
    out_->push_back({tokens, type, std::clamp(score, 0.0F, 0.97F), rule});
  }

  const NameText& text_;
  const std::vector<PlaceHit>& places_;
  Mentions* out_;
};

}  // namespace

void ProposeOrganizations(const NameText& text, const std::vector<PlaceHit>& places, Mentions* out) {
  OrganizationProposer(text, places, out).Run();
}

}  // namespace dateline::extraction
