#pragma once
// A release with every kind of part and with text that tries to break out of each format, for the tests of this folder.

#include <string>

#include "dateline/release/v1/release.pb.h"

namespace dateline::exporting {

inline void AddPart(release::v1::Section::Kind kind, const std::string& text, release::v1::Release* release) {
  if (!release->text().empty()) release->mutable_text()->append("\n\n");
  auto* section = release->add_sections();
  section->set_kind(kind);
  section->mutable_span()->set_start(static_cast<std::uint32_t>(release->text().size()));
  release->mutable_text()->append(text);
  section->mutable_span()->set_end(static_cast<std::uint32_t>(release->text().size()));
}

// The span of the first `words` in the text; the test's own mistake if they are not there.
inline void SetSpan(const std::string& words, const release::v1::Release& release, release::v1::Span* span) {
  const std::size_t at = release.text().find(words);
  span->set_start(static_cast<std::uint32_t>(at));
  span->set_end(static_cast<std::uint32_t>(at + words.size()));
}

inline release::v1::Release SomeRelease() {
  using release::v1::Section;
  release::v1::Release release;
  release.set_name("releases/0d6a0e5e-7c1f-5a35-9d0b-0f3c7f1e2a44");
  release.set_uri("https://example.org/news/bridges?a=1&b=2");
  release.set_title("Bridges \"of\" <Quito> open");
  release.set_language("en");
  release.set_site_name("City of Quito");
  release.add_authors()->set_display_name("Ana Mora");
  release.mutable_publish()->mutable_date()->set_year(2025);
  release.mutable_publish()->mutable_date()->set_month(3);
  release.mutable_publish()->mutable_date()->set_day(11);
  release.mutable_publish()->mutable_time()->set_seconds(1741685400);  // 2025-03-11T09:30:00Z
  release.mutable_dateline()->set_place("Quito");
  AddPart(Section::LEAD, "Quito - The *bridges* opened <b>today</b>, the mayor said.", &release);
  AddPart(Section::HEADING, "What was built", &release);
  AddPart(Section::LIST, "North bridge\nSouth bridge", &release);
  AddPart(Section::TABLE, "Bridge\tMetres\nNorth | East\t120", &release);
  AddPart(Section::QUOTE, "We walked across it.", &release);
  AddPart(Section::BODY, "1. is no list & # no heading_here.", &release);
  AddPart(Section::CAPTION, "The bridge at dawn.", &release);
  AddPart(Section::ABOUT, "The city is old.", &release);
  AddPart(Section::ABOUT, "It is high.", &release);
  AddPart(Section::CONTACT, "Ana Mora\nTel. 1", &release);
  auto* link = release.add_links();
  link->set_uri("https://example.org/mayor?x=\"1\"");
  SetSpan("the mayor", release, link->mutable_span());
  auto* evil = release.add_links();
  evil->set_uri("javascript:alert(1)");
  SetSpan("no list", release, evil->mutable_span());
  auto* image = release.add_images();
  image->set_uri("https://example.org/dawn.jpg");
  image->set_alt_text("A \"bridge\"");
  image->set_caption("The bridge at dawn.");
  image->set_credit("Photo: L. Paz");
  SetSpan("The bridge at dawn.", release, image->mutable_span());
  auto* quote = release.add_quotes();
  quote->set_text("We walked across it.");
  quote->set_speaker("Luz Paz");
  SetSpan("We walked across it.", release, quote->mutable_span());
  auto* contact = release.add_contacts();
  contact->set_display_name("Ana Mora");
  contact->set_email("ana@example.org");
  auto* phone = contact->add_phones();
  phone->set_raw("Tel. 1");
  release.add_topics("bridges");
  release.add_reference_ids("PR/25/17");
  return release;
}

}  // namespace dateline::exporting
