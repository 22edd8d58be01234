// The property that indexes rest on, over generated filters and releases: what matches has a term of every group that
// the filter requires; a printed filter means the same; a thinned record is never decided against the full one; what
// matches has reasons.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "common/filter/filter.h"
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

TEST(Agreement, WhatMatchesHasWhatTheFilterRequires) {
  Generator generator(kSeed);
  std::vector<Record> records;
  for (int i = 0; i < kReleases; ++i) {
    Record record{.release = generator.NextRelease(i), .changes = generator.NextChanges(), .terms = {}};
    records.push_back(std::move(record));
  }
  int matches = 0;
  int ruled_out = 0;
  for (int i = 0; i < kFilters; ++i) {
    const std::string text = generator.NextFilter();
    const absl::StatusOr<Filter> filter = Compile(text);
    ASSERT_TRUE(filter.ok()) << text << ": " << filter.status();
    const absl::StatusOr<Filter> printed = Compile(Print(filter->expression()));
    ASSERT_TRUE(printed.ok()) << text;
    const std::vector<TermGroup> groups = filter->RequiredTerms();
    for (Record& record : records) {
      const Subject subject(record.release, {}, record.changes);
      const bool match = filter->Matches(subject);
      EXPECT_EQ(printed->Matches(subject), match) << text;
      const bool required = std::all_of(groups.begin(), groups.end(), [&](const TermGroup& group) {
        return std::any_of(group.begin(), group.end(), [&](const Term& term) { return Has(record, subject, term); });
      });
      EXPECT_TRUE(required || !match) << text << "\n" << record.release.DebugString();
      matches += match ? 1 : 0;
      ruled_out += required ? 0 : 1;
      if (match && i % 7 == 0) {
        EXPECT_FALSE(filter->Reasons(subject).empty()) << text;
      }
    }
  }
  // The generator would prove nothing if filters matched everything or nothing.
  EXPECT_GT(matches, kFilters * kReleases / 10);
  EXPECT_GT(ruled_out, kFilters * kReleases / 10);
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
