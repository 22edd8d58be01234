// Proves delivery with real threads: every stream gets every matching event once and in order, whether its reader is
// fast, slow or far behind the ring; idle streams cost no reads; streams outlive an archive that is away; the end
// reaches all. Runs under ThreadSanitizer.

#include "services/notification/stream_hub.h"

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/testing/wait.h"
#include "services/notification/start_position.h"
#include "services/notification/testing/fake_archive.h"

namespace dateline::notification {
namespace {

using std::chrono::milliseconds;
using testing::WaitUntil;

// What a client has received.
class Received {
 public:
  void Add(uint64_t sequence, const std::string& token) {
    MutexLock lock(mutex_);
    if (sequence > 0)
      sequences_.push_back(sequence);
    else
      ++heartbeats_;
    token_ = token;
  }
  void End(const absl::Status& status) {
    MutexLock lock(mutex_);
    ++ends_;
    status_ = status;
  }
  std::vector<uint64_t> sequences() const {
    MutexLock lock(mutex_);
    return sequences_;
  }
  size_t count() const { return sequences().size(); }
  int heartbeats() const {
    MutexLock lock(mutex_);
    return heartbeats_;
  }
  int ends() const {
    MutexLock lock(mutex_);
    return ends_;
  }
  absl::Status status() const {
    MutexLock lock(mutex_);
    return status_;
  }
  StreamPosition position() const {
    MutexLock lock(mutex_);
    return *DecodeToken(token_);
  }

 private:
  mutable Mutex mutex_;
  std::vector<uint64_t> sequences_ GUARDED_BY(mutex_);
  std::string token_ GUARDED_BY(mutex_);
  int heartbeats_ GUARDED_BY(mutex_) = 0;
  int ends_ GUARDED_BY(mutex_) = 0;
  absl::Status status_ GUARDED_BY(mutex_);
};

class RecordingSink final : public StreamSink {
 public:
  explicit RecordingSink(Received& received) : received_(received) {}
  void Send(const StreamCursor::Send& message, const std::string& token) override {
    received_.Add(message.event != nullptr ? message.event->sequence() : 0, token);
    sent_.store(true, std::memory_order_release);
  }
  void End(const absl::Status& status) override { received_.End(status); }
  // True once for each message.
  bool TakeSent() { return sent_.exchange(false, std::memory_order_acq_rel); }

 private:
  Received& received_;
  std::atomic<bool> sent_{false};
};

class StreamHubTest : public ::testing::Test {
 protected:
  StreamHubTest() {
    ring_.Reset({epoch_, 0}, 0);
    hub_.Start();
  }
  ~StreamHubTest() override {
    hub_.Stop();
    loader_.Stop();
  }

  struct Client {
    std::unique_ptr<Received> received = std::make_unique<Received>();
    RecordingSink* sink = nullptr;
    StreamHub::SessionPtr session;
  };

  Client Open(uint64_t after, const std::string& filter = {}) {
    Client client;
    auto sink = std::make_unique<RecordingSink>(*client.received);
    client.sink = sink.get();
    client.session = hub_.Open({.start = {epoch_, after}, .filter = *filters_.Get(filter)}, std::move(sink));
    hub_.OnReady(client.session);
    return client;
  }

  // Plays the network: gives each client its next turn; a slow one only in every `slow`th round.
  bool Pump(std::vector<Client>& clients, int round, int slow) {
    for (size_t i = 0; i < clients.size(); ++i) {
      if (i % 2 == 1 && round % slow != 0) continue;
      if (clients[i].sink->TakeSent()) hub_.OnReady(clients[i].session);
    }
    return true;
  }

  void Append(const std::string& title, const std::string& text = {}) {
    archive_.Feed(ring_, archive_.Append(title, text));
    hub_.Notify();
  }

  static std::vector<uint64_t> Numbers(uint64_t from, uint64_t to) {
    std::vector<uint64_t> numbers;
    for (uint64_t i = from; i <= to; ++i) numbers.push_back(i);
    return numbers;
  }

  const Epoch epoch_ = RandomEpoch();
  FakeArchive archive_{epoch_};
  EventRing ring_{{.events_max = 8}};
  FilterSet filters_;
  StreamObserver observer_;
  EventLoader loader_{{.threads = 2, .page_events = 16, .pages_kept = 4}, archive_, RealClock()};
  StreamHub hub_{ring_, loader_, observer_, RealClock()};
};

TEST_F(StreamHubTest, GivesEveryStreamEverythingOnceAndInOrder) {
  constexpr uint64_t kBefore = 100;
  constexpr uint64_t kAll = 400;
  for (uint64_t i = 0; i < kBefore; ++i) Append("title");
  std::vector<Client> clients;
  for (uint64_t i = 0; i < 10; ++i) clients.push_back(Open(i * 10));
  std::thread writer([&] {
    for (uint64_t i = kBefore; i < kAll; ++i) Append("title");
  });
  int round = 0;
  const bool all = WaitUntil([&] {
    for (int i = 0; i < 50; ++i) Pump(clients, ++round, 7);
    for (size_t i = 0; i < clients.size(); ++i) {
      if (clients[i].received->count() < kAll - i * 10) return false;
    }
    return true;
  });
  writer.join();
  EXPECT_TRUE(all);
  for (uint64_t i = 0; i < clients.size(); ++i) {
    EXPECT_EQ(clients[i].received->sequences(), Numbers(i * 10 + 1, kAll)) << "stream " << i;
    EXPECT_GE(clients[i].received->heartbeats(), 1);
    EXPECT_EQ(clients[i].received->position(), (StreamPosition{epoch_, kAll}));
  }
  EXPECT_EQ(hub_.stats().lag_max, 0u);
}

TEST_F(StreamHubTest, MatchesTheTextWithOneReadForManyStreams) {
  std::vector<Client> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(Open(0, "fire"));
  ASSERT_TRUE(WaitUntil([&] {
    Pump(clients, 0, 1);
    return std::all_of(clients.begin(), clients.end(), [](const Client& c) { return c.received->heartbeats() == 1; });
  }));
  Append("water", "and fire");
  Append("water", "and air");
  Append("fire");
  ASSERT_TRUE(WaitUntil([&] {
    Pump(clients, 0, 1);
    return std::all_of(clients.begin(), clients.end(), [](const Client& c) { return c.received->count() == 2; });
  }));
  for (const Client& client : clients) EXPECT_EQ(client.received->sequences(), (std::vector<uint64_t>{1, 3}));
  // At most one read for each event whose title does not decide, unless streams asked anew after one had ended.
  EXPECT_LE(archive_.release_reads(), 4);
  EXPECT_GE(archive_.release_reads(), 2);
}

TEST_F(StreamHubTest, GoesOnWhenTheArchiveComesBack) {
  for (int i = 0; i < 20; ++i) Append("title");
  archive_.SetAway(true);
  std::vector<Client> clients;
  clients.push_back(Open(0));
  ASSERT_TRUE(WaitUntil([&] { return Pump(clients, 0, 1) && archive_.event_reads() >= 2; }));
  EXPECT_EQ(clients[0].received->count(), 0u);
  EXPECT_EQ(clients[0].received->ends(), 0);
  archive_.SetAway(false);
  EXPECT_TRUE(WaitUntil([&] { return Pump(clients, 0, 1) && clients[0].received->count() == 20; }));
  EXPECT_EQ(clients[0].received->sequences(), Numbers(1, 20));
}

TEST_F(StreamHubTest, NeedsNoReadsForStreamsThatKeepUp) {
  std::vector<Client> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(Open(0));
  for (int i = 0; i < 5; ++i) Append("title");
  ASSERT_TRUE(WaitUntil([&] {
    Pump(clients, 0, 1);
    return std::all_of(clients.begin(), clients.end(), [](const Client& c) { return c.received->count() == 5; });
  }));
  EXPECT_EQ(archive_.event_reads(), 0);
  EXPECT_EQ(archive_.release_reads(), 0);
}

TEST_F(StreamHubTest, EndsAllStreamsOnceAndRefusesNewOnes) {
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(Open(0));
  hub_.Close(clients[0].session);
  hub_.EndAll(Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "stopping"));
  hub_.EndAll(Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "stopping"));
  EXPECT_EQ(clients[0].received->ends(), 0);
  EXPECT_EQ(clients[1].received->ends(), 1);
  EXPECT_EQ(ErrorReason(clients[2].received->status()), "SHUTTING_DOWN");
  EXPECT_EQ(Open(0).received->ends(), 1);
  EXPECT_EQ(hub_.stats().streams, 0u);
}

TEST_F(StreamHubTest, EndsStreamsOfALogThatBeganAnew) {
  Append("title");
  std::vector<Client> clients;
  clients.push_back(Open(0));
  ASSERT_TRUE(WaitUntil([&] { return Pump(clients, 0, 1) && clients[0].received->count() == 1; }));
  Pump(clients, 0, 1);
  ring_.Reset({RandomEpoch(), 0}, 0);
  hub_.Notify();
  ASSERT_TRUE(WaitUntil([&] { return Pump(clients, 0, 1) && clients[0].received->ends() == 1; }));
  EXPECT_EQ(clients[0].received->status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ErrorReason(clients[0].received->status()), "EPOCH_CHANGED");
}

TEST_F(StreamHubTest, FindsWhereAStreamBegins) {
  for (int i = 0; i < 37; ++i) archive_.Append("title");  // Event n happened at second 1000 + n.
  archive_.TrimBelow(5);
  EXPECT_EQ(FindEarliest(archive_)->sequence, 4u);
  const auto at = [](int64_t second) { return FromMicros(second * 1'000'000); };
  EXPECT_EQ(FindTime(archive_, at(0))->sequence, 4u);
  EXPECT_EQ(FindTime(archive_, at(1020))->sequence, 19u);
  EXPECT_EQ(FindTime(archive_, FromMicros(1'020'000'001))->sequence, 20u);
  EXPECT_EQ(FindTime(archive_, at(1037))->sequence, 36u);
  EXPECT_EQ(FindTime(archive_, at(5000))->sequence, 37u);
}

}  // namespace
}  // namespace dateline::notification
