// What every SubscriptionStore has to do: settings, the cursor with its matches, who stands behind, deliveries with
// their attempts, replays, backfills. The specification of the port.

#include <gmock/gmock.h>

#include <atomic>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "dateline/events/v1/subscription_event.pb.h"
#include "io/cloudevents/v1/cloudevents.pb.h"
#include "services/notification/subscriptions/conformance/store_under_test.h"

namespace dateline::notification {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(SubscriptionStoreConformance, KeepsSettingsAndSecrets) {
  SubscriptionRecord record = Subscription("first", "climate");
  record.secrets.previous = "whsec_b2xk";
  record.secrets.previous_until = clock_.Now() + std::chrono::hours(24);
  record.request_id = "a-request";
  const auto created = store_.Create(record);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(ErrorReason(store_.Create(Subscription("first")).status()), "SUBSCRIPTION_EXISTS");
  EXPECT_EQ(ErrorReason(store_.Get("subscriptions/other").status()), "SUBSCRIPTION_NOT_FOUND");
  EXPECT_EQ(ErrorReason(store_.Get("first").status()), "SUBSCRIPTION_NOT_FOUND");
  auto read = store_.Get("subscriptions/first");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->settings.filter(), "climate");
  EXPECT_EQ(read->settings.name(), "subscriptions/first");
  EXPECT_EQ(read->settings.webhook().uri(), "https://receiver.example/first");
  EXPECT_EQ(read->secrets, record.secrets);
  EXPECT_EQ(read->request_id, "a-request");
  EXPECT_TRUE(read->live());
  const auto refused = store_.Change("subscriptions/first", [](SubscriptionRecord* changed) {
    changed->settings.set_filter("other");
    return absl::AbortedError("no");
  });
  EXPECT_TRUE(absl::IsAborted(refused.status()));
  EXPECT_EQ(store_.Get("subscriptions/first")->settings.filter(), "climate");
  const auto changed = store_.Change("subscriptions/first", [](SubscriptionRecord* stored) {
    stored->settings.set_filter("water");
    return absl::OkStatus();
  });
  ASSERT_TRUE(changed.ok());
  EXPECT_GT(changed->version, created->version);
  EXPECT_EQ(store_.Get("subscriptions/first")->settings.filter(), "water");
  EXPECT_FALSE(store_.Delete("subscriptions/first", [](const auto&) { return absl::AbortedError("no"); }).ok());
  EXPECT_TRUE(store_.Delete("subscriptions/first", [](const auto&) { return absl::OkStatus(); }).ok());
  EXPECT_FALSE(store_.Get("subscriptions/first").ok());
}

TEST_P(SubscriptionStoreConformance, ListsByNameAndRefusesTooMany) {
  for (const char* id : {"cccc", "aaaa", "eeee", "bbbb", "dddd"}) Add(id);
  EXPECT_EQ(ErrorReason(store_.Create(Subscription("ffff")).status()), "TOO_MANY_SUBSCRIPTIONS");
  auto page = store_.List(3, "");
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->subscriptions.size(), 3U);
  EXPECT_EQ(page->subscriptions[2].settings.name(), "subscriptions/cccc");
  EXPECT_TRUE(page->more);
  page = store_.List(3, "subscriptions/cccc");
  ASSERT_EQ(page->subscriptions.size(), 2U);
  EXPECT_FALSE(page->more);
  const auto counts = store_.Count();
  EXPECT_EQ(counts->subscriptions, 5);
  EXPECT_EQ(counts->active, 5);
}

TEST_P(SubscriptionStoreConformance, KeepsSavedSearches) {
  SavedSearchStore& searches = store_.saved_searches();
  const auto keep = [&](const std::string& id, const std::string& filter) {
    v1::SavedSearch search;
    search.set_name("savedSearches/" + id);
    search.set_display_name("Search " + id);
    search.set_filter(filter);
    return searches.Create(search);
  };
  for (const char* id : {"cccc", "aaaa", "bbbb"}) ASSERT_TRUE(keep(id, "language = fr").ok());
  EXPECT_EQ(ErrorReason(keep("aaaa", "other")), "SAVED_SEARCH_EXISTS");
  EXPECT_EQ(searches.Get("savedSearches/aaaa")->filter(), "language = fr");
  EXPECT_EQ(searches.Get("savedSearches/aaaa")->name(), "savedSearches/aaaa");
  for (const char* name : {"savedSearches/dddd", "aaaa", ""}) {
    EXPECT_EQ(ErrorReason(searches.Get(name).status()), "SAVED_SEARCH_NOT_FOUND") << name;
  }
  auto page = searches.List(2, "");
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->searches.size(), 2U);
  EXPECT_TRUE(page->more);
  page = searches.List(2, page->searches.back().name());
  ASSERT_EQ(page->searches.size(), 1U);
  EXPECT_EQ(page->searches[0].name(), "savedSearches/cccc");
  EXPECT_FALSE(page->more);
  EXPECT_TRUE(absl::IsAborted(searches
                                  .Change("savedSearches/aaaa",
                                          [](v1::SavedSearch* search) {
                                            search->set_filter("lost");
                                            return absl::AbortedError("no");
                                          })
                                  .status()));
  EXPECT_EQ(searches.Get("savedSearches/aaaa")->filter(), "language = fr");
  const auto changed = searches.Change("savedSearches/aaaa", [](v1::SavedSearch* search) {
    search->set_display_name("Another name");
    return absl::OkStatus();
  });
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(searches.Get("savedSearches/aaaa")->display_name(), "Another name");
  EXPECT_FALSE(searches.Delete("savedSearches/aaaa", [](const auto&) { return absl::AbortedError("no"); }).ok());
  EXPECT_TRUE(searches.Delete("savedSearches/aaaa", [](const auto&) { return absl::OkStatus(); }).ok());
  EXPECT_EQ(ErrorReason(searches.Delete("savedSearches/aaaa", [](const auto&) { return absl::OkStatus(); })),
            "SAVED_SEARCH_NOT_FOUND");
}

TEST_P(SubscriptionStoreConformance, KeepsSoManySavedSearchesAndNoMore) {
  v1::SavedSearch search;
  search.set_filter("language = fr");
  for (int64_t i = 0; i < kSavedSearchesMax; ++i) {
    search.set_name("savedSearches/s-" + std::to_string(i));
    ASSERT_TRUE(store_.saved_searches().Create(search).ok());
  }
  search.set_name("savedSearches/more");
  EXPECT_EQ(ErrorReason(store_.saved_searches().Create(search)), "TOO_MANY_SAVED_SEARCHES");
}

TEST_P(SubscriptionStoreConformance, TellsWhatHasChanged) {
  const uint64_t before = store_.version();
  const int64_t first = Add("first");
  const int64_t second = Add("second");
  auto changes = store_.Changes(before);
  ASSERT_TRUE(changes.ok());
  EXPECT_EQ(changes->changed.size(), 2U);
  EXPECT_EQ(changes->version, store_.version());
  const uint64_t between = changes->version;
  ASSERT_TRUE(store_.Delete("subscriptions/first", [](const auto&) { return absl::OkStatus(); }).ok());
  changes = store_.Changes(between);
  EXPECT_THAT(changes->removed, ElementsAre(first));
  EXPECT_THAT(changes->changed, IsEmpty());
  ASSERT_TRUE(store_.Change("subscriptions/second", [](SubscriptionRecord*) { return absl::OkStatus(); }).ok());
  changes = store_.Changes(between);
  ASSERT_EQ(changes->changed.size(), 1U);
  EXPECT_EQ(changes->changed[0].id, second);
}

TEST_P(SubscriptionStoreConformance, ForgetsOldRemovalsAndSaysSo) {
  Add("first");
  const uint64_t before = store_.version();
  const auto come_and_go = [&](int count) {
    for (int i = 0; i < count; ++i) {
      Add("other");
      ASSERT_TRUE(store_.Delete("subscriptions/other", [](const auto&) { return absl::OkStatus(); }).ok());
    }
  };
  come_and_go(3);
  ASSERT_TRUE(store_.Trim(clock_.Now(), 100).ok());
  auto changes = store_.Changes(before);
  ASSERT_TRUE(changes.ok());
  EXPECT_EQ(changes->removed.size(), 3U);
  EXPECT_FALSE(changes->complete);
  come_and_go(kRemovalsKept);
  ASSERT_TRUE(store_.Trim(clock_.Now(), 100).ok());
  changes = store_.Changes(before);
  ASSERT_TRUE(changes.ok());
  EXPECT_TRUE(changes->complete) << "not all removals since then are known";
  EXPECT_EQ(changes->removed.size(), static_cast<size_t>(kRemovalsKept));
  EXPECT_EQ(changes->changed.size(), 1U) << "so everything is told";
  changes = store_.Changes(store_.version());
  EXPECT_FALSE(changes->complete);
  EXPECT_THAT(changes->changed, IsEmpty());
}

TEST_P(SubscriptionStoreConformance, WritesMatchesWithTheCursor) {
  const int64_t first = Add("first");
  const int64_t second = Add("second");
  ASSERT_TRUE(Match({Matched(1, {first, second}), Matched(2, {first})}).ok());
  EXPECT_EQ((*store_.Cursor())->position, (StreamPosition{kEpoch, 2}));
  EXPECT_THAT(PendingSequences(first), ElementsAre(1, 2));
  EXPECT_THAT(PendingSequences(second), ElementsAre(1));
  const PendingDelivery delivery = Pending(first).front();
  EXPECT_EQ(delivery.event_id, "event-1");
  EXPECT_EQ(delivery.payload, Matched(1, {}).payload);
  EXPECT_THAT(delivery.reasons, ElementsAre("title:word 1"));
  EXPECT_FALSE(delivery.backfill);
  EXPECT_EQ(store_.Get("subscriptions/first")->backlog, 2U);
  EXPECT_EQ(store_.Get("subscriptions/first")->cursor_sequence, 0U);
  EXPECT_THAT(*store_.WithPending(), ElementsAre(first, second));
}

TEST_P(SubscriptionStoreConformance, RefusesMatchesOfAnotherVersionOrPlace) {
  const int64_t first = Add("first");
  MatchCommit commit;
  commit.version = store_.version();
  commit.from = {kEpoch, 0};
  commit.to = {{kEpoch, 1}, clock_.Now()};
  commit.events = {Matched(1, {first})};
  Add("second");
  EXPECT_EQ(ErrorReason(store_.CommitMatches(commit, clock_.Now())), kReasonSubscriptionsChanged);
  commit.version = store_.version();
  EXPECT_TRUE(store_.CommitMatches(commit, clock_.Now()).ok());
  EXPECT_EQ(ErrorReason(store_.CommitMatches(commit, clock_.Now())), kReasonSubscriptionsChanged);
  EXPECT_EQ(Pending(first).size(), 1U) << "nothing of a refused commit is written";
}

TEST_P(SubscriptionStoreConformance, APausedOneStandsBehindAndIsCaughtUp) {
  const int64_t id = Add("first");
  ASSERT_TRUE(Match({Matched(1, {id})}).ok());
  const auto set_state = [&](v1::Subscription::State state) {
    return store_.Change("subscriptions/first", [state](SubscriptionRecord* record) {
      record->settings.set_state(state);
      return absl::OkStatus();
    });
  };
  const auto paused = set_state(v1::Subscription::STATE_PAUSED);
  ASSERT_TRUE(paused.ok());
  EXPECT_EQ(paused->behind, 1U);
  EXPECT_THAT(Pending(id), IsEmpty());
  EXPECT_THAT(*store_.WithPending(), IsEmpty());
  EXPECT_THAT(*store_.Behind(10), IsEmpty());
  ASSERT_TRUE(Match({Matched(2, {}), Matched(3, {})}).ok());
  ASSERT_TRUE(set_state(v1::Subscription::STATE_ACTIVE).ok());
  EXPECT_FALSE(store_.Get("subscriptions/first")->live());
  ASSERT_EQ(store_.Behind(10)->size(), 1U);
  EXPECT_EQ(store_.Behind(10)->front().behind, 1U);
  EXPECT_TRUE(
      store_.CommitCatchUp({.subscription = id, .from = 1, .to = 2, .events = {Matched(2, {id})}}, clock_.Now()).ok());
  EXPECT_EQ(ErrorReason(store_.CommitCatchUp({.subscription = id, .from = 1, .to = 2, .events = {}}, clock_.Now())),
            kReasonSubscriptionsChanged);
  EXPECT_FALSE(store_.Get("subscriptions/first")->live());
  const uint64_t version = store_.version();
  EXPECT_TRUE(
      store_.CommitCatchUp({.subscription = id, .from = 2, .to = 3, .events = {Matched(3, {id})}}, clock_.Now()).ok());
  EXPECT_TRUE(store_.Get("subscriptions/first")->live());
  EXPECT_GT(store_.version(), version) << "matches without it are refused from here on";
  EXPECT_THAT(PendingSequences(id), ElementsAre(1, 2, 3));
}

TEST_P(SubscriptionStoreConformance, OneWithTooMuchWaitingStandsBehind) {
  const int64_t id = Add("first");
  ASSERT_TRUE(Match({Matched(1, {id}), Matched(2, {id}), Matched(3, {id}), Matched(4, {id}), Matched(5, {id}),
                     Matched(6, {id})})
                  .ok());
  EXPECT_THAT(PendingSequences(id), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(store_.Get("subscriptions/first")->behind, 4U);
  EXPECT_THAT(*store_.Behind(10), IsEmpty()) << "there is no room yet";
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(Finish(id, Pending(id).front(), v1::Delivery::STATE_SUCCEEDED).ok());
  ASSERT_EQ(store_.Behind(10)->size(), 1U);
  ASSERT_TRUE(
      store_
          .CommitCatchUp({.subscription = id, .from = 4, .to = 6, .events = {Matched(5, {id}), Matched(6, {id})}},
                         clock_.Now())
          .ok());
  EXPECT_THAT(PendingSequences(id), ElementsAre(3, 4, 5, 6));
  EXPECT_TRUE(store_.Get("subscriptions/first")->live());
}

TEST_P(SubscriptionStoreConformance, KeepsAttemptsAndWhatTheyMean) {
  const int64_t id = Add("first");
  ASSERT_TRUE(Match({Matched(1, {id}), Matched(2, {id})}).ok());
  const WallTime begin = clock_.Now();
  ASSERT_TRUE(Finish(id, Pending(id).front(), v1::Delivery::STATE_PENDING).ok());
  EXPECT_EQ(store_.Get("subscriptions/first")->failing_since, begin);
  PendingDelivery again = Pending(id).front();
  EXPECT_EQ(again.attempt_count, 1);
  EXPECT_EQ(again.first_attempt, begin);
  EXPECT_EQ(again.next_attempt, begin + std::chrono::minutes(5));
  clock_.Advance(std::chrono::minutes(5));
  for (int i = 0; i < kAttemptsKept; ++i) ASSERT_TRUE(Finish(id, again, v1::Delivery::STATE_PENDING).ok());
  EXPECT_EQ(store_.Get("subscriptions/first")->failing_since, begin);
  ASSERT_TRUE(Finish(id, again, v1::Delivery::STATE_SUCCEEDED).ok());
  const auto record = store_.Get("subscriptions/first");
  EXPECT_FALSE(record->failing_since);
  EXPECT_EQ(record->last_delivery, clock_.Now());
  EXPECT_EQ(record->backlog, 1U);
  EXPECT_EQ(record->cursor_sequence, 1U);
  const auto log = Deliveries();
  ASSERT_EQ(log->deliveries.size(), 2U);
  const v1::Delivery& delivered = log->deliveries[1];
  EXPECT_EQ(delivered.state(), v1::Delivery::STATE_SUCCEEDED);
  EXPECT_EQ(delivered.attempts_size(), kAttemptsKept);
  EXPECT_EQ(delivered.attempts(kAttemptsKept - 1).http_status(), 200);
  EXPECT_EQ(delivered.event_id(), "event-1");
  EXPECT_EQ(DeliveryId("subscriptions/first", delivered.name()), again.id);
  EXPECT_EQ(delivered.match_reasons(0), "title:word 1");
}

TEST_P(SubscriptionStoreConformance, ALateFailureDoesNotUndoASuccess) {
  const int64_t id = Add("first");
  ASSERT_TRUE(Match({Matched(1, {id})}).ok());
  const PendingDelivery delivery = Pending(id).front();
  ASSERT_TRUE(Finish(id, delivery, v1::Delivery::STATE_SUCCEEDED).ok());
  ASSERT_TRUE(Finish(id, delivery, v1::Delivery::STATE_PENDING).ok());
  EXPECT_THAT(Pending(id), IsEmpty());
  EXPECT_EQ(store_.Get("subscriptions/first")->backlog, 0U);
  const auto log = Deliveries();
  ASSERT_EQ(log->deliveries.size(), 1U);
  EXPECT_EQ(log->deliveries[0].state(), v1::Delivery::STATE_SUCCEEDED);
  EXPECT_EQ(log->deliveries[0].attempts_size(), 2) << "the log tells it all the same";
}

TEST_P(SubscriptionStoreConformance, OutcomesOfManyAtOnceAreAllWritten) {
  const std::vector<int64_t> ids = {Add("first"), Add("second"), Add("third")};
  ASSERT_TRUE(Match({Matched(1, ids), Matched(2, ids), Matched(3, ids)}).ok());
  std::vector<std::promise<absl::Status>> done(9);
  size_t next = 0;
  for (const int64_t id : ids) {
    for (const PendingDelivery& delivery : Pending(id)) {
      AttemptCommit commit;
      commit.subscription = id;
      commit.succeeded = delivery.sequence != 2;
      commit.time = clock_.Now();
      DeliveryOutcome& outcome = commit.outcomes.emplace_back();
      outcome.delivery = delivery.id;
      outcome.state = commit.succeeded ? v1::Delivery::STATE_SUCCEEDED : v1::Delivery::STATE_FAILED;
      outcome.attempt.set_http_status(commit.succeeded ? 200 : 500);
      std::promise<absl::Status>& written = done[next++];
      store_.CommitAttempt(std::move(commit), [&](absl::Status status) { written.set_value(std::move(status)); });
    }
  }
  for (auto& written : done) EXPECT_TRUE(written.get_future().get().ok());
  for (const std::string name : {"subscriptions/first", "subscriptions/second", "subscriptions/third"}) {
    EXPECT_EQ(store_.Get(name)->backlog, 0U);
    EXPECT_FALSE(store_.Get(name)->failing_since) << "the last one succeeded";
    EXPECT_EQ(Deliveries(name, v1::Delivery::STATE_SUCCEEDED)->deliveries.size(), 2U);
    EXPECT_EQ(Deliveries(name, v1::Delivery::STATE_FAILED)->deliveries.size(), 1U);
  }
  EXPECT_EQ(store_.Count()->backlog, 0);
}

TEST_P(SubscriptionStoreConformance, DisablesWithItsCause) {
  const int64_t id = Add("first");
  ASSERT_TRUE(Match({Matched(1, {id}), Matched(2, {id})}).ok());
  const uint64_t version = store_.version();
  ASSERT_TRUE(Finish(id, Pending(id).front(), v1::Delivery::STATE_FAILED, "the endpoint is gone").ok());
  const auto record = store_.Get("subscriptions/first");
  EXPECT_EQ(record->settings.state(), v1::Subscription::STATE_DISABLED);
  EXPECT_EQ(record->settings.state_cause(), "the endpoint is gone");
  EXPECT_EQ(record->behind, 2U);
  EXPECT_EQ(record->backlog, 1U) << "what waits stays";
  EXPECT_GT(store_.version(), version);
  EXPECT_THAT(Pending(id), IsEmpty());
}

TEST_P(SubscriptionStoreConformance, ADisabledOneIsAnEvent) {
  const int64_t id = Add("first");
  ASSERT_TRUE(Match({Matched(1, {id}), Matched(2, {id})}).ok());
  std::atomic<int> heard{0};
  store_.SetCommitListener([&] { ++heard; });
  ASSERT_TRUE(Finish(id, Pending(id).front(), v1::Delivery::STATE_PENDING).ok());
  const WallTime since = clock_.Now();
  clock_.Advance(std::chrono::hours(24));
  const PendingDelivery delivery = Pending(id).front();
  ASSERT_TRUE(Finish(id, delivery, v1::Delivery::STATE_FAILED, "HTTP status 500").ok());
  store_.SetCommitListener(nullptr);
  EXPECT_GE(heard, 1);
  const auto log = store_.events().Read({.topic = std::string(kSubscriptionTopic)});
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_EQ(log->records.size(), 1U) << "failing alone is none";
  EXPECT_EQ(log->records[0].type, "org.dateline.subscription.disabled");
  EXPECT_EQ(log->records[0].subject, "subscriptions/first");
  io::cloudevents::v1::CloudEvent envelope;
  events::v1::SubscriptionEvent event;
  ASSERT_TRUE(envelope.ParseFromString(log->records[0].payload));
  ASSERT_TRUE(envelope.proto_data().UnpackTo(&event));
  EXPECT_EQ(event.subscription(), "subscriptions/first");
  EXPECT_EQ(event.state(), "STATE_DISABLED");
  EXPECT_EQ(event.cause(), "HTTP status 500");
  EXPECT_EQ(FromTimestamp(event.failing_since_time()), since);
  ASSERT_TRUE(Finish(id, delivery, v1::Delivery::STATE_FAILED, "again").ok());
  EXPECT_EQ(store_.events().Read({.topic = std::string(kSubscriptionTopic)})->records.size(), 1U);
}

TEST_P(SubscriptionStoreConformance, LeavesOutWhatIsUnderWay) {
  const int64_t id = Add("first");
  ASSERT_TRUE(Match({Matched(1, {id}), Matched(2, {id}), Matched(3, {id})}).ok());
  const auto all = Pending(id);
  const auto rest = Pending(id, Lane::kInOrder, 1, {all[0].id, all[1].id});
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].sequence, 3U);
  EXPECT_EQ(ErrorReason(store_.Pending({.subscription = 99}).status()), "SUBSCRIPTION_NOT_FOUND");
}

TEST_P(SubscriptionStoreConformance, TellsWhatIsDueAndWhenTheNextIs) {
  const int64_t id = Add("first");
  ASSERT_TRUE(Match({Matched(1, {id}), Matched(2, {id})}).ok());
  ASSERT_TRUE(Finish(id, Pending(id).front(), v1::Delivery::STATE_PENDING).ok());
  auto work = store_.Pending({.subscription = id, .limit = 10, .due_by = clock_.Now()});
  ASSERT_EQ(work->deliveries.size(), 1U);
  EXPECT_EQ(work->deliveries[0].sequence, 2U);
  ASSERT_TRUE(Finish(id, work->deliveries[0], v1::Delivery::STATE_SUCCEEDED).ok());
  work = store_.Pending({.subscription = id, .limit = 10, .due_by = clock_.Now()});
  EXPECT_THAT(work->deliveries, IsEmpty());
  EXPECT_EQ(work->next_due, clock_.Now() + std::chrono::minutes(5));
}

TEST_P(SubscriptionStoreConformance, ListsDeliveriesByStateInPages) {
  const int64_t id = Add("first");
  ASSERT_TRUE(Match({Matched(1, {id}), Matched(2, {id}), Matched(3, {id})}).ok());
  ASSERT_TRUE(Finish(id, Pending(id).front(), v1::Delivery::STATE_SUCCEEDED).ok());
  auto page = Deliveries("subscriptions/first", v1::Delivery::STATE_UNSPECIFIED, 2);
  ASSERT_EQ(page->deliveries.size(), 2U);
  EXPECT_EQ(page->deliveries[0].event_sequence(), 3U);
  ASSERT_TRUE(page->next);
  page = Deliveries("subscriptions/first", v1::Delivery::STATE_UNSPECIFIED, 2, page->next);
  ASSERT_EQ(page->deliveries.size(), 1U);
  EXPECT_FALSE(page->next);
  page = Deliveries("subscriptions/first", v1::Delivery::STATE_PENDING);
  EXPECT_EQ(page->deliveries.size(), 2U);
  EXPECT_EQ(ErrorReason(Deliveries("subscriptions/none").status()), "SUBSCRIPTION_NOT_FOUND");
}

TEST_P(SubscriptionStoreConformance, ReplaysOneOrARangeAside) {
  const int64_t id = Add("first");
  ASSERT_TRUE(Match({Matched(1, {id}), Matched(2, {id}), Matched(3, {id})}).ok());
  const auto all = Pending(id);
  ASSERT_TRUE(Finish(id, all[0], v1::Delivery::STATE_SUCCEEDED).ok());
  ASSERT_TRUE(Finish(id, all[1], v1::Delivery::STATE_FAILED).ok());
  EXPECT_EQ(*store_.Replay({.subscription = "subscriptions/first", .ids = {all[0].id, all[2].id}}, clock_.Now()), 1)
      << "one of them waits already";
  EXPECT_THAT(PendingSequences(id, Lane::kAside), ElementsAre(1));
  EXPECT_EQ(Pending(id, Lane::kAside).front().attempt_count, 0);
  EXPECT_EQ(Pending(id, Lane::kAside).front().event_id, "event-1");
  EXPECT_EQ(*store_.Replay({.subscription = "subscriptions/first", .ids = {}, .start_sequence = 1, .end_sequence = 2},
                           clock_.Now()),
            1);
  EXPECT_THAT(PendingSequences(id, Lane::kAside), ElementsAre(1, 2));
  EXPECT_THAT(PendingSequences(id), ElementsAre(3));
  EXPECT_EQ(store_.Get("subscriptions/first")->backlog, 3U);
  EXPECT_EQ(ErrorReason(store_.Replay({.subscription = "subscriptions/first", .ids = {999}}, clock_.Now()).status()),
            "DELIVERY_NOT_FOUND");
  for (const PendingDelivery& delivery : Pending(id, Lane::kAside)) {
    ASSERT_TRUE(Finish(id, delivery, v1::Delivery::STATE_SUCCEEDED).ok());
  }
  EXPECT_EQ(ErrorReason(store_
                            .Replay({.subscription = "subscriptions/first",
                                     .ids = {},
                                     .start_sequence = 1,
                                     .end_sequence = 2,
                                     .limit = 1},
                                    clock_.Now())
                            .status()),
            "TOO_MANY_DELIVERIES");
}

TEST_P(SubscriptionStoreConformance, TrimsWhatIsFinishedAndOld) {
  const int64_t id = Add("first");
  ASSERT_TRUE(Match({Matched(1, {id}), Matched(2, {id})}).ok());
  ASSERT_TRUE(Finish(id, Pending(id).front(), v1::Delivery::STATE_SUCCEEDED).ok());
  EXPECT_EQ(*store_.Trim(clock_.Now(), 100), 0);
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(*store_.Trim(clock_.Now(), 100), 1);
  const auto page = Deliveries();
  ASSERT_EQ(page->deliveries.size(), 1U) << "what waits stays, however old";
  EXPECT_EQ(page->deliveries[0].event_sequence(), 2U);
}

TEST_P(SubscriptionStoreConformance, BackfillsInStepsWithItsRecord) {
  const int64_t id = Add("first");
  ASSERT_TRUE(Match({Matched(1, {id}), Matched(2, {})}).ok());
  ASSERT_TRUE(Finish(id, Pending(id).front(), v1::Delivery::STATE_SUCCEEDED).ok());
  BackfillRecord record;
  record.operation = "operations/one";
  record.subscription = id;
  record.subscription_name = "subscriptions/first";
  record.next = {kEpoch, 0};
  record.end_sequence = 2;
  record.create_time = clock_.Now();
  ASSERT_TRUE(store_.AddBackfill(record).ok());
  ASSERT_EQ(store_.RunningBackfills()->size(), 1U);
  EXPECT_EQ(ErrorReason(store_.DeleteBackfill("operations/one")), "OPERATION_RUNNING");
  BackfillRecord to = record;
  to.next.sequence = 2;
  to.read_count = 2;
  to.done = true;
  const BackfillCommit commit{.from = record, .to = to, .events = {Matched(1, {id}), Matched(2, {id})}};
  ASSERT_TRUE(store_.CommitBackfill(commit, clock_.Now()).ok());
  EXPECT_EQ(ErrorReason(store_.CommitBackfill(commit, clock_.Now())), "BACKFILL_CHANGED");
  const auto read = store_.GetBackfill("operations/one");
  EXPECT_TRUE(read->done);
  EXPECT_EQ(read->delivered_count, 2U);
  EXPECT_EQ(read->next, (StreamPosition{kEpoch, 2}));
  EXPECT_THAT(PendingSequences(id, Lane::kAside), ElementsAre(1, 2));
  EXPECT_TRUE(Pending(id, Lane::kAside).front().backfill);
  EXPECT_THAT(*store_.RunningBackfills(), IsEmpty());
  ASSERT_EQ(store_.ListBackfills(10, "")->size(), 1U);
  EXPECT_TRUE(store_.DeleteBackfill("operations/one").ok());
  EXPECT_EQ(ErrorReason(store_.GetBackfill("operations/one").status()), "OPERATION_NOT_FOUND");
}

TEST_P(SubscriptionStoreConformance, ACancelledBackfillTakesNoStepUnseen) {
  const int64_t id = Add("first");
  BackfillRecord record;
  record.operation = "operations/one";
  record.subscription = id;
  record.next = {kEpoch, 0};
  record.end_sequence = 5;
  ASSERT_TRUE(store_.AddBackfill(record).ok());
  ASSERT_TRUE(store_.CancelBackfill("operations/one").ok());
  EXPECT_EQ(ErrorReason(store_.CommitBackfill({.from = record, .to = record, .events = {}}, clock_.Now())),
            "BACKFILL_CHANGED");
  EXPECT_TRUE(store_.GetBackfill("operations/one")->cancelled);
}

TEST_P(SubscriptionStoreConformance, AnotherLifeOfTheLogMovesThoseBehindBackWithIt) {
  const int64_t id = Add("first");
  ASSERT_TRUE(Match({Matched(1, {id}), Matched(2, {id}), Matched(3, {id})}).ok());
  ASSERT_TRUE(store_
                  .Change("subscriptions/first",
                          [](SubscriptionRecord* record) {
                            record->settings.set_state(v1::Subscription::STATE_PAUSED);
                            return absl::OkStatus();
                          })
                  .ok());
  ASSERT_TRUE(store_.MoveCursor({{Epoch{9}, 1}, clock_.Now()}).ok());
  EXPECT_EQ(store_.Get("subscriptions/first")->behind, 1U);
  EXPECT_EQ((*store_.Cursor())->position.epoch, Epoch{9});
}

}  // namespace
}  // namespace dateline::notification
