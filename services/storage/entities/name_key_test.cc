// Proves which names are taken for the same: honorifics, initials, legal forms and spellings do not count, other people
// and bodies do.

#include "services/storage/entities/name_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace dateline::storage {
namespace {

using ::testing::ElementsAre;

TEST(PersonName, LeavesHonorificsAndSuffixesOut) {
  EXPECT_THAT(PersonWords("Dr. Joseph R. Biden, Jr."), ElementsAre("joseph", "r", "biden"));
  EXPECT_THAT(PersonWords("Pär Liljert"), ElementsAre("par", "liljert"));
  EXPECT_THAT(PersonWords("Minister"), ElementsAre("minister"));
  EXPECT_EQ(PersonKey(PersonWords("Ambassador William Lacy Swing")), "william swing");
  EXPECT_EQ(InitialKey(PersonWords("William Lacy Swing")), "w swing");
}

TEST(PersonName, AgreesWithItsInitialsAndNoOther) {
  struct Case {
    const char* a;
    const char* b;
    bool agree;
  };
  for (const Case& c : {Case{"Joseph Biden", "Joseph R. Biden", true}, Case{"J. Biden", "Joseph Biden", true},
                        Case{"Jane Q. Smith", "Jane R. Smith", false}, Case{"Jill Biden", "Joseph Biden", false},
                        Case{"Biden", "Joseph Biden", false}, Case{"Joseph Biden", "Joseph Burden", false}})
    EXPECT_EQ(NamesAgree(PersonWords(c.a), PersonWords(c.b)), c.agree) << c.a << ", " << c.b;
}

TEST(OrganizationName, HasOneKeyForItsSpellings) {
  EXPECT_EQ(OrganizationKey("the International Labour Organisation"),
            OrganizationKey("International Labor Organization"));
  EXPECT_EQ(OrganizationKey("Harbour Works Ltd."), "harbour works");
  EXPECT_EQ(OrganizationKey("The"), "the");
  for (const char* name :
       {"U.S. Fire Administration", "US Fire Administration", "the United States Fire Administration"})
    EXPECT_EQ(OrganizationKey(name), "us fire administration") << name;
  EXPECT_EQ(OrganizationKey("United Nations Security Council"), OrganizationKey("U.N. Security Council"));
  EXPECT_EQ(OrganizationKey("United Nations"), "united nations");
}

TEST(OrganizationName, TellsAcronymsAndGenericBodies) {
  EXPECT_TRUE(LooksLikeAcronym("IOM"));
  EXPECT_TRUE(LooksLikeAcronym("UNESCO"));
  EXPECT_FALSE(LooksLikeAcronym("Oxfam"));
  EXPECT_FALSE(LooksLikeAcronym("IOM China"));
  EXPECT_TRUE(IsGenericBody("Ministry of Foreign Affairs"));
  EXPECT_TRUE(IsGenericBody("Senate"));
  EXPECT_FALSE(IsGenericBody("Ministry of Health of Malta"));
  EXPECT_FALSE(IsGenericBody("Institute of Medicine"));
  EXPECT_TRUE(IsNationalBody("Ministry of Health"));
  EXPECT_TRUE(IsNationalBody("the Senate"));
  EXPECT_FALSE(IsNationalBody("State Senate"));
  EXPECT_FALSE(IsNationalBody("Police Department"));
  EXPECT_FALSE(IsNationalBody("Ministry of Health of Malta"));
}

TEST(ProgrammeName, LeavesWhatItIsCalledOut) {
  EXPECT_EQ(ProgrammeKey("EU-China Dialogue on Migration and Mobility Support Project"),
            ProgrammeKey("the EU-China Dialogue on Migration and Mobility support programme"));
}

TEST(Address, IsPersonalWhenANameStandsInIt) {
  EXPECT_TRUE(IsPersonalAddress("emicallef@iom.int", PersonWords("Etienne Micallef")));
  EXPECT_TRUE(IsPersonalAddress("Etienne.M@iom.int", PersonWords("Etienne Micallef")));
  EXPECT_FALSE(IsPersonalAddress("press@iom.int", PersonWords("Etienne Micallef")));
  EXPECT_FALSE(IsPersonalAddress("media@iom.int", {}));
}

}  // namespace
}  // namespace dateline::storage
