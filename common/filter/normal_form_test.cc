// Proves which filters are one after normalization, and which are not.

#include "common/filter/normal_form.h"

#include <gtest/gtest.h>

#include "common/filter/filter.h"

namespace dateline::filter {
namespace {

std::string Key(const char* text) {
  const auto filter = Compile(text);
  EXPECT_TRUE(filter.ok()) << text << ": " << filter.status();
  return filter.ok() ? ConditionKey(Normalize(filter->condition())) : std::string();
}

TEST(NormalForm, IsOneForWhatIsTheSame) {
  const char* const kSame[][2] = {
      {"flood river", "river AND flood"},
      {"flood river flood", "flood river"},
      {"flood", "(FLOOD)"},
      {"(a OR b) OR c", "c OR b OR a"},
      {"a (b (c d))", "d c b a"},
      {"NOT (NOT flood)", "flood"},
      {"-flood", "NOT flood"},
      {"language != en", "-(language = EN)"},
      {"Médecins", "medecins"},
      {"\"co-operation plan\"", "\"CO OPERATION  plan\""},
      {"publish.date >= 2018-01", "publish.date >= \"2018-01\""},
      {"figures.value > 1000", "figures.value > 1e3"},
      {"a (a OR a)", "a"},
      {"mentions(Okonkwo, person) language = en", "language = en mentions(OKONKWO, person)"},
  };
  for (const auto& [a, b] : kSame) EXPECT_EQ(Key(a), Key(b)) << a << " | " << b;
}

TEST(NormalForm, KeepsApartWhatIsNot) {
  const char* const kDifferent[] = {
      "",
      "flood",
      "floods",
      "flood*",
      "*flood",
      "title:flood",
      "title = flood",
      "text:flood",
      "-flood",
      "flood river",
      "\"flood river\"",
      "\"river flood\"",
      "flood OR river",
      "figures.value > 1",
      "figures.value >= 1",
      "figures.value > 2",
      "figures:*",
      "publish.date = 2018",
      "publish.date = 2019",
      "near(flood, river, 2)",
      "near(flood, river, 3)",
      "near(river, flood, 3)",
      "mentions(flood)",
      "mentions(flood, person)",
      "changed(title)",
      "changed(*)",
  };
  std::map<std::string, const char*> seen;
  for (const char* text : kDifferent) {
    const auto [known, added] = seen.emplace(Key(text), text);
    EXPECT_TRUE(added) << text << " | " << known->second;
  }
}

}  // namespace
}  // namespace dateline::filter
