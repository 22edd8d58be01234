#include "services/extraction/names/find_names.h"

#include <algorithm>
#include <unordered_map>

#include "services/extraction/gazetteer/name_key.h"
#include "services/extraction/names/acronyms.h"
#include "services/extraction/names/choose_mentions.h"
#include "services/extraction/names/entities.h"
#include "services/extraction/names/name_lists.h"
#include "services/extraction/names/organization_rules.h"
#include "services/extraction/names/person_rules.h"
#include "services/extraction/names/place_rules.h"

namespace dateline::extraction {
namespace {

constexpr float kTaken = 0.5F;

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
        Put({begin, last + 1}, NameType::kPerson, 0.88F, "last_name");
      }
    }
  }

  void Propose(Mentions* out) const {
    if (names_.empty()) return;
    for (std::uint32_t i = 0; i < text_.size(); ++i) {
      if (!text_.Usable(i) || !text_.Capital(i)) continue;
      const auto known = names_.find(NameKeyOf(text_.Text(i)));
      if (known == names_.end()) continue;
      for (const Name& name : known->second) {
        const TokenRange range{i, i + name.tokens.size()};
        if (range.end > text_.size() || (name.tokens.size() > 1 && KeyOf(text_, range) != name.key)) continue;
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

}  // namespace

void FindNames(const FactContext& context, release::v1::Release* release) {
  const NameText text(context.analysis);
  const std::vector<PlaceHit> hits = FindPlaceHits(text, context.gazetteer);
  Mentions proposals;
  ProposePlaces(text, context.gazetteer, hits, &proposals);
  ProposeOrganizations(text, &proposals);
  ProposePeople(text, &proposals);
  const std::vector<AcronymBinding> bindings = BindAcronyms(text, &proposals);
  KnownNames known(text);
  const Mentions first = ChooseMentions(proposals);
  ProposeListMembers(text, first, &proposals);
  known.Learn(first);
  known.Propose(&proposals);
  Mentions chosen = ChooseMentions(std::move(proposals));
  std::erase_if(chosen, [&](const Mention& m) {
    return m.score < kTaken || m.type == NameType::kOther || !text.Usable(m.tokens.begin);
  });
  AddOrganizations(text, chosen, bindings, release);
  AddPeople(text, chosen, release);
  AddPlaces(context, text, chosen, hits, release);
}

}  // namespace dateline::extraction
