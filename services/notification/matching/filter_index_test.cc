// The index finds exactly the subscriptions whose filter matches: for chosen cases (phrases, wildcards, other scripts,
// absence, functions), while subscriptions come and go, and for thousands of generated filters and releases, against
// the evaluator. DATELINE_SEED repeats a run.

#include "services/notification/matching/filter_index.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

namespace dateline::notification {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr EventTypeSet kPublished = 1;
constexpr EventTypeSet kRevised = 2;

std::vector<int64_t> Found(FilterIndex& index, const filter::Subject& subject, EventTypeSet type = kPublished) {
  std::vector<int64_t> ids;
  for (const FilterIndex::Match& match : index.Find(subject, type)) {
    ids.insert(ids.end(), match.subscriptions().begin(), match.subscriptions().end());
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

release::v1::Release Sample() {
  release::v1::Release release;
  release.set_name("releases/1");
  release.set_language("en");
  release.set_title("Migration routes: Médecins du Monde opens 救助站 in Sanya");
  release.set_text("The co-operation with the Ministry of Health began in March. 海南省三亚市人民医院 takes part.");
  release.add_organizations()->set_display_name("International Organization for Migration");
  release.mutable_organizations(0)->set_acronym("IOM");
  auto* person = release.add_people();
  person->set_display_name("Li Ming");
  person->set_role("Vice Minister");
  release.add_figures()->set_value(14);
  return release;
}

TEST(FilterIndex, FindsWhatTheLanguagePromises) {
  const release::v1::Release release = Sample();
  const filter::Subject subject(release);
  const std::vector<std::pair<const char*, bool>> cases = {
      {"", true},
      {"migration", true},
      {"migra*", true},
      {"*gration", true},
      {"mi*ion", true},
      {"migrations", false},
      {"\"medecins du monde\"", true},
      {"\"medecins monde\"", false},
      {"co-operation", true},
      {"三亚", true},
      {"三亚市人民", true},
      {"亚三", false},
      {"救", true},
      {"三亚*", true},
      {"language = en", true},
      {"language = fr", false},
      {"language = EN migration", true},
      {"-migration", false},
      {"-fire", true},
      {"fire OR migration", true},
      {"fire OR -water", true},
      {"organizations.acronym = IOM", true},
      {"organizations.acronym = IO*", true},
      {"people.role:minister", true},
      {"people:\"Li Ming\"", true},
      {"people:ministry", false},
      {"figures.value >= 14", true},
      {"figures.value > 14", false},
      {"figures.value = 14", true},
      {"quotes:*", false},
      {"people:*", true},
      {"subtitle = \"\"", true},
      {"subtitle != *", true},
      {"mentions(IOM)", true},
      {"mentions(\"Li Ming\", person)", true},
      {"mentions(\"Li Ming\", organization)", false},
      {"near(operation, health, 5)", true},
      {"near(operation, march, 1)", false},
      {"changed(figures)", false},
      {"(migration OR fire) (language = fr OR language = en) -water", true},
  };
  FilterIndex index;
  std::vector<int64_t> expected;
  for (size_t i = 0; i < cases.size(); ++i) {
    ASSERT_TRUE(index.Put(static_cast<int64_t>(i), cases[i].first, kPublished).ok()) << cases[i].first;
    if (cases[i].second) expected.push_back(static_cast<int64_t>(i));
    EXPECT_EQ(filter::Compile(cases[i].first)->Matches(subject), cases[i].second) << cases[i].first;
  }
  EXPECT_EQ(Found(index, subject), expected);
}

TEST(FilterIndex, LooksAtTypesAndChanges) {
  const release::v1::Release release = Sample();
  FilterIndex index;
  ASSERT_TRUE(index.Put(1, "", kPublished).ok());
  ASSERT_TRUE(index.Put(2, "", kPublished | kRevised).ok());
  ASSERT_TRUE(index.Put(3, "changed(figures)", kRevised).ok());
  ASSERT_TRUE(index.Put(4, "changed(contacts.phones)", kRevised).ok());
  const filter::Subject revised(release, {}, {"figures", "title"});
  EXPECT_THAT(Found(index, revised, kRevised), ElementsAre(2, 3));
  EXPECT_THAT(Found(index, filter::Subject(release), kPublished), ElementsAre(1, 2));
}

TEST(FilterIndex, FollowsChanges) {
  const release::v1::Release release = Sample();
  const filter::Subject subject(release);
  FilterIndex index;
  for (int64_t id = 1; id <= 3; ++id) ASSERT_TRUE(index.Put(id, "migration language = en", kPublished).ok());
  EXPECT_EQ(index.size().filters, 1U) << "equal filters are one";
  EXPECT_THAT(Found(index, subject), ElementsAre(1, 2, 3));
  ASSERT_TRUE(index.Put(2, "fire", kPublished).ok());
  EXPECT_THAT(Found(index, subject), ElementsAre(1, 3));
  EXPECT_FALSE(index.Put(3, "titel = x", kPublished).ok());
  EXPECT_THAT(Found(index, subject), ElementsAre(1));
  index.Remove(1);
  index.Remove(1);
  index.Remove(99);
  EXPECT_THAT(Found(index, subject), IsEmpty());
  index.Remove(2);
  const FilterIndex::Size size = index.size();
  EXPECT_EQ(size.subscriptions + size.filters + size.clauses + size.terms + size.unbound, 0U) << "nothing is left";
}

TEST(FilterIndex, KeepsThoseWhoAskForTheSameTogether) {
  const release::v1::Release release = Sample();
  FilterIndex index;
  ASSERT_TRUE(index.Put(1, "migration language = en", kPublished).ok());
  ASSERT_TRUE(index.Put(2, "language = EN Migration", kPublished).ok());
  ASSERT_TRUE(index.Put(3, "migration language = en", kPublished | kRevised).ok());
  EXPECT_EQ(index.size().filters, 2U) << "one for each set of types";
  const auto matches = index.Find(filter::Subject(release), kPublished);
  ASSERT_EQ(matches.size(), 2U);
  std::vector<size_t> sizes = {matches[0].subscriptions().size(), matches[1].subscriptions().size()};
  std::sort(sizes.begin(), sizes.end());
  EXPECT_THAT(sizes, ElementsAre(1U, 2U));
  index.Remove(1);
  EXPECT_THAT(Found(index, filter::Subject(release)), ElementsAre(2, 3));
}

TEST(FilterIndex, LearnsWhatIsCommonAndStaysRight) {
  // By their length the first word seems rarer than the second; the records say otherwise.
  release::v1::Release release;
  release.set_text("international day");
  FilterIndex index;
  for (int64_t id = 0; id < 2'000; ++id) {
    ASSERT_TRUE(index.Put(id, fmt::format("international w{}", id % 500), kPublished).ok());
  }
  index.Find(filter::Subject(release), kPublished);
  const size_t before = index.work().found;
  for (int i = 0; i < 1'000; ++i) EXPECT_THAT(index.Find(filter::Subject(release), kPublished), IsEmpty());
  EXPECT_LT(index.work().found, before / 10) << "found by the word that is rare";
  release.set_text("international w7");
  EXPECT_EQ(Found(index, filter::Subject(release)).size(), 4U);
  for (int64_t id = 0; id < 2'000; ++id) index.Remove(id);
  EXPECT_EQ(index.size().terms + index.size().filters, 0U);
}

// Few words and values, so that filters and releases often meet.
class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  size_t Below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }
  template <class T>
  const T& OneOf(const std::vector<T>& values) {
    return values[Below(values.size())];
  }

  std::string Word() {
    static const std::vector<std::string> words = {
        "fire",  "water", "Météo", "migration", "migrant",  "health",   "IOM", "三亚市", "医院", "海南",
        "co-op", "a",     "2018",  "Ⅷ",         "ministry", "minister", "ไทย", "서울은", "x1",   "état"};
    return OneOf(words);
  }
  std::string Text(size_t words) {
    std::string text;
    for (size_t i = 0; i < words; ++i) {
      if (i > 0) text += OneOf<std::string>({" ", " ", "", ", ", "\n\n", "-"});
      text += Word();
    }
    return text;
  }

  release::v1::Release Release() {
    release::v1::Release release;
    release.set_name("releases/1");
    release.set_language(OneOf<std::string>({"en", "fr", "zh", ""}));
    release.set_title(Text(Below(4)));
    release.set_subtitle(Text(Below(3)));
    release.set_text(Text(Below(12)));
    for (size_t i = Below(3); i > 0; --i) {
      auto* person = release.add_people();
      person->set_display_name(Text(1 + Below(2)));
      person->set_role(Text(Below(2)));
      person->set_confidence(static_cast<release::v1::Confidence>(Below(4)));
    }
    for (size_t i = Below(3); i > 0; --i) {
      auto* organization = release.add_organizations();
      organization->set_display_name(Text(1 + Below(2)));
      organization->set_acronym(OneOf<std::string>({"IOM", "UNHCR", ""}));
    }
    for (size_t i = Below(3); i > 0; --i) release.add_figures()->set_value(static_cast<double>(Below(5)));
    if (Below(2) == 0) release.mutable_publish()->mutable_date()->set_year(2016 + static_cast<int>(Below(4)));
    if (Below(3) == 0) release.add_contacts()->add_phones()->set_valid(Below(2) == 0);
    for (size_t i = Below(2); i > 0; --i) release.add_topics(Word());
    return release;
  }

  std::string Filter(int depth = 3) {
    switch (depth > 0 ? Below(8) : Below(4)) {
      case 4:
        return fmt::format("({} OR {})", Filter(depth - 1), Filter(depth - 1));
      case 5:
        return fmt::format("({} AND {})", Filter(depth - 1), Filter(depth - 1));
      case 6:
        return fmt::format("NOT ({})", Filter(depth - 1));
      case 7:
        return fmt::format("({} {} {})", Clause(), Clause(), Filter(depth - 1));
      default:
        return Clause();
    }
  }

 private:
  std::string Pattern() {
    switch (Below(6)) {
      case 0:
        return "\"" + Text(2) + "\"";
      case 1:
        return "\"" + Word().substr(0, 3) + "*\"";  // May cut a character: then the filter does not compile.
      case 2:
        return "\"*" + Word() + "\"";
      case 3:
        return "\"" + Word() + "*" + Word() + "\"";
      default:
        return "\"" + Word() + "\"";
    }
  }
  std::string Clause() {
    static const std::vector<std::string> texts = {
        "title", "subtitle", "text", "people.role", "people", "organizations", "organizations.acronym", "topics"};
    switch (Below(12)) {
      case 0:
      case 1:
      case 2:
        return Pattern();
      case 3:
      case 4:
        return fmt::format("{}:{}", OneOf(texts), Pattern());
      case 5:
        return fmt::format("{} {} {}", OneOf<std::string>({"language", "title", "organizations.acronym", "topics"}),
                           OneOf<std::string>({"=", "!=", "<", ">="}),
                           "\"" + OneOf<std::string>({"en", "fr", "IOM", Word()}) + "\"");
      case 6:
        return fmt::format("figures.value {} {}", OneOf<std::string>({"=", "<", ">", ">=", "!="}), Below(5));
      case 7:
        return fmt::format("people.confidence {} {}", OneOf<std::string>({"=", "!=", ":"}),
                           OneOf<std::string>({"HIGH", "LOW"}));
      case 8:
        return fmt::format("{}:*",
                           OneOf<std::string>({"people", "subtitle", "publish.date", "contacts.phones", "language"}));
      case 9:
        return fmt::format("publish.date {} {}", OneOf<std::string>({"=", ">=", "<"}), 2016 + Below(4));
      case 10:
        return fmt::format("contacts.phones.valid = {}", Below(2) == 0 ? "true" : "false");
      default:
        return Below(3) == 0   ? fmt::format("near({}, {}, {})", Pattern(), Pattern(), 1 + Below(4))
               : Below(2) == 0 ? fmt::format("changed({})", OneOf<std::string>({"figures", "title", "contacts", "*"}))
                               : fmt::format("mentions({})", Pattern());
    }
  }

  std::mt19937_64 random_;
};

TEST(FilterIndex, AgreesWithTheEvaluatorOnGeneratedFiltersAndReleases) {
  const char* given = std::getenv("DATELINE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 20'261'130;
  SCOPED_TRACE(fmt::format("DATELINE_SEED={}", seed));
  Generator generator(seed);
  FilterIndex index;
  std::map<int64_t, filter::Filter> filters;
  constexpr int64_t kFilters = 2'000;
  size_t cases = 0;
  size_t matches = 0;
  for (int round = 0; round < 60; ++round) {
    // Some come, some change, some go.
    for (int i = 0; i < 200; ++i) {
      const auto id = static_cast<int64_t>(generator.Below(kFilters));
      if (generator.Below(6) == 0) {
        index.Remove(id);
        filters.erase(id);
        continue;
      }
      const std::string text = generator.Filter();
      auto compiled = filter::Compile(text);
      const absl::Status put = index.Put(id, text, kPublished);
      ASSERT_EQ(put.ok(), compiled.ok()) << text;
      filters.erase(id);
      if (compiled.ok()) filters.emplace(id, *std::move(compiled));
    }
    for (int i = 0; i < 10; ++i) {
      const release::v1::Release release = generator.Release();
      const filter::Subject subject(release, {},
                                    generator.Below(2) == 0 ? std::vector<std::string>{"figures", "contacts.phones"}
                                                            : std::vector<std::string>());
      std::vector<int64_t> expected;
      for (const auto& [id, filter] : filters) {
        ++cases;
        if (filter.Matches(subject)) expected.push_back(id);
      }
      matches += expected.size();
      const std::vector<int64_t> found = Found(index, subject);
      if (found == expected) continue;
      std::vector<int64_t> different;
      std::set_symmetric_difference(found.begin(), found.end(), expected.begin(), expected.end(),
                                    std::back_inserter(different));
      FAIL() << "filter " << filters.at(different.front()).text() << "\nrelease " << release.ShortDebugString();
    }
  }
  RecordProperty("cases", static_cast<int>(cases));
  fmt::print("{} cases, {} of them matches\n", cases, matches);
  EXPECT_GT(cases, 500'000U);
  EXPECT_GT(matches, cases / 20) << "the generator meets its own releases";
}

}  // namespace
}  // namespace dateline::notification
