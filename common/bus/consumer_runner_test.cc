// Proves that the runner drives a consumer against a real thread: it follows a log without any bus, retries failing
// reads and effects, hands resynchronisation to its handler, and stops at once whatever it is doing. No sockets: those
// are in services/eventbus/recovery_test.cc. Waits are short here and conditions are polled.

#include "common/bus/consumer_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/mutex.h"
#include "common/testing/wait.h"

namespace dateline::bus {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Epoch kEpoch = {1};
constexpr Epoch kOther = {2};

// A log in memory that can fail and that can hang until it is cancelled.
class FakeLog final : public LogReader {
 public:
  void Append(uint64_t count) {
    MutexLock lock(mutex_);
    head_ += count;
  }
  void Replace(Epoch epoch, uint64_t head) {
    MutexLock lock(mutex_);
    epoch_ = epoch;
    head_ = head;
  }
  void Fail(absl::Status status) {
    MutexLock lock(mutex_);
    failure_ = std::move(status);
  }
  void Hang() {
    MutexLock lock(mutex_);
    hang_ = true;
  }
  bool hanging() const {
    MutexLock lock(mutex_);
    return hanging_;
  }

  absl::StatusOr<ReadBatch> Read(const ReadRequest& request) override {
    MutexLock lock(mutex_);
    while (hang_ && !cancelled_) {
      hanging_ = true;
      changed_.Wait(mutex_);
    }
    if (cancelled_) return absl::CancelledError("stopping");
    if (!failure_.ok()) return failure_;
    ReadBatch batch{epoch_, head_, {}};
    for (uint64_t s = request.after + 1; s <= head_ && batch.entries.size() < request.limit; ++s) {
      batch.entries.push_back({s, "event " + std::to_string(s)});
    }
    return batch;
  }
  void Cancel() override {
    MutexLock lock(mutex_);
    cancelled_ = true;
    changed_.NotifyAll();
  }

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  Epoch epoch_ GUARDED_BY(mutex_) = kEpoch;
  uint64_t head_ GUARDED_BY(mutex_) = 0;
  absl::Status failure_ GUARDED_BY(mutex_);
  bool hang_ GUARDED_BY(mutex_) = false;
  bool hanging_ GUARDED_BY(mutex_) = false;
  bool cancelled_ GUARDED_BY(mutex_) = false;
};

class Recorder final : public EventHandler {
 public:
  absl::Status Apply(const Event& event) override {
    MutexLock lock(mutex_);
    if (failures_ > 0) {
      --failures_;
      return absl::UnavailableError("disk full");
    }
    applied_.push_back(event.sequence);
    return absl::OkStatus();
  }
  absl::StatusOr<Cursor> Resync(const ResyncAction& resync) override {
    MutexLock lock(mutex_);
    reasons_.push_back(resync.reason);
    applied_.clear();
    return Cursor{resync.epoch, 0};
  }
  void FailNext(int count) {
    MutexLock lock(mutex_);
    failures_ = count;
  }
  std::vector<uint64_t> applied() const {
    MutexLock lock(mutex_);
    return applied_;
  }
  std::vector<ResyncReason> reasons() const {
    MutexLock lock(mutex_);
    return reasons_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<uint64_t> applied_ GUARDED_BY(mutex_);
  std::vector<ResyncReason> reasons_ GUARDED_BY(mutex_);
  int failures_ GUARDED_BY(mutex_) = 0;
};

ConsumerRunnerOptions Quick() {
  ConsumerRunnerOptions options;
  options.consumer.topic = "release/";
  options.consumer.silence_after = 1ms;
  options.consumer.poll_interval = 2ms;
  options.consumer.read_interval = 1ms;
  options.consumer.repair_jitter = 1ms;
  options.consumer.retry_min = 1ms;
  options.consumer.retry_max = 2ms;
  return options;
}

class ConsumerRunnerTest : public ::testing::Test {
 protected:
  bool Applied(size_t count) {
    return testing::WaitUntil([this, count] { return recorder_.applied().size() == count; });
  }

  FakeLog log_;
  Recorder recorder_;
  ConsumerRunner runner_{Quick(), log_, recorder_};
};

TEST_F(ConsumerRunnerTest, FollowsTheLogByPollingWithoutABus) {
  log_.Append(3);
  ASSERT_TRUE(runner_.Start({}).ok());
  ASSERT_TRUE(Applied(3));
  log_.Append(2);
  ASSERT_TRUE(Applied(5));
  EXPECT_THAT(recorder_.applied(), ElementsAre(1, 2, 3, 4, 5));
  ASSERT_TRUE(testing::WaitUntil([this] { return runner_.stats().lag == 0; }));
  const ConsumerRunnerStats stats = runner_.stats();
  EXPECT_EQ(stats.cursor, (Cursor{kEpoch, 5}));
  EXPECT_EQ(stats.consumer.applied, 5u);
}

TEST_F(ConsumerRunnerTest, GoesOnFromTheCursor) {
  log_.Append(10);
  ASSERT_TRUE(runner_.Start({kEpoch, 8}).ok());
  ASSERT_TRUE(Applied(2));
  EXPECT_THAT(recorder_.applied(), ElementsAre(9, 10));
}

TEST_F(ConsumerRunnerTest, RetriesAFailingEffectAndDoesNotPassIt) {
  log_.Append(3);
  recorder_.FailNext(4);
  ASSERT_TRUE(runner_.Start({}).ok());
  ASSERT_TRUE(Applied(3));
  EXPECT_THAT(recorder_.applied(), ElementsAre(1, 2, 3));
  EXPECT_EQ(runner_.stats().consumer.apply_failures, 4u);
}

TEST_F(ConsumerRunnerTest, ShowsTheErrorWhileReadsFailAndForgetsItAfterwards) {
  log_.Append(1);
  log_.Fail(absl::UnavailableError("storage is down"));
  ASSERT_TRUE(runner_.Start({}).ok());
  ASSERT_TRUE(testing::WaitUntil([this] { return runner_.stats().consumer.read_failures >= 2; }));
  EXPECT_THAT(runner_.stats().last_error, HasSubstr("storage is down"));
  log_.Fail(absl::OkStatus());
  ASSERT_TRUE(Applied(1));
  EXPECT_TRUE(testing::WaitUntil([this] { return runner_.stats().last_error.empty(); }));
}

TEST_F(ConsumerRunnerTest, LetsTheHandlerDecideWhenTheLogIsAnotherOne) {
  log_.Append(3);
  ASSERT_TRUE(runner_.Start({}).ok());
  ASSERT_TRUE(Applied(3));
  log_.Replace(kOther, 2);
  ASSERT_TRUE(Applied(2));
  EXPECT_THAT(recorder_.reasons(), ElementsAre(ResyncReason::kEpochChanged));
  EXPECT_TRUE(testing::WaitUntil([this] { return runner_.stats().cursor == Cursor{kOther, 2}; }));
}

TEST_F(ConsumerRunnerTest, StopsAtOnceWhileAReadHangs) {
  log_.Hang();
  ASSERT_TRUE(runner_.Start({}).ok());
  ASSERT_TRUE(testing::WaitUntil([this] { return log_.hanging(); }));
  const auto begin = std::chrono::steady_clock::now();
  runner_.Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  runner_.Stop();
}

TEST_F(ConsumerRunnerTest, StopsAtOnceWhileItWaits) {
  ConsumerRunnerOptions options = Quick();
  options.consumer.poll_interval = 1h;
  ConsumerRunner waiting(options, log_, recorder_);
  ASSERT_TRUE(waiting.Start({}).ok());
  ASSERT_TRUE(testing::WaitUntil([&] { return waiting.stats().consumer.reads == 1; }));
  const auto begin = std::chrono::steady_clock::now();
  waiting.Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
}

TEST_F(ConsumerRunnerTest, NamesABadEndpointAtStart) {
  ConsumerRunnerOptions options = Quick();
  options.bus.endpoints = {"nonsense"};
  ConsumerRunner runner(options, log_, recorder_);
  const absl::Status status = runner.Start({});
  EXPECT_EQ(ErrorReason(status), "BUS_ENDPOINT_INVALID");
  EXPECT_THAT(std::string(status.message()), HasSubstr("nonsense"));
}

}  // namespace
}  // namespace dateline::bus
