// Proves how releases are found alike: shingles do not mind wrapping, case and accents; candidates are found by bands
// and anchors; the relation is told by the words, else by translation, else by the happening; and what differs is told.

#include "services/storage/linking/relation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "services/storage/linking/contradictions.h"
#include "services/storage/linking/minhash.h"
#include "services/storage/linking/name_slots.h"
#include "services/storage/linking/profile.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using release::v1::Section;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::SimilarRelease;

std::string Text(std::string_view kind, int words, int from = 0) {
  std::string text;
  for (int i = from; i < from + words; ++i) text += fmt::format("{}{} ", kind, i * 7919 % 1000);
  return text;
}

Release Make(std::string_view uri, const std::string& text) {
  Release release;
  release.set_name("releases/00000000-0000-5000-8000-000000000000");
  release.set_uri(std::string(uri));
  release.set_language("en");
  release.set_text(text);
  return release;
}

Release On(Release release, int day) {
  release.mutable_publish()->mutable_date()->set_year(2019);
  release.mutable_publish()->mutable_date()->set_month(3);
  release.mutable_publish()->mutable_date()->set_day(day);
  return release;
}

void AddEvent(const std::string& text, const std::string& place, int month, int day, Release* release) {
  auto* event = release->add_events();
  event->set_text(text);
  event->set_place(place);
  event->mutable_date()->set_month(month);
  event->mutable_date()->set_day(day);
}

Relation RelationOf(const Release& first, const Release& second) {
  const auto related = Relate(MakeProfile(first), MakeProfile(second));
  return related.has_value() ? related->relation : SimilarRelease::RELATION_UNSPECIFIED;
}

// What the keys weigh that one release seeks and under which the other is posted.
int SharedWeight(const Release& seeker, const Release& posted) {
  const auto found = KeysOf(MakeProfile(posted)).posted;
  int weight = 0;
  for (const SoughtKey& key : KeysOf(MakeProfile(seeker)).sought) {
    if (std::binary_search(found.begin(), found.end(), key.key)) weight += key.weight;
  }
  return weight;
}

TEST(Shingles, DoNotMindWrappingCaseAndAccents) {
  const ShingleSet plain = MakeShingles(SearchTerms("The CITE\u0301 council met in Genève on Monday evening"));
  const ShingleSet other = MakeShingles(SearchTerms("the cité\n\ncouncil met  in GENEVE on monday evening."));
  EXPECT_EQ(plain.hashes, other.hashes);
  EXPECT_EQ(plain.text_hash, other.text_hash);
}

TEST(Shingles, AreComparedBySamplesWhenTheTextIsLong) {
  const ShingleSet whole = MakeShingles(SearchTerms(Text("w", 60'000)));
  std::string text;
  for (int i = 0; i < 60'000; ++i) text += fmt::format("a{} ", i);
  const ShingleSet longer = MakeShingles(SearchTerms(text));
  const ShingleSet half = MakeShingles(SearchTerms(std::string_view(text).substr(0, text.size() / 2)));
  EXPECT_LE(longer.hashes.size(), kShinglesMax);
  EXPECT_LT(longer.ceiling, UINT32_MAX);
  const Overlap overlap = CompareShingles(ViewOf(longer), ViewOf(half));
  EXPECT_NEAR(overlap.of_second, 1.0, 0.01);
  EXPECT_NEAR(overlap.of_first, 0.5, 0.05);
  EXPECT_LT(CompareShingles(ViewOf(whole), ViewOf(longer)).jaccard, 0.01);
}

TEST(Relation, ComparesChineseByCharacters) {
  const std::string text =
      "国际移民组织今天在三亚举办了为期两天的政策研讨会来自中央和省级移民管理机构的官员与专家参加了会议";
  EXPECT_EQ(RelationOf(Make("https://a.example/1", text), Make("https://b.example/1", text + "会议明天结束")),
            SimilarRelease::RELATION_NEAR_DUPLICATE);
}

TEST(Relation, LeavesBoilerplateOut) {
  const std::string own = Text("own", 80);
  const std::string other = Text("other", 80);
  const std::string about = Text("about", 200);
  const auto with_about = [&about](std::string_view uri, const std::string& text) {
    Release release = Make(uri, text + about);
    auto* body = release.add_sections();
    body->set_kind(Section::BODY);
    body->mutable_span()->set_end(static_cast<uint32_t>(text.size()));
    auto* tail = release.add_sections();
    tail->set_kind(Section::ABOUT);
    tail->mutable_span()->set_start(static_cast<uint32_t>(text.size()));
    tail->mutable_span()->set_end(static_cast<uint32_t>(release.text().size()));
    return release;
  };
  EXPECT_EQ(RelationOf(with_about("https://a.example/1", own), with_about("https://a.example/2", other)),
            SimilarRelease::RELATION_UNSPECIFIED);
}

TEST(Relation, ComparesNothingBecauseOfOneCommonRunOfWords) {
  int common = 0;
  for (int i = 0; i < 20; ++i) {
    const std::string phrase = Text("phrase", 4, 4 * i) + " ";
    const Release first = Make("https://a.example/1", Text(fmt::format("a{}x", i), 200) + phrase + Text("b", 200));
    const Release second = Make("https://b.example/1", Text(fmt::format("c{}x", i), 200) + phrase + Text("d", 200));
    if (SharedWeight(first, second) >= kSharedWeightMin) ++common;
  }
  EXPECT_LE(common, 1);
}

TEST(Relation, FindsAShortPieceWhicheverCameFirst) {
  int found = 0;
  int found_later = 0;
  for (int i = 0; i < 20; ++i) {
    const Release whole = Make("https://a.example/1", Text(fmt::format("w{}x", i), 600));
    const Release piece = Make("https://b.example/1", Text(fmt::format("w{}x", i), 60, 200));
    if (SharedWeight(piece, whole) >= kSharedWeightMin) ++found;
    if (SharedWeight(whole, piece) >= kSharedWeightMin) ++found_later;
  }
  EXPECT_GE(found, 19);
  EXPECT_EQ(found, found_later);
}

TEST(Relation, FindsAPieceInAMuchLongerText) {
  const Release whole = Make("https://a.example/1", Text("w", 900));
  const Release piece = Make("https://b.example/1", Text("w", 90, 300));
  EXPECT_GE(SharedWeight(piece, whole), kSharedWeightMin);
  EXPECT_EQ(RelationOf(piece, whole), SimilarRelease::RELATION_CONTAINED);
  EXPECT_EQ(RelationOf(whole, piece), SimilarRelease::RELATION_CONTAINS);
}

// A letter of a form of which each town gets its own: more than half of the words are the same.
std::string Letter(const std::string& town, const std::string& county, const std::string& own) {
  return "The minister announced today that the department will release 16,471 to the " + town +
         " Volunteer Fire Department in " + county +
         " County under the yearly programme. The funding is provided through the programme of assistance to fire "
         "fighters, and the " +
         town + " Volunteer Fire Department will use it for its operations. " + own +
         " The agency for emergencies awarded these funds as a part of the same programme, which will distribute 490 "
         "million in direct assistance to fire departments and medical services of the whole country this year.";
}

TEST(Relation, TellsLettersOfOneFormFromCopies) {
  const std::string own = Text("pump", 24);
  const Release msida = Make("https://a.example/1", Letter("Msida", "Harbour", own));
  const Release sliema = Make("https://a.example/2", Letter("Sliema", "Northern", Text("hose", 24)));
  const Overlap overlap = CompareShingles(ViewOf(MakeProfile(msida)), ViewOf(MakeProfile(sliema)));
  ASSERT_GT(overlap.jaccard, kJaccardMin) << "else the names decide nothing";
  ASSERT_LT(overlap.jaccard, kJaccardSure);
  EXPECT_EQ(RelationOf(msida, sliema), SimilarRelease::RELATION_UNSPECIFIED);
  // The same letter with another paragraph, and with the names as another language spells them.
  const std::string other = Text("hose", 24);
  EXPECT_EQ(RelationOf(msida, Make("https://b.example/1", Letter("Msida", "Harbour", other))),
            SimilarRelease::RELATION_NEAR_DUPLICATE);
  EXPECT_EQ(RelationOf(msida, Make("https://c.example/1", Letter("Msidaev", "Harburg", other))),
            SimilarRelease::RELATION_NEAR_DUPLICATE);
}

TEST(Relation, OneNameCorrectedMakesNoOtherLetter) {
  const std::string text = Text("form", 60) + "to the Msida Fire Department in the north " + Text("rest", 20);
  std::string corrected = text;
  corrected.replace(corrected.find("Msida"), 5, "Sliema");
  EXPECT_EQ(RelationOf(Make("https://a.example/1", text + Text("old", 30)),
                       Make("https://a.example/2", corrected + Text("new", 30))),
            SimilarRelease::RELATION_NEAR_DUPLICATE);
}

TEST(NameSlots, AreWordsWithACapitalInsideASentence) {
  const auto slots = [](const std::string& text) { return NameSlots(text, SearchTerms(text)); };
  EXPECT_THAT(slots("officials of the city met. Officials of the city left again"), IsEmpty());
  const auto geneva = slots("they met in Geneva on Monday and left");
  EXPECT_THAT(geneva, SizeIs(4)) << "two names, two surroundings each";
  EXPECT_EQ(CountDifferingNames(geneva, slots("they met in Genève on Monday and left")), 0);
  EXPECT_EQ(CountDifferingNames(geneva, slots("they met in Vienna on Monday and left")), 2);
  EXPECT_EQ(CountDifferingNames(geneva, slots("nobody was there")), 0);
  std::string many;
  for (int i = 0; i < 1'000; ++i) many += fmt::format("near the place{} Town and ", i);
  EXPECT_THAT(slots(many), SizeIs(kNameSlotsMax));
}

TEST(Relation, KnowsTranslationsByFiguresAndNames) {
  const auto release = [](std::string_view uri, std::string_view language, int day, bool other_figures) {
    Release made = On(Make(uri, Text(language, 40)), day);
    made.set_language(std::string(language));
    for (const double value : {2'500.0, 13.5, 48'000.0})
      made.add_figures()->set_value(other_figures ? value + 1 : value);
    made.add_people()->set_display_name("Etienne Micallef");
    return made;
  };
  const Release english = release("https://harbour.example/en", "en", 4, false);
  EXPECT_EQ(RelationOf(english, release("https://harbour.example/fr", "fr", 5, false)),
            SimilarRelease::RELATION_TRANSLATION);
  EXPECT_GE(SharedWeight(english, release("https://harbour.example/fr", "fr", 5, false)), kSharedWeightMin);
  // Another issuer, another week, other figures.
  EXPECT_EQ(RelationOf(english, release("https://port.example/fr", "fr", 5, false)),
            SimilarRelease::RELATION_UNSPECIFIED);
  EXPECT_EQ(RelationOf(english, release("https://harbour.example/fr", "fr", 14, false)),
            SimilarRelease::RELATION_UNSPECIFIED);
  EXPECT_EQ(RelationOf(english, release("https://harbour.example/fr", "fr", 5, true)),
            SimilarRelease::RELATION_UNSPECIFIED);
}

TEST(Relation, JoinsReportsOfOneHappening) {
  const auto report = [](std::string_view uri, std::string_view kind, int day, std::string_view body) {
    Release made = On(Make(uri, Text(kind, 60)), 12);
    AddEvent("policy seminar on migrants and cities", "Guangzhou", 3, day, &made);
    made.add_organizations()->set_display_name(std::string(body));
    return made;
  };
  const Release first = report("https://iom.example/1", "iom", 11, "International Labour Organization");
  const Release second = report("https://ilo.example/1", "ilo", 11, "International Labour Organization");
  EXPECT_EQ(RelationOf(first, second), SimilarRelease::RELATION_SAME_EVENT);
  EXPECT_GE(SharedWeight(first, second), kSharedWeightMin);
  // Two dates for one seminar: still the same, and told.
  const Release late = report("https://ilo.example/2", "ilo", 12, "International Labour Organization");
  EXPECT_EQ(RelationOf(first, late), SimilarRelease::RELATION_SAME_EVENT);
  const auto detail = FindContradictions(MakeProfile(first), MakeProfile(late), SimilarRelease::RELATION_SAME_EVENT);
  ASSERT_EQ(detail.contradictions_size(), 1);
  EXPECT_EQ(detail.contradictions(0).field(), "events.date");
  EXPECT_EQ(Mirror(detail).contradictions(0).here(), "12 March");
  // Nobody in common.
  EXPECT_EQ(RelationOf(first, report("https://other.example/1", "x", 11, "Harbour Board")),
            SimilarRelease::RELATION_UNSPECIFIED);
}

TEST(Contradictions, TellFiguresOfOneThingOnly) {
  const auto release = [](const std::string& number, double value) {
    const std::string before = "The seminar brought together ";
    const std::string after = " officials from central and provincial levels. " + Text("rest", 40);
    Release made = Make("https://a.example/" + number, before + number + after);
    auto* figure = made.add_figures();
    figure->set_text(number + " officials");
    figure->set_value(value);
    figure->set_unit("officials");
    figure->mutable_span()->set_start(static_cast<uint32_t>(before.size()));
    figure->mutable_span()->set_end(static_cast<uint32_t>(before.size() + number.size() + 10));
    return made;
  };
  const auto found = FindContradictions(MakeProfile(release("33", 33)), MakeProfile(release("35", 35)),
                                        SimilarRelease::RELATION_NEAR_DUPLICATE);
  ASSERT_EQ(found.contradictions_size(), 1);
  EXPECT_EQ(found.contradictions(0).sentence(), "two figures for one thing: 33 officials here, 35 officials there");
  EXPECT_EQ(FindContradictions(MakeProfile(release("33", 33)), MakeProfile(release("33", 33)),
                               SimilarRelease::RELATION_NEAR_DUPLICATE)
                .contradictions_size(),
            0);
}

struct Sum {
  std::string town;
  std::string written;
  double value = 0;
  std::string comparator = "=";
  int day = 12;
};

int ContradictionsOf(const Sum& first, const Sum& second) {
  const auto release = [](const Sum& sum) {
    const std::string before = "The minister said today that the " + sum.town + " fire department will receive ";
    const std::string after = " as part of the yearly programme for fire departments. " + Text("rest", 40);
    Release made = On(Make("https://a.example/" + sum.town, before + sum.written + after), sum.day);
    auto* figure = made.add_figures();
    figure->set_text(sum.written);
    figure->set_value(sum.value);
    figure->set_unit("EUR");
    figure->set_comparator(sum.comparator);
    figure->mutable_span()->set_start(static_cast<uint32_t>(before.size()));
    figure->mutable_span()->set_end(static_cast<uint32_t>(before.size() + sum.written.size()));
    return made;
  };
  return FindContradictions(MakeProfile(release(first)), MakeProfile(release(second)),
                            SimilarRelease::RELATION_NEAR_DUPLICATE)
      .contradictions_size();
}

TEST(Contradictions, AreNoneOfOtherTownsOrTimesNorOfRoundedNumbers) {
  const Sum sum{.town = "Msida", .written = "591,885", .value = 591'885};
  EXPECT_EQ(ContradictionsOf(sum, {.town = "Msida", .written = "124,560", .value = 124'560}), 1);
  EXPECT_EQ(ContradictionsOf(sum, {.town = "Sliema", .written = "124,560", .value = 124'560}), 0) << "of another town";
  EXPECT_EQ(ContradictionsOf(sum, {.town = "Msida", .written = "124,560", .value = 124'560, .day = 28}), 0) << "later";
  EXPECT_EQ(ContradictionsOf(sum, {.town = "Msida", .written = "590,000", .value = 590'000}), 0) << "rounded";
  EXPECT_EQ(ContradictionsOf(sum, {.town = "Msida", .written = "610,000", .value = 610'000}), 1) << "not by rounding";
  EXPECT_EQ(ContradictionsOf(sum, {.town = "Msida", .written = "over 500,000", .value = 500'000, .comparator = ">"}),
            0);
  EXPECT_EQ(ContradictionsOf(sum, {.town = "Msida", .written = "over 700,000", .value = 700'000, .comparator = ">"}),
            1);
  EXPECT_EQ(ContradictionsOf({.town = "Msida", .written = "10", .value = 10},
                             {.town = "Msida", .written = "14", .value = 14}),
            1)
      << "small numbers are not rounded";
}

}  // namespace
}  // namespace dateline::storage
