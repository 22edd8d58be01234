#pragma once
// The fixture of the part of the conformance suite that is about WebSub: one source, its hub, and what they do. Test
// code only.

#include "services/ingestion/sources/conformance/store_under_test.h"
#include "services/ingestion/websub/subscription_rules.h"

namespace dateline::ingestion {

class SubscriptionConformance : public SourceStoreConformance {
 protected:
  // A source whose first poll found a hub.
  void MakeSubscribed(const std::string& hub = "https://hub.example/") {
    ASSERT_TRUE(store_.Create(Record("aaaa", "a.example", Now())).ok());
    const auto leases = Lease("poller");
    ASSERT_EQ(leases.size(), 1U);
    lease_ = leases[0];
    PollNamingHub(hub);
  }
  void PollNamingHub(const std::string& hub) {
    PollCommit commit = Outcome(*store_.Get(kSource), lease_);
    commit.record.state.set_subscribe(!hub.empty());
    commit.record.state.set_hub(hub);
    commit.record.state.set_topic("https://a.example/feed");
    ASSERT_TRUE(Commit(commit).ok());
  }
  // The subscriptions that are due at a hub's host.
  std::vector<SubscriptionRecord> DueAt(const std::string& host) {
    std::vector<SubscriptionRecord> due;
    const auto tasks = store_.Tasks(host, Now(), 10);
    for (const Task& task : *tasks) {
      if (task.subscription) due.push_back(*task.subscription);
    }
    return due;
  }
  void CallBack(const std::string& token, const std::string& mode) {
    const absl::Status changed = subscriptions().ChangeSubscription(token, [&](SubscriptionRecord* subscription) {
      EXPECT_TRUE(TakeIntent({mode, subscription->topic, "86400", ""}, Now(), subscription));
      return absl::OkStatus();
    });
    EXPECT_TRUE(changed.ok()) << changed;
  }
  void AskHub(const SubscriptionRecord& asked, int status) {
    const auto leases = Lease("asker");
    ASSERT_EQ(leases.size(), 1U);
    ASSERT_EQ(leases[0].host, asked.host);
    Awaited<absl::Status> done;
    store_.CommitHub({.token = asked.token,
                      .change = [&](SubscriptionRecord* s) { TakeHubAnswer(asked, status, "", {}, Now(), s); },
                      .host = {.lease = leases[0], .keep = std::chrono::minutes(5), .release = true}},
                     Now(), [&](absl::Status result) { done.Set(std::move(result)); });
    ASSERT_TRUE(done.Get().ok());
  }
  v1::Push::State PushOfSource() { return Shown(*store_.Get(kSource)).push().state(); }
  SubscriptionStore& subscriptions() { return store_.subscriptions(); }

  static constexpr char kSource[] = "sources/aaaa";
  HostLease lease_;
};

}  // namespace dateline::ingestion
