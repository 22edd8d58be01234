// Proves what the preview of a reprocessing says: what differs in the record, and nothing of what storage sets.

#include "services/storage/administration/record_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dateline::storage {
namespace {

using release::v1::Release;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(DescribeChanges, CountsListsAndShowsShortTexts) {
  Release before;
  before.set_title("Seminar opens");
  before.set_text("one two");
  before.add_people()->set_display_name("Li Ming");
  before.add_people()->set_display_name("Giuseppe Rossi");
  Release after = before;
  after.set_title("Policy seminar opens");
  after.set_text("one two three");
  after.mutable_people(1)->set_display_name("G. Rossi");
  after.add_people()->set_display_name("Ana Borg");
  after.mutable_dateline()->set_place("Sanya");
  EXPECT_THAT(DescribeChanges(before, after, 10),
              ElementsAre("title: \"Policy seminar opens\" instead of \"Seminar opens\"", "text: 13 bytes instead of 7",
                          "dateline: found", "people: 2 more, 1 less"));
  EXPECT_EQ(DescribeChanges(before, after, 2).size(), 2u);
}

TEST(DescribeChanges, PassesOverWhatStorageSets) {
  Release before;
  before.set_title("t");
  Release after = before;
  before.set_revision(3);
  before.set_etag("3-0");
  before.set_cluster("clusters/1");
  before.set_source("sources/a");
  before.mutable_extractor()->set_rules("old");
  after.mutable_extractor()->set_rules("new");
  EXPECT_THAT(DescribeChanges(before, after, 10), IsEmpty());
}

}  // namespace
}  // namespace dateline::storage
