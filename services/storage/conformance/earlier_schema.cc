#include "services/storage/conformance/earlier_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace dateline::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

std::vector<std::string> Names(DerivedStore& store, const EntityQuery& query) {
  std::vector<std::string> names;
  const auto rows = store.ListEntityRows(query);
  EXPECT_TRUE(rows.ok()) << rows.status();
  for (const EntityRow& row : *rows) names.push_back(row.name);
  return names;
}

std::vector<std::pair<int64_t, int64_t>> Pairs(const absl::StatusOr<std::vector<MentionRow>>& rows) {
  std::vector<std::pair<int64_t, int64_t>> pairs;
  EXPECT_TRUE(rows.ok()) << rows.status();
  for (const MentionRow& row : *rows) pairs.emplace_back(row.entity_id, row.release_id);
  return pairs;
}

}  // namespace

void ExpectDerivedUnderSchema8(DerivedStore& store) {
  EntityQuery all;
  all.limit = 3;
  EXPECT_THAT(Names(store, all), ElementsAre("people/4", "places/2", "organizations/3"));
  all.after_count = 3;
  all.after_id = 3;
  EXPECT_THAT(Names(store, all), ElementsAre("people/1"));
  EntityQuery people;
  people.kind = v1::Entity::KIND_PERSON;
  people.limit = 10;
  EXPECT_THAT(Names(store, people), ElementsAre("people/4", "people/1"));

  MentionQuery of_one{.entity_id = 1, .figures_only = false, .limit = 10, .after_time_us = {}};
  EXPECT_THAT(Pairs(store.ListMentionRows(of_one)), ElementsAre(Pair(1, 7), Pair(1, 8)));
  of_one.figures_only = true;
  EXPECT_THAT(Pairs(store.ListMentionRows(of_one)), ElementsAre(Pair(1, 8)));
  EXPECT_THAT(Pairs(store.MentionsOfReleases({7})), UnorderedElementsAre(Pair(1, 7), Pair(2, 7)));

  const auto head = store.LoadPostingHead();
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_THAT(head->runs, ElementsAre(PostingRunHead{.number = 1}, PostingRunHead{.number = 2}));
  for (const PostingRunHead& run : head->runs) {
    const auto buckets = store.LoadPostingBuckets(run.number, {3, 4});
    ASSERT_TRUE(buckets.ok()) << buckets.status();
    ASSERT_EQ(buckets->size(), 2u);
    EXPECT_EQ((*buckets)[0], std::string(1, static_cast<char>(run.number)));
    EXPECT_THAT((*buckets)[1], IsEmpty());
  }
}

}  // namespace dateline::storage
