// Proves that names which stand only in the title are told, with no mention in the text, and that neither names of the
// text nor the ordinary words of a headline are told again.
#include "services/extraction/names/title_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/extraction/facts/fact_fixture.h"
#include "services/extraction/names/find_names.h"

namespace dateline::extraction {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

release::v1::Release NamesOf(std::string_view title, std::string text) {
  release::v1::Release release = BodyOf(std::move(text));
  release.set_title(std::string(title));
  Find(
      [](const FactContext& context, release::v1::Release* r) {
        FindNames(context, r);
        AddTitleNames(context, r);
      },
      &release);
  return release;
}

// Names without a mention.
template <typename Entities>
std::vector<std::string> InTitleOnly(const Entities& entities) {
  std::vector<std::string> out;
  for (const auto& entity : entities) {
    if (entity.mentions().empty()) out.push_back(entity.display_name());
  }
  return out;
}

TEST(TitleNames, AreToldWhereTheTextHasThemNot) {
  const release::v1::Release release =
      NamesOf("UNHCR and Peru agree on new ferries", "The ferries will run from June, officials said on Friday.");
  EXPECT_THAT(InTitleOnly(release.organizations()), ElementsAre("UNHCR"));
  EXPECT_THAT(InTitleOnly(release.places()), ElementsAre("Peru"));
  EXPECT_EQ(release.organizations(0).rule(), "organization.title_only");
  EXPECT_EQ(release.organizations(0).confidence(), release::v1::MEDIUM);
}

TEST(TitleNames, AreNotToldTwice) {
  const release::v1::Release release =
      NamesOf("UNHCR AND PERU AGREE ON FERRIES", "UNHCR and Peru agreed on ferries. Officials of Peru were pleased.");
  EXPECT_THAT(InTitleOnly(release.organizations()), IsEmpty());
  EXPECT_THAT(InTitleOnly(release.places()), IsEmpty());
}

TEST(TitleNames, AreNoOrdinaryWordsOfAHeadline) {
  const release::v1::Release release =
      NamesOf("SEN. HARTLEY LAUDS NEW HARBOUR RULES", "Sen. Ada Hartley (R-Ga.) said that the rules were good.");
  EXPECT_THAT(InTitleOnly(release.people()), IsEmpty());
  EXPECT_THAT(InTitleOnly(release.organizations()), IsEmpty());
}

}  // namespace
}  // namespace dateline::extraction
