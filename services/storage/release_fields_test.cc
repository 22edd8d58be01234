#include "services/storage/release_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dateline::storage {
namespace {

using release::v1::Release;

Release Whole() {
  Release release;
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

std::optional<Release> TitleAndQuotes(const std::string& bytes) {
  return ReadFields(bytes, {Release::kTitleFieldNumber, Release::kQuotesFieldNumber});
}

TEST(ReleaseFields, AreThoseOfTheWholeMessageAndNoOthers) {
  Release expected = Whole();
  const auto read = TitleAndQuotes(expected.SerializeAsString());
  ASSERT_TRUE(read.has_value());
  expected.clear_name();
  expected.clear_text();
  expected.clear_people();
  expected.clear_create_time();
  expected.clear_etag();
  EXPECT_EQ(read->SerializeAsString(), expected.SerializeAsString());
}

TEST(ReleaseFields, AreAbsentWhereTheReleaseHasNone) {
  const auto read = TitleAndQuotes("");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->ByteSizeLong(), 0U);
}

TEST(ReleaseFields, EveryCutIsNoticedOrEndsBetweenFields) {
  const std::string bytes = Whole().SerializeAsString();
  for (size_t length = 0; length < bytes.size(); ++length) {
    const std::string cut = bytes.substr(0, length);
    Release release;
    EXPECT_EQ(TitleAndQuotes(cut).has_value(), release.ParseFromString(cut)) << length;
  }
  EXPECT_FALSE(TitleAndQuotes("no message").has_value());
}

}  // namespace
}  // namespace dateline::storage
