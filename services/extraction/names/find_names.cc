#include "services/extraction/names/find_names.h"

#include <algorithm>
#include <optional>
#include <span>
#include <unordered_map>

#include "services/extraction/gazetteer/name_key.h"
#include "services/extraction/names/acronyms.h"
#include "services/extraction/names/choose_mentions.h"
#include "services/extraction/names/entities.h"
#include "services/extraction/names/name_lists.h"
#include "services/extraction/names/organization_rules.h"
#include "services/extraction/names/person_rules.h"
#include "services/extraction/names/place_rules.h"
#include "services/extraction/names/uncased_people.h"

namespace dateline::extraction {
namespace {

constexpr float kTaken = 0.5F;
// Choices of the rules that are so sure are not put to the model.
constexpr float kExplained = 0.8F;
// Choices of the rules that the model may not break up.
constexpr float kFirm = 0.6F;
// What the model's own proposals count for beside those of the rules.
constexpr float kModelTrust = 0.75F;
// Longer sentences are not sentences but tables.
constexpr std::uint32_t kMaxSentence = 400;

std::uint64_t KeyOf(const NameText& text, const TokenRange& tokens) {
  return NameKeyOf(text.analysis().Text(tokens));
}

// Names found once are looked for everywhere: whole names, and the last names of persons.
class KnownNames {
 public:
  explicit KnownNames(const NameText& text) : text_(text) {}

  void Learn(const Mentions& chosen) {
    for (const Mention& m : chosen) {
      if (m.score < kTaken || m.type == NameType::kOther) continue;
      Put(m.tokens, m.type, std::min(m.score, 0.9F), "known");
      if (m.type == NameType::kOrganization) PutStem(m);
      if (m.type != NameType::kPerson || m.score < 0.6F) continue;
      std::uint32_t words = 0;
      std::uint32_t last = m.tokens.begin;
      for (std::uint32_t i = m.tokens.begin; i < m.tokens.end; ++i) {
        if (text_.analysis().token(i).kind != TokenKind::kWord || text_.Is(i, Lexicon::kNameSuffixes)) continue;
        ++words;
        last = i;
      }
      if (words > 1 && text_.analysis().token(last).size() > 1) {
        std::uint32_t begin = last;
        while (begin > m.tokens.begin + 1 && text_.Hyphen(begin - 1)) begin -= 2;
        const float score = std::min(0.88F, m.score + 0.05F);
        Put({begin, last + 1}, NameType::kPerson, score, "last_name");
        // "Zarqawi" of "Abu Musab al-Zarqawi"
        if (!text_.Capital(begin)) Put({last, last + 1}, NameType::kPerson, score, "last_name");
      }
    }
  }

  void Propose(Mentions* out) const {
    if (names_.empty()) return;
    for (std::uint32_t i = 0; i < text_.size(); ++i) {
      if (!text_.Usable(i) || (!text_.Capital(i) && !text_.Uncased(i))) continue;
      const auto known = names_.find(NameKeyOf(text_.Text(i)));
      if (known == names_.end()) continue;
      for (const Name& name : known->second) {
        const TokenRange range{i, i + name.tokens.size()};
        if (range.end > text_.size() || (name.tokens.size() > 1 && KeyOf(text_, range) != name.key)) continue;
        if (!WrittenAlike(range, name)) continue;
        float score = name.score;
        if (name.type == NameType::kPerson && name.tokens.size() == 1 && text_.Ordinary(i) && text_.SentenceStart(i))
          score -= 0.15F;
        // A last name before another capitalised word is rather a part of something else ("the Byrd Amendment").
        if (name.type == NameType::kPerson && text_.NameWord(range.end) && text_.Spaced(range.end) &&
            !text_.TitleCase(i))
          score -= 0.12F;
        out->push_back({range, name.type, score, name.rule});
      }
    }
  }

 private:
  struct Name {
    TokenRange tokens;
    std::uint64_t key = 0;
    NameType type = NameType::kOther;
    float score = 0;
    std::string_view rule;
  };

  // "Black Box" of "Black Box Corporation", "Raytheon" of "Raytheon Co.": what stands before the legal form.
  void PutStem(const Mention& m) {
    std::uint32_t end = m.tokens.end;
    while (end > m.tokens.begin + 1 &&
           (text_.Is(end - 1, Lexicon::kOrganizationEnds) || text_.Mark(end - 1, ".") || text_.Mark(end - 1, ",")))
      --end;
    if (end == m.tokens.end || m.score < 0.6F) return;
    const TokenRange stem{m.tokens.begin, end};
    if (stem.size() == 1 && (text_.Ordinary(stem.begin) || text_.analysis().token(stem.begin).size() < 3)) return;
    Put(stem, NameType::kOrganization, std::min(m.score, 0.8F), "known");
    // "Corvane" of "Corvane Therapeutics, Inc.": the first word, where it is no word of the language and nobody's name.
    const std::uint32_t first = stem.begin;
    if (stem.size() > 1 && text_.analysis().token(first).size() > 3 && text_.Traits(first) == 0 &&
        !text_.Is(first, Lexicon::kDemonyms))
      Put({first, first + 1}, NameType::kOrganization, std::min(m.score, 0.72F), "known");
  }

  // "WHO" is not found in "Who", nor "Harbour Board" in "Harbour board".
  bool WrittenAlike(TokenRange range, const Name& name) const {
    if (text_.Shouting(range.begin)) return true;
    const bool learnt_shouting = text_.Shouting(name.tokens.begin);
    for (std::uint32_t i = 0; i < range.size(); ++i) {
      const Token& known = text_.analysis().token(name.tokens.begin + i);
      const Token& now = text_.analysis().token(range.begin + i);
      if (!learnt_shouting && known.Has(kUpper) && known.size() > 1 && known.size() < 6 && !now.Has(kUpper))
        return false;
      if (name.type == NameType::kOrganization && !learnt_shouting && known.Has(kCapital) && !now.Has(kCapital))
        return false;
    }
    return true;
  }

  void Put(TokenRange tokens, NameType type, float score, std::string_view rule) {
    const std::uint64_t key = KeyOf(text_, tokens);
    auto& list = names_[NameKeyOf(text_.Text(tokens.begin))];
    for (Name& name : list) {
      if (name.key == key && name.type == type) {
        name.score = std::max(name.score, score);
        return;
      }
    }
    if (list.size() < 8) list.push_back({tokens, key, type, score, RuleOf(type, rule)});
  }

  static std::string_view RuleOf(NameType type, std::string_view how) {
    if (how == "last_name") return "person.last_name";
    switch (type) {
      case NameType::kPerson:
        return "person.known";
      case NameType::kOrganization:
        return "organization.again";
      default:
        return "place.again";
    }
  }

  const NameText& text_;
  std::unordered_map<std::uint64_t, std::vector<Name>> names_;
};

// Tokens that a sure choice covers, or that need no explanation.
std::vector<bool> Explained(const NameText& text, const Mentions& chosen) {
  std::vector<bool> explained(text.size());
  for (std::uint32_t i = 0; i < text.size(); ++i) {
    explained[i] = !text.NameWord(i) || !text.Usable(i) || text.TitleCase(i) ||
                   (text.SentenceStart(i) && text.Ordinary(i) && !text.LastName(i));
  }
  for (const Mention& m : chosen) {
    if (m.score < kExplained) continue;
    for (std::uint32_t i = m.tokens.begin; i < m.tokens.end; ++i) explained[i] = true;
  }
  return explained;
}

// Takes off what the model took in too much: titles of address before a person, marks at the end.
TokenRange Trim(const NameText& text, const Mention& m) {
  TokenRange tokens = m.tokens;
  const auto loose = [&](std::uint32_t i) {
    const Token& token = text.analysis().token(i);
    return token.kind != TokenKind::kWord && token.kind != TokenKind::kNumber && token.kind != TokenKind::kIdeograph &&
           !token.Has(kAbbreviationDot);
  };
  while (!tokens.empty() && (loose(tokens.end - 1) || text.analysis().token(tokens.end - 1).Has(kClitic))) --tokens.end;
  while (!tokens.empty() && (loose(tokens.begin) || text.Is(tokens.begin, Lexicon::kDeterminers) ||
                             (m.type == NameType::kPerson &&
                              (text.Is(tokens.begin, Lexicon::kHonorifics) || text.Is(tokens.begin, Lexicon::kRoles)))))
    ++tokens.begin;
  return tokens;
}

// Whether a name of the model's can be one: no people's adjective, no first name or ordinary word alone.
bool Plausible(const NameText& text, const Mention& m) {
  if (m.tokens.empty() || !text.NameWord(m.tokens.begin)) return false;
  bool told = false;
  for (std::uint32_t i = m.tokens.begin; i < m.tokens.end; ++i)
    told |= text.NameWord(i) && !text.Is(i, Lexicon::kDemonyms);
  // "US Secretary of State": an office, not who holds it.
  for (std::uint32_t i = m.tokens.begin; m.type == NameType::kPerson && i < m.tokens.end; ++i) {
    if ((text.Is(i, Lexicon::kRoles) || text.Is(i, Lexicon::kHonorifics)) && !text.FirstName(i) && !text.LastName(i))
      return false;
  }
  // "Senator Lott" is no place, nor is the "Keith" of "Keith and Sharon Bateman".
  if (m.type == NameType::kPlace &&
      (text.Is(m.tokens.begin, Lexicon::kHonorifics) || (m.tokens.size() == 1 && text.FirstName(m.tokens.begin))))
    return false;
  // A name does not end in a word that is written small.
  const Token& last = text.analysis().token(m.tokens.end - 1);
  if (!told || (last.kind == TokenKind::kWord && !last.Has(kCapital))) return false;
  // "U.S. Citizenship": a country's abbreviation and ordinary words are no name unless one of them makes a body.
  if (text.analysis().token(m.tokens.begin).Has(kDotted) && m.tokens.size() > 1) {
    bool plain = true;
    for (std::uint32_t i = m.tokens.begin + 1; i < m.tokens.end; ++i)
      plain = plain && text.Ordinary(i) && !text.Is(i, Lexicon::kOrganizationHeads);
    if (plain) return false;
  }
  if (m.tokens.size() > 1) return true;
  // "GDP", "HIV": capitals that name no body.
  if (text.Acronym(m.tokens.begin) && text.Is(m.tokens.begin, Lexicon::kWorkNouns)) return false;
  if (text.Ordinary(m.tokens.begin) || text.analysis().token(m.tokens.begin).size() < 3) return false;
  if (m.type == NameType::kPerson) return !text.FirstName(m.tokens.begin) && !text.Acronym(m.tokens.begin);
  return m.type == NameType::kOrganization || !text.Acronym(m.tokens.begin);
}

// Whether the rules chose something else there, unless the model only takes in more of the same.
bool Contradicts(const Mention& m, const Mentions& chosen) {
  auto at = std::upper_bound(chosen.begin(), chosen.end(), m.tokens.begin,
                             [](std::uint32_t t, const Mention& c) { return t < c.tokens.end; });
  for (; at != chosen.end() && at->tokens.begin < m.tokens.end; ++at) {
    if (at->score >= kFirm && !(at->type == m.type && Inside(at->tokens, m.tokens))) return true;
  }
  return false;
}

std::string_view ModelRule(NameType type) {
  return type == NameType::kPerson         ? "person.model"
         : type == NameType::kOrganization ? "organization.model"
                                           : "place.model";
}

// Asks the model about the sentences with unexplained words; false when there are none.
bool AskModel(const NameText& text, const Gazetteer& gazetteer, const NameProposals& proposals,
              const SequenceModel& model, Mentions* all) {
  const std::vector<bool> explained = Explained(text, proposals.chosen);
  std::optional<SequenceFeatures> features;
  std::vector<std::vector<LabelScores>> asked(text.analysis().sentences().size());
  for (std::size_t s = 0; s < asked.size(); ++s) {
    const TokenRange& sentence = text.analysis().sentences()[s].tokens;
    bool open = false;
    for (std::uint32_t i = sentence.begin; i < sentence.end && !open; ++i) open = !explained[i];
    if (!open || sentence.size() > kMaxSentence) continue;
    if (!features.has_value()) features.emplace(text, gazetteer, proposals.hits, proposals.chosen);
    asked[s] = model.Marginals(features->Of(sentence));
  }
  if (!features.has_value()) return false;
  for (std::size_t s = 0; s < asked.size(); ++s) {
    if (asked[s].empty()) continue;
    Mentions seen;
    ReadMarginals(text.analysis().sentences()[s].tokens, asked[s], &seen);
    for (Mention& m : seen) {
      m.tokens = Trim(text, m);
      m.score *= kModelTrust;
      m.rule = ModelRule(m.type);
      if (m.score > kTaken && Plausible(text, m) && !Contradicts(m, proposals.chosen)) all->push_back(m);
    }
  }
  return true;
}

// No name goes over the end of a sentence or of a line: what two lines of a caption or a list say is not one name.
bool Breaks(const NameText& text, const TokenRange& tokens) {
  if (tokens.empty() || tokens.end > text.SentenceEnd(tokens.begin)) return true;
  for (std::uint32_t i = tokens.begin + 1; i < tokens.end; ++i) {
    if (text.analysis().token(i).Has(kLineStart)) return true;
  }
  return false;
}

Mentions ChooseUnbroken(const NameText& text, Mentions proposals) {
  std::erase_if(proposals, [&text](const Mention& m) { return Breaks(text, m.tokens); });
  return ChooseMentions(std::move(proposals));
}

}  // namespace

NameProposals ProposeNames(const NameText& text, const Gazetteer& gazetteer, TokenRange dateline) {
  NameProposals out;
  out.hits = FindPlaceHits(text, gazetteer);
  ProposePlaces(text, gazetteer, out.hits, &out.proposals);
  ProposeOrganizations(text, out.hits, &out.proposals);
  ProposePeople(text, &out.proposals);
  ProposeUncasedPeople(text, &out.proposals);
  ProposeDateline(text, out.hits, dateline, &out.proposals);
  out.bindings = BindAcronyms(text, &out.proposals);
  const Mentions first = ChooseUnbroken(text, out.proposals);
  ProposeListMembers(text, first, &out.proposals);
  KnownNames known(text);
  known.Learn(first);
  known.Propose(&out.proposals);
  out.chosen = ChooseUnbroken(text, out.proposals);
  return out;
}

Mentions DecideNames(const NameText& text, const Gazetteer& gazetteer, const NameProposals& proposals,
                     const SequenceModel& model) {
  Mentions chosen = proposals.chosen;
  Mentions all = proposals.proposals;
  if (!model.empty() && AskModel(text, gazetteer, proposals, model, &all)) {
    KnownNames known(text);
    known.Learn(ChooseUnbroken(text, all));
    known.Propose(&all);
    chosen = ChooseUnbroken(text, std::move(all));
  }
  std::erase_if(chosen, [&](const Mention& m) {
    return m.score < kTaken || m.type == NameType::kOther || !text.Usable(m.tokens.begin);
  });
  return chosen;
}

void FindNames(const FactContext& context, release::v1::Release* release) {
  const NameText text(context.analysis);
  TokenRange dateline;
  if (release->has_dateline() && !release->dateline().place().empty()) {
    const std::size_t begin = release->dateline().span().start();
    dateline = context.analysis.TokensOf(begin, begin + release->dateline().place().size());
  }
  const NameProposals proposals = ProposeNames(text, context.gazetteer, dateline);
  const Mentions chosen =
      DecideNames(text, context.gazetteer, proposals, SequenceModel::Embedded(context.pack().language()));
  AddOrganizations(text, chosen, proposals.bindings, release);
  AddPeople(text, chosen, release);
  AddPlaces(context, text, chosen, proposals.hits, release);
}

}  // namespace dateline::extraction
