// Organisations: mentions of one name, its acronym and its shortened forms are one entity.

#include <algorithm>
#include <unordered_map>

#include "services/extraction/gazetteer/name_key.h"
#include "services/extraction/names/entities.h"

namespace dateline::extraction {
namespace {

// Acronyms without brackets are bound to a name in the text when their letters are its initials and there are so many.
constexpr std::size_t kMinLoneLetters = 3;
// So many names of one text are compared with one another; no release has more, and each pair costs.
constexpr std::size_t kMaxJoined = 400;
constexpr std::size_t kNotMerged = static_cast<std::size_t>(-1);

struct Body {
  std::vector<Mention> mentions;
  TokenRange fullest;
  std::string acronym;
  float score = 0;
  std::string_view rule;
  std::size_t merged_into = kNotMerged;
};

class Bodies {
 public:
  explicit Bodies(const NameText& text) : text_(text) {}

  void Add(const Mention& mention) {
    const std::uint64_t key = NameKeyOf(text_.analysis().Text(mention.tokens));
    const auto [at, made] = by_key_.try_emplace(key, bodies_.size());
    if (made) bodies_.emplace_back();
    Body& body = bodies_[at->second];
    if (made) body.fullest = mention.tokens;
    if (Better(mention.tokens, body.fullest)) body.fullest = mention.tokens;
    if (mention.score > body.score) {
      body.score = mention.score;
      body.rule = mention.rule;
    }
    body.mentions.push_back(mention);
  }

  void Bind(const std::vector<AcronymBinding>& bindings) {
    for (const AcronymBinding& binding : bindings) {
      const auto name = by_key_.find(NameKeyOf(text_.analysis().Text(binding.name)));
      const auto acronym = by_key_.find(NameKeyOf(text_.analysis().Text(binding.acronym)));
      if (name == by_key_.end()) continue;
      Body& body = bodies_[Root(name->second)];
      if (body.acronym.empty()) body.acronym = text_.analysis().Text(binding.acronym);
      if (acronym != by_key_.end()) Merge(Root(name->second), Root(acronym->second));
    }
  }

  // Acronyms that nothing binds, and shorter forms of longer names.
  void Join() {
    const std::size_t count = std::min(bodies_.size(), kMaxJoined);
    JoinFirms();
    for (std::size_t i = 0; i < count; ++i) {
      if (bodies_[i].mentions.empty()) continue;
      std::size_t match = count;
      int matches = 0;
      for (std::size_t j = 0; j < count; ++j) {
        if (i == j || bodies_[j].mentions.empty() || bodies_[j].fullest.size() <= bodies_[i].fullest.size()) continue;
        if (!Shortens(bodies_[i].fullest, bodies_[j].fullest)) continue;
        ++matches;
        match = j;
      }
      if (matches != 1) continue;
      if (text_.Acronym(bodies_[i].fullest.begin) && bodies_[i].fullest.size() == 1 && bodies_[match].acronym.empty())
        bodies_[match].acronym = text_.analysis().Text(bodies_[i].fullest);
      Merge(match, i);
    }
  }

  void Write(release::v1::Release* release) const {
    for (const Body& body : bodies_) {
      if (body.mentions.empty()) continue;
      release::v1::Organization* out = release->add_organizations();
      out->set_display_name(std::string(text_.analysis().Text(body.fullest)));
      out->set_acronym(body.acronym);
      out->set_confidence(ConfidenceOf(body.score, NameType::kOrganization));
      out->set_rule(std::string(body.rule));
      std::vector<Mention> mentions = body.mentions;
      std::sort(mentions.begin(), mentions.end(),
                [](const Mention& a, const Mention& b) { return a.tokens.begin < b.tokens.begin; });
      for (const Mention& m : mentions) *out->add_mentions() = SpanOf(text_.analysis(), m.tokens);
    }
  }

 private:
  // The longer form, in running text rather than in a line of capitals.
  bool Better(const TokenRange& a, const TokenRange& b) const {
    if (text_.Shouting(a.begin) != text_.Shouting(b.begin)) return !text_.Shouting(a.begin);
    return a.size() > b.size();
  }

  // "Black Box" and "Black Box Corporation".
  void JoinFirms() {
    for (std::size_t i = 0; i < bodies_.size(); ++i) {
      const TokenRange name = bodies_[i].fullest;
      std::uint32_t end = name.end;
      while (end > name.begin + 1 &&
             (text_.Is(end - 1, Lexicon::kOrganizationEnds) || text_.Mark(end - 1, ".") || text_.Mark(end - 1, ",")))
        --end;
      if (end == name.end || bodies_[i].mentions.empty()) continue;
      const auto stem = by_key_.find(NameKeyOf(text_.analysis().Text(TokenRange{name.begin, end})));
      if (stem != by_key_.end() && stem->second != i && !bodies_[stem->second].mentions.empty()) Merge(i, stem->second);
    }
  }

  bool Shortens(const TokenRange& shorter, const TokenRange& longer) const {
    if (shorter.size() == 1) {
      const std::string_view word = text_.Text(shorter.begin);
      if (text_.Acronym(shorter.begin)) return word.size() >= kMinLoneLetters && IsAcronymOf(text_, word, longer);
      if (!text_.Is(shorter.begin, Lexicon::kOrganizations)) return false;
    }
    // "Indian Affairs Committee" of "Senate Indian Affairs Committee"; "European Union" is not what an "Instrument of
    // the European Union" is called for short.
    const std::uint32_t rest = longer.end - shorter.size();
    if (rest > longer.begin && !text_.Capital(rest - 1) &&
        (text_.Is(rest - 1, Lexicon::kNameLinks) || text_.Is(rest - 1, Lexicon::kDeterminers)))
      return false;
    for (std::uint32_t i = 1; i <= shorter.size(); ++i) {
      if (text_.analysis().Folded(shorter.end - i) != text_.analysis().Folded(longer.end - i)) return false;
    }
    return true;
  }

  void Merge(std::size_t into, std::size_t from) {
    if (into == from || bodies_[from].mentions.empty()) return;
    Body& a = bodies_[into];
    Body& b = bodies_[from];
    a.mentions.insert(a.mentions.end(), b.mentions.begin(), b.mentions.end());
    if (Better(b.fullest, a.fullest)) a.fullest = b.fullest;
    if (b.score > a.score) {
      a.score = b.score;
      a.rule = b.rule;
    }
    b.mentions.clear();
    b.merged_into = into;
  }

  // The entity that a name has become part of; the way there is shortened for the next who asks.
  std::size_t Root(std::size_t index) {
    while (bodies_[index].merged_into != kNotMerged) {
      const std::size_t next = bodies_[index].merged_into;
      if (bodies_[next].merged_into != kNotMerged) bodies_[index].merged_into = bodies_[next].merged_into;
      index = next;
    }
    return index;
  }

  const NameText& text_;
  std::vector<Body> bodies_;
  std::unordered_map<std::uint64_t, std::size_t> by_key_;
};

// "Partnership Instrument of the European Union": the known body that a weak noun's complement names; empty when there
// is none.
TokenRange BodyWithin(const NameText& text, const TokenRange& name) {
  for (std::uint32_t i = name.begin + 2; i < name.end; ++i) {
    const LexiconHit* known = text.analysis().HitAt(i, Lexicon::kOrganizations);
    if (known == nullptr || known->end != name.end || text.analysis().Entry(*known).Has(kEntryWeak)) continue;
    std::uint32_t link = i - 1;
    if (text.Is(link, Lexicon::kDeterminers) && link > name.begin) --link;
    const LexiconHit* head = link > name.begin && text.Is(link, Lexicon::kNameLinks)
                                 ? text.analysis().HitEndingAt(link - 1, Lexicon::kOrganizationHeads)
                                 : nullptr;
    if (head != nullptr && text.analysis().Entry(*head).Has(kEntryWeak)) return {i, name.end};
  }
  return {};
}

}  // namespace

release::v1::Confidence ConfidenceOf(float score, NameType type) {
  // A head noun alone is not enough for an organisation: one in seven of those names is cut wrongly.
  if (score >= (type == NameType::kOrganization ? 0.93F : 0.85F)) return release::v1::HIGH;
  return score >= 0.65F ? release::v1::MEDIUM : release::v1::LOW;
}

void AddOrganizations(const NameText& text, const Mentions& mentions, const std::vector<AcronymBinding>& bindings,
                      release::v1::Release* release) {
  Bodies bodies(text);
  for (const Mention& mention : mentions) {
    if (mention.type != NameType::kOrganization) continue;
    bodies.Add(mention);
    if (const TokenRange inner = BodyWithin(text, mention.tokens); !inner.empty())
      bodies.Add({inner, NameType::kOrganization, mention.score, "organization.known"});
  }
  bodies.Bind(bindings);
  bodies.Join();
  bodies.Write(release);
}

}  // namespace dateline::extraction
