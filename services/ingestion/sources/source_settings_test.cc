// Proves what may be set of a source, how masks take parts of it, and how ids are made.

#include "services/ingestion/sources/source_settings.h"

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "services/ingestion/sources/source_store.h"

namespace dateline::ingestion {
namespace {

TEST(SourceSettings, TakesHttpAddressesOnly) {
  EXPECT_EQ(*PollableUri("HTTPS://E.example/feed#top"), "https://e.example/feed");
  for (const char* uri : {"ftp://e.example/", "file:///etc/passwd", "feed", "https://me:secret@e.example/", ""}) {
    EXPECT_EQ(ErrorReason(PollableUri(uri).status()), "INVALID_URI") << uri;
  }
}

TEST(SourceSettings, KeepsWhatIsSettableAndChecksIt) {
  v1::Source given;
  given.set_uri("https://e.example/feed");
  given.set_name("sources/forged");
  given.set_health(v1::Source::HEALTH_GONE);
  given.set_display_name("  The   name ");
  auto settings = CheckedSettings(given);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->name(), "");
  EXPECT_EQ(settings->health(), v1::Source::HEALTH_UNSPECIFIED);
  EXPECT_EQ(settings->display_name(), "The name");
  given.mutable_poll_interval()->set_seconds(5);
  EXPECT_EQ(ErrorReason(CheckedSettings(given).status()), "INVALID_SOURCE");
  given.clear_poll_interval();
  given.set_display_name(std::string(64, 'x'));
  EXPECT_EQ(ErrorReason(CheckedSettings(given).status()), "INVALID_SOURCE");
  given.clear_display_name();
  v1::Recipe& recipe = *given.add_recipes();
  recipe.set_version(1);
  recipe.set_item_selector("li[");
  EXPECT_EQ(ErrorReason(CheckedSettings(given).status()), "INVALID_SELECTOR");
  recipe.set_item_selector("li.news");
  EXPECT_TRUE(CheckedSettings(given).ok());
}

TEST(SourceSettings, GivesRecipesTheirVersions) {
  v1::Source given;
  given.set_uri("https://newsroom.example/feed");
  for (const uint32_t version : {0U, 4U, 0U}) {
    given.add_recipes()->set_version(version);
    given.mutable_recipes()->rbegin()->set_item_selector("li");
  }
  const auto settings = CheckedSettings(given);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->recipes(0).version(), 5U);
  EXPECT_EQ(settings->recipes(1).version(), 4U);
  EXPECT_EQ(settings->recipes(2).version(), 6U);
}

TEST(SourceSettings, TakesTheFieldsOfTheMask) {
  v1::Source source;
  source.set_display_name("before");
  source.set_language("en");
  v1::Source given;
  given.set_display_name("after");
  google::protobuf::FieldMask mask;
  ASSERT_TRUE(ApplyMask(given, mask, &source).ok());
  EXPECT_EQ(source.display_name(), "after");
  EXPECT_EQ(source.language(), "en") << "without a mask only what is set";
  mask.add_paths("language");
  mask.add_paths("health");
  given.set_health(v1::Source::HEALTH_GONE);
  ASSERT_TRUE(ApplyMask(given, mask, &source).ok());
  EXPECT_EQ(source.language(), "") << "named and empty: cleared";
  EXPECT_EQ(source.health(), v1::Source::HEALTH_UNSPECIFIED) << "output only";
  mask.add_paths("colour");
  EXPECT_EQ(ErrorReason(ApplyMask(given, mask, &source)), "INVALID_SOURCE");
}

TEST(SourceSettings, MakesIdsOfHosts) {
  EXPECT_EQ(IdFromHost("www.example-news.org", 1), "example-news-org");
  EXPECT_EQ(IdFromHost("example.org", 12), "example-org-12");
  for (const std::string host : {"a", "1.2.3.4", "[::1]", "x..y", std::string(300, 'q').c_str(), "xn--p1ai"}) {
    for (const int number : {1, 9'999}) EXPECT_TRUE(IsSourceName("sources/" + IdFromHost(host, number))) << host;
  }
}

}  // namespace
}  // namespace dateline::ingestion
