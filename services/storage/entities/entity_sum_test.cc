// Proves what an entity keeps of its mentions: evidence and contexts are bounded, the oldest go first, and come back as
// they were given.

#include "services/storage/entities/entity_sum.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/ids.h"

namespace dateline::storage {
namespace {

using records::EntityRecord;
using records::MentionRecord;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string ReleaseName(int number) {
  return "releases/" + UuidV5(fmt::format("release {}", number));
}

MentionRecord Mention(int number, const std::string& role) {
  MentionRecord mention;
  mention.set_release(ReleaseName(number));
  mention.set_time_us(number);
  mention.add_aliases()->set_display_name("Ada Borg");
  auto* said = mention.add_roles();
  said->set_role(role);
  said->set_organization("Works Council");
  auto* contact = mention.add_contacts();
  contact->set_email("ada@works.example");
  contact->set_organization("Works Council");
  return mention;
}

v1::Entity Whole(const EntityRecord& record) {
  EntityRow row;
  row.name = "people/1";
  row.kind = v1::Entity::KIND_PERSON;
  row.record = record.SerializeAsString();
  EntityRecord read;
  EXPECT_TRUE(read.ParseFromString(row.record));
  return ToEntity(row, read, true);
}

TEST(EntitySum, TheLatestReleasesAreTheEvidenceOfARoleAndAContact) {
  EntityRecord record;
  for (int number = 1; number <= kEvidenceReleasesMax + 5; ++number) AddMention(Mention(number, "Chair"), &record);
  const v1::Entity entity = Whole(record);
  ASSERT_THAT(entity.roles(), SizeIs(1));
  ASSERT_THAT(entity.roles(0).releases(), SizeIs(kEvidenceReleasesMax));
  EXPECT_EQ(entity.roles(0).releases(0), ReleaseName(6));
  EXPECT_EQ(*entity.roles(0).releases().rbegin(), ReleaseName(kEvidenceReleasesMax + 5));
  ASSERT_THAT(entity.contacts(), SizeIs(1));
  EXPECT_THAT(entity.contacts(0).releases(), SizeIs(kEvidenceReleasesMax));
}

TEST(EntitySum, ARoleIsOneHoweverItIsWritten) {
  EntityRecord record;
  AddMention(Mention(1, "Chief Economist"), &record);
  AddMention(Mention(2, "chief  economist"), &record);
  AddMention(Mention(3, "Director"), &record);
  const v1::Entity entity = Whole(record);
  ASSERT_THAT(entity.roles(), SizeIs(2));
  EXPECT_THAT(record.roles(0).count(), 2);
}

TEST(EntitySum, OfContextsTheOldestGoFirst) {
  EntityRecord record;
  for (int number = 1; number <= kEntityContextsMax + 2; ++number) {
    MentionRecord mention;
    mention.add_contexts(fmt::format("o:council {}", number));
    mention.add_contexts("s:works.example");
    AddMention(mention, &record);
  }
  EXPECT_FALSE(HasContext(record, "o:council 1"));
  EXPECT_TRUE(HasContext(record, fmt::format("o:council {}", kEntityContextsMax + 2)));
  EXPECT_FALSE(HasContext(record, "o:council")) << "a part of one is none";
  EXPECT_EQ(ContextsOf(record, "").size(), static_cast<size_t>(kEntityContextsMax));
  EXPECT_THAT(ContextsOf(record, "y:"), IsEmpty());
}

TEST(EntitySum, ContextsAreGivenByTheirPrefix) {
  EntityRecord record;
  EXPECT_THAT(ContextsOf(record, ""), IsEmpty());
  EXPECT_FALSE(HasContext(record, ""));
  MentionRecord mention;
  for (const char* context : {"o:council", "s:works.example", "o:ministry of health"}) mention.add_contexts(context);
  AddMention(mention, &record);
  EXPECT_THAT(ContextsOf(record, "o:"), ElementsAre("o:council", "o:ministry of health"));
  EXPECT_THAT(ContextsOf(record, "s:"), ElementsAre("s:works.example"));
}

}  // namespace
}  // namespace dateline::storage
