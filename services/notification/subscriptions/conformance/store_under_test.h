#pragma once
// One back end for the conformance suite of the SubscriptionStore port, and helpers for its tests. Test code only.

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

struct StoreBackend {
  std::string name;
  // A fresh, empty store with these limits. The clock outlives it.
  std::function<std::shared_ptr<SubscriptionStore>(const Clock&, SubscriptionStore::Limits)> make;
};

inline SubscriptionRecord Subscription(const std::string& id, const std::string& filter = "") {
  SubscriptionRecord record;
  record.settings.set_name("subscriptions/" + id);
  record.settings.set_filter(filter);
  record.settings.set_state(v1::Subscription::STATE_ACTIVE);
  record.settings.mutable_webhook()->set_uri("https://receiver.example/" + id);
  record.secrets.current = "whsec_c2VjcmV0";
  return record;
}

// An event that these are to get.
inline MatchedEvent Matched(uint64_t sequence, std::vector<int64_t> receivers) {
  MatchedEvent event;
  event.sequence = sequence;
  event.event_id = "event-" + std::to_string(sequence);
  event.release = "releases/" + std::to_string(sequence);
  event.payload = std::string("payload\0of ", 11) + std::to_string(sequence);
  event.receivers.push_back({std::move(receivers), {"title:word " + std::to_string(sequence)}});
  return event;
}

class SubscriptionStoreConformance : public ::testing::TestWithParam<StoreBackend> {
 protected:
  static constexpr Epoch kEpoch{1, 2, 3};

  SubscriptionStoreConformance() { EXPECT_TRUE(store_.MoveCursor({{kEpoch, 0}, clock_.Now()}).ok()); }

  int64_t Add(const std::string& id) {
    const auto created = store_.Create(Subscription(id));
    EXPECT_TRUE(created.ok()) << created.status();
    return created.ok() ? created->id : 0;
  }
  // Moves the shared cursor over these events.
  absl::Status Match(std::vector<MatchedEvent> events) {
    const auto cursor = store_.Cursor();
    MatchCommit commit;
    commit.version = store_.version();
    commit.from = (*cursor)->position;
    commit.to = {{kEpoch, events.back().sequence}, clock_.Now()};
    commit.events = std::move(events);
    return store_.CommitMatches(commit, clock_.Now());
  }
  std::vector<PendingDelivery> Pending(int64_t id, Lane lane = Lane::kInOrder, int limit = 100,
                                       std::vector<int64_t> except = {}) {
    auto work = store_.Pending({.subscription = id, .lane = lane, .limit = limit, .except = std::move(except)});
    EXPECT_TRUE(work.ok()) << work.status();
    return work.ok() ? std::move(work->deliveries) : std::vector<PendingDelivery>();
  }
  std::vector<uint64_t> PendingSequences(int64_t id, Lane lane = Lane::kInOrder) {
    std::vector<uint64_t> sequences;
    for (const PendingDelivery& delivery : Pending(id, lane)) sequences.push_back(delivery.sequence);
    return sequences;
  }
  absl::StatusOr<DeliveryPage> Deliveries(const std::string& subscription = "subscriptions/first",
                                          v1::Delivery::State state = v1::Delivery::STATE_UNSPECIFIED, int limit = 50,
                                          std::optional<int64_t> before = std::nullopt) {
    return store_.ListDeliveries({.subscription = subscription, .state = state, .limit = limit, .before = before});
  }
  absl::Status Finish(int64_t subscription, const PendingDelivery& delivery, v1::Delivery::State state,
                      const std::string& disable = "") {
    AttemptCommit commit;
    commit.subscription = subscription;
    commit.succeeded = state == v1::Delivery::STATE_SUCCEEDED;
    commit.time = clock_.Now();
    commit.disable_cause = disable;
    DeliveryOutcome& outcome = commit.outcomes.emplace_back();
    outcome.delivery = delivery.id;
    outcome.state = state;
    outcome.next_attempt = clock_.Now() + std::chrono::minutes(5);
    outcome.attempt.set_http_status(commit.succeeded ? 200 : 500);
    outcome.attempt.mutable_start_time()->set_seconds(ToMicros(clock_.Now()) / 1'000'000);
    std::promise<absl::Status> done;
    store_.CommitAttempt(std::move(commit), [&](absl::Status status) { done.set_value(std::move(status)); });
    return done.get_future().get();
  }

  FakeClock clock_;
  std::shared_ptr<SubscriptionStore> holder_ = GetParam().make(clock_, {.subscriptions_max = 5, .backlog_max = 4});
  SubscriptionStore& store_ = *holder_;
};

}  // namespace dateline::notification
