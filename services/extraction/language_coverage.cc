#include "services/extraction/language_coverage.h"

#include <algorithm>
#include <array>

#include "services/extraction/names/sequence_model.h"

namespace dateline::extraction {
namespace {

// What finders of a kind of facts cannot do without. Places come from the gazetteer, contacts and dates with figures
// alone from rules of all languages.
struct Need {
  std::string_view facts;
  std::vector<Lexicon> lexicons;
};

constexpr std::string_view kFunding = "funding";

// Whether a pack has verbs that stand before those who pay: "funded by".
bool NamesFunders(const LanguagePack& pack) {
  const auto verbs = pack.entries(Lexicon::kFundingVerbs);
  return std::any_of(verbs.begin(), verbs.end(), [](const LexiconEntry& verb) { return verb.Has(kEntryBefore); });
}

const std::vector<Need>& Needs() {
  static const std::vector<Need> needs = {
      {"dateline", {Lexicon::kMonths}},
      {"people", {Lexicon::kHonorifics, Lexicon::kRoles}},
      {"organizations", {Lexicon::kOrganizations}},
      {"places", {}},
      {"quotes", {Lexicon::kSpeechVerbs}},
      {"figures", {Lexicon::kNumberRules, Lexicon::kNumberWords, Lexicon::kUnits}},
      {"dates", {Lexicon::kMonths}},
      {"contacts", {Lexicon::kContactCues}},
      {"events", {Lexicon::kEventNouns, Lexicon::kEventVerbs}},
      {kFunding, {Lexicon::kFundingVerbs}},
      // Names of works are told by their capitals, which not all scripts have.
      {"programmes", {Lexicon::kProgrammeNouns, Lexicon::kConnectors}},
      {"publications", {Lexicon::kPublicationNouns}},
  };
  return needs;
}

}  // namespace

std::vector<LanguageCoverage> CoverageOf(const LanguagePacks& packs) {
  const LanguagePack& neutral = packs.For("und");
  std::vector<LanguageCoverage> out;
  for (const std::string_view language : packs.languages()) {
    const LanguagePack& pack = packs.For(language);
    const auto own = [&](Lexicon lexicon) { return pack.entries(lexicon).size() - neutral.entries(lexicon).size(); };
    LanguageCoverage coverage;
    coverage.language = std::string(language);
    coverage.lexicons = pack.extent().lexicons;
    coverage.entries = pack.extent().entries;
    coverage.name_model = !SequenceModel::Embedded(language).empty();
    for (const Need& need : Needs()) {
      const bool all = std::all_of(need.lexicons.begin(), need.lexicons.end(), [&](Lexicon l) { return own(l) > 0; });
      if (all && (need.facts != kFunding || NamesFunders(pack))) coverage.facts.push_back(need.facts);
    }
    out.push_back(std::move(coverage));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.language < b.language; });
  return out;
}

}  // namespace dateline::extraction
