// Proves which listed item is taken for which known one, and why: by address, by identifier, by content, and where none
// of these may be believed.

#include "services/ingestion/identity/item_identity.h"

#include <gtest/gtest.h>

namespace dateline::ingestion {
namespace {

using Reason = IdentityReason;

const WallTime kDay{std::chrono::hours(24 * 19'000)};

ListedItem Item(std::string link, std::string guid, std::string title = "A title long enough to tell") {
  ListedItem item;
  item.link = std::move(link);
  item.guid = std::move(guid);
  item.title = std::move(title);
  item.publish_time = kDay;
  return item;
}

ItemRecord Known(ListedItem item) {
  const IdentifiedItem identified = Identify({std::move(item)}, "https://e.org/feed").front();
  ItemRecord record;
  record.uri = identified.uri;
  record.guid = identified.item.guid;
  record.title_key = identified.title_key;
  record.state.set_title(identified.item.title);
  record.state.set_fingerprint(identified.fingerprint);
  return record;
}

std::vector<IdentityDecision> Decide(std::vector<ListedItem> items, const std::vector<ItemRecord>& known) {
  return Match(Identify(std::move(items), "https://e.org/feed"), known);
}

TEST(Identify, MakesKeysThatSurviveWhatDoesNotMatter) {
  const auto items = Identify({Item("https://E.org:443/a?utm_source=x#top", "1", "  A TITLE long\nenough to tell ")},
                              "https://e.org/feed");
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].uri, "https://e.org/a");
  const auto other = Identify({Item("https://e.org/b", "2", "A title long enough to tell")}, "https://e.org/feed");
  EXPECT_EQ(items[0].title_key, other[0].title_key);
  EXPECT_EQ(Identify({Item("https://e.org/b", "", "News")}, "https://e.org/feed")[0].title_key, "") << "too short";
}

TEST(Identify, GivesItemsWithoutAnAddressOneOfTheSource) {
  ListedItem item = Item("", "https://e.org/perma");
  EXPECT_EQ(Identify({item}, "https://e.org/feed")[0].uri, "https://e.org/perma");
  item.guid = "x";
  EXPECT_TRUE(Identify({item}, "https://e.org/feed").empty()) << "nothing could be stored of it";
  item.summary = "words";
  const auto made = Identify({item}, "https://e.org/feed");
  ASSERT_EQ(made.size(), 1U);
  EXPECT_TRUE(made[0].uri.starts_with("https://e.org/feed?item=")) << made[0].uri;
  EXPECT_EQ(made[0].uri, Identify({item}, "https://e.org/feed")[0].uri);
}

TEST(Identify, KeepsTheRicherOfTwoCopies) {
  ListedItem rich = Item("https://e.org/a", "1");
  rich.content = "<p>All of it.</p>";
  const auto items =
      Identify({Item("https://e.org/a", "1"), rich, Item("https://e.org/a?utm_id=3", "1")}, "https://e.org/feed");
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].item.content, rich.content);
}

TEST(Identify, SeesEditsInWordsAndNotInDates) {
  ListedItem item = Item("https://e.org/a", "1");
  item.summary = "Ten people.";
  const std::string before = Identify({item}, "https://e.org/feed")[0].fingerprint;
  item.publish_time = kDay + std::chrono::hours(5);
  item.update_time = item.publish_time;
  EXPECT_EQ(Identify({item}, "https://e.org/feed")[0].fingerprint, before);
  item.summary = "Eleven people.";
  EXPECT_NE(Identify({item}, "https://e.org/feed")[0].fingerprint, before);
  ListedItem bare = Item("https://e.org/a", "");
  const std::string bare_before = Identify({bare}, "https://e.org/feed")[0].fingerprint;
  bare.update_time = kDay;
  EXPECT_NE(Identify({bare}, "https://e.org/feed")[0].fingerprint, bare_before) << "a sitemap says nothing else";
}

TEST(Match, KnowsAnItemByItsAddressWhateverElseChanges) {
  const auto decided = Decide({Item("https://e.org/a", "new-guid-altogether", "Quite another headline now")},
                              {Known(Item("https://e.org/a", "old-guid-altogether"))});
  EXPECT_EQ(decided[0].known, 0);
  EXPECT_EQ(decided[0].reason, Reason::kSameUrl);
}

TEST(Match, KnowsAMovedItemByItsIdentifier) {
  const auto decided = Decide({Item("https://e.org/new", "urn:uuid:1234-5678", "Quite another headline now")},
                              {Known(Item("https://e.org/old", "urn:uuid:1234-5678"))});
  EXPECT_EQ(decided[0].known, 0);
  EXPECT_EQ(decided[0].reason, Reason::kSameGuid);
}

TEST(Match, DoesNotBelieveAShortIdentifierAlone) {
  const auto decided =
      Decide({Item("https://e.org/new", "1", "Quite another headline now")}, {Known(Item("https://e.org/old", "1"))});
  EXPECT_EQ(decided[0].known, -1);
  EXPECT_EQ(decided[0].reason, Reason::kGuidReused);
  EXPECT_EQ(Decide({Item("https://e.org/new", "1")}, {Known(Item("https://e.org/old", "1"))})[0].reason,
            Reason::kSameGuid)
      << "the title agrees";
}

TEST(Match, DoesNotBelieveWhatSeveralItemsShare) {
  const auto by_guid = Decide({Item("https://e.org/new1", "always-the-same-guid", "One headline of its own kind"),
                               Item("https://e.org/new2", "always-the-same-guid", "Another headline of its own")},
                              {Known(Item("https://e.org/old", "always-the-same-guid"))});
  EXPECT_EQ(by_guid[0].known, -1);
  EXPECT_EQ(by_guid[1].known, -1);
  const std::vector<ItemRecord> known = {
      Known(Item("https://e.org/", "guid-number-one", "One headline of its own kind")),
      Known(Item("https://e.org/", "guid-number-two", "Another headline of its own"))};
  const auto by_url = Decide({Item("https://e.org/", "guid-number-two", "Another headline of its own"),
                              Item("https://e.org/", "guid-number-one", "One headline of its own kind"),
                              Item("https://e.org/", "guid-number-three", "A third headline that is new")},
                             known);
  EXPECT_EQ(by_url[0].known, 1);
  EXPECT_EQ(by_url[1].known, 0);
  EXPECT_EQ(by_url[2].known, -1) << "the shared address makes it none of the known";
}

TEST(Match, KnowsAnItemByTitleAndDayOnceItsAddressIsGone) {
  const ItemRecord known = Known(Item("https://e.org/old", "old-guid"));
  const auto moved = Decide({Item("https://e.org/new", "new-guid")}, {known});
  EXPECT_EQ(moved[0].known, 0);
  EXPECT_EQ(moved[0].reason, Reason::kSameContent);
  const auto both = Decide({Item("https://e.org/new", "new-guid"), Item("https://e.org/old", "old-guid")}, {known});
  EXPECT_EQ(both[0].known, -1) << "the old one is still listed";
  EXPECT_EQ(both[1].known, 0);
  ListedItem later = Item("https://e.org/new", "new-guid");
  later.publish_time = kDay + std::chrono::hours(24 * 7);
  EXPECT_EQ(Decide({later}, {known})[0].known, -1) << "a headline that returns every week";
}

TEST(Match, GivesNoKnownItemTwice) {
  const auto decided = Decide({Item("https://e.org/a", "guid-number-one"), Item("https://e.org/b", "guid-number-one!")},
                              {Known(Item("https://e.org/a", "guid-number-one!"))});
  EXPECT_EQ(decided[0].known, 0);
  EXPECT_EQ(decided[1].known, -1);
}

}  // namespace
}  // namespace dateline::ingestion
