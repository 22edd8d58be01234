// Proves the executor's promises with tasks that wait for the test: it refuses when full instead of waiting, runs what
// it accepted before Stop() returns, and loses or repeats nothing when many threads submit. Meaningful under
// ThreadSanitizer.

#include "common/base/executor.h"

#include <pthread.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace dateline {
namespace {

// Keeps the only thread of an executor busy until Open().
class Gate {
 public:
  std::function<void()> Task() {
    return [this] {
      entered_.set_value();
      open_.get_future().wait();
    };
  }
  void WaitUntilEntered() { entered_.get_future().wait(); }
  void Open() { open_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> open_;
};

TEST(Executor, RefusesWhenTheQueueIsFull) {
  Gate gate;
  Executor executor({.name = "full", .threads = 1, .queue_max = 2});
  ASSERT_TRUE(executor.TrySubmit(gate.Task()));
  gate.WaitUntilEntered();
  EXPECT_EQ(executor.depth(), 0u);
  EXPECT_TRUE(executor.TrySubmit([] {}));
  EXPECT_TRUE(executor.TrySubmit([] {}));
  EXPECT_EQ(executor.depth(), 2u);
  EXPECT_EQ(executor.capacity(), 2u);
  EXPECT_FALSE(executor.TrySubmit([] {}));
  gate.Open();
  executor.Stop();
  EXPECT_EQ(executor.depth(), 0u);
}

TEST(Executor, StopRunsWhatWasAcceptedAndRefusesTheRest) {
  Gate gate;
  std::atomic<int> ran{0};
  Executor executor({.name = "stop", .threads = 1, .queue_max = 16});
  ASSERT_TRUE(executor.TrySubmit(gate.Task()));
  gate.WaitUntilEntered();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(executor.TrySubmit([&ran] { ++ran; }));
  std::thread stopper([&executor] { executor.Stop(); });
  while (executor.TrySubmit([&ran] { ++ran; }) && executor.depth() < executor.capacity()) std::this_thread::yield();
  gate.Open();
  stopper.join();
  EXPECT_GE(ran.load(), 10);
  EXPECT_FALSE(executor.TrySubmit([] {}));
  executor.Stop();
}

TEST(Executor, RunsEachTaskOnceInOrderOnOneThread) {
  std::vector<int> order;
  {
    Executor executor({.name = "order", .threads = 1, .queue_max = 1000});
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(executor.TrySubmit([&order, i] { order.push_back(i); }));
  }
  ASSERT_EQ(order.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
}

TEST(Executor, ManySubmittersLoseNothing) {
  std::atomic<int> ran{0};
  std::atomic<int> accepted{0};
  {
    Executor executor({.name = "many", .threads = 4, .queue_max = 8});
    std::vector<std::thread> submitters;
    for (int t = 0; t < 4; ++t) {
      submitters.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          if (executor.TrySubmit([&ran] { ++ran; })) ++accepted;
        }
      });
    }
    for (std::thread& submitter : submitters) submitter.join();
  }
  EXPECT_GT(accepted.load(), 0);
  EXPECT_EQ(ran.load(), accepted.load());
}

TEST(Executor, NamesItsThreads) {
  std::promise<std::string> name;
  Executor executor({.name = "a_rather_long_name", .threads = 1, .queue_max = 1});
  ASSERT_TRUE(executor.TrySubmit([&name] {
    char text[16];
    pthread_getname_np(pthread_self(), text, sizeof(text));
    name.set_value(text);
  }));
  EXPECT_EQ(name.get_future().get(), "a_rather_long-0");
}

}  // namespace
}  // namespace dateline
