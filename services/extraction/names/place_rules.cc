#include "services/extraction/names/place_rules.h"

#include <algorithm>
#include <set>

#include "services/extraction/gazetteer/name_key.h"
#include "services/extraction/names/place_lists.h"

namespace dateline::extraction {
namespace {

constexpr std::uint32_t kMaxPlaceTokens = 9;
constexpr std::uint32_t kMaxIdeographs = 8;
// Towns of at least 2^14 people are known by name alone, smaller ones need a sign beside them.
constexpr int kKnownMagnitude = 14;
constexpr int kLargeMagnitude = 18;
// States with fewer people that bear a person's name are not taken for it everywhere.
constexpr int kStateMagnitude = 17;
// Longer words in capitals are words: "WASHINGTON".
constexpr std::uint32_t kLongestAcronym = 5;
// So sure a place has to be for what stands beside it to be drawn to it.
constexpr float kDirected = 0.6F;

// What the senses of a name say about it.
struct Weight {
  bool country = false;
  bool state = false;
  bool region = false;
  bool county = false;
  int state_magnitude = 0;
  bool abbreviation_only = true;
  int magnitude = 0;
};

Weight Weigh(const Gazetteer& gazetteer, const PlaceSenses& senses) {
  Weight weight;
  for (std::size_t i = 0; i < senses.size(); ++i) {
    if (senses[i].abbreviation) continue;
    const PlaceRecord record = gazetteer.Record(senses[i].record);
    weight.abbreviation_only = false;
    weight.country |= record.kind == PlaceKind::kCountry;
    weight.county |= record.kind == PlaceKind::kCounty;
    weight.state |= record.kind == PlaceKind::kState;
    if (record.kind == PlaceKind::kState) weight.state_magnitude = std::max(weight.state_magnitude, record.magnitude);
    weight.region |= record.kind == PlaceKind::kRegion || record.kind == PlaceKind::kNatural;
    weight.magnitude = std::max(weight.magnitude, record.magnitude);
  }
  return weight;
}

bool StartsPlace(const NameText& text, std::uint32_t i) {
  const Token& token = text.analysis().token(i);
  if (token.kind == TokenKind::kIdeograph) return true;
  if (token.kind != TokenKind::kWord || token.Has(kClitic)) return false;
  if (token.Has(kCapital)) return true;
  // Scripts without capitals: Arabic, Hebrew, Georgian and on.
  const auto first = static_cast<unsigned char>(text.Text(i)[0]);
  return first >= 0xD6;
}

// Whether the token at `i` may go on a name of places.
bool ContinuesPlace(const NameText& text, std::uint32_t i) {
  const Token& token = text.analysis().token(i);
  if (token.Has(kLineStart)) return false;
  if (token.kind == TokenKind::kWord || token.kind == TokenKind::kIdeograph) return true;
  const std::string_view mark = text.Text(i);
  return mark == "(" || mark == ")" || mark == "-" || mark == "." || mark == "‐" || mark == "–" || mark == "'" ||
         mark == "’" || mark == "&";
}

// "in", "near", "from" before a name: where something is.
bool AfterPreposition(const NameText& text, std::uint32_t begin) {
  if (begin == 0) return false;
  std::uint32_t i = begin - 1;
  if (text.Is(i, Lexicon::kDeterminers) && i > 0) --i;
  return text.Is(i, Lexicon::kPrepositions) && !text.Capital(i);
}

// A comma and another place behind ("Wichita, Kansas"), or before ("Ecuador, Peru").
bool InList(const NameText& text, const std::vector<PlaceHit>& hits, std::size_t i) {
  const auto joined = [&](const PlaceHit& a, const PlaceHit& b) {
    if (b.tokens.begin < a.tokens.end || b.tokens.begin - a.tokens.end > 2) return false;
    for (std::uint32_t t = a.tokens.end; t < b.tokens.begin; ++t) {
      const std::string_view word = text.Text(t);
      if (word != "," && word != "and" && word != "(" && word != "/" && word != "&") return false;
    }
    return b.tokens.begin > a.tokens.end;
  };
  return (i + 1 < hits.size() && joined(hits[i], hits[i + 1])) || (i > 0 && joined(hits[i - 1], hits[i]));
}

// "U.S. Senator", "UK armed forces": used as an adjective.
bool Attributive(const NameText& text, const TokenRange& tokens) {
  if (tokens.size() != 1) return false;
  const Token& token = text.analysis().token(tokens.begin);
  if (!token.Has(kUpper) || token.size() > 5 || text.Shouting(tokens.begin)) return false;
  const std::uint32_t next = tokens.end;
  if (next >= text.size() || text.analysis().token(next).Has(kLineStart)) return false;
  const Token& follower = text.analysis().token(next);
  if (text.Hyphen(next)) return true;
  if (follower.kind != TokenKind::kWord || follower.Has(kClitic)) return false;
  if (text.Is(next, Lexicon::kPrepositions) || text.Is(next, Lexicon::kConnectors) ||
      text.Is(next, Lexicon::kStopWords) || text.Is(next, Lexicon::kSpeechVerbs) || text.Is(next, Lexicon::kPronouns))
    return false;
  return !text.Is(next, Lexicon::kAuxiliaries);
}

class PlaceProposer {
 public:
  PlaceProposer(const NameText& text, const Gazetteer& gazetteer, const std::vector<PlaceHit>& hits, Mentions* out)
      : text_(text), gazetteer_(gazetteer), hits_(hits), out_(out) {}

  void Run() {
    for (const PlaceHit& hit : hits_) {
      for (std::size_t s = 0; s < hit.senses.size(); ++s) {
        const PlaceRecord record = gazetteer_.Record(hit.senses[s].record);
        if (record.kind == PlaceKind::kCountry) countries_.insert(record.country);
      }
    }
    for (std::size_t i = 0; i < hits_.size(); ++i) Propose(i);
    ProposeByNoun();
  }

 private:
  float Score(std::size_t index) const {
    const PlaceHit& hit = hits_[index];
    const Weight weight = Weigh(gazetteer_, hit.senses);
    const std::uint32_t begin = hit.tokens.begin;
    const Token& first = text_.analysis().token(begin);
    // "Sens. Warner": a title of address is no town of that name.
    if (text_.Is(begin, Lexicon::kHonorifics) && text_.Mark(begin + 1, ".") && hit.tokens.size() == 2) return 0;
    // "US$ 1.2 million"
    if (text_.Mark(hit.tokens.end, "$")) return 0;
    const bool listed = InList(text_, hits_, index);
    const bool located = AfterPreposition(text_, begin);
    if (first.kind == TokenKind::kIdeograph)
      return hit.tokens.size() >= 2 && (weight.country || weight.magnitude >= kLargeMagnitude) ? 0.9F : 0;
    if (const float coded = AbbreviationScore(hit); coded > 0.7F || weight.abbreviation_only) return coded;
    // "IN", "OR": codes are read only as abbreviations; words in capitals are acronyms of something else.
    if (hit.tokens.size() == 1 && text_.Acronym(begin) && !weight.country && first.size() <= kLongestAcronym)
      return AbbreviationScore(hit);
    if (hit.tokens.size() == 1 && first.size() <= 2 && !first.Has(kUpper)) return 0;
    if (Attributive(text_, hit.tokens)) return 0.3F;
    // "Canadian pharmacists", "Central and South America": a town is called so too, and hardly ever meant.
    if (hit.tokens.size() == 1 && !weight.country && !Followed(index) &&
        (text_.Is(begin, Lexicon::kDemonyms) || text_.Is(begin, Lexicon::kDirections)))
      return 0.1F;
    const bool plain_state = weight.state && !weight.country && hit.tokens.size() == 1 &&
                             (text_.Ordinary(begin) || (weight.state_magnitude < kStateMagnitude &&
                                                        (text_.FirstName(begin) || text_.LastName(begin))));
    if ((weight.country || weight.state) && !plain_state) {
      if (hit.tokens.size() == 1 && text_.FirstName(begin) && text_.Capital(hit.tokens.end) && !listed) return 0.55F;
      const bool small = text_.Is(begin, Lexicon::kMonths) || text_.Is(begin, Lexicon::kStopWords);
      return hit.tokens.size() == 1 && small ? 0.3F : 0.93F;
    }
    if (weight.region) return PlainRegion(hit) ? 0.3F : 0.9F;
    const bool ordinary = hit.tokens.size() == 1 && text_.Ordinary(begin);
    const bool personal = hit.tokens.size() == 1 && (text_.FirstName(begin) || text_.LastName(begin));
    if (hit.tokens.size() == 1 && (text_.Is(begin, Lexicon::kStopWords) || text_.Is(begin, Lexicon::kMonths) ||
                                   text_.Is(begin, Lexicon::kWeekdays) || text_.Is(begin, Lexicon::kHonorifics) ||
                                   text_.Is(begin, Lexicon::kOrganizationHeads) || text_.Is(begin, Lexicon::kRoles)))
      return 0.1F;
    float score = weight.magnitude >= kLargeMagnitude ? 0.85F : weight.magnitude >= kKnownMagnitude ? 0.62F : 0.35F;
    if (hit.tokens.size() > 1) score += 0.12F;
    if (located) score += 0.2F;
    if (plain_state && ordinary) score -= 0.4F;
    if (listed && !plain_state) score += 0.2F;
    if (ordinary) score -= 0.35F;
    if (weight.county && !ordinary && hit.tokens.size() == 1) score = std::max(score, 0.6F);
    if (personal) score -= weight.magnitude >= kLargeMagnitude || located ? 0.15F : 0.25F;
    if (Supported(hit)) score += 0.15F;
    if (text_.SentenceStart(begin) && !listed) score -= 0.1F;
    if (text_.TitleCase(begin) && !located && !listed) score -= 0.1F;
    // Beside another capitalised word it is most likely a part of that name.
    const bool joined = (text_.NameWord(hit.tokens.end) && text_.Spaced(hit.tokens.end) && !text_.TitleCase(begin)) ||
                        (begin > 0 && text_.NameWord(begin - 1) && text_.Spaced(begin) &&
                         !text_.SentenceStart(begin - 1) && !text_.TitleCase(begin));
    if (joined) score -= 0.3F;
    return std::clamp(score, 0.0F, 0.95F);
  }

  // Whether a comma and another place stand behind: "Central, Louisiana".
  bool Followed(std::size_t index) const {
    const std::uint32_t end = hits_[index].tokens.end;
    return text_.Mark(end, ",") && IsHit(index + 1, end + 1);
  }

  // "Southwest", "Pacific": a region that is called as an ordinary word needs an article or preposition, and an end.
  bool PlainRegion(const PlaceHit& hit) const {
    const std::uint32_t begin = hit.tokens.begin;
    if (hit.tokens.size() > 1 || !text_.Ordinary(begin)) return false;
    const bool led =
        begin > 0 && (text_.Is(begin - 1, Lexicon::kDeterminers) || text_.Is(begin - 1, Lexicon::kPrepositions));
    return !led || text_.NameWord(hit.tokens.end);
  }

  // The text names the country in which there is such a town.
  bool Supported(const PlaceHit& hit) const {
    for (std::size_t s = 0; s < hit.senses.size(); ++s) {
      if (countries_.contains(gazetteer_.Record(hit.senses[s].record).country)) return true;
    }
    return false;
  }

  // "Wilmington, DE", "(D-Md.)", "Delaware (DE)".
  float AbbreviationScore(const PlaceHit& hit) const {
    bool abbreviation = false;
    for (std::size_t i = 0; i < hit.senses.size(); ++i) abbreviation |= hit.senses[i].abbreviation;
    if (!abbreviation || hit.tokens.begin == 0) return 0;
    const std::uint32_t before = hit.tokens.begin - 1;
    // A party and a state in brackets; "Ms" and "Miss" are titles of address elsewhere.
    if (text_.PartyState(hit.tokens.begin)) return 0.97F;
    if (text_.Is(hit.tokens.begin, Lexicon::kHonorifics)) return 0;
    const bool code =
        text_.analysis().token(hit.tokens.begin).Has(kUpper) && text_.analysis().token(hit.tokens.begin).size() == 2;
    const bool dotted = hit.tokens.size() > 1 || text_.analysis().token(hit.tokens.begin).Has(kDotted);
    // "(S&D, DE)": the country of a party.
    if (code && text_.Mark(before, ",") && text_.Mark(hit.tokens.end, ")") && before > 1 &&
        (text_.Mark(before - 2, "(") || text_.Acronym(before - 1) || text_.Mark(before - 2, "&")))
      return 0;
    if (text_.Mark(before, ",") && before > 0 && text_.Capital(before - 1)) return code || dotted ? 0.9F : 0;
    return dotted && !code ? 0.6F : 0;
  }

  void Propose(std::size_t index) {
    TokenRange tokens = hits_[index].tokens;
    float score = Score(index);
    if (score < 0.05F) return;
    // "Hartsfield-Jackson": the second half of a double name.
    if (tokens.begin > 1 && text_.Hyphen(tokens.begin - 1) && text_.Capital(tokens.begin - 2) &&
        !text_.Acronym(tokens.begin - 2) && !EndsHit(index, tokens.begin - 1) && !text_.PartyState(tokens.begin)) {
      const std::uint32_t end = BehindNouns(tokens.end);
      if (end > tokens.end) Add({tokens.begin - 2, end}, 0.85F, "place.compound");
      score *= 0.5F;
    }
    // The noun that makes a place of it belongs to the name: "Hormozgan Province", "Clay County".
    const std::uint32_t next = tokens.end;
    // A compound of which only a part is known: "Bandar-Lengheh".
    if (tokens.size() == 1 && text_.Hyphen(next) && text_.Capital(next + 1) && !IsHit(index + 1, next + 1) &&
        !text_.Acronym(tokens.begin)) {
      Add({tokens.begin, next + 2}, std::min(0.9F, score + 0.2F), "place.compound");
      score *= 0.5F;
    }
    const std::uint32_t named = text_.TitleCase(next) ? next : BehindNouns(next);
    if (named > next && !text_.NameWord(named)) Add({tokens.begin, named}, std::max(score, 0.85F), "place.noun");
    // "Western Maryland": with a capital within a sentence the quarter belongs to the name.
    const Weight weight = Weigh(gazetteer_, hits_[index].senses);
    if (score >= kDirected && !(weight.region && !weight.country && !weight.state) && tokens.begin > 0 &&
        text_.Spaced(tokens.begin) && !text_.TitleCase(tokens.begin) &&
        text_.Is(tokens.begin - 1, Lexicon::kDirections) && text_.Capital(tokens.begin - 1) &&
        !text_.SentenceStart(tokens.begin - 1))
      Add({tokens.begin - 1, tokens.end}, score, "place.direction");
    Add(tokens, score, "place.gazetteer");
    BesideCountry(index, score);
  }

  // Behind the place nouns with a capital that follow at `i`: "Connecticut River Valley".
  std::uint32_t BehindNouns(std::uint32_t i) const {
    while (text_.Capital(i) && text_.Spaced(i)) {
      const LexiconHit* noun = text_.analysis().HitAt(i, Lexicon::kPlaceNouns);
      if (noun == nullptr) break;
      i = noun->end;
    }
    return i;
  }

  // "Achakkar, Morocco": what no table knows, behind a preposition and before a comma and its country or state.
  void BesideCountry(std::size_t index, float score) {
    const std::uint32_t begin = hits_[index].tokens.begin;
    const Weight weight = Weigh(gazetteer_, hits_[index].senses);
    if (score < kDirected || !(weight.country || weight.state) || begin < 3 || !text_.Mark(begin - 1, ",")) return;
    std::uint32_t first = begin - 1;
    while (first > text_.SentenceBegin(begin) && begin - first < 5 && text_.NameWord(first - 1) &&
           (first + 1 == begin || text_.Spaced(first)))
      --first;
    if (first + 1 >= begin || IsHit(index - (index > 0 ? 1 : 0), first) || !AfterPreposition(text_, first)) return;
    for (std::uint32_t i = first; i + 1 < begin; ++i) {
      if (text_.Is(i, Lexicon::kOrganizationHeads) || text_.Is(i, Lexicon::kRoles) || text_.Acronym(i) ||
          text_.Is(i, Lexicon::kWorkNouns) || text_.Is(i, Lexicon::kDemonyms) || text_.Is(i, Lexicon::kHonorifics))
        return;
    }
    const bool plain = begin - first == 2 && text_.Ordinary(first);
    Add({first, begin - 1}, plain ? 0.45F : 0.78F, "place.beside");
  }

  // "Province of Cienfuegos", "Lake Erie", "Fort Riley": a place noun and a name, known or not.
  void ProposeByNoun() {
    for (std::uint32_t i = 0; i < text_.size(); ++i) {
      if (!text_.Is(i, Lexicon::kPlaceNouns)) continue;
      const LexiconHit* hit = text_.analysis().HitAt(i, Lexicon::kPlaceNouns);
      if (hit == nullptr) continue;
      const LexiconEntry& entry = text_.analysis().Entry(*hit);
      if (!text_.Capital(i)) {
        if (entry.Has(kEntryAfter)) BeforeSmallNoun(i);
        if (entry.Has(kEntryOf)) BehindSmallNoun(hit->end);
        continue;
      }
      if (entry.Has(kEntryWeak)) continue;
      if (entry.Has(kEntryOf) && text_.Text(hit->end < text_.size() ? hit->end : i) == "of" &&
          text_.NameWord(hit->end + 1)) {
        std::uint32_t end = hit->end + 2;
        while (end < text_.size() && text_.Spaced(end) && !text_.Is(end, Lexicon::kOrganizationHeads) &&
               (text_.NameWord(end) || (text_.Text(end) == "de" && text_.NameWord(end + 1))))
          ++end;
        Add({i, end}, 0.8F, "place.noun_of");
      }
      if (entry.Has(kEntryBefore) && text_.NameWord(hit->end) && text_.Spaced(hit->end) &&
          !text_.Is(hit->end, Lexicon::kOrganizationHeads)) {
        std::uint32_t end = hit->end + 1;
        if (text_.NameWord(end) && text_.Spaced(end) && !text_.Is(end, Lexicon::kOrganizationHeads)) ++end;
        Add({i, end}, text_.TitleCase(i) ? 0.6F : 0.75F, "place.noun_before");
      }
      if (entry.Has(kEntryAfter) && i > 0 && text_.Spaced(i)) {
        std::uint32_t begin = i;
        while (begin > text_.SentenceBegin(i) && i - begin < 3 && text_.NameWord(begin - 1) && text_.Spaced(begin) &&
               !text_.Is(begin - 1, Lexicon::kHonorifics))
          --begin;
        // "Islamic State", "Arab States": a people's adjective makes no place of it.
        if (begin + 1 == i && text_.Is(begin, Lexicon::kDemonyms)) continue;
        // "Bexar County District Judge": the noun is the office's.
        if (text_.Is(begin, Lexicon::kPlaceNouns) || text_.Is(i - 1, Lexicon::kPlaceNouns)) {
          if (text_.Capital(hit->end) &&
              (text_.Is(hit->end, Lexicon::kRoles) || text_.Is(hit->end, Lexicon::kHonorifics)))
            continue;
        }
        // "Second District": an ordinary word before it makes it no name that can be told.
        if (begin + 1 == i && text_.Ordinary(begin) && !text_.LastName(begin)) continue;
        if (begin < i) Add({begin, hit->end}, text_.TitleCase(i) ? 0.55F : 0.7F, "place.noun_after");
      }
    }
  }

  // "Goma town", "Nyiragongo territory": what no table knows before a place noun that is written small.
  void BeforeSmallNoun(std::uint32_t noun) {
    if (noun == 0 || !text_.Spaced(noun) || text_.TitleCase(noun)) return;
    std::uint32_t begin = noun;
    while (begin > text_.SentenceBegin(noun) && noun - begin < 4 &&
           ((text_.NameWord(begin - 1) && (begin == noun || text_.Spaced(begin) || text_.Hyphen(begin))) ||
            (text_.Hyphen(begin - 1) && begin < noun)))
      --begin;
    if (begin == noun || text_.SentenceStart(begin) || !text_.NameWord(begin)) return;
    for (std::uint32_t i = begin; i < noun; ++i) {
      if (text_.Acronym(i) || text_.Ordinary(i) || text_.Is(i, Lexicon::kDemonyms) ||
          text_.Is(i, Lexicon::kOrganizations) || text_.Is(i, Lexicon::kOrganizationHeads) ||
          text_.Is(i, Lexicon::kWorkNouns) || text_.Is(i, Lexicon::kHonorifics) || text_.Is(i, Lexicon::kRoles))
        return;
    }
    Add({begin, noun}, 0.66F, "place.small_noun");
  }

  // "the district of Dabola": what no table knows behind such a noun and its link at `link`.
  void BehindSmallNoun(std::uint32_t link) {
    const LexiconHit* hit = text_.analysis().HitAt(link, Lexicon::kNameLinks);
    if (hit == nullptr || text_.analysis().Entry(*hit).Has(kEntryWeak) || text_.Capital(link)) return;
    const std::uint32_t begin = hit->end;
    std::uint32_t end = begin;
    while (end - begin < 3 && text_.NameWord(end) && text_.Spaced(end) && !text_.Acronym(end) && !text_.Ordinary(end) &&
           !text_.Is(end, Lexicon::kOrganizationHeads) && !text_.Is(end, Lexicon::kHonorifics) &&
           !text_.Is(end, Lexicon::kDemonyms) && !text_.Is(end, Lexicon::kOrganizations))
      ++end;
    if (end > begin && !text_.NameWord(end)) Add({begin, end}, 0.72F, "place.small_noun");
  }

  bool IsHit(std::size_t index, std::uint32_t token) const {
    return index < hits_.size() && hits_[index].tokens.begin == token;
  }

  // Whether the hit before number `index` ends at token `end`.
  bool EndsHit(std::size_t index, std::uint32_t end) const { return index > 0 && hits_[index - 1].tokens.end == end; }

  void Add(TokenRange tokens, float score, std::string_view rule) {
    out_->push_back({tokens, NameType::kPlace, score, rule});
  }

  const NameText& text_;
  const Gazetteer& gazetteer_;
  const std::vector<PlaceHit>& hits_;
  Mentions* out_;
  std::set<std::string_view> countries_;
};

}  // namespace

void ProposeDateline(const NameText& text, const std::vector<PlaceHit>& hits, TokenRange dateline, Mentions* out) {
  if (dateline.empty()) return;
  bool any = false;
  std::uint32_t end = dateline.begin;  // Of the hit before.
  for (const PlaceHit& hit : hits) {
    if (hit.tokens.begin < dateline.begin || hit.tokens.end > dateline.end) continue;
    any = true;
    // "Puerto Claro": the last word of a name that no table has is not the place of its own name.
    TokenRange whole = hit.tokens;
    while (whole.begin > end && text.Capital(whole.begin - 1)) --whole.begin;
    end = hit.tokens.end;
    out->push_back({whole, NameType::kPlace, 0.97F, kDatelineRule});
  }
  if (!any && text.Capital(dateline.begin)) out->push_back({dateline, NameType::kPlace, 0.8F, kDatelineRule});
  // "SAN DIEGO": nobody's name, however much it looks like one.
  if (any)
    std::erase_if(*out, [&](const Mention& m) { return m.type == NameType::kPerson && Overlap(m.tokens, dateline); });
}

std::vector<PlaceHit> FindPlaceHits(const NameText& text, const Gazetteer& gazetteer) {
  std::vector<PlaceHit> hits;
  const std::string_view bytes = text.analysis().text();
  for (std::uint32_t i = 0; i < text.size();) {
    if (!text.Usable(i) || !StartsPlace(text, i)) {
      ++i;
      continue;
    }
    const bool ideographs = text.analysis().token(i).kind == TokenKind::kIdeograph;
    NameKey key;
    PlaceHit best;
    bool bracket = false;
    std::size_t done = text.analysis().token(i).begin;
    const std::uint32_t limit =
        std::min<std::uint32_t>(text.size(), i + (ideographs ? kMaxIdeographs : kMaxPlaceTokens));
    for (std::uint32_t j = i; j < limit; ++j) {
      if (j > i && !ContinuesPlace(text, j)) break;
      const Token& token = text.analysis().token(j);
      key.Append(bytes.substr(done, token.end - done));
      done = token.end;
      const bool word = token.kind == TokenKind::kWord || token.kind == TokenKind::kIdeograph;
      // A possessive ending belongs to a name only in its middle ("Cox's Bazar"), a small word never ends one.
      bracket |= text.Mark(j, "(");
      const bool closes = bracket && text.Mark(j, ")");
      if ((!word && !closes) || token.Has(kClitic) || (j > i && word && !ideographs && !StartsPlace(text, j))) continue;
      const std::uint64_t value = key.value();
      if (const PlaceSenses senses = gazetteer.Senses(value); !senses.empty()) best = {{i, j + 1}, senses, value};
    }
    if (best.senses.empty()) {
      ++i;
      continue;
    }
    // "The Netherlands": the article is none of a name that is known without it.
    if (best.tokens.size() > 1 && text.Is(i, Lexicon::kDeterminers)) {
      const TokenRange rest{i + 1, best.tokens.end};
      const std::uint64_t value = NameKeyOf(text.analysis().Text(rest));
      if (const PlaceSenses senses = gazetteer.Senses(value); !senses.empty()) best = {rest, senses, value};
    }
    // The full stop of an abbreviation belongs to it.
    if (best.tokens.end < text.size() && text.analysis().token(best.tokens.end).Has(kAbbreviationDot))
      ++best.tokens.end;
    hits.push_back(best);
    i = best.tokens.end;
  }
  return hits;
}

void ProposePlaces(const NameText& text, const Gazetteer& gazetteer, const std::vector<PlaceHit>& hits, Mentions* out) {
  PlaceProposer(text, gazetteer, hits, out).Run();
  ProposePlaceLists(text, hits, out);
}

}  // namespace dateline::extraction
