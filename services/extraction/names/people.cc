// Persons: mentions with the same last name and no contradicting first name are one entity.

#include <algorithm>
#include <unordered_map>

#include "services/extraction/gazetteer/name_key.h"
#include "services/extraction/names/entities.h"
#include "services/extraction/names/person_roles.h"

namespace dateline::extraction {
namespace {

struct Person {
  std::vector<Mention> mentions;
  TokenRange fullest;
  float score = 0;
  std::string_view rule;
};

class People {
 public:
  explicit People(const NameText& text) : text_(text) {}

  void Add(const Mention& mention) {
    const std::vector<std::uint32_t> words = WordsOf(mention.tokens);
    if (words.empty()) return;
    auto& same = by_last_name_[NameKeyOf(text_.Text(words.back()))];
    for (const std::size_t index : same) {
      if (!Compatible(words, WordsOf(people_[index].fullest))) continue;
      Join(mention, words.size(), &people_[index]);
      return;
    }
    same.push_back(people_.size());
    people_.push_back({{mention}, mention.tokens, mention.score, mention.rule});
  }

  void Write(const Mentions& mentions, release::v1::Release* release) const {
    for (const Person& person : people_) {
      release::v1::Person* out = release->add_people();
      out->set_display_name(std::string(text_.analysis().Text(person.fullest)));
      std::vector<Mention> in_order = person.mentions;
      std::sort(in_order.begin(), in_order.end(),
                [](const Mention& a, const Mention& b) { return a.tokens.begin < b.tokens.begin; });
      for (const Mention& m : in_order) {
        const PersonRole role = ReadRole(text_, mentions, m.tokens);
        if (out->honorific().empty()) out->set_honorific(role.honorific);
        // An explicit role outweighs a title of address.
        if (out->role().empty() ||
            (out->role() == out->honorific() && role.role != role.honorific && !role.role.empty()))
          out->set_role(role.role);
        if (out->organization().empty()) out->set_organization(role.organization);
        *out->add_mentions() = SpanOf(text_.analysis(), m.tokens);
      }
      out->set_confidence(ConfidenceOf(person.score, NameType::kPerson));
      out->set_rule(std::string(person.rule));
    }
  }

 private:
  std::vector<std::uint32_t> WordsOf(const TokenRange& tokens) const {
    std::vector<std::uint32_t> words;
    for (std::uint32_t i = tokens.begin; i < tokens.end; ++i) {
      const TokenKind kind = text_.analysis().token(i).kind;
      if (kind == TokenKind::kIdeograph || (kind == TokenKind::kWord && !text_.Is(i, Lexicon::kNameSuffixes)))
        words.push_back(i);
    }
    return words;
  }

  // One of them is the last name alone, or the first names begin alike.
  bool Compatible(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) const {
    if (a.size() == 1 || b.size() == 1) return true;
    // "Coleiro Preca" of "Marie-Louise Coleiro Preca": all of the shorter one ends the longer.
    const auto& shorter = a.size() < b.size() ? a : b;
    const auto& longer = a.size() < b.size() ? b : a;
    bool ends = true;
    for (std::size_t i = 1; i <= shorter.size() && ends; ++i)
      ends = text_.analysis().Folded(shorter[shorter.size() - i]) == text_.analysis().Folded(longer[longer.size() - i]);
    if (ends) return true;
    const std::string_view first = text_.analysis().Folded(a[0]);
    const std::string_view other = text_.analysis().Folded(b[0]);
    const std::size_t common = std::min<std::size_t>({first.size(), other.size(), 2});
    return first.substr(0, common) == other.substr(0, common);
  }

  void Join(const Mention& mention, std::size_t words, Person* person) const {
    const std::size_t known = WordsOf(person->fullest).size();
    const bool shout = text_.Shouting(person->fullest.begin);
    const bool now = text_.Shouting(mention.tokens.begin);
    if (words > known || (words == known && shout && !now)) person->fullest = mention.tokens;
    if (mention.score > person->score) {
      person->score = mention.score;
      person->rule = mention.rule;
    }
    person->mentions.push_back(mention);
  }

  const NameText& text_;
  std::vector<Person> people_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> by_last_name_;
};

}  // namespace

void AddPeople(const NameText& text, const Mentions& mentions, release::v1::Release* release) {
  People people(text);
  // Full names first, so that short forms find them wherever they stand.
  for (const bool full : {true, false}) {
    for (const Mention& mention : mentions) {
      if (mention.type == NameType::kPerson && (mention.tokens.size() > 1) == full) people.Add(mention);
    }
  }
  people.Write(mentions, release);
}

}  // namespace dateline::extraction
