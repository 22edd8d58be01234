// Proves the functions of filters (mentions, near, changed), that wrong arguments are refused with their place, why a
// release matches, and that what an index may require of a record is there whenever the filter matches.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/base/error.h"
#include "common/filter/filter.h"
#include "common/filter/terms.h"
#include "google/protobuf/text_format.h"

namespace dateline::filter {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

release::v1::Release Sample() {
  release::v1::Release release;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        title: "Ministry opens water programme"
        text: "Lagos - The Ministry of Water opened “River Basins Forward” on Monday.\n\nOver 14 million people gain access, said Ms. Adaeze Okonkwo. 港口学校开学典礼在上海举行。"
        people { display_name: "Adaeze Okonkwo" role: "Vice Minister" }
        organizations { display_name: "Ministry of Water" acronym: "MoW" }
        places { display_name: "Lagos" country_code: "NG" }
        programmes { display_name: "River Basins Forward" }
        figures { text: "Over 14 million people" value: 14000000 unit: "people" rule: "en.figure" }
        publish { date { year: 2021 month: 3 day: 8 } }
      )pb",
      &release));
  return release;
}

TEST(Functions, Decide) {
  const release::v1::Release release = Sample();
  const struct {
    const char* filter;
    bool matches;
  } kCases[] = {
      {"mentions(\"Okonkwo\")", true},
      {"mentions(okonkwo, person)", true},
      {"mentions(okonkwo, place)", false},
      {"mentions(\"mow\", organization)", true},
      {"mentions(\"River Basins\")", true},
      {"mentions(\"River Basins\", programme)", true},
      {"mentions(lag*, place)", true},
      {"mentions(Monday)", false},
      {"NOT mentions(Monday)", true},
      {"near(ministry, opened, 3)", true},
      {"near(ministry, opened, 2)", false},
      {"near(opened, ministry, 3)", true},
      {"near(\"million people\", access, 2)", true},
      {"near(ministry, ministry, 100)", false},
      {"near(o*, o*, 40)", true},
      {"near(14, 14*, 5)", false},
      {"near(学校, 典礼, 3)", true},
      {"near(学校, 典礼, 2)", false},
      {"near(lagos, okonkwo, 100)", true},
      {"near(programme, ministry, 100)", false},  // Only in the title.
      {"changed(figures)", false},
      {"changed(*)", false},
      {"NOT changed(figures)", true},
  };
  for (const auto& [text, matches] : kCases) {
    const absl::StatusOr<Filter> filter = Compile(text);
    ASSERT_TRUE(filter.ok()) << text << ": " << filter.status().message();
    EXPECT_EQ(filter->Matches(release), matches) << text;
  }
}

TEST(Functions, SeeTheChangesOfAnEvent) {
  const release::v1::Release release = Sample();
  const Subject subject(release, {}, {"figures", "contacts.phones"});
  const struct {
    const char* filter;
    bool matches;
  } kCases[] = {
      {"changed(figures)", true},
      {"changed(contacts)", true},
      {"changed(contacts.phones)", true},
      {"changed(contacts.email)", false},
      {"changed(title)", false},
      {"changed(*)", true},
      {"changed(title) OR changed(figures)", true},
  };
  for (const auto& [text, matches] : kCases) EXPECT_EQ(Compile(text)->Matches(subject), matches) << text;
}

TEST(Functions, StayUnknownWhereTheRecordIsThinned) {
  release::v1::Release release = Sample();
  release.clear_text();
  EXPECT_EQ(Compile("near(ministry, opened, 3)")->Evaluate(Subject(release, {.text = true})), Truth::kUnknown);
  EXPECT_EQ(Compile("mentions(okonkwo)")->Evaluate(Subject(release, {.text = true})), Truth::kYes);
  EXPECT_EQ(Compile("mentions(nobody)")->Evaluate(Subject(release, {.text = true})), Truth::kNo);
  release.clear_people();
  const Subject thinned(release, {.text = true, .facts = true});
  EXPECT_EQ(Compile("mentions(okonkwo)")->Evaluate(thinned), Truth::kUnknown);
  EXPECT_EQ(Compile("mentions(okonkwo, place)")->Evaluate(thinned), Truth::kNo);
  EXPECT_EQ(Compile("mentions(lagos)")->Evaluate(thinned), Truth::kYes);
}

TEST(Functions, RefuseWrongArguments) {
  const struct {
    const char* filter;
    const char* position;
    const char* message;
  } kCases[] = {
      {"a neer(b, c, 2)", "2", "did you mean \"near\"?"},
      {"xyzzy(b)", "0", "there are mentions(name, kind), near(word, word, words) and changed(field)"},
      {"mentions()", "0", "takes a name"},
      {"mentions(a, person, b)", "0", "takes a name"},
      {"mentions(\"...\")", "9", "a letter or digit"},
      {"mentions(a, persn)", "12", "did you mean person?"},
      {"mentions(a, p*)", "12", "without wildcards"},
      {"near(a, b)", "0", "near takes two words"},
      {"near(a, b, many)", "11", "a number of words from 1 to 100"},
      {"near(a, b, 0)", "11", "from 1 to 100"},
      {"near(a, b, 101)", "11", "from 1 to 100"},
      {"near(a, \"-\", 1)", "8", "a letter or digit"},
      {"changed()", "0", "the path of one field"},
      {"changed(figurs)", "8", "did you mean \"figures\"?"},
      {"changed(fig*)", "8", "without wildcards"},
  };
  for (const auto& [text, position, message] : kCases) {
    const absl::Status status = Compile(text).status();
    EXPECT_EQ(ErrorReason(status), "INVALID_FILTER") << text;
    EXPECT_EQ(ErrorMetadataValue(status, "position"), position) << text << ": " << status.message();
    EXPECT_THAT(std::string(status.message()), HasSubstr(message)) << text;
  }
  const Schema plain = MakeSchema(*release::v1::Person::descriptor(), {"role"});
  EXPECT_THAT(std::string(Compile("near(a, b, 3)", plain).status().message()),
              HasSubstr("filters of Person have none"));
}

std::vector<std::string> Reasons(const char* filter, const Subject& subject) {
  std::vector<std::string> reasons;
  for (const MatchReason& reason : Compile(filter)->Reasons(subject)) reasons.push_back(reason.ToString());
  return reasons;
}

TEST(Reasons, NameTheClausesThatHoldWithTheirWords) {
  const release::v1::Release release = Sample();
  const Subject subject(release, {}, {"figures"});
  EXPECT_THAT(Reasons("minist*", subject), ElementsAre("minist* (title: \"Ministry\")"));
  EXPECT_THAT(Reasons("\"river basins\"", subject), ElementsAre("\"river basins\" (text: \"River Basins\")"));
  EXPECT_THAT(Reasons("people:vice language != fr", subject),
              ElementsAre("people:vice (people: \"Vice\")", "language != fr"));
  EXPECT_THAT(Reasons("geneva OR okonkwo", subject), ElementsAre("okonkwo (text: \"Okonkwo\")"));
  EXPECT_THAT(Reasons("figures.value > 1000", subject),
              ElementsAre("figures.value > 1000 (figures.value: \"Over 14 million people\")"));
  EXPECT_THAT(Reasons("publish.date = 2021", subject),
              ElementsAre("publish.date = 2021 (publish.date: \"2021-03-08\")"));
  EXPECT_THAT(Reasons("near(gain, said, 3)", subject),
              ElementsAre("near(gain, said, 3) (text: \"gain access, said\")"));
  EXPECT_THAT(Reasons("mentions(mow)", subject), ElementsAre("mentions(mow) (organizations.acronym: \"MoW\")"));
  EXPECT_THAT(Reasons("changed(figures)", subject), ElementsAre("changed(figures) (figures: \"figures\")"));
  EXPECT_THAT(Reasons("-geneva", subject), ElementsAre("NOT geneva"));
  EXPECT_THAT(Reasons("geneva", subject), IsEmpty());
  EXPECT_THAT(Reasons("", subject), IsEmpty());
}

// Whether the record has what the clause needs, and whether that is all there is to say.
std::pair<bool, bool> Needs(const Filter& filter, const Subject& subject) {
  const ClauseTerms needed = FindClauseTerms(filter.condition());
  const bool has = std::all_of(needed.terms.begin(), needed.terms.end(), [&](const Term& term) {
    const std::vector<Term> terms = TermsOf(subject, term.path);
    return std::binary_search(terms.begin(), terms.end(), term);
  });
  return {has, needed.sufficient};
}

TEST(ClauseTerms, LeadToWhatMatchesAndOftenSayAll) {
  const release::v1::Release release = Sample();
  const Subject subject(release, {}, {"contacts.phones"});
  const struct {
    const char* clause;
    bool has;
    bool sufficient;
  } kCases[] = {
      {"okonkwo", true, true},
      {"geneva", false, true},
      {"minist*", true, false},
      {"genev*", false, false},
      {"*stry", true, false},
      {"学校开学", true, false},
      {"学校", true, true},
      {"校学", false, true},
      {"学", true, true},
      {"language = fr", false, true},
      {"places.country_code = ng", true, true},
      {"people.role:minister", true, true},
      {"people.role:president", false, true},
      {"quotes:*", false, false},
      {"figures.value > 50", true, false},
      {"funding.amount.value > 50", false, false},
      {"mentions(okonkwo, place)", false, true},
      {"mentions(\"river basins\")", true, true},
      {"mentions(\"basins river\")", false, true},
      {"near(ministry, opened, 1)", true, false},
      {"changed(contacts)", true, true},
      {"changed(*)", true, true},
      {"changed(title)", false, true},
      {"subtitle = \"\"", true, true},
  };
  for (const auto& [text, has, sufficient] : kCases) {
    EXPECT_EQ(Needs(*Compile(text), subject), std::pair(has, sufficient)) << text;
  }
}

}  // namespace
}  // namespace dateline::filter
