// Proves that the relay publishes every commit once and in order, begins at the head, tells the heads also when nothing
// happens, survives a log that cannot be read and a bus that drops, and publishes the rest before it stops.

#include "common/eventlog/relay.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/eventlog/memory_event_log.h"
#include "common/testing/wait.h"
#include "gtest/gtest.h"

namespace dateline::eventlog {
namespace {

class RecordingPort final : public PublishPort {
 public:
  bool Publish(std::string_view topic, const Epoch&, Sequence sequence, std::string_view payload) override {
    MutexLock lock(mutex_);
    if (topic == "release/") sequences_.push_back(sequence.value());
    empty_payloads_ += payload.empty() ? 1 : 0;
    return !dropping_;
  }
  bool PublishHead(std::string_view topic, const Epoch& epoch, Sequence head) override {
    MutexLock lock(mutex_);
    if (topic == "release/") last_head_ = head.value();
    if (topic == "release/") epoch_ = epoch;
    ++heads_;
    return !dropping_;
  }
  std::vector<uint64_t> sequences() const {
    MutexLock lock(mutex_);
    return sequences_;
  }
  uint64_t heads() const {
    MutexLock lock(mutex_);
    return heads_;
  }
  uint64_t last_head() const {
    MutexLock lock(mutex_);
    return last_head_;
  }
  Epoch epoch() const {
    MutexLock lock(mutex_);
    return epoch_;
  }
  int empty_payloads() const {
    MutexLock lock(mutex_);
    return empty_payloads_;
  }
  void Drop() {
    MutexLock lock(mutex_);
    dropping_ = true;
  }

 private:
  mutable Mutex mutex_;
  std::vector<uint64_t> sequences_ GUARDED_BY(mutex_);
  uint64_t heads_ GUARDED_BY(mutex_) = 0;
  uint64_t last_head_ GUARDED_BY(mutex_) = 0;
  Epoch epoch_ GUARDED_BY(mutex_){};
  int empty_payloads_ GUARDED_BY(mutex_) = 0;
  bool dropping_ GUARDED_BY(mutex_) = false;
};

class RelayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    log_.SetCommitListener([this] { relay_->Wake(); });
  }
  void Append(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(log_.Append({.topic = "release/", .type = "t", .subject = "s", .time = clock_.Now()}).ok());
    }
  }
  void Start(std::chrono::milliseconds head_interval = std::chrono::hours(1)) {
    relay_ = std::make_unique<Relay>(log_, port_, Relay::Options{.head_interval = head_interval, .page_events = 3});
    ASSERT_TRUE(relay_->Start().ok());
  }
  static std::vector<uint64_t> From(uint64_t first, uint64_t last) {
    std::vector<uint64_t> numbers;
    for (uint64_t i = first; i <= last; ++i) numbers.push_back(i);
    return numbers;
  }

  FakeClock clock_;
  MemoryEventLog log_{clock_, {.topics = {"document/", "release/"}}};
  RecordingPort port_;
  std::unique_ptr<Relay> relay_;
};

TEST_F(RelayTest, PublishesCommitsOnceAndInOrder) {
  Start();
  std::vector<std::thread> writers;
  for (int i = 0; i < 3; ++i) writers.emplace_back([this] { Append(20); });
  for (std::thread& writer : writers) writer.join();
  EXPECT_TRUE(testing::WaitUntil([this] { return port_.sequences().size() >= 60; }));
  EXPECT_EQ(port_.sequences(), From(1, 60));
  EXPECT_EQ(port_.empty_payloads(), 0);
  EXPECT_EQ(relay_->published("release/"), Sequence(60));
  EXPECT_EQ(relay_->stats().published, 60u);
}

TEST_F(RelayTest, BeginsAtTheHead) {
  log_.SetCommitListener(nullptr);
  Append(5);
  Start();
  log_.SetCommitListener([this] { relay_->Wake(); });
  EXPECT_TRUE(testing::WaitUntil([this] { return port_.heads() >= 2; })) << "both heads go out at once";
  EXPECT_EQ(port_.last_head(), 5u) << "what was committed before is found by the head";
  EXPECT_EQ(port_.epoch(), log_.epoch());
  Append(1);
  EXPECT_TRUE(testing::WaitUntil([this] { return !port_.sequences().empty(); }));
  EXPECT_EQ(port_.sequences(), From(6, 6));
}

TEST_F(RelayTest, TellsTheHeadsAlsoWhenNothingHappens) {
  Start(std::chrono::milliseconds(10));
  EXPECT_TRUE(testing::WaitUntil([this] { return port_.heads() >= 10; }));
  EXPECT_TRUE(port_.sequences().empty());
}

TEST_F(RelayTest, FindsWhatItWasNotWokenFor) {
  log_.SetCommitListener(nullptr);
  Start(std::chrono::milliseconds(10));
  Append(2);
  EXPECT_TRUE(testing::WaitUntil([this] { return port_.sequences().size() == 2; }));
}

TEST_F(RelayTest, PublishesTheRestBeforeItStops) {
  Start();
  Append(10);
  relay_->Stop();
  EXPECT_EQ(port_.sequences(), From(1, 10));
  relay_->Stop();
}

TEST_F(RelayTest, CountsWhatTheBusDrops) {
  port_.Drop();
  Start();
  Append(4);
  EXPECT_TRUE(testing::WaitUntil([this] { return relay_->stats().dropped >= 4; }));
  EXPECT_EQ(relay_->stats().published, 0u);
  EXPECT_TRUE(testing::WaitUntil([this] { return relay_->published("release/") == Sequence(4); }))
      << "it does not try again";
}

// Fails until told otherwise.
class UnreadableLog final : public EventLog {
 public:
  explicit UnreadableLog(MemoryEventLog& log) : log_(log) {}
  void Fail(bool fail) {
    MutexLock lock(mutex_);
    failing_ = fail;
  }
  Epoch epoch() const override { return log_.epoch(); }
  absl::StatusOr<ReadResult> Read(const ReadRequest& request) override {
    if (failing()) return absl::UnavailableError("disk");
    return log_.Read(request);
  }
  absl::StatusOr<std::vector<TopicHead>> Heads() override {
    if (failing()) return absl::UnavailableError("disk");
    return log_.Heads();
  }
  absl::StatusOr<LeaseResult> Lease(const LeaseRequest& request) override { return log_.Lease(request); }
  absl::StatusOr<std::vector<LeaseReference>> Extend(const std::vector<LeaseReference>& leases,
                                                     std::chrono::milliseconds duration) override {
    return log_.Extend(leases, duration);
  }
  absl::StatusOr<std::vector<LeaseReference>> Ack(const std::vector<LeaseReference>& leases) override {
    return log_.Ack(leases);
  }
  absl::StatusOr<NackResult> Nack(const NackRequest& request) override { return log_.Nack(request); }
  absl::StatusOr<DeadLetterPage> ListDeadLetters(const DeadLetterQuery& query) override {
    return log_.ListDeadLetters(query);
  }
  absl::StatusOr<uint32_t> RetryDeadLetters(const RetryRequest& request) override {
    return log_.RetryDeadLetters(request);
  }
  absl::StatusOr<GroupLag> Lag(std::string_view group, std::string_view topic) override {
    return log_.Lag(group, topic);
  }
  absl::StatusOr<TrimResult> Trim(const TrimRequest& request) override { return log_.Trim(request); }

 private:
  bool failing() const {
    MutexLock lock(mutex_);
    return failing_;
  }
  MemoryEventLog& log_;
  mutable Mutex mutex_;
  bool failing_ GUARDED_BY(mutex_) = false;
};

TEST_F(RelayTest, GoesOnAfterALogThatCouldNotBeRead) {
  log_.SetCommitListener(nullptr);
  UnreadableLog log(log_);
  log.Fail(true);
  Relay never(log, port_, {});
  EXPECT_EQ(never.Start().code(), absl::StatusCode::kUnavailable);
  log.Fail(false);
  Relay relay(log, port_, {.head_interval = std::chrono::milliseconds(10)});
  ASSERT_TRUE(relay.Start().ok());
  log.Fail(true);
  Append(3);
  EXPECT_TRUE(testing::WaitUntil([&] { return relay.stats().read_failures > 0; }));
  EXPECT_TRUE(port_.sequences().empty());
  log.Fail(false);
  EXPECT_TRUE(testing::WaitUntil([&] { return port_.sequences().size() == 3; }));
  EXPECT_EQ(port_.sequences(), From(1, 3));
}

TEST_F(RelayTest, SkipsWhatIsTrimmedBeforeItWasPublished) {
  log_.SetCommitListener(nullptr);
  UnreadableLog log(log_);
  Relay relay(log, port_, {.head_interval = std::chrono::milliseconds(10)});
  ASSERT_TRUE(relay.Start().ok());
  log.Fail(true);
  Append(3);
  clock_.Advance(std::chrono::hours(1));
  ASSERT_TRUE(log_.Trim({.topic = "release/", .before = clock_.Now(), .hard_before = clock_.Now()}).ok());
  log.Fail(false);
  EXPECT_TRUE(testing::WaitUntil([&] { return relay.published("release/") == Sequence(3); }));
  Append(1);
  EXPECT_TRUE(testing::WaitUntil([&] { return port_.sequences().size() == 1; }));
  EXPECT_EQ(port_.sequences(), From(4, 4));
}

}  // namespace
}  // namespace dateline::eventlog
