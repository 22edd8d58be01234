// Proves that the choice among overlapping proposals is the heaviest set, that the model gives probabilities and reads
// names off them, that bytes that are no model leave it empty, and that the weights in the program know names no table
// knows.

#include "services/extraction/names/sequence_model.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <string>

#include "services/extraction/language/language_pack.h"
#include "services/extraction/names/choose_mentions.h"
#include "services/extraction/names/find_names.h"

namespace dateline::extraction {
namespace {

TEST(ChooseMentions, TakesTheHeaviestSetWithoutOverlap) {
  const Mentions chosen = ChooseMentions({{{0, 3}, NameType::kOrganization, 0.9F, "a"},
                                          {{2, 3}, NameType::kPlace, 0.95F, "b"},
                                          {{3, 4}, NameType::kPlace, 0.9F, "c"},
                                          {{5, 6}, NameType::kPlace, 0.2F, "d"}});
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_EQ(chosen[0].rule, "a") << "the longer name outweighs the place in it";
  EXPECT_EQ(chosen[1].rule, "c") << "a worthless proposal is left out";
}

TEST(ChooseMentions, CountsTheSameStretchOnceWithItsBestScore) {
  const Mentions chosen = ChooseMentions({{{1, 2}, NameType::kPerson, 0.6F, "weak"},
                                          {{1, 2}, NameType::kPerson, 0.8F, "strong"},
                                          {{1, 2}, NameType::kPlace, 0.7F, "other"}});
  ASSERT_EQ(chosen.size(), 1U);
  EXPECT_EQ(chosen[0].rule, "strong");
}

TEST(SequenceModel, IsEmptyWithoutItsBytes) {
  EXPECT_TRUE(SequenceModel("no model").empty());
  EXPECT_TRUE(SequenceModel(std::string(kModelMagic) + "short").empty());
  EXPECT_FALSE(SequenceModel::Embedded("en").empty());
}

TEST(SequenceModel, GivesProbabilities) {
  static const auto packs = LanguagePacks::Create();
  static const Gazetteer gazetteer;
  release::v1::Release release;
  release.set_text("The minister met Oyelaran Adebisi in the harbour on Friday.");
  release::v1::Section* section = release.add_sections();
  section->set_kind(release::v1::Section::BODY);
  section->mutable_span()->set_end(static_cast<std::uint32_t>(release.text().size()));
  const Analysis analysis = Analyze(release, (*packs)->For("en"));
  const NameText text(analysis);
  const NameProposals proposals = ProposeNames(text, gazetteer);
  const SequenceFeatures features(text, gazetteer, proposals.hits, proposals.chosen);
  const std::vector<WordFeatures> words = features.Of(analysis.sentences()[0].tokens);
  const std::vector<LabelScores> marginals = SequenceModel::Embedded("en").Marginals(words);
  ASSERT_EQ(marginals.size(), words.size());
  for (const LabelScores& word : marginals) EXPECT_NEAR(std::accumulate(word.begin(), word.end(), 0.0F), 1.0F, 1e-3F);
  EXPECT_GT(marginals[0][0], 0.9F) << "an article is no name";
}

TEST(SequenceModel, ReadsNamesOffMarginals) {
  std::vector<LabelScores> marginals(4);
  marginals[0][0] = 1;
  marginals[1][BeginLabel(NameType::kPerson)] = 0.9F;
  marginals[2][BeginLabel(NameType::kPerson) + 1] = 0.7F;
  marginals[3][BeginLabel(NameType::kPlace)] = 0.8F;
  Mentions names;
  ReadMarginals({10, 14}, marginals, &names);
  ASSERT_EQ(names.size(), 2U);
  EXPECT_EQ(names[0].type, NameType::kPerson);
  EXPECT_EQ(names[0].tokens.begin, 11U);
  EXPECT_EQ(names[0].tokens.end, 13U);
  EXPECT_FLOAT_EQ(names[0].score, 0.7F) << "a name is as sure as its least sure word";
  EXPECT_EQ(names[1].type, NameType::kPlace);
}

}  // namespace
}  // namespace dateline::extraction
