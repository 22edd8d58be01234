// Proves that the facts of whole releases are those that a reader finds: releases written for this test in the manner
// of many institutions, with all their facts written down beside them (README.md). Every kind of fact has a least F1,
// every attribute a least share that is right; a change that loses more than a fact or two fails.
// DATELINE_SHOW=1 prints what was missed, invented or wrong.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "services/extraction/extract.h"
#include "services/extraction/invariants.h"
#include "tests/facts/gold_release.h"
#include "tests/facts/score_facts.h"

namespace dateline::tests {
namespace {

// The least F1 of a kind, and the least share of right answers of an attribute.
const std::map<std::string, double>& Least() {
  static const std::map<std::string, double> least = {
      {"title", 0.95},
      {"dateline", 0.97},
      {"dateline.country", 0.97},
      {"dateline.date", 0.97},
      {"publish", 0.92},
      {"person", 0.92},
      {"person.role", 0.78},
      {"organization", 0.91},
      {"place", 0.94},
      {"place.country", 0.95},
      {"quote", 0.98},
      {"quote.speaker", 0.97},
      {"figure", 0.95},
      {"date", 0.97},
      {"contact", 0.98},
      {"contact.name", 0.93},
      {"event", 0.83},
      {"event.place", 0.85},
      {"event.date", 0.90},
      {"funding", 0.90},
      {"funding.funder", 0.80},
      {"funding.recipient", 0.85},
      {"funding.amount", 0.95},
      {"programme", 0.93},
      {"publication", 0.90},
  };
  return least;
}

class GoldFacts : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto gold = ReadGoldReleases(GOLD_RELEASES);
    ASSERT_TRUE(gold.ok()) << gold.status();
    const auto extractor = extraction::Extractor::Create();
    ASSERT_TRUE(extractor.ok()) << extractor.status();
    scorer_ = std::make_unique<FactScorer>();
    coverage_ = (*extractor)->Languages();
    for (const GoldRelease& release : *gold) {
      const auto answer = (*extractor)->Extract({.bytes = release.text, .content_type = "text/plain"});
      ASSERT_TRUE(answer.ok()) << release.name << ": " << answer.status();
      EXPECT_EQ(extraction::FindBrokenInvariant(*answer), "") << release.name;
      scorer_->Add(release, *answer);
      Note(*answer);
    }
  }
  static void TearDownTestSuite() { scorer_.reset(); }

  // The kinds of facts that a release has, called as its fields.
  static void Note(const release::v1::Release& release) {
    std::set<std::string>& kinds = found_[release.language().substr(0, 2)];
    std::vector<const google::protobuf::FieldDescriptor*> fields;
    release.GetReflection()->ListFields(release, &fields);
    for (const google::protobuf::FieldDescriptor* field : fields) kinds.insert(field->name());
  }

  static std::unique_ptr<FactScorer> scorer_;
  static std::vector<extraction::LanguageCoverage> coverage_;
  static std::map<std::string, std::set<std::string>> found_;
};

std::unique_ptr<FactScorer> GoldFacts::scorer_;
std::vector<extraction::LanguageCoverage> GoldFacts::coverage_;
std::map<std::string, std::set<std::string>> GoldFacts::found_;

TEST_F(GoldFacts, AreFoundInReleasesOfManyInstitutions) {
  if (std::getenv("DATELINE_SHOW") != nullptr) {
    for (const std::string& complaint : scorer_->complaints()) fmt::print("{}\n", complaint);
  }
  for (const auto& [kind, count] : scorer_->counts()) {
    const bool attribute = kind.find('.') != std::string::npos;
    const double score = attribute ? count.Recall() : count.F1();
    fmt::print("{:<18} {:.3f}  found {:>3} invented {:>2} missed {:>2}\n", kind, score, count.found, count.invented,
               count.missed);
    const auto least = Least().find(kind);
    if (least == Least().end()) {
      ADD_FAILURE() << "no threshold for " << kind;
      continue;
    }
    EXPECT_GE(score, least->second) << kind << "; DATELINE_SHOW=1 prints what is wrong";
  }
}

// What GetExtractorInfo says of a language is true: each kind of fact that it names is found in some text of it.
TEST_F(GoldFacts, AreFoundInEveryLanguageThatClaimsThem) {
  for (const extraction::LanguageCoverage& language : coverage_) {
    for (const std::string_view kind : language.facts)
      EXPECT_TRUE(found_[language.language].contains(std::string(kind))) << language.language << " has no " << kind;
  }
}

}  // namespace
}  // namespace dateline::tests
