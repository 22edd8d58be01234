// Proves what filters mean: each field type, paths through lists, absence, vague dates, bare words, negation, and the
// three-valued answer for events that carry a release without its text. Mistakes that only types can show are refused.

#include "common/filter/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "google/protobuf/text_format.h"

namespace dateline::filter {
namespace {

using ::testing::HasSubstr;

release::v1::Release Sample() {
  release::v1::Release release;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        name: "releases/1"
        revision: 2
        source: "sources/iom-news"
        uri: "https://www.iom.int/news/one"
        language: "en"
        title: "IOM Trains Officials in Sanya"
        text: "Sanya - Fourteen officials met.\n\nThey spoke about counter-trafficking."
        dateline { place: "Sanya" country_code: "CN" }
        publish {
          date { year: 2018 month: 1 }
          basis: "meta"
        }
        create_time { seconds: 1515150000 }
        page_type: ARTICLE
        people { display_name: "Etienne Micallef" role: "Programme Manager" confidence: HIGH rule: "en.person.secret" }
        people { display_name: "Li Ming" role: "Vice Minister" }
        organizations { display_name: "International Organization for Migration" acronym: "IOM" }
        places { display_name: "Hainan" country_code: "CN" latitude: 19.2 }
        figures { text: "over 14 million" value: 14000000 unit: "people" }
        contacts {
          email: "emicallef@iom.int"
          phones { raw: "+86105979969" valid: false }
        }
        sections { kind: LEAD }
        topics: "Migration Management"
      )pb",
      &release));
  return release;
}

TEST(Filter, MatchesByField) {
  const release::v1::Release release = Sample();
  const struct {
    const char* filter;
    bool matches;
  } kCases[] = {
      {"", true},
      {"sanya", true},
      {"SANYA trafficking", true},
      {"sanya geneva", false},
      {"sanya OR geneva", true},
      {"-geneva", true},
      {"NOT sanya", false},
      {"\"counter trafficking\"", true},
      {"micallef", true},
      {"iom hainan", true},
      {"minister", false},  // A role is not among the places where bare words are looked for.
      {"language = en", true},
      {"language = EN", true},
      {"language != fr", true},
      {"language = fr OR language = en", true},
      {"title:sanya", true},
      {"title:san", false},
      {"title:san*", true},
      {"title = \"iom trains*\"", true},
      {"title = sanya", false},
      {"subtitle:*", false},
      {"subtitle = \"\"", true},
      {"title:*", true},
      {"people:*", true},
      {"quotes:*", false},
      {"embargo_time:*", false},
      {"people:minister", true},
      {"people:secret", false},
      {"people.role:vice", true},
      {"people.display_name = \"li ming\"", true},
      {"people.display_name != \"li ming\"", false},
      {"people.display_name = \"li\"", false},
      {"people.confidence = HIGH", true},
      {"people.confidence = LOW", false},
      {"sections.kind = LEAD", true},
      {"sections.kind = QUOTE", false},
      {"people.confidence = CONFIDENCE_UNSPECIFIED", true},
      {"people.confidence = UNSPECIFIED", true},
      {"page_type = ARTICLE", true},
      {"figures.value > 1000000", true},
      {"figures.value >= 14000001", false},
      {"places.latitude < 20.5", true},
      {"places.latitude < -20.5", false},
      {"places.longitude < 1000", false},
      {"places.country_code = CN", true},
      {"contacts.phones.valid = false", true},
      {"contacts.phones.valid = true", false},
      {"contacts.email = *@iom.int", true},
      {"revision = 2", true},
      {"revision > 2", false},
      {"topics:migration", true},
      {"topics = \"migration management\"", true},
      {"source = sources/iom-news", true},
      {"publish.date = 2018", true},
      {"publish.date = 2018-01", true},
      {"publish.date = 2018-01-05", false},
      {"publish.date >= 2018-01-01", true},
      {"publish.date < 2018-02-01", true},
      {"publish.date > 2018-01-05", false},
      {"publish.date <= 2018", true},
      {"publish.date > 2017", true},
      {"publish.date.year = 2018", true},
      {"dateline.date = 2018", false},
      {"dateline.date != 2018", true},
      {"create_time > 2018-01-05T10:59:59Z", true},
      {"create_time = 2018-01-05", true},
      {"create_time < 2018-01-05T12:00:00+01:00", false},
      {"create_time <= 2018-01-05T12:00:00+01:00", true},
      {"create_time < 2018", false},
      {"withdraw_time:*", false},
      {"language = en (title:geneva OR people.role:manager) -topics:health", true},
  };
  for (const auto& [text, matches] : kCases) {
    const absl::StatusOr<Filter> filter = Compile(text);
    ASSERT_TRUE(filter.ok()) << text << ": " << filter.status().message();
    EXPECT_EQ(filter->Matches(release), matches) << text;
  }
}

TEST(Filter, RefusesWhatTheTypesForbid) {
  const struct {
    const char* filter;
    const char* position;
    const char* message;
  } kCases[] = {
      {"a titel = x", "2", "did you mean \"title\"?"},
      {"people.displayName = x", "0", "did you mean \"display_name\"?"},
      {"title.x = 1", "0", "\"title\" has no fields"},
      {"xyzzy_unheard = 1", "0", "Release has no field \"xyzzy_unheard\"; it has name, revision"},
      {"people = x", "0", "compare one of its fields: display_name, honorific"},
      {"revision = two", "11", "expected a whole number"},
      {"figures.value > many", "16", "expected a number"},
      {"publish.date = 2018-13", "15", "expected a date such as 2018-01-05"},
      {"publish.date = yesterday", "15", "expected a date"},
      {"create_time > 5", "14", "expected a time such as"},
      {"people.confidence = HGIH", "20", "did you mean HIGH?"},
      {"people.confidence > LOW", "20", "=, != and :"},
      {"contacts.phones.valid = yes", "24", "true or false"},
      {"title > a*", "8", "wildcards"},
      {"revision = 1*", "11", "no wildcards"},
      {"create_time > *", "14", "asterisk"},
      {"\"...\"", "0", "a letter or digit"},
      {"neat(sanya, 50)", "0", "there is no function \"neat\""},
  };
  for (const auto& [text, position, message] : kCases) {
    const absl::Status status = Compile(text).status();
    EXPECT_EQ(ErrorReason(status), "INVALID_FILTER") << text;
    EXPECT_EQ(ErrorMetadataValue(status, "position"), position) << text << ": " << status.message();
    EXPECT_THAT(std::string(status.message()), HasSubstr(message)) << text;
  }
}

TEST(Filter, DecidesWithoutTheTextWhereItCan) {
  release::v1::Release release = Sample();
  release.clear_text();
  const Missing no_text{.text = true};
  const struct {
    const char* filter;
    Truth truth;
  } kCases[] = {
      {"", Truth::kYes},
      {"sanya", Truth::kYes},
      {"trafficking", Truth::kUnknown},
      {"-trafficking", Truth::kUnknown},
      {"trafficking language = fr", Truth::kNo},
      {"trafficking OR language = en", Truth::kYes},
      {"text:trafficking", Truth::kUnknown},
      {"title:trafficking", Truth::kNo},
      {"quotes:*", Truth::kNo},
  };
  const Subject subject(release, no_text);
  for (const auto& [text, truth] : kCases) EXPECT_EQ(Compile(text)->Evaluate(subject), truth) << text;
}

TEST(Filter, TreatsEmptyFieldsOfAThinnedReleaseAsUnknown) {
  release::v1::Release release = Sample();
  release.clear_text();
  release.clear_people();
  const Subject subject(release, {.text = true, .facts = true});
  EXPECT_EQ(Compile("people.role:minister")->Evaluate(subject), Truth::kUnknown);
  EXPECT_EQ(Compile("language = fr")->Evaluate(subject), Truth::kNo);
  EXPECT_EQ(Compile("places:hainan")->Evaluate(subject), Truth::kYes);
}

TEST(Filter, KeepsItsTextAndTree) {
  const Filter filter = *Compile("title:x  y");
  EXPECT_EQ(filter.text(), "title:x  y");
  EXPECT_EQ(Print(filter.expression()), "title:x AND y");
  EXPECT_FALSE(filter.matches_all());
  EXPECT_TRUE(Filter().matches_all());
  EXPECT_TRUE(Compile(" ")->matches_all());
}

}  // namespace
}  // namespace dateline::filter
