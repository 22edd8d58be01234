// What people see: text is wrapped by display width, a record says what is known and what is not and an event
// is one line.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/text/utf8.h"
#include "dateline/events/v1/event_data.pb.h"
#include "services/cli/render/diff_text.h"
#include "services/cli/render/event_text.h"
#include "services/cli/render/facts_text.h"
#include "services/cli/render/release_text.h"
#include "services/cli/render/wrap.h"

namespace dateline::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Wrap, BreaksAtSpacesByWidth) {
  EXPECT_EQ(Wrap("one two three four", 9, 0), "one two\nthree\nfour\n");
  EXPECT_EQ(Wrap("one two", 20, 2), "  one two\n");
  EXPECT_EQ(Wrap("a\n\nb", 20, 0), "a\n\nb\n");
  EXPECT_EQ(Wrap("", 20, 0), "");
}

TEST(Wrap, LetsALongWordStandAlone) {
  EXPECT_EQ(Wrap("a verylongword b", 6, 0), "a\nverylongword\nb\n");
}

TEST(Wrap, BreaksBetweenChineseCharactersWithoutAddingSpaces) {
  const std::string wrapped = Wrap("港口急救学校，今天启动", 8, 0);
  for (const std::string_view line : text::SplitLines(wrapped)) EXPECT_LE(text::DisplayWidth(line), 8U) << line;
  EXPECT_THAT(wrapped, Not(HasSubstr(" ")));
}

TEST(DiffText, ShowsFactsAndEditedParagraphs) {
  storage::v1::DiffReleaseRevisionsResponse diff;
  const auto add = [&diff](storage::v1::TextEdit::Kind kind, const std::string& words) {
    auto* edit = diff.add_edits();
    edit->set_kind(kind);
    edit->set_text(words);
  };
  add(storage::v1::TextEdit::KIND_KEPT, "Untouched.\n\nOver ");
  add(storage::v1::TextEdit::KIND_REMOVED, "14");
  add(storage::v1::TextEdit::KIND_ADDED, "12");
  add(storage::v1::TextEdit::KIND_KEPT, " million moved.\n\n");
  add(storage::v1::TextEdit::KIND_REMOVED, "Gone.");
  diff.add_changes()->set_description("figure 14 -> 12 million");
  diff.set_change_class(events::v1::CHANGE_CLASS_MATERIAL);
  EXPECT_EQ(DiffText(diff, Style(false), 80, false),
            "Change material\n  - figure 14 -> 12 million\n\nOver [-14-]{+12+} million moved.\n\n[-Gone.-]\n");
  EXPECT_THAT(DiffText(diff, Style(false), 80, true), HasSubstr("\nUntouched.\n"));
  EXPECT_THAT(DiffText(diff, Style(true), 80, false), HasSubstr("\x1b[31m[-14-]"));
}

release::v1::Release ReleaseWithFacts() {
  release::v1::Release release;
  release.set_text("“We swim,” said Ada Quay of 5 towns.");
  release::v1::Section* section = release.add_sections();
  section->set_kind(release::v1::Section::LEAD);
  section->mutable_span()->set_end(static_cast<std::uint32_t>(release.text().size()));
  auto* person = release.add_people();
  person->set_display_name("Ada Quay");
  person->set_role("Minister");
  person->set_confidence(release::v1::MEDIUM);
  person->set_rule("person.role");
  person->add_mentions()->set_start(20);
  person->mutable_mentions(0)->set_end(28);
  auto* quote = release.add_quotes();
  quote->set_text("“We swim,”");
  quote->set_speaker("Ada Quay");
  quote->set_confidence(release::v1::HIGH);
  quote->set_rule("quote.verb_speaker");
  quote->mutable_span()->set_end(14);
  return release;
}

TEST(ReleaseText, ColoursTheWordsOfFacts) {
  const release::v1::Release release = ReleaseWithFacts();
  const std::string coloured = ReleaseText(release, Style(true), 80);
  EXPECT_THAT(coloured, HasSubstr("\x1b[3m“We\x1b[0m \x1b[3mswim,”\x1b[0m said \x1b[1;36mAda\x1b[0m"));
  EXPECT_THAT(ReleaseText(release, Style(false), 80), HasSubstr("“We swim,” said Ada Quay of 5 towns."));
  EXPECT_THAT(ReleaseText(release, Style(false), 80), Not(HasSubstr("\x1b")));
}

TEST(FactsText, SaysWhoSaidWhatAndHowSureItIs) {
  const std::string facts = FactsText(ReleaseWithFacts(), Style(false), 80);
  EXPECT_THAT(facts, HasSubstr("    Ada Quay — Minister (fairly sure)\n"));
  EXPECT_THAT(facts, HasSubstr("    “We swim,” — Ada Quay\n"));
}

TEST(FactRulesText, NamesTheRuleAndTheSpan) {
  EXPECT_THAT(FactRulesText(ReleaseWithFacts(), Style(false)),
              AllOf(HasSubstr("fact  person        MEDIUM  person.role                   [20, 28)  Ada Quay\n"),
                    HasSubstr("quote.verb_speaker            [0, 14)  “We swim,”\n")));
}

google::type::Date Date(int year, int month, int day) {
  google::type::Date date;
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  return date;
}

TEST(DateText, SaysWhatIsNotGiven) {
  EXPECT_EQ(DateText(Date(0, 3, 11)), "11 March (year not given)");
  EXPECT_EQ(DateText(Date(2005, 0, 0)), "2005");
  EXPECT_EQ(DateText(Date(2005, 7, 0)), "July 2005");
  EXPECT_EQ(DateText(Date(2025, 3, 4)), "4 March 2025");
  EXPECT_EQ(DateText(Date(0, 0, 0)), "");
  EXPECT_EQ(DateText(Date(0, 99, 1)), "1  (year not given)") << "a damaged record is shown, not a crash";
}

release::v1::Release SomeRelease() {
  release::v1::Release release;
  release.set_name("releases/4f1d5c3e-52a4-5b0e-9b1f-0d8a6c7e4f21");
  release.set_revision(2);
  release.set_title("Bridges of Quito Open Again");
  release.set_language("en");
  release.set_text("Quito – The bridges opened.\n\nPhoto: A bridge.");
  auto* lead = release.add_sections();
  lead->set_kind(release::v1::Section::LEAD);
  lead->mutable_span()->set_end(29);
  auto* caption = release.add_sections();
  caption->set_kind(release::v1::Section::CAPTION);
  caption->mutable_span()->set_start(31);
  caption->mutable_span()->set_end(47);
  release.mutable_dateline()->set_place("Quito");
  *release.mutable_publish()->mutable_date() = Date(0, 3, 11);
  auto* contact = release.add_contacts();
  contact->set_display_name("Ana Paz");
  contact->set_email("ana@works.example");
  auto* bad = contact->add_phones();
  bad->set_raw("+86105979969");
  bad->set_invalid_reason("TOO_SHORT");
  auto* good = contact->add_phones();
  good->set_raw("020 7946 0958");
  good->set_e164("+442079460958");
  good->set_region("GB");
  good->set_valid(true);
  return release;
}

TEST(ReleaseText, ShowsPartsAndFactsWithTheirValidity) {
  const std::string text = ReleaseText(SomeRelease(), Style(false), 80);
  EXPECT_THAT(text, AllOf(HasSubstr("Bridges of Quito Open Again\n"), HasSubstr("dateline    Quito\n"),
                          HasSubstr("11 March (year not given)"), HasSubstr("revision 2"), HasSubstr("[Caption]"),
                          HasSubstr("Ana Paz"), HasSubstr("+86105979969  not valid: too short"),
                          HasSubstr("valid, +442079460958 GB")));
  EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << "no colour codes where there is no terminal";
}

TEST(ReleaseText, SkipsSpansThatDoNotFitTheText) {
  release::v1::Release release = SomeRelease();
  release.mutable_sections(0)->mutable_span()->set_end(5000);
  release.mutable_sections(1)->mutable_span()->set_start(60);
  EXPECT_THAT(ReleaseText(release, Style(false), 80), Not(HasSubstr("[Caption]")));
}

TEST(ReleaseLine, StaysWithinTheTerminal) {
  release::v1::Release release = SomeRelease();
  release.set_title(std::string(300, 'x'));
  const std::string line = ReleaseLine(release, Style(false), 120);
  EXPECT_LE(text::DisplayWidth(line), 120U) << line;
  EXPECT_THAT(line, AllOf(HasSubstr("-----03-11"), HasSubstr(release.name())));
}

io::cloudevents::v1::CloudEvent SomeEvent() {
  io::cloudevents::v1::CloudEvent event;
  event.set_id("id-1");
  event.set_source("/dateline/storage");
  event.set_spec_version("1.0");
  event.set_type("org.dateline.release.revised");
  auto& attributes = *event.mutable_attributes();
  attributes["subject"].set_ce_string("releases/1");
  attributes["sequence"].set_ce_string("00000000000000000042");
  attributes["time"].mutable_ce_timestamp()->set_seconds(1'700'000'000);
  events::v1::ReleaseEvent data;
  *data.mutable_release() = SomeRelease();
  data.add_changes()->set_description("figure 14 -> 12 million");
  event.mutable_proto_data()->PackFrom(data);
  return event;
}

TEST(EventText, IsOneLineAndTheChanges) {
  EXPECT_EQ(EventText(SomeEvent(), Style(false)),
            "22:13:20  release.revised  Bridges of Quito Open Again  releases/1\n          figure 14 -> 12 million");
  EXPECT_EQ(EventSequence(SomeEvent()), 42U);
}

}  // namespace
}  // namespace dateline::cli
