// Proves which differences make a revision and which do not, and that the list of changes says what happened.

#include "services/storage/revisions/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "services/storage/limits.h"

namespace dateline::storage {
namespace {

using release::v1::Release;

Release Sample() {
  Release release;
  release.set_title("Port \"opens\" - at last");
  release.set_text("The port opened on Friday.\n\nThe minister said 'good'.");
  release.mutable_dateline()->set_place("Sanya");
  release.mutable_publish()->mutable_date()->set_year(2026);
  auto* contact = release.add_contacts();
  contact->set_display_name("Ana Lima");
  contact->set_email("ana@example.org");
  contact->add_phones()->set_e164("+41227919111");
  return release;
}

TEST(CompareReleases, TakesTypesettingForNoChange) {
  Release after = Sample();
  after.set_title("Port “opens” — at\u00A0last ");
  after.set_text("The  port opened on\nFriday.\n\nThe minister said ‘good’.\u200B");
  const Comparison comparison = CompareReleases(Sample(), after);
  EXPECT_FALSE(comparison.material);
  EXPECT_TRUE(comparison.changes.empty());
  EXPECT_EQ(comparison.change_class, events::v1::CHANGE_CLASS_UNSPECIFIED);
}

TEST(CompareReleases, TakesFactsOfTheTextForNoChange) {
  Release after = Sample();
  after.add_people()->set_display_name("Ana Lima");
  after.add_figures()->set_text("14 million");
  after.mutable_extractor()->set_rules("newer");
  EXPECT_FALSE(CompareReleases(Sample(), after).material);
}

TEST(CompareReleases, SaysThatTheTitleChanged) {
  Release after = Sample();
  after.set_title("Port closes");
  const Comparison comparison = CompareReleases(Sample(), after);
  ASSERT_EQ(comparison.changes.size(), 1u);
  EXPECT_EQ(comparison.changes[0].field(), "title");
  EXPECT_EQ(comparison.changes[0].old_value(), "Port \"opens\" - at last");
  EXPECT_EQ(comparison.changes[0].new_value(), "Port closes");
  EXPECT_EQ(comparison.change_class, events::v1::CHANGE_CLASS_MATERIAL);
}

TEST(CompareReleases, CountsTheWordsOfTheText) {
  Release after = Sample();
  after.set_text("The port opened on Monday morning.\n\nThe minister said 'good'.");
  const Comparison comparison = CompareReleases(Sample(), after);
  ASSERT_EQ(comparison.changes.size(), 1u);
  EXPECT_EQ(comparison.changes[0].field(), "text");
  EXPECT_EQ(comparison.changes[0].description(), "text changed: 2 words added, 1 removed");
  EXPECT_EQ(comparison.changes[0].old_value(), "Friday");
  EXPECT_EQ(comparison.changes[0].new_value(), "Monday morning");
}

TEST(CompareReleases, TellsARetraction) {
  Release after = Sample();
  after.set_text("RETRACTION: the port has not opened.\n\n" + after.text());
  EXPECT_EQ(CompareReleases(Sample(), after).change_class, events::v1::CHANGE_CLASS_RETRACTION);
  after.set_text("Retraction of landing gear is quick.\n\n" + Sample().text());
  EXPECT_EQ(CompareReleases(Sample(), after).change_class, events::v1::CHANGE_CLASS_MATERIAL);
  after.set_text(Sample().text() + " Troops were withdrawn.");
  EXPECT_EQ(CompareReleases(Sample(), after).change_class, events::v1::CHANGE_CLASS_MATERIAL);
}

TEST(CompareReleases, SaysThatAFigureChanged) {
  const auto with = [](const std::string& number, double value) {
    Release release = Sample();
    release.set_text("The port took " + number + " ships.");
    auto* figure = release.add_figures();
    figure->set_text(number + " ships");
    figure->set_value(value);
    figure->mutable_span()->set_start(14);
    figure->mutable_span()->set_end(static_cast<uint32_t>(14 + figure->text().size()));
    return release;
  };
  const Comparison comparison = CompareReleases(with("14", 14), with("12", 12));
  ASSERT_EQ(comparison.changes.size(), 2u);
  EXPECT_EQ(comparison.changes[0].description(), "text changed: 1 words added, 1 removed");
  EXPECT_EQ(comparison.changes[1].description(), "figure 14 -> 12 ships");
}

TEST(CompareReleases, SeesEveryMaterialField) {
  struct Case {
    std::string field;
    void (*edit)(Release*);
  };
  const Case cases[] = {
      {"title", [](Release* r) { r->clear_title(); }},
      {"subtitle", [](Release* r) { r->set_subtitle("New"); }},
      {"text", [](Release* r) { r->set_text(r->text() + " More."); }},
      {"dateline", [](Release* r) { r->mutable_dateline()->set_place("Haikou"); }},
      {"publish.date", [](Release* r) { r->mutable_publish()->mutable_date()->set_day(4); }},
      {"embargo_time", [](Release* r) { r->mutable_embargo_time()->set_seconds(5); }},
      {"contacts", [](Release* r) { r->clear_contacts(); }},
      {"contacts", [](Release* r) { r->mutable_contacts(0)->mutable_phones(0)->set_e164("+41227919112"); }},
      {"contacts", [](Release* r) { r->add_contacts()->set_email("press@example.org"); }},
  };
  for (const Case& c : cases) {
    Release after = Sample();
    c.edit(&after);
    const Comparison comparison = CompareReleases(Sample(), after);
    EXPECT_TRUE(comparison.material);
    ASSERT_EQ(comparison.changes.size(), 1u) << c.field;
    EXPECT_EQ(comparison.changes[0].field(), c.field);
    EXPECT_FALSE(comparison.changes[0].description().empty());
  }
}

TEST(CompareReleases, BoundsWhatItSays) {
  Release after = Sample();
  after.set_title(std::string(10'000, 'x'));
  for (int i = 0; i < 500; ++i) after.add_contacts()->set_email(std::to_string(i) + "@example.org");
  const Comparison comparison = CompareReleases(Sample(), after);
  EXPECT_LE(comparison.changes.size(), static_cast<size_t>(kChangesMax));
  for (const auto& change : comparison.changes) EXPECT_LE(change.new_value().size(), kChangeValueBytesMax);
}

}  // namespace
}  // namespace dateline::storage
