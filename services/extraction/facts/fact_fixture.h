#pragma once
// For tests of finders: a release made of one text, with names marked as if they had been found, and its analysis.

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/fact_context.h"

namespace dateline::extraction {

// A release whose lines are all body text.
inline release::v1::Release BodyOf(std::string text, std::string_view language = "en") {
  release::v1::Release release;
  release.set_language(std::string(language));
  release::v1::Section* section = release.add_sections();
  section->set_kind(release::v1::Section::BODY);
  section->mutable_span()->set_end(static_cast<std::uint32_t>(text.size()));
  release.set_text(std::move(text));
  return release;
}

// Marks every occurrence of `surface` as a mention of `mentions`' owner.
template <typename Entity>
void MarkAll(std::string_view surface, const release::v1::Release& release, Entity* entity) {
  for (std::size_t at = release.text().find(surface); at != std::string::npos;
       at = release.text().find(surface, at + surface.size())) {
    bool inside = false;
    for (const release::v1::Span& span : entity->mentions()) inside |= span.start() <= at && at < span.end();
    if (!inside) *entity->add_mentions() = SpanOf(at, at + surface.size());
  }
}

// Adds a person who is called by the full and by the short name.
inline release::v1::Person* AddPerson(std::string_view name, std::string_view short_name,
                                      release::v1::Release* release) {
  release::v1::Person* person = release->add_people();
  person->set_display_name(std::string(name));
  MarkAll(name, *release, person);
  if (!short_name.empty()) MarkAll(short_name, *release, person);
  return person;
}

inline const LanguagePacks& TestPacks() {
  static const std::unique_ptr<const LanguagePacks> packs = *LanguagePacks::Create();
  return *packs;
}

// Runs one finder over the release.
template <typename Finder>
void Find(Finder finder, release::v1::Release* release) {
  static const Calendar calendar;
  static const Gazetteer gazetteer;
  const Analysis analysis = Analyze(*release, TestPacks().For(release->language()));
  finder(FactContext{analysis, calendar, gazetteer}, release);
}

}  // namespace dateline::extraction
