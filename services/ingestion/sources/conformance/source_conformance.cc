// What every SourceStore has to do: settings, leases by host, what is due, outcomes under a lease, events in the same
// transaction. The specification of the port.

#include <optional>

#include "common/base/error.h"
#include "services/ingestion/health/source_health.h"
#include "services/ingestion/sources/conformance/store_under_test.h"

namespace dateline::ingestion {
namespace {

using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

TEST_P(SourceStoreConformance, KeepsSettings) {
  ASSERT_TRUE(store_.Create(Record("first", "a.example", std::nullopt)).ok());
  EXPECT_EQ(ErrorReason(store_.Create(Record("first", "b.example", std::nullopt))), "SOURCE_EXISTS");
  SourceRecord same_uri = Record("second", "a.example", std::nullopt);
  same_uri.source.set_uri("https://a.example/first");
  const absl::Status taken = store_.Create(same_uri);
  EXPECT_EQ(ErrorReason(taken), "SOURCE_EXISTS");
  EXPECT_EQ(ErrorMetadataValue(taken, "source"), "sources/first");
  EXPECT_EQ(ErrorReason(store_.Get("sources/other").status()), "SOURCE_NOT_FOUND");
  const auto changed = store_.Change("sources/first", [](SourceRecord* record) {
    record->source.set_display_name("First");
    record->state.set_polls(7);
    return absl::OkStatus();
  });
  ASSERT_TRUE(changed.ok()) << changed.status();
  const auto refused = store_.Change("sources/first", [](SourceRecord* record) {
    record->source.set_display_name("Second");
    return absl::AbortedError("no");
  });
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kAborted);
  const auto read = store_.Get("sources/first");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->source.display_name(), "First");
  EXPECT_EQ(read->state.polls(), 7U);
  EXPECT_FALSE(store_.Delete("sources/first", [](const auto&) { return absl::AbortedError("no"); }).ok());
  EXPECT_TRUE(store_.Delete("sources/first", [](const auto&) { return absl::OkStatus(); }).ok());
  EXPECT_FALSE(store_.Get("sources/first").ok());
}

TEST_P(SourceStoreConformance, ListsByNameInPages) {
  for (const char* id : {"cccc", "aaaa", "bbbb"}) {
    ASSERT_TRUE(store_.Create(Record(id, "a.example", std::nullopt)).ok());
  }
  auto page = store_.List({.limit = 2, .after = ""});
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->sources.size(), 2U);
  EXPECT_EQ(page->sources[1].source.name(), "sources/bbbb");
  EXPECT_TRUE(page->more);
  page = store_.List({.limit = 2, .after = "sources/bbbb"});
  ASSERT_EQ(page->sources.size(), 1U);
  EXPECT_FALSE(page->more);
}

TEST_P(SourceStoreConformance, GivesAHostToOneHolderAtATime) {
  ASSERT_TRUE(store_.Create(Record("aaaa", "a.example", Now())).ok());
  ASSERT_TRUE(store_.Create(Record("bbbb", "a.example", Now())).ok());
  ASSERT_TRUE(store_.Create(Record("cccc", "c.example", Now() + 10min)).ok());
  const auto first = Lease("one");
  ASSERT_EQ(first.size(), 1U) << "two sources of a host are one lease, and the other is not due";
  EXPECT_EQ(first[0].host, "a.example");
  EXPECT_TRUE(Lease("two").empty());
  EXPECT_EQ(store_.Tasks("a.example", Now(), 10)->size(), 2U);
  clock_.Advance(5min + 1s);
  const auto second = Lease("two");
  ASSERT_EQ(second.size(), 1U) << "the lease is over";
  EXPECT_EQ(ErrorReason(Commit(Outcome(*Due("a.example"), first[0]))), "LEASE_LOST");
  EXPECT_EQ(store_.Get("sources/aaaa")->state.polls(), 0U);
  EXPECT_TRUE(Commit(Outcome(*Due("a.example"), second[0])).ok());
  EXPECT_EQ(store_.Get("sources/aaaa")->state.polls(), 1U);
  clock_.Advance(4min + 59s);
  const auto third = Lease("one");
  ASSERT_EQ(third.size(), 1U);
  EXPECT_EQ(third[0].host, "c.example") << "the commit extended the lease of the other";
}

TEST_P(SourceStoreConformance, TellsWhetherAHostWasGivenBack) {
  ASSERT_TRUE(store_.Create(Record("aaaa", "a.example", Now())).ok());
  const auto first = Lease("one");
  ASSERT_EQ(first.size(), 1U);
  EXPECT_FALSE(first[0].inherited) << "nobody has held it";
  ASSERT_TRUE(Release(first[0]).ok());
  const auto second = Lease("one");
  ASSERT_EQ(second.size(), 1U);
  EXPECT_FALSE(second[0].inherited) << "it was given back";
  clock_.Advance(std::chrono::minutes(6));
  const auto third = Lease("two");
  ASSERT_EQ(third.size(), 1U);
  EXPECT_TRUE(third[0].inherited) << "its holder has fallen silent";
}

TEST_P(SourceStoreConformance, AWishThatCameDuringAPollIsKept) {
  ASSERT_TRUE(store_.Create(Record("aaaa", "a.example", Now())).ok());
  const auto leases = Lease("one");
  const auto due = Due("a.example");
  ASSERT_TRUE(due);
  clock_.Advance(std::chrono::seconds(1));
  const WallTime wished = Now();
  ASSERT_TRUE(store_
                  .Change("sources/aaaa",
                          [wished](SourceRecord* record) {
                            record->next_poll = wished;
                            return absl::OkStatus();
                          })
                  .ok());
  ASSERT_TRUE(Commit(Outcome(*due, leases[0])).ok());
  EXPECT_EQ(store_.Get("sources/aaaa")->next_poll, wished) << "the poll had begun before";
  const auto again = Due("a.example");
  ASSERT_TRUE(again);
  ASSERT_TRUE(Commit(Outcome(*again, leases[0])).ok());
  EXPECT_GT(*store_.Get("sources/aaaa")->next_poll, wished);
}

TEST_P(SourceStoreConformance, KnowsWhenSomethingIsDue) {
  EXPECT_EQ(*store_.NextDue(), std::nullopt);
  ASSERT_TRUE(store_.Create(Record("aaaa", "a.example", Now() + 10min)).ok());
  ASSERT_TRUE(store_.Create(Record("bbbb", "b.example", std::nullopt)).ok());
  EXPECT_EQ(*store_.NextDue(), Now() + 10min);
  EXPECT_TRUE(Lease("one").empty());
  clock_.Advance(10min);
  const auto leases = Lease("one");
  ASSERT_EQ(leases.size(), 1U);
  EXPECT_EQ(*store_.NextDue(), Now() + 5min) << "held until then";
  ASSERT_TRUE(Commit(Outcome(*Due("a.example"), leases[0])).ok());
  ASSERT_TRUE(Release(leases[0]).ok());
  EXPECT_EQ(*store_.NextDue(), Now() + 30min);
}

TEST_P(SourceStoreConformance, LetsAHostRest) {
  ASSERT_TRUE(store_.Create(Record("aaaa", "a.example", Now())).ok());
  auto leases = Lease("one");
  leases[0].state.set_backoff_until_us(ToMicros(Now() + 60min));
  leases[0].state.set_backoff_level(3);
  ASSERT_TRUE(Release(leases[0]).ok());
  EXPECT_TRUE(Lease("one").empty());
  EXPECT_EQ(*store_.NextDue(), Now() + 60min);
  clock_.Advance(60min);
  leases = Lease("two");
  ASSERT_EQ(leases.size(), 1U);
  EXPECT_EQ(leases[0].state.backoff_level(), 3U);
}

TEST_P(SourceStoreConformance, KeepsItemsUntilTheirPagesAreThere) {
  ASSERT_TRUE(store_.Create(Record("aaaa", "a.example", Now())).ok());
  const auto leases = Lease("one");
  const SourceRecord record = *Due("a.example");
  ASSERT_TRUE(Commit(Outcome(record, leases[0], {"https://a.example/1", "https://pages.example/2"})).ok());
  auto found = store_.FindItems("sources/aaaa", {.uris = {"https://a.example/1"},
                                                 .guids = {"guid of https://pages.example/2"},
                                                 .title_keys = {"title of https://a.example/1", "unknown"}});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->size(), 2U);
  const auto all = store_.Items("sources/aaaa");
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].uri, "https://a.example/1");
  EXPECT_EQ((*all)[1].uri, "https://pages.example/2");
  EXPECT_EQ((*all)[1].due, Now());
  EXPECT_TRUE(store_.Items("sources/bbbb")->empty());
  EXPECT_TRUE(
      store_.FindItems("sources/bbbb", {.uris = {"https://a.example/1"}, .guids = {}, .title_keys = {}})->empty());

  const auto tasks = store_.Tasks("a.example", Now(), 10);
  ASSERT_EQ(tasks->size(), 1U) << "the other page belongs to another host";
  ASSERT_TRUE(tasks->front().page);
  EXPECT_EQ(tasks->front().page_source->source.name(), "sources/aaaa");
  const auto other = Lease("two");
  ASSERT_EQ(other.size(), 1U);
  EXPECT_EQ(other[0].host, "pages.example");

  PageCommit done;
  done.item = *tasks->front().page;
  done.item.due.reset();
  done.item.state.set_copy(state::ItemState::COPY_PAGE);
  done.host = {.lease = leases[0], .keep = 5min, .release = false};
  ASSERT_TRUE(Commit(done).ok());
  EXPECT_TRUE(store_.Tasks("a.example", Now(), 10)->empty());
  found = store_.FindItems("sources/aaaa", {.uris = {"https://a.example/1"}, .guids = {}, .title_keys = {}});
  EXPECT_EQ(found->front().state.copy(), state::ItemState::COPY_PAGE);
}

TEST_P(SourceStoreConformance, KeepsAnEditThatCameWhileThePageWasFetched) {
  ASSERT_TRUE(store_.Create(Record("aaaa", "a.example", Now())).ok());
  const auto leases = Lease("one");
  const SourceRecord record = *Due("a.example");
  ASSERT_TRUE(Commit(Outcome(record, leases[0], {"https://a.example/1"})).ok());
  ItemRecord fetched = *store_.Tasks("a.example", Now(), 10)->front().page;
  ItemRecord edited = fetched;
  edited.state.set_fingerprint("another");
  PollCommit edit = Outcome(record, leases[0]);
  edit.items = {edited};
  ASSERT_TRUE(Commit(edit).ok());
  PageCommit done;
  done.item = fetched;
  done.item.due.reset();
  done.host = {.lease = leases[0], .keep = 5min, .release = false};
  ASSERT_TRUE(Commit(done).ok());
  const auto tasks = store_.Tasks("a.example", Now(), 10);
  ASSERT_EQ(tasks->size(), 1U) << "its page is still to be read";
  EXPECT_EQ(tasks->front().page->state.fingerprint(), "another");
}

TEST_P(SourceStoreConformance, DoesNotOverruleAPerson) {
  ASSERT_TRUE(store_.Create(Record("aaaa", "a.example", Now())).ok());
  const auto leases = Lease("one");
  const SourceRecord record = *Due("a.example");
  ASSERT_TRUE(store_
                  .Change("sources/aaaa",
                          [](SourceRecord* stored) {
                            stored->source.set_state(v1::Source::STATE_PAUSED);
                            stored->source.set_display_name("Named meanwhile");
                            stored->next_poll.reset();
                            return absl::OkStatus();
                          })
                  .ok());
  ASSERT_TRUE(Commit(Outcome(record, leases[0])).ok());
  auto read = store_.Get("sources/aaaa");
  EXPECT_EQ(read->next_poll, std::nullopt);
  EXPECT_EQ(read->source.display_name(), "Named meanwhile");
  EXPECT_EQ(read->state.polls(), 1U);
  ASSERT_TRUE(store_.Delete("sources/aaaa", [](const auto&) { return absl::OkStatus(); }).ok());
  EXPECT_TRUE(Commit(Outcome(record, leases[0])).ok()) << "the outcome of a deleted source is nobody's";
  EXPECT_FALSE(store_.Get("sources/aaaa").ok());
}

TEST_P(SourceStoreConformance, AdoptsAnAddressUnlessItIsTaken) {
  ASSERT_TRUE(store_.Create(Record("aaaa", "a.example", Now())).ok());
  ASSERT_TRUE(store_.Create(Record("bbbb", "b.example", std::nullopt)).ok());
  const auto leases = Lease("one");
  PollCommit moved = Outcome(*Due("a.example"), leases[0]);
  moved.record.source.set_uri("https://b.example/bbbb");
  moved.adopted_host = "b.example";
  ASSERT_TRUE(Commit(moved).ok());
  EXPECT_EQ(store_.Get("sources/aaaa")->source.uri(), "https://a.example/aaaa");
  moved.record.source.set_uri("https://c.example/new");
  moved.adopted_host = "c.example";
  moved.next_poll_before = store_.Get("sources/aaaa")->next_poll;
  moved.record.next_poll = Now();
  ASSERT_TRUE(Commit(moved).ok());
  EXPECT_EQ(store_.Get("sources/aaaa")->source.uri(), "https://c.example/new");
  EXPECT_TRUE(Due("c.example")) << "it is polled there now";
}

TEST_P(SourceStoreConformance, AppendsEventsWithTheirCause) {
  ASSERT_TRUE(store_.Create(Record("aaaa", "a.example", Now())).ok());
  const auto leases = Lease("one");
  PollCommit commit = Outcome(*Due("a.example"), leases[0], {"https://a.example/1"});
  commit.event =
      ChangeHealth({v1::Source::HEALTH_BLOCKED, "robots.txt"}, Now(), &commit.record.source, &commit.record.state);
  ASSERT_TRUE(commit.event);
  ASSERT_TRUE(Commit(commit).ok());
  PageCommit page;
  page.item = *store_.Tasks("a.example", Now(), 10)->front().page;
  page.host = {.lease = leases[0], .keep = 5min, .release = false};
  page.judge = [this](SourceRecord* record) {
    return ChangeHealth({v1::Source::HEALTH_OK, ""}, Now(), &record->source, &record->state);
  };
  ASSERT_TRUE(Commit(page).ok());
  EXPECT_EQ(store_.Get("sources/aaaa")->source.health(), v1::Source::HEALTH_OK);
  const auto events = store_.events().Read({.topic = std::string(kSourceTopic), .after = {}, .limit = 10});
  ASSERT_TRUE(events.ok());
  ASSERT_EQ(events->records.size(), 2U);
  EXPECT_EQ(events->records[0].type, "org.dateline.source.degraded");
  EXPECT_EQ(events->records[1].type, "org.dateline.source.recovered");
  HostLease lost = leases[0];
  lost.token += 1;
  commit.host.lease = lost;
  EXPECT_EQ(ErrorReason(Commit(commit)), "LEASE_LOST");
  EXPECT_EQ(store_.events().Read({.topic = std::string(kSourceTopic), .after = {}, .limit = 10})->records.size(), 2U);
}

TEST_P(SourceStoreConformance, KeepsTheLatestFetches) {
  ASSERT_TRUE(store_.Create(Record("aaaa", "a.example", Now())).ok());
  const auto leases = Lease("one");
  PollCommit commit = Outcome(*Due("a.example"), leases[0]);
  commit.fetches.clear();
  for (int i = 0; i < kFetchesKept + 10; ++i) commit.fetches.emplace_back().set_item_count(i);
  ASSERT_TRUE(Commit(commit).ok());
  auto page = store_.ListFetches("sources/aaaa", 150, std::nullopt);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->fetches.front().item_count(), kFetchesKept + 9) << "newest first";
  ASSERT_TRUE(page->next);
  page = store_.ListFetches("sources/aaaa", 150, page->next);
  EXPECT_EQ(page->fetches.size(), static_cast<size_t>(kFetchesKept - 150));
  EXPECT_EQ(page->fetches.back().item_count(), 10);
  EXPECT_FALSE(page->next);
}

TEST_P(SourceStoreConformance, Counts) {
  ASSERT_TRUE(store_.Create(Record("aaaa", "a.example", Now())).ok());
  SourceRecord paused = Record("bbbb", "b.example", std::nullopt);
  paused.source.set_state(v1::Source::STATE_PAUSED);
  paused.source.set_health(v1::Source::HEALTH_OK);
  ASSERT_TRUE(store_.Create(paused).ok());
  const auto leases = Lease("one");
  ASSERT_TRUE(Commit(Outcome(*Due("a.example"), leases[0], {"https://a.example/1"})).ok());
  const auto counts = store_.Count();
  ASSERT_TRUE(counts.ok());
  EXPECT_EQ(counts->sources, 2U);
  EXPECT_EQ(counts->paused, 1U);
  EXPECT_EQ(counts->by_health[v1::Source::HEALTH_OK], 1U);
  EXPECT_EQ(counts->items, 1U);
  EXPECT_EQ(counts->items_due, 1U);
}

}  // namespace
}  // namespace dateline::ingestion
