// Proves that facts are told as changed only where their own words were edited, how changes are paired and named, and
// when a change takes a statement back.

#include "services/storage/revisions/fact_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace dateline::storage {
namespace {

using release::v1::Release;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Builds a release around a text whose facts are given by their words.
class Draft {
 public:
  explicit Draft(std::string text) { release_.set_text(std::move(text)); }

  Draft& Figure(const std::string& words, double value, const std::string& unit) {
    auto* figure = release_.add_figures();
    figure->set_text(words);
    figure->set_value(value);
    figure->set_unit(unit);
    Place(words, figure->mutable_span());
    return *this;
  }
  Draft& Quote(const std::string& words, const std::string& speaker) {
    auto* quote = release_.add_quotes();
    quote->set_text(words);
    quote->set_speaker(speaker);
    Place(words, quote->mutable_span());
    if (!speaker.empty()) Place(speaker, quote->mutable_speaker_span());
    return *this;
  }
  Draft& Person(const std::string& name, const std::string& role) {
    auto* person = release_.add_people();
    person->set_display_name(name);
    person->set_role(role);
    Place(name, person->add_mentions());
    return *this;
  }
  const Release& release() const { return release_; }

 private:
  void Place(const std::string& words, release::v1::Span* span) const {
    const size_t at = release_.text().find(words);
    ASSERT_NE(at, std::string::npos) << words;
    span->set_start(static_cast<uint32_t>(at));
    span->set_end(static_cast<uint32_t>(at + words.size()));
  }
  Release release_;
};

struct Outcome {
  std::vector<std::string> descriptions;
  bool taken_back = false;
};

Outcome Diff(const Draft& before, const Draft& after) {
  ChangeList changes;
  Outcome outcome;
  const auto edits = DiffWords(before.release().text(), after.release().text());
  outcome.taken_back = DiffFacts(before.release(), after.release(), edits, changes);
  for (const auto& change : changes.Take()) outcome.descriptions.push_back(change.description());
  return outcome;
}

TEST(DiffFacts, TellsAFigureThatIsAnotherNow) {
  const auto outcome = Diff(Draft("Over 14 million people moved.").Figure("14 million people", 14e6, "people"),
                            Draft("Over 12 million people moved.").Figure("12 million people", 12e6, "people"));
  EXPECT_THAT(outcome.descriptions, ElementsAre("figure 14 -> 12 million people"));
  EXPECT_FALSE(outcome.taken_back);
}

TEST(DiffFacts, IsSilentWhereOnlyTheRulesGotBetter) {
  const auto outcome = Diff(Draft("Over 14 million people moved. Ana Lima spoke on Monday."),
                            Draft("Over 14 million people moved. Ana Lima spoke on Friday.")
                                .Figure("14 million people", 14e6, "people")
                                .Person("Ana Lima", ""));
  EXPECT_THAT(outcome.descriptions, IsEmpty());
}

TEST(DiffFacts, PairsFiguresOfOneUnit) {
  const auto outcome =
      Diff(Draft("It costs 5 euros for 20 people.").Figure("5 euros", 5, "EUR").Figure("20 people", 20, "people"),
           Draft("It serves 30 people at 7 euros.").Figure("30 people", 30, "people").Figure("7 euros", 7, "EUR"));
  EXPECT_THAT(outcome.descriptions, ElementsAre("figure 5 -> 7 euros", "figure 20 -> 30 people"));
}

TEST(DiffFacts, TellsAQuoteThatIsGone) {
  const std::string rest = "The port opened.\n\n";
  const auto outcome = Diff(Draft(rest + "“We were late,” said Ana Lima.").Quote("“We were late,”", "Ana Lima"),
                            Draft("The port opened."));
  EXPECT_THAT(outcome.descriptions, ElementsAre("quote of Ana Lima removed"));
  EXPECT_TRUE(outcome.taken_back);
}

TEST(DiffFacts, TellsAnotherSpeaker) {
  const auto outcome = Diff(Draft("“We were late,” said Ana Lima.").Quote("“We were late,”", "Ana Lima"),
                            Draft("“We were late,” said Jo Berg.").Quote("“We were late,”", "Jo Berg"));
  EXPECT_THAT(outcome.descriptions, ElementsAre("quote changed, speaker Ana Lima -> Jo Berg"));
  EXPECT_FALSE(outcome.taken_back);
}

TEST(DiffFacts, DoesNotMissAFigureThatStillStandsElsewhere) {
  const auto outcome = Diff(Draft("In all 14 people came. Later it said 14 people.").Figure("14 people", 14, "people"),
                            Draft("Later it said 14 people.").Figure("14 people", 14, "people"));
  EXPECT_THAT(outcome.descriptions, IsEmpty());
}

TEST(DiffFacts, TellsWhoIsNewAndWhoseRoleChanged) {
  const auto outcome = Diff(Draft("Ana Lima, director, spoke.").Person("Ana Lima", "director"),
                            Draft("Ana Lima, former chair, spoke. Jo Berg listened.")
                                .Person("Ana Lima", "former chair")
                                .Person("Jo Berg", ""));
  EXPECT_THAT(outcome.descriptions,
              ElementsAre("role of person Ana Lima: director -> former chair", "person added: Jo Berg"));
}

}  // namespace
}  // namespace dateline::storage
