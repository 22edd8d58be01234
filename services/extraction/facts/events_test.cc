// Proves what is read as an event, a funding, a programme and a publication, with the parts that the text says and no
// others. Texts are made up; names are marked as the finder of names would.
#include "services/extraction/facts/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "services/extraction/facts/dates.h"
#include "services/extraction/facts/fact_fixture.h"
#include "services/extraction/facts/figures.h"
#include "services/extraction/facts/funding.h"
#include "services/extraction/facts/named_works.h"
#include "services/extraction/facts/quotes.h"
#include "services/extraction/facts/references.h"

namespace dateline::extraction {
namespace {

using ::testing::ElementsAre;

release::v1::Organization* AddOrganization(std::string_view name, release::v1::Release* release) {
  release::v1::Organization* organization = release->add_organizations();
  organization->set_display_name(std::string(name));
  MarkAll(name, *release, organization);
  return organization;
}

void AddPlace(std::string_view name, release::v1::Release* release) {
  release::v1::Place* place = release->add_places();
  place->set_display_name(std::string(name));
  MarkAll(name, *release, place);
}

void FindAll(release::v1::Release* release) {
  Find(
      [](const FactContext& context, release::v1::Release* r) {
        FindQuotes(context, r);
        FindDates(context, r);
        FindFigures(context, r);
        FindNamedWorks(context, r);
        FindEvents(context, r);
        FindFunding(context, r);
      },
      release);
}

TEST(Events, HavePlaceDurationAndParticipants) {
  release::v1::Release release = BodyOf(
      "The River Office organized a two-day flood seminar in Ostova. The seminar brought together 33 officials from "
      "the "
      "Ferry Board with seven experts. It concludes today (11 March).");
  AddPlace("Ostova", &release);
  AddOrganization("River Office", &release);
  AddOrganization("Ferry Board", &release);
  FindAll(&release);
  ASSERT_EQ(release.events_size(), 1);
  const release::v1::EventMention& event = release.events(0);
  EXPECT_EQ(event.text(), "two-day flood seminar in Ostova");
  EXPECT_EQ(event.place(), "Ostova");
  EXPECT_EQ(event.duration_days(), 2U);
  EXPECT_EQ(event.date().month(), 3);
  EXPECT_EQ(event.date().day(), 11);
  EXPECT_EQ(event.date().year(), 0);
  EXPECT_THAT(event.participants(), ElementsAre("33 officials", "Ferry Board", "seven experts"));
}

TEST(Events, AreDatedByTimesThatTheReleaseTellsFromItsDay) {
  release::v1::Release release = BodyOf("This week the River Office organized a flood seminar in Ostova.");
  AddPlace("Ostova", &release);
  AddOrganization("River Office", &release);
  release.mutable_publish()->mutable_date()->set_year(2022);
  release.mutable_publish()->mutable_date()->set_month(10);
  release.mutable_publish()->mutable_date()->set_day(19);
  FindAll(&release);
  ASSERT_EQ(release.events_size(), 1);
  EXPECT_EQ(release.events(0).date().day(), 17);
  EXPECT_EQ(release.events(0).date_to().day(), 23);
  EXPECT_EQ(release.dates_size(), 0);
}

TEST(Events, AreNoBodies) {
  release::v1::Release release =
      BodyOf("Quay, chairman of the Senate River Conference, met people in Ostova on 5 May.");
  AddOrganization("Senate River Conference", &release);
  AddPlace("Ostova", &release);
  FindAll(&release);
  EXPECT_EQ(release.events_size(), 0);
}

TEST(Funding, IsNoBillBroughtInTogether) {
  release::v1::Release release = BodyOf("The Ferry Act is sponsored by Senator Ada Quay and sponsored by Lee Hart.");
  AddPerson("Ada Quay", "", &release);
  AddPerson("Lee Hart", "", &release);
  FindAll(&release);
  EXPECT_EQ(release.funding_size(), 0);
}

TEST(Events, NeedMoreThanANoun) {
  release::v1::Release release = BodyOf("The paper speaks of a campaign and of one meeting in general.");
  FindAll(&release);
  EXPECT_EQ(release.events_size(), 0);
}

TEST(Funding, NamesFunderRecipientAndSum) {
  release::v1::Release release = BodyOf(
      "The schools are part of the North-South Dialogue on Rivers and Roads support project, funded by the Partnership "
      "Instrument of the Lake Union. The Ferry Board will receive $2 million in grants from the River Office. The "
      "River "
      "Office awarded $40,000 to the Harbour School.");
  AddOrganization("Ferry Board", &release);
  AddOrganization("River Office", &release);
  AddOrganization("Harbour School", &release);
  FindAll(&release);
  ASSERT_EQ(release.funding_size(), 3);
  EXPECT_EQ(release.funding(0).text(), "funded by the Partnership Instrument of the Lake Union");
  EXPECT_EQ(release.funding(0).funder(), "Partnership Instrument of the Lake Union");
  EXPECT_EQ(release.funding(0).recipient(), "North-South Dialogue on Rivers and Roads support project");
  EXPECT_EQ(release.funding(1).funder(), "River Office");
  EXPECT_EQ(release.funding(1).recipient(), "Ferry Board");
  EXPECT_EQ(release.funding(1).amount().value(), 2e6);
  EXPECT_EQ(release.funding(2).funder(), "River Office");
  EXPECT_EQ(release.funding(2).recipient(), "Harbour School");
}

TEST(Funding, KnowsWhoIsAwardedAndWhatIsAllotted) {
  release::v1::Release release = BodyOf(
      "The Harbour School was awarded $5,767 for books.\n\n$300,000 for the Ferry Board - It would buy a ferry.\n\n"
      "$12 for lunch.");
  AddOrganization("Ferry Board", &release);
  AddOrganization("Harbour School", &release);
  FindAll(&release);
  ASSERT_EQ(release.funding_size(), 2);
  EXPECT_EQ(release.funding(0).recipient(), "Harbour School");
  EXPECT_EQ(release.funding(0).funder(), "");
  EXPECT_EQ(release.funding(1).text(), "$300,000 for the Ferry Board");
  EXPECT_EQ(release.funding(1).recipient(), "Ferry Board");
  EXPECT_EQ(release.funding(1).amount().value(), 3e5);
}

TEST(Funding, NamesCountriesSumsAndWhatTheRelativeMeans) {
  release::v1::Release release = BodyOf(
      "The Blue Locks Programme began in May. The project is co-financed by the Lake Bank, which is glad. Japan "
      "contributed $9 million. It is supported by the Lake Union with $2 million. The River Office selected 31 "
      "projects "
      "that will receive $214 million in grants from Ostova to Turku.");
  AddOrganization("Lake Bank", &release);
  AddOrganization("Lake Union", &release);
  AddOrganization("River Office", &release);
  AddPlace("Japan", &release);
  AddPlace("Ostova", &release);
  AddPlace("Turku", &release);
  FindAll(&release);
  ASSERT_EQ(release.funding_size(), 4);
  EXPECT_EQ(release.funding(0).funder(), "Lake Bank");
  EXPECT_EQ(release.funding(0).recipient(), "Blue Locks Programme");
  EXPECT_EQ(release.funding(1).funder(), "Japan");
  EXPECT_EQ(release.funding(1).amount().value(), 9e6);
  EXPECT_EQ(release.funding(2).amount().value(), 2e6);
  EXPECT_EQ(release.funding(3).funder(), "River Office");
  EXPECT_EQ(release.funding(3).recipient(), "31 projects");
}

TEST(Events, TakePlaceAtBodiesAndSayWhatTheyAreAbout) {
  release::v1::Release release = BodyOf(
      "The closing ceremony was held at the Harbour School. An exhibition of the plans will be held in Ostova on 18 "
      "May "
      "2021. The board is scheduled to hold a hearing on 27 February 2022.");
  AddOrganization("Harbour School", &release);
  AddPlace("Ostova", &release);
  FindAll(&release);
  ASSERT_EQ(release.events_size(), 3);
  EXPECT_EQ(release.events(0).place(), "Harbour School");
  EXPECT_EQ(release.events(1).text(), "exhibition of the plans");
  EXPECT_EQ(release.events(1).place(), "Ostova");
  EXPECT_EQ(release.events(2).text(), "hearing");
}

TEST(NamedWorks, StandBesideTheirNoun) {
  release::v1::Release release = BodyOf(
      "The report, Rivers Under Attack, finds little. The office's report Housing in Green Ostova will follow. The "
      "training is part of the Bridge Project. The handbook \"Glaze and Clay: A Guide for Young Potters\" is out. "
      "Hart was Editor-in-Chief of the North Law Review.");
  FindAll(&release);
  ASSERT_EQ(release.programmes_size(), 1);
  EXPECT_EQ(release.programmes(0).display_name(), "Bridge Project");
  std::vector<std::string> titles;
  for (const auto& publication : release.publications()) titles.push_back(publication.title());
  EXPECT_THAT(titles, ::testing::UnorderedElementsAre("Rivers Under Attack", "Housing in Green Ostova",
                                                      "Glaze and Clay: A Guide for Young Potters", "North Law Review"));
}

TEST(NamedWorks, GoOnBehindTheirNoun) {
  release::v1::Release release = BodyOf(
      "The Programme for International River Safety pays; so does the National Plan of Action. The Plan of Senator Ada "
      "Quay does not.");
  FindAll(&release);
  ASSERT_EQ(release.programmes_size(), 1);
  EXPECT_EQ(release.programmes(0).display_name(), "Programme for International River Safety");
  release::v1::Release possessive = BodyOf("They asked the Senate for the State Children's Ferry Programme again.");
  FindAll(&possessive);
  ASSERT_EQ(possessive.programmes_size(), 1);
  EXPECT_EQ(possessive.programmes(0).display_name(), "State Children's Ferry Programme");
}

TEST(NamedWorks, AreProgrammesAndPublications) {
  release::v1::Release release = BodyOf(
      "Quay's office will launch the River Office's World Ferry Report. Entitled \"Ferries and Towns: New Roads for "
      "Old\", it tells how ferries shape towns. The Green Harbour Programme pays; this project and a report do not.");
  AddOrganization("River Office", &release);
  FindAll(&release);
  ASSERT_EQ(release.programmes_size(), 1);
  EXPECT_EQ(release.programmes(0).display_name(), "Green Harbour Programme");
  ASSERT_EQ(release.publications_size(), 2);
  EXPECT_EQ(release.publications(0).title(), "World Ferry Report");
  EXPECT_EQ(release.publications(0).publisher(), "River Office");
  EXPECT_EQ(release.publications(1).title(), "Ferries and Towns: New Roads for Old");
  EXPECT_EQ(release.quotes_size(), 0);
}

TEST(References, StandInTheText) {
  release::v1::Release release = BodyOf(
      "The Ferry Act (S. 403, H.R. 1234) follows A/RES/70/1 and IP/24/123, and/or the rest; vote against S. 403.");
  Find(FindReferences, &release);
  EXPECT_THAT(release.reference_ids(), ElementsAre("S. 403", "H.R. 1234", "A/RES/70/1", "IP/24/123"));
}

}  // namespace
}  // namespace dateline::extraction
