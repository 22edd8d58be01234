#include "services/storage/entities/title_and_quotes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dateline/release/v1/release.pb.h"

namespace dateline::storage {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

release::v1::Release Whole() {
  release::v1::Release release;
  release.set_name("releases/1");
  release.set_title("A Bridge Opens");
  release.set_text("“It holds,” said Ada Borg. “It will.”");
  release.add_people()->set_display_name("Ada Borg");
  for (const char* text : {"“It holds,”", "“It will.”"}) {
    release::v1::Quote* quote = release.add_quotes();
    quote->set_text(text);
    quote->set_speaker("Ada Borg");
    quote->mutable_span()->set_end(7);
  }
  release.mutable_create_time()->set_seconds(1'700'000'000);
  release.set_etag("x");
  return release;
}

TEST(TitleAndQuotes, AreThoseOfTheWholeMessage) {
  const release::v1::Release release = Whole();
  const auto said = ReadTitleAndQuotes(release.SerializeAsString());
  ASSERT_TRUE(said.has_value());
  EXPECT_EQ(said->title, release.title());
  ASSERT_THAT(said->quotes, SizeIs(2));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(said->quotes[static_cast<size_t>(i)].SerializeAsString(), release.quotes(i).SerializeAsString());
  }
}

TEST(TitleAndQuotes, AreAbsentWhereTheReleaseHasNone) {
  const auto said = ReadTitleAndQuotes("");
  ASSERT_TRUE(said.has_value());
  EXPECT_EQ(said->title, "");
  EXPECT_THAT(said->quotes, IsEmpty());
}

TEST(TitleAndQuotes, EveryCutIsNoticedOrEndsBetweenFields) {
  const std::string bytes = Whole().SerializeAsString();
  for (size_t length = 0; length < bytes.size(); ++length) {
    const std::string cut = bytes.substr(0, length);
    release::v1::Release release;
    EXPECT_EQ(ReadTitleAndQuotes(cut).has_value(), release.ParseFromString(cut)) << length;
  }
  EXPECT_FALSE(ReadTitleAndQuotes("no message").has_value());
}

}  // namespace
}  // namespace dateline::storage
