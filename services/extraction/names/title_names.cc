#include "services/extraction/names/title_names.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "common/text/normalize.h"
#include "services/extraction/gazetteer/name_key.h"
#include "services/extraction/gazetteer/word_table.h"
#include "services/extraction/names/entities.h"
#include "services/extraction/names/find_names.h"

namespace dateline::extraction {
namespace {

using release::v1::Release;

std::string_view LastWord(std::string_view name) {
  const std::size_t space = name.rfind(' ');
  return space == std::string_view::npos ? name : name.substr(space + 1);
}

// Every written form of the text's names, and the last words of those of people.
class KnownForms {
 public:
  explicit KnownForms(const Release& release) : text_(release.text()) {
    for (const auto& person : release.people()) {
      Put(person.display_name(), person.mentions());
      forms_.insert(NameKeyOf(LastWord(person.display_name())));
    }
    for (const auto& organization : release.organizations()) {
      Put(organization.display_name(), organization.mentions());
      forms_.insert(NameKeyOf(organization.acronym()));
    }
    for (const auto& place : release.places()) Put(place.display_name(), place.mentions());
  }

  bool Has(std::string_view name) const { return !name.empty() && forms_.contains(NameKeyOf(name)); }

 private:
  template <typename Spans>
  void Put(std::string_view name, const Spans& spans) {
    forms_.insert(NameKeyOf(name));
    for (const release::v1::Span& span : spans)
      forms_.insert(NameKeyOf(text_.substr(span.start(), span.end() - span.start())));
  }

  std::string_view text_;
  std::unordered_set<std::uint64_t> forms_;
};

template <typename Entity>
void Take(const Entity& entity, std::string_view rule, Entity* out) {
  *out = entity;
  out->clear_mentions();
  out->set_rule(std::string(rule));
  if (out->confidence() == release::v1::HIGH) out->set_confidence(release::v1::MEDIUM);
}

}  // namespace

void AddTitleNames(const FactContext& context, Release* release) {
  if (release->title().empty()) return;
  Release title;
  title.set_text(text::ToNfc(release->title()));
  title.set_language(release->language());
  *title.mutable_dateline() = release->dateline();
  release::v1::Section* section = title.add_sections();
  section->set_kind(release::v1::Section::HEADING);
  section->mutable_span()->set_end(static_cast<std::uint32_t>(title.text().size()));
  const Analysis analysis = Analyze(title, context.pack());
  const FactContext title_context{analysis, context.calendar, context.gazetteer};
  const NameText text(analysis);
  const NameProposals proposals = ProposeNames(text, context.gazetteer);
  const Mentions chosen = DecideNames(text, context.gazetteer, proposals, SequenceModel());
  AddOrganizations(text, chosen, proposals.bindings, &title);
  AddPeople(text, chosen, &title);
  AddPlaces(title_context, text, chosen, proposals.hits, &title);
  const KnownForms known(*release);
  // The words have to stand in the title as they are.
  const auto fresh = [&](std::string_view name) {
    return !known.Has(name) && release->title().find(name) != std::string::npos;
  };
  // In a headline nearly every word has a capital: only what the lexicons and tables know is a name there.
  for (const auto& person : title.people()) {
    const std::string_view last = LastWord(person.display_name());
    if (fresh(person.display_name()) && last != person.display_name() && !known.Has(last) &&
        person.confidence() != release::v1::LOW && (WordTable::Find(last) & kOrdinaryWord) == 0)
      Take(person, "person.title_only", release->add_people());
  }
  for (const auto& organization : title.organizations()) {
    if (fresh(organization.display_name()) && !known.Has(organization.acronym()) &&
        organization.confidence() == release::v1::HIGH)
      Take(organization, "organization.title_only", release->add_organizations());
  }
  for (const auto& place : title.places()) {
    if (fresh(place.display_name()) && place.confidence() == release::v1::HIGH)
      Take(place, "place.title_only", release->add_places());
  }
}

}  // namespace dateline::extraction
