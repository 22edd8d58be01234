// Proves that people, organisations and places of made-up releases are found with their words, tied together, and given
// roles and countries: the usual orders of name and role, names built on head nouns, acronyms both ways, places by
// context.

#include "services/extraction/names/find_names.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "services/extraction/language/language_pack.h"

namespace dateline::extraction {
namespace {

using release::v1::Release;
using Texts = std::vector<std::string>;

// `dateline`: how the text begins, where it has one.
Release Names(const std::string& text, const std::string& dateline = "") {
  static const auto packs = LanguagePacks::Create();
  static const Calendar calendar;
  static const Gazetteer gazetteer;
  Release release;
  release.set_text(text);
  release::v1::Section* section = release.add_sections();
  section->set_kind(release::v1::Section::BODY);
  section->mutable_span()->set_end(static_cast<std::uint32_t>(text.size()));
  if (!dateline.empty()) {
    release.mutable_dateline()->set_place(dateline);
    release.mutable_dateline()->mutable_span()->set_end(static_cast<std::uint32_t>(dateline.size()));
  }
  const Analysis analysis = Analyze(release, (*packs)->For("en"));
  FindNames({analysis, calendar, gazetteer}, &release);
  return release;
}

template <typename Entities>
Texts DisplayNames(const Entities& entities) {
  Texts out;
  for (const auto& entity : entities) out.push_back(entity.display_name());
  return out;
}

template <typename Entity>
Texts MentionTexts(const Release& release, const Entity& entity) {
  Texts out;
  for (const auto& span : entity.mentions())
    out.push_back(release.text().substr(span.start(), span.end() - span.start()));
  return out;
}

TEST(FindNames, NamesBranchesAndAuthoritiesByTheirPlace) {
  EXPECT_EQ(DisplayNames(Names("Please write to Ana Lima at UNHCR China.").organizations()), Texts({"UNHCR China"}));
  EXPECT_EQ(DisplayNames(Names("It was opened with the Lahore municipal authorities on Friday.").organizations()),
            Texts({"Lahore municipal authorities"}));
}

TEST(FindNames, GivesMissionsThoseTheyStandForAndTheirSeat) {
  EXPECT_EQ(
      DisplayNames(Names("They met the EU Delegation to Peru, Consulates-General of the EU Member States in Lahore, "
                         "Consulates-General of African and Asian countries in Lahore, and others.")
                       .organizations()),
      Texts({"EU Delegation to Peru", "Consulates-General of the EU Member States in Lahore",
             "Consulates-General of African and Asian countries in Lahore"}));
  EXPECT_EQ(DisplayNames(Names("It was facilitated by UNHCR's Field Office in Peru and by UNHCR.").organizations()),
            Texts({"UNHCR's Field Office in Peru", "UNHCR"}));
}

TEST(FindNames, ReadsTitlesOfAddressThatHoldOne) {
  const Release release = Names("IOM Director General Ana Lima met officials. Director General Lima thanked them.");
  ASSERT_EQ(release.people_size(), 1);
  EXPECT_EQ(release.people(0).display_name(), "Ana Lima");
  EXPECT_EQ(release.people(0).role(), "Director General");
  EXPECT_EQ(MentionTexts(release, release.people(0)), Texts({"Ana Lima", "Lima"}));
}

TEST(FindNames, KeepsNicknamesAndTiesLongLastNames) {
  EXPECT_EQ(DisplayNames(Names("Edward J. (Ned) Hayes was elected chairman, said Mr. Hayes.").people()),
            Texts({"Edward J. (Ned) Hayes"}));
  const Release release = Names("Maria Lima Souza, head of the office, spoke. President Lima Souza agreed.");
  ASSERT_EQ(release.people_size(), 1);
  EXPECT_EQ(release.people(0).display_name(), "Maria Lima Souza");
}

TEST(FindNames, TakesAcronymsWithoutBracketsByTheirInitials) {
  const Release release =
      Names("The Tennessee Valley Authority has a new board. The TVA delivers power; the TVA board met on Friday.");
  ASSERT_EQ(release.organizations_size(), 1);
  EXPECT_EQ(MentionTexts(release, release.organizations(0)), Texts({"Tennessee Valley Authority", "TVA", "TVA"}));
}

TEST(FindNames, ReadsOnlyAcronymsInBrackets) {
  const Release release = Names("Grey Lake Corporation (NASDAQ: GLKC) said that Grey Lake will grow.");
  ASSERT_GE(release.organizations_size(), 1);
  EXPECT_EQ(release.organizations(0).display_name(), "Grey Lake Corporation");
  EXPECT_EQ(release.organizations(0).acronym(), "");
  EXPECT_EQ(MentionTexts(release, release.organizations(0)), Texts({"Grey Lake Corporation", "Grey Lake"}));
}

TEST(FindNames, DoesNotFindAcronymsInSmallWords) {
  const Release release = Names("Senators Ana Lima (R-IN) and Jo Brook (D-MS) spoke. In Ohio, who asked WHO?");
  EXPECT_EQ(DisplayNames(release.places()), Texts({"IN", "MS", "Ohio"}));
  EXPECT_EQ(DisplayNames(release.organizations()), Texts({"WHO"}));
}

TEST(FindNames, LeavesThePartyOutOfTheName) {
  for (const char* text : {"Senator Ada Quay D IA and Senator Lee Hart (R-ME) spoke.",
                           "Senators Ada Quay, D-Iowa, and Lee Hart, R-Maine, spoke on rivers.",
                           "Senators Ada Quay D-IA and Lee Hart R-ME spoke on rivers."}) {
    const Release release = Names(text);
    EXPECT_EQ(DisplayNames(release.people()), Texts({"Ada Quay", "Lee Hart"})) << text;
    EXPECT_EQ(release.places_size(), 2) << text;
  }
  const Release dotted = Names("Representatives Lee Hart, D-Ga., and Ada Quay, R-Ga., signed it.");
  EXPECT_EQ(DisplayNames(dotted.people()), Texts({"Lee Hart", "Ada Quay"}));
}

TEST(FindNames, TakesTheCityOfADatelineNotItsState) {
  Release release =
      Names("Washington – The senators met today. Farmers of Spokane, Wash., had asked them to.", "Washington");
  ASSERT_GE(release.places_size(), 1);
  EXPECT_EQ(release.places(0).display_name(), "Washington");
  // Without a dateline too, since no state is spoken of: 38.9 degrees north is the city, 47 the state.
  const Release talks = Names("The ministers flew from Paris to Washington for talks.");
  for (const auto& place : talks.places()) {
    if (place.display_name() == "Washington") {
      EXPECT_NEAR(place.latitude(), 38.9, 0.2);
    }
  }
  const Release state = Names("Apples come from Washington, Oregon and Idaho.");
  ASSERT_EQ(state.places_size(), 3);
  EXPECT_NEAR(state.places(0).latitude(), 47.5, 1.0);
}

TEST(FindNames, TakesANameOfADatelineWholeWhenOnlyItsEndIsInTheTables) {
  // There is a Claro in Switzerland.
  const Release unknown = Names("Puerto Claro – The river guards met today.", "Puerto Claro");
  ASSERT_EQ(unknown.places_size(), 1);
  EXPECT_EQ(unknown.places(0).display_name(), "Puerto Claro");
  EXPECT_EQ(unknown.places(0).country_code(), "");
  const Release two = Names("NAIROBI/GENEVA – The river guards met today.", "NAIROBI/GENEVA");
  EXPECT_EQ(DisplayNames(two.places()), Texts({"NAIROBI", "GENEVA"}));
}

TEST(FindNames, KnowsStatesAndProvincesOfTheWorld) {
  const Release release = Names(
      "Experts came from Bavaria, Saxony, Rhineland-Palatinate, Oromia, Castile and León, South Tyrol and Punjab.");
  EXPECT_EQ(DisplayNames(release.places()), Texts({"Bavaria", "Saxony", "Rhineland-Palatinate", "Oromia",
                                                   "Castile and León", "South Tyrol", "Punjab"}));
  EXPECT_EQ(release.places(0).country_code(), "DE");
  EXPECT_EQ(release.places(2).country_code(), "DE");
  EXPECT_EQ(release.places(4).country_code(), "ES");
}

TEST(FindNames, TakesListsForPlacesThatTheirNounCallsSo) {
  EXPECT_EQ(DisplayNames(Names("The flood reached Zimbora, Quellin and Tarn Hebb provinces on Friday.").places()),
            Texts({"Zimbora", "Quellin", "Tarn Hebb"}));
  EXPECT_EQ(
      DisplayNames(Names("It will pay for work in the following counties: Zimbora, Quellin, and Harnell.").places()),
      Texts({"Zimbora", "Quellin", "Harnell"}));
  EXPECT_EQ(DisplayNames(Names("They trained masons in the districts of Zimbora and Quellin.").places()),
            Texts({"Zimbora", "Quellin"}));
}

TEST(FindNames, TakesAllNounsOfAPlace) {
  EXPECT_EQ(DisplayNames(Names("They protect the lower Connecticut River Valley.").places()),
            Texts({"Connecticut River Valley"}));
  EXPECT_EQ(DisplayNames(Names("The Netherlands and France paid.").places()), Texts({"Netherlands", "France"}));
}

TEST(FindNames, ReadsTheOfficeBeforeAName) {
  const Release release = Names(
      "The agreement was signed by the Minister of Water and Irrigation, Raed Hartnallah, and the Ambassador of the "
      "United States, Ada Quay.");
  ASSERT_EQ(release.people_size(), 2);
  EXPECT_EQ(release.people(0).display_name(), "Raed Hartnallah");
  EXPECT_EQ(release.people(0).role(), "Minister of Water and Irrigation");
  EXPECT_EQ(release.people(1).role(), "Ambassador of the United States");
  const Release doctor = Names("We agree, said Ada Quay, Ph.D., President of the River Office.");
  ASSERT_EQ(doctor.people_size(), 1);
  EXPECT_EQ(doctor.people(0).role(), "President");
}

TEST(FindNames, KeepsForeignBodiesWhoseAcronymFollows) {
  EXPECT_EQ(DisplayNames(Names("The Deutsche Gesellschaft für Internationale Zusammenarbeit (GIZ) trains them. GIZ is "
                               "pleased. We hope so.")
                             .organizations()),
            Texts({"Deutsche Gesellschaft für Internationale Zusammenarbeit"}));
}

TEST(FindNames, GivesAStateItsCountryByTheOthers) {
  const Release release = Names("Power is sold in Georgia, Alabama, Kentucky and Tennessee.");
  ASSERT_GE(release.places_size(), 1);
  EXPECT_EQ(release.places(0).display_name(), "Georgia");
  EXPECT_EQ(release.places(0).country_code(), "US");
  EXPECT_EQ(Names("Talks were held in Georgia.").places(0).country_code(), "GE");
}

TEST(FindNames, TakesUnknownTownsBesideTheirCountry) {
  EXPECT_EQ(DisplayNames(Names("The boat capsized near Achakkarun, Morocco, on Friday.").places()),
            Texts({"Achakkarun", "Morocco"}));
  EXPECT_EQ(DisplayNames(Names("They live across Western Kenya now.").places()), Texts({"Western Kenya"}));
}

TEST(FindNames, PartsWhatIsNoOneName) {
  EXPECT_EQ(DisplayNames(Names("It was passed by both the House and Senate today.").organizations()),
            Texts({"Senate"}));
  EXPECT_EQ(DisplayNames(Names("He served in the U.S. Marine Corps.").organizations()), Texts({"U.S. Marine Corps"}));
  EXPECT_EQ(DisplayNames(Names("The Senate Energy Committee met. The Energy Committee voted.").organizations()),
            Texts({"Senate Energy Committee"}));
}

TEST(FindNames, EndsANameWithItsLine) {
  const Release release = Names("Delegates at the seminar. Photo: UNHCR\n\nMarseille – The seminar ended on Friday.");
  EXPECT_EQ(DisplayNames(release.organizations()), Texts({"UNHCR"}));
  EXPECT_EQ(DisplayNames(release.places()), Texts({"Marseille"}));
}

TEST(FindNames, ReadsNameAndRoleInTheUsualOrders) {
  struct Case {
    std::string text;
    std::string name;
    std::string role;
    std::string organization;
  };
  const Case cases[] = {
      {"The plan was praised by Maria Keller, Head of Operations at the River Basin Agency.", "Maria Keller",
       "Head of Operations", "River Basin Agency"},
      {"The River Basin Agency's Director General, Ambassador Peter Olsen, opened the dam.", "Peter Olsen",
       "Director General", "River Basin Agency"},
      {"Spanish water researcher Prof. Carmen Ortega spoke first.", "Carmen Ortega", "water researcher", ""},
      {"President Marek Novak signed the law.", "Marek Novak", "President", ""},
      {"Anna R. Lindqvist is the director of the Harbour Trust.", "Anna R. Lindqvist", "director", "Harbour Trust"},
  };
  for (const Case& c : cases) {
    const Release release = Names(c.text);
    ASSERT_EQ(release.people_size(), 1) << c.text;
    EXPECT_EQ(release.people(0).display_name(), c.name) << c.text;
    EXPECT_EQ(release.people(0).role(), c.role) << c.text;
    EXPECT_EQ(release.people(0).organization(), c.organization) << c.text;
  }
}

TEST(FindNames, ReadsANameThatIsTheLastWord) {
  const Release release = Names("Maria Keller, Head of Operations, opened the dam. The plan was praised by Keller");
  ASSERT_EQ(release.people_size(), 1);
  EXPECT_EQ(MentionTexts(release, release.people(0)).back(), "Keller");
}

TEST(FindNames, ReadsOfficesWithWhatTheyAreOf) {
  struct Case {
    std::string text;
    std::string name;
    std::string role;
    std::string organization;
  };
  const Case cases[] = {
      {"They wrote to Energy Secretary Samuel Brook.", "Samuel Brook", "Energy Secretary", ""},
      {"It was signed by Florida Governor Charlie Brook.", "Charlie Brook", "Governor", ""},
      {"The Harbour Council's president and CEO, Carl Hart, agreed.", "Carl Hart", "president and CEO",
       "Harbour Council"},
      {"Joan Keller will become his Deputy Chief of Staff.", "Joan Keller", "Deputy Chief of Staff", ""},
      {"IOM Deputy Director General Ana Lima spoke.", "Ana Lima", "Deputy Director General", "IOM"},
      {"Carmen Ortega, in a letter to the inspector general of the Harbour Trust, objected.", "Carmen Ortega", "", ""},
      {"He worked as chief of staff to former Sen. Robert Hallman.", "Robert Hallman", "", ""},
      {"She follows the ambassador to Peru in succession to Ms Anna Lindqvist.", "Anna Lindqvist", "", ""},
  };
  for (const Case& c : cases) {
    const Release release = Names(c.text);
    ASSERT_EQ(release.people_size(), 1) << c.text;
    EXPECT_EQ(release.people(0).display_name(), c.name) << c.text;
    EXPECT_EQ(release.people(0).role(), c.role) << c.text;
    EXPECT_EQ(release.people(0).organization(), c.organization) << c.text;
  }
}

TEST(FindNames, NamesTheBodyWhoseInstrumentItIs) {
  const Release release = Names("It is funded by the Partnership Instrument of the European Union.");
  EXPECT_EQ(DisplayNames(release.organizations()),
            Texts({"Partnership Instrument of the European Union", "European Union"}));
  EXPECT_EQ(DisplayNames(Names("It is funded by the Ministry of Health of the European Union.").organizations()),
            Texts({"Ministry of Health of the European Union"}));
}

TEST(FindNames, KeepsParticlesThatAHyphenTies) {
  const Release release = Names("They spoke to Ahmed Musab al-Zarqawi, the minister. After that, Zarqawi left.");
  ASSERT_EQ(release.people_size(), 1);
  EXPECT_EQ(MentionTexts(release, release.people(0)), Texts({"Ahmed Musab al-Zarqawi", "Zarqawi"}));
}

TEST(FindNames, TakesAllThatBelongsToABody) {
  EXPECT_EQ(DisplayNames(
                Names("The Senate Veterans' Affairs Committee and the 82nd Airborne Association met.").organizations()),
            Texts({"Senate Veterans' Affairs Committee", "82nd Airborne Association"}));
  EXPECT_EQ(DisplayNames(
                Names("On Tuesday, the Environment, Public Health and Food Safety Committee voted.").organizations()),
            Texts({"Environment, Public Health and Food Safety Committee"}));
  EXPECT_EQ(
      DisplayNames(
          Names("She is a member of the Health, Education, Labor and Pensions (HELP) Committee.").organizations()),
      Texts({"Health, Education, Labor and Pensions (HELP) Committee"}));
  EXPECT_EQ(DisplayNames(Names("It had support in the Senate for the Clean Harbour Programme.").organizations()),
            Texts({"Senate"}));
  EXPECT_EQ(DisplayNames(Names("It is paid by the King Salman Relief Centre for Water.").organizations()),
            Texts({"King Salman Relief Centre for Water"}));
  EXPECT_EQ(
      DisplayNames(Names("The International Organization for Migration and Save the Children agreed.").organizations()),
      Texts({"International Organization for Migration", "Save the Children"}));
}

TEST(FindNames, LeavesOutPeoplesAndSumsAsPlaces) {
  EXPECT_EQ(Names("Canadian and Arab shippers paid US$ 5 million.").places_size(), 0);
  EXPECT_EQ(DisplayNames(Names("It reached Central and South America.").places()), Texts({"South America"}));
}

TEST(FindNames, TakesNamesBeforeSmallPlaceNouns) {
  EXPECT_EQ(DisplayNames(Names("They fled to the Kanyaruchinya camp in Nyiragongo territory.").places()),
            Texts({"Kanyaruchinya", "Nyiragongo"}));
  EXPECT_EQ(DisplayNames(Names("A team visited the district of Dabolari and the town of Ubaydira.").places()),
            Texts({"Dabolari", "Ubaydira"}));
  EXPECT_EQ(Names("The state of Emergency and the city of Peace remain.").places_size(), 0);
  EXPECT_EQ(Names("They met at a Senate district, a Democratic state and the party camp.").places_size(), 0);
}

TEST(FindNames, TakesNoOfficeForAMemberOfAList) {
  const Release release = Names("It is shared by Mississippi, Alabama, and Louisiana, and Senator Lott agreed.");
  EXPECT_EQ(DisplayNames(release.places()), Texts({"Mississippi", "Alabama", "Louisiana"}));
  EXPECT_EQ(DisplayNames(release.people()), Texts({"Lott"}));
}

TEST(FindNames, WeighsStatesAndWorldCities) {
  const Release florida = Names("The Senator from Florida visited St. Petersburg.");
  EXPECT_EQ(florida.places(1).country_code(), "US");
  const Release talks =
      Names("The US Secretary of State flew from the United States to Paris. The United States agreed.");
  EXPECT_EQ(DisplayNames(talks.people()), Texts({}));
  EXPECT_EQ(talks.places(1).country_code(), "FR");
  const Release small = Names("He was born in Santa Rita, New Mexico.");
  EXPECT_EQ(small.places(0).country_code(), "US");
}

TEST(FindNames, TiesLaterMentionsToTheFirst) {
  const Release release =
      Names("Sen. Robert Hallman (D-Ohio) welcomed the vote. \"It is late,\" said Hallman. Mr. Hallman left at noon.");
  ASSERT_EQ(release.people_size(), 1);
  EXPECT_EQ(release.people(0).honorific(), "Sen.");
  EXPECT_EQ(MentionTexts(release, release.people(0)), (Texts{"Robert Hallman", "Hallman", "Hallman"}));
  EXPECT_EQ(DisplayNames(release.places()), Texts{"Ohio"});
}

TEST(FindNames, BuildsOrganizationsOnHeadNouns) {
  const Release release = Names(
      "The Ministry of Water Resources and Rural Development met the State Committee on Health, Education and Safety. "
      "The Department of Forestry and the Coastal Protection Agency agreed.");
  EXPECT_EQ(DisplayNames(release.organizations()), (Texts{"Ministry of Water Resources and Rural Development",
                                                          "State Committee on Health, Education and Safety",
                                                          "Department of Forestry", "Coastal Protection Agency"}));
}

TEST(FindNames, BindsAcronymsToNames) {
  const Release release = Names(
      "The Bureau of River Works (BRW) closed. A Fast Passenger Lane (FPL) opened. The BRW said the FPL is safe.");
  ASSERT_EQ(release.organizations_size(), 1);
  EXPECT_EQ(release.organizations(0).display_name(), "Bureau of River Works");
  EXPECT_EQ(release.organizations(0).acronym(), "BRW");
  EXPECT_EQ(MentionTexts(release, release.organizations(0)), (Texts{"Bureau of River Works", "BRW", "BRW"}));
}

TEST(FindNames, ChoosesThePlaceByItsSurroundings) {
  const Release spain = Names("The fair in Guadalajara, Spain, drew visitors from Madrid and Seville.");
  EXPECT_EQ(spain.places(0).country_code(), "ES");
  const Release mexico = Names("The fair in Guadalajara drew visitors from all of Mexico.");
  EXPECT_EQ(mexico.places(0).country_code(), "MX");
  EXPECT_NEAR(mexico.places(0).latitude(), 20.67, 0.01);
  const Release inside = Names("The University of Guadalajara published the Chinese and French data.");
  EXPECT_EQ(inside.places_size(), 0) << "no place inside a body's name, no adjectives";
}

TEST(FindNames, SpansAreTheWords) {
  const Release release = Names("Zoë Müller-Brandt of the Société Générale Institute went to Zürich.");
  ASSERT_EQ(release.people_size(), 1);
  EXPECT_EQ(MentionTexts(release, release.people(0)), Texts{"Zoë Müller-Brandt"});
  EXPECT_EQ(MentionTexts(release, release.places(0)), Texts{"Zürich"});
}

}  // namespace
}  // namespace dateline::extraction
