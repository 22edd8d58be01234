// The properties that indexes rest on, over generated filters and releases: a clause that holds has its terms; a
// printed filter, its normal form and an evaluation with lists of words say the same; a thinned record is never decided
// against the full one; what matches has reasons.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "common/filter/filter.h"
#include "common/filter/normal_form.h"
#include "common/filter/terms.h"
#include "common/filter/testing/generator.h"

namespace dateline::filter {
namespace {

constexpr uint64_t kSeed = 20'261'130;
constexpr int kFilters = 400;
constexpr int kReleases = 60;

// A record with its terms worked out once for each path.
struct Record {
  release::v1::Release release;
  std::vector<std::string> changes;
  std::map<std::string, std::vector<Term>> terms;
};

bool Has(Record& record, const Subject& subject, const Term& term) {
  auto [entry, added] = record.terms.try_emplace(term.path);
  if (added) entry->second = TermsOf(subject, term.path);
  return std::binary_search(entry->second.begin(), entry->second.end(), term);
}

// A clause that holds has its terms, and one of which they say all holds when they are there.
void CheckTerms(const Condition& condition, const Subject& subject, Record& record, const std::string& text) {
  for (const Condition& child : condition.children) CheckTerms(child, subject, record, text);
  if (condition.kind == Expression::Kind::kAll || !condition.children.empty()) return;
  const ClauseTerms needed = FindClauseTerms(condition);
  const bool has = std::all_of(needed.terms.begin(), needed.terms.end(),
                               [&](const Term& term) { return Has(record, subject, term); });
  const bool holds = Evaluate(condition, subject) == Truth::kYes;
  EXPECT_TRUE(has || !holds) << text << "\n" << record.release.DebugString();
  if (needed.sufficient) {
    EXPECT_EQ(has, holds) << text << "\n" << record.release.DebugString();
  }
}

TEST(Agreement, ClausesNeedTheirTermsAndAllFormsOfAFilterMeanTheSame) {
  Generator generator(kSeed);
  std::vector<Record> records;
  for (int i = 0; i < kReleases; ++i) {
    Record record{.release = generator.NextRelease(i), .changes = generator.NextChanges(), .terms = {}};
    records.push_back(std::move(record));
  }
  int matches = 0;
  for (int i = 0; i < kFilters; ++i) {
    const std::string text = generator.NextFilter();
    const absl::StatusOr<Filter> filter = Compile(text);
    ASSERT_TRUE(filter.ok()) << text << ": " << filter.status();
    const absl::StatusOr<Filter> printed = Compile(Print(filter->expression()));
    ASSERT_TRUE(printed.ok()) << text;
    const Condition normal = Normalize(filter->condition());
    EXPECT_EQ(ConditionKey(Normalize(printed->condition())), ConditionKey(normal)) << text;
    for (Record& record : records) {
      const Subject subject(record.release, {}, record.changes);
      const bool match = filter->Matches(subject);
      EXPECT_EQ(printed->Matches(subject), match) << text;
      EXPECT_EQ(Evaluate(normal, subject) == Truth::kYes, match) << text << " in its normal form";
      CheckTerms(filter->condition(), subject, record, text);
      // A list of words is used from the time on that it pays.
      for (int k = 0; k < 30; ++k) EXPECT_EQ(filter->Matches(subject), match) << text << " asked " << k << " times";
      matches += match ? 1 : 0;
      if (match && i % 7 == 0) {
        EXPECT_FALSE(filter->Reasons(subject).empty()) << text;
      }
    }
  }
  // The generator would prove nothing if filters matched everything or nothing.
  EXPECT_GT(matches, kFilters * kReleases / 10);
}

TEST(Agreement, AThinnedRecordNeverContradictsTheFullOne) {
  Generator generator(kSeed + 1);
  for (int i = 0; i < kFilters; ++i) {
    const Filter filter = *Compile(generator.NextFilter());
    const release::v1::Release full = generator.NextRelease(i);
    release::v1::Release thin = full;
    thin.clear_text();
    thin.clear_people();
    thin.clear_figures();
    const Truth truth = filter.Evaluate(Subject(thin, {.text = true, .facts = true}));
    if (truth == Truth::kUnknown) continue;
    EXPECT_EQ(truth == Truth::kYes, filter.Matches(full)) << filter.text() << "\n" << full.DebugString();
  }
}

}  // namespace
}  // namespace dateline::filter
