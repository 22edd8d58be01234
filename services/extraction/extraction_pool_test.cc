// Proves the promises of the pool: every piece of work is answered exactly once, one that does not end is answered for
// in time and replaced, the two lanes take turns, and a stop ends in bounded time. Time is a fake clock where it
// decides.

#include "services/extraction/extraction_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/mutex.h"
#include "common/testing/wait.h"

namespace dateline::extraction {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::WaitUntil;
using Lane = ExtractionPool::Lane;

// Blocks until it is opened; shared with threads that may outlive a test.
class Gate {
 public:
  void Open() {
    {
      MutexLock lock(mutex_);
      open_ = true;
    }
    opened_.NotifyAll();
  }
  void Pass() {
    MutexLock lock(mutex_);
    ++inside_;
    while (!open_) opened_.Wait(mutex_);
    --inside_;
  }
  int inside() {
    MutexLock lock(mutex_);
    return inside_;
  }

 private:
  Mutex mutex_;
  CondVar opened_;
  bool open_ GUARDED_BY(mutex_) = false;
  int inside_ GUARDED_BY(mutex_) = 0;
};

ExtractionPool::Result Titled(const std::string& title) {
  Extraction extraction;
  extraction.release.set_title(title);
  return extraction;
}

// Takes results in the order in which they come.
class Results {
 public:
  ExtractionPool::Done Take() {
    return [this](const ExtractionPool::Result& result) {
      MutexLock lock(mutex_);
      results_.push_back(result.ok() ? result->release.title() : ErrorReason(result.status()));
    };
  }
  std::vector<std::string> all() {
    MutexLock lock(mutex_);
    return results_;
  }
  bool Reach(size_t count) {
    return WaitUntil([&] { return all().size() >= count; });
  }

 private:
  Mutex mutex_;
  std::vector<std::string> results_ GUARDED_BY(mutex_);
};

class ExtractionPoolTest : public ::testing::Test {
 protected:
  ExtractionPool Make(ExtractionPool::Options options) {
    options.watch_interval = 5ms;
    return ExtractionPool(options, registry_, clock_, [this] { ++hopeless_; });
  }

  metrics::Registry registry_{"test"};
  FakeClock clock_;
  std::atomic<int> hopeless_{0};
  Results results_;
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
};

TEST_F(ExtractionPoolTest, AnswersWorkWithItsResult) {
  ExtractionPool pool = Make({.threads = 2});
  ASSERT_TRUE(pool.TrySubmit(
      Lane::kWorker, [] { return Titled("a"); }, results_.Take()));
  ASSERT_TRUE(results_.Reach(1));
  EXPECT_EQ(results_.all()[0], "a");
}

TEST_F(ExtractionPoolTest, TurnsAnExceptionIntoAnError) {
  ExtractionPool pool = Make({.threads = 1});
  ASSERT_TRUE(pool.TrySubmit(
      Lane::kWorker, []() -> ExtractionPool::Result { throw std::runtime_error("broken"); }, results_.Take()));
  ASSERT_TRUE(pool.TrySubmit(
      Lane::kWorker, [] { return Titled("next"); }, results_.Take()));
  ASSERT_TRUE(results_.Reach(2));
  EXPECT_EQ(results_.all(), (std::vector<std::string>{"EXTRACTION_FAILED", "next"}));
}

TEST_F(ExtractionPoolTest, AnswersForWorkThatDoesNotEndAndGoesOn) {
  ExtractionPool pool = Make({.threads = 1, .document_timeout = 15s});
  ASSERT_TRUE(pool.TrySubmit(
      Lane::kWorker,
      [gate = gate_] {
        gate->Pass();
        return Titled("late");
      },
      results_.Take()));
  ASSERT_TRUE(pool.TrySubmit(
      Lane::kWorker, [] { return Titled("next"); }, results_.Take()));
  ASSERT_TRUE(WaitUntil([&] { return gate_->inside() == 1; }));
  clock_.Advance(14s);
  EXPECT_TRUE(results_.all().empty());
  clock_.Advance(2s);
  ASSERT_TRUE(results_.Reach(2));
  std::vector<std::string> seen = results_.all();
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (std::vector<std::string>{"EXTRACTION_TIMEOUT", "next"}));
  EXPECT_EQ(pool.stuck(), 1);
  gate_->Open();
  EXPECT_TRUE(WaitUntil([&] { return pool.stuck() == 0; }));
  EXPECT_EQ(results_.all().size(), 2U) << "the late result is dropped";
  EXPECT_EQ(hopeless_, 0);
}

TEST_F(ExtractionPoolTest, SaysWhenTooManyThreadsAreStuck) {
  ExtractionPool pool = Make({.threads = 1, .document_timeout = 1s, .stuck_max = 1});
  for (int i = 1; i <= 2; ++i) {
    EXPECT_EQ(hopeless_, 0);
    ASSERT_TRUE(pool.TrySubmit(
        Lane::kWorker,
        [gate = gate_] {
          gate->Pass();
          return Titled("late");
        },
        results_.Take()));
    ASSERT_TRUE(WaitUntil([&] { return gate_->inside() == i; }));
    clock_.Advance(2s);
    ASSERT_TRUE(results_.Reach(static_cast<size_t>(i)));
  }
  EXPECT_TRUE(WaitUntil([&] { return hopeless_ == 1; }));
  gate_->Open();
  EXPECT_TRUE(WaitUntil([&] { return pool.stuck() == 0; }));
}

TEST_F(ExtractionPoolTest, LetsTheLanesTakeTurns) {
  ExtractionPool pool = Make({.threads = 1});
  ASSERT_TRUE(pool.TrySubmit(
      Lane::kWorker,
      [gate = gate_] {
        gate->Pass();
        return Titled("first");
      },
      results_.Take()));
  ASSERT_TRUE(WaitUntil([&] { return gate_->inside() == 1; }));
  for (const char* title : {"w1", "w2", "w3"}) {
    ASSERT_TRUE(pool.TrySubmit(
        Lane::kWorker, [title] { return Titled(title); }, results_.Take()));
  }
  ASSERT_TRUE(pool.TrySubmit(
      Lane::kCall, [] { return Titled("c1"); }, results_.Take()));
  gate_->Open();
  ASSERT_TRUE(results_.Reach(5));
  EXPECT_EQ(results_.all(), (std::vector<std::string>{"first", "c1", "w1", "w2", "w3"}));
}

TEST_F(ExtractionPoolTest, RefusesWhenALaneIsFull) {
  ExtractionPool pool = Make({.threads = 1, .queue_max = 1});
  ASSERT_TRUE(pool.TrySubmit(
      Lane::kWorker,
      [gate = gate_] {
        gate->Pass();
        return Titled("a");
      },
      results_.Take()));
  ASSERT_TRUE(WaitUntil([&] { return gate_->inside() == 1; }));
  EXPECT_TRUE(pool.TrySubmit(
      Lane::kWorker, [] { return Titled("b"); }, results_.Take()));
  EXPECT_FALSE(pool.TrySubmit(
      Lane::kWorker, [] { return Titled("c"); }, results_.Take()));
  EXPECT_TRUE(pool.TrySubmit(
      Lane::kCall, [] { return Titled("d"); }, results_.Take()))
      << "the other lane has room";
  gate_->Open();
  EXPECT_TRUE(results_.Reach(3));
}

TEST_F(ExtractionPoolTest, StopAnswersEverythingAndReportsStuckThreads) {
  ExtractionPool pool = Make({.threads = 1});
  ASSERT_TRUE(pool.TrySubmit(
      Lane::kWorker,
      [gate = gate_] {
        gate->Pass();
        return Titled("a");
      },
      results_.Take()));
  ASSERT_TRUE(WaitUntil([&] { return gate_->inside() == 1; }));
  ASSERT_TRUE(pool.TrySubmit(
      Lane::kWorker, [] { return Titled("b"); }, results_.Take()));
  EXPECT_FALSE(pool.Stop(50ms));
  EXPECT_EQ(results_.all(), (std::vector<std::string>{"STOPPING", "STOPPING"}));
  EXPECT_FALSE(pool.TrySubmit(
      Lane::kWorker, [] { return Titled("c"); }, results_.Take()));
  gate_->Open();
  EXPECT_TRUE(WaitUntil([&] { return pool.stuck() == 0; }));
  EXPECT_TRUE(pool.Stop());
}

}  // namespace
}  // namespace dateline::extraction
