// Proves over real sockets what the simulation proves in virtual time: a consumer is repaired after the bus was away
// and messages were lost, and two buses that deliver everything twice change nothing. The consumers' own polling is
// switched off here (an hour of silence is allowed), so that only the bus can tell them that something is missing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "common/bus/consumer_runner.h"
#include "common/bus/publisher.h"
#include "common/testing/wait.h"
#include "services/eventbus/forwarder.h"

namespace dateline::eventbus {
namespace {

using namespace std::chrono_literals;

constexpr Epoch kEpoch = {5};
constexpr char kTopic[] = "release/";

// An owner: a log in memory with the publisher that rings for it.
class Owner final : public bus::LogReader {
 public:
  explicit Owner(std::vector<std::string> endpoints) : publisher_(Options(std::move(endpoints))) {
    EXPECT_TRUE(publisher_.Start().ok());
  }
  void Commit() {
    uint64_t sequence = 0;
    {
      MutexLock lock(mutex_);
      sequence = ++head_;
    }
    publisher_.Publish(kTopic, kEpoch, sequence, PayloadOf(sequence));
  }
  void SendHead() { publisher_.PublishHead(kTopic, kEpoch, head()); }
  uint64_t head() const {
    MutexLock lock(mutex_);
    return head_;
  }
  static std::string PayloadOf(uint64_t sequence) { return "event " + std::to_string(sequence); }

  absl::StatusOr<bus::ReadBatch> Read(const bus::ReadRequest& request) override {
    bus::ReadBatch batch{kEpoch, head(), {}};
    for (uint64_t s = request.after + 1; s <= batch.head && batch.entries.size() < request.limit; ++s) {
      batch.entries.push_back({s, PayloadOf(s)});
    }
    return batch;
  }

 private:
  static bus::PublisherOptions Options(std::vector<std::string> endpoints) {
    bus::PublisherOptions options;
    options.endpoints = std::move(endpoints);
    options.socket.reconnect_interval = 5ms;
    return options;
  }
  mutable Mutex mutex_;
  uint64_t head_ GUARDED_BY(mutex_) = 0;
  bus::Publisher publisher_;
};

// Checks the order of what it is given.
class Follower final : public bus::EventHandler {
 public:
  absl::Status Apply(const bus::Event& event) override {
    MutexLock lock(mutex_);
    EXPECT_EQ(event.sequence, applied_ + 1);
    EXPECT_EQ(event.payload, Owner::PayloadOf(event.sequence));
    applied_ = event.sequence;
    return absl::OkStatus();
  }
  absl::StatusOr<bus::Cursor> Resync(const bus::ResyncAction&) override {
    ADD_FAILURE() << "the log did not change";
    return bus::Cursor{};
  }
  uint64_t applied() const {
    MutexLock lock(mutex_);
    return applied_;
  }

 private:
  mutable Mutex mutex_;
  uint64_t applied_ GUARDED_BY(mutex_) = 0;
};

bus::ConsumerRunnerOptions OnlyByBus(std::vector<std::string> endpoints) {
  bus::ConsumerRunnerOptions options;
  options.consumer.topic = kTopic;
  options.consumer.silence_after = 1h;
  options.consumer.repair_jitter = 5ms;
  options.bus.endpoints = std::move(endpoints);
  options.bus.socket.reconnect_interval = 5ms;
  return options;
}

ForwarderOptions Listening(const std::string& publishers, const std::string& subscribers) {
  ForwarderOptions options;
  options.publishers_listen = publishers;
  options.subscribers_listen = subscribers;
  return options;
}

std::string WithoutScheme(const std::string& endpoint) {
  return endpoint.substr(std::string("tcp://").size());
}

// Rings with HEADs, as the relay does every second, until the follower is at the head.
bool CatchesUp(Owner& owner, const Follower& follower) {
  return testing::WaitUntil([&] {
    owner.SendHead();
    return follower.applied() == owner.head();
  });
}

TEST(Recovery, TheConsumerIsRepairedWhenTheBusComesBack) {
  auto forwarder = std::make_unique<Forwarder>(Listening("127.0.0.1:0", "127.0.0.1:0"));
  ASSERT_TRUE(forwarder->Start().ok());
  const std::string publishers = forwarder->publishers_endpoint();
  const std::string subscribers = forwarder->subscribers_endpoint();
  Owner owner({publishers});
  Follower follower;
  bus::ConsumerRunner runner(OnlyByBus({subscribers}), owner, follower);
  ASSERT_TRUE(runner.Start({}).ok());
  owner.Commit();
  ASSERT_TRUE(CatchesUp(owner, follower));
  for (int round = 0; round < 3; ++round) {
    forwarder.reset();
    for (int i = 0; i < 50; ++i) owner.Commit();
    forwarder = std::make_unique<Forwarder>(Listening(WithoutScheme(publishers), WithoutScheme(subscribers)));
    ASSERT_TRUE(testing::WaitUntil([&] {
      const bool started = forwarder->Start().ok();
      if (!started) {
        forwarder = std::make_unique<Forwarder>(Listening(WithoutScheme(publishers), WithoutScheme(subscribers)));
      }
      return started;
    }));
    for (int i = 0; i < 50; ++i) owner.Commit();
    ASSERT_TRUE(CatchesUp(owner, follower)) << "round " << round << ": " << follower.applied();
  }
  // Also what was committed while there was no bus, whether a socket kept it or the log gave it.
  EXPECT_EQ(follower.applied(), 301u);
  ASSERT_TRUE(testing::WaitUntil([&] { return runner.stats().state == bus::ConsumerState::kLive; }));
}

TEST(Recovery, TwoBusesDeliverTwiceAndEventsAreAppliedOnce) {
  Forwarder first(Listening("127.0.0.1:0", "127.0.0.1:0"));
  auto second = std::make_unique<Forwarder>(Listening("127.0.0.1:0", "127.0.0.1:0"));
  ASSERT_TRUE(first.Start().ok());
  ASSERT_TRUE(second->Start().ok());
  Owner owner({first.publishers_endpoint(), second->publishers_endpoint()});
  Follower follower;
  bus::ConsumerRunner runner(OnlyByBus({first.subscribers_endpoint(), second->subscribers_endpoint()}), owner,
                             follower);
  ASSERT_TRUE(runner.Start({}).ok());
  owner.Commit();
  ASSERT_TRUE(CatchesUp(owner, follower));
  ASSERT_TRUE(testing::WaitUntil([&] {
    owner.Commit();
    return runner.stats().consumer.duplicates >= 100;
  }));
  ASSERT_TRUE(CatchesUp(owner, follower));
  // One of them dies: nothing is missed.
  second.reset();
  for (int i = 0; i < 100; ++i) owner.Commit();
  ASSERT_TRUE(CatchesUp(owner, follower));
  EXPECT_EQ(follower.applied(), owner.head());
}

}  // namespace
}  // namespace dateline::eventbus
