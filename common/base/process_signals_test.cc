// Proves how a process ends: each case runs in a child (a GoogleTest death test), which sends itself signals and exits
// with a status that tells what happened.

#include "common/base/process_signals.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "gtest/gtest.h"

namespace dateline {
namespace {

using std::chrono::milliseconds;

class ProcessSignalsDeathTest : public testing::Test {
 protected:
  // A fresh process for each case: the mask must be set before any thread exists.
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(ProcessSignalsDeathTest, WaitReturnsTheSignal) {
  EXPECT_EXIT(
      {
        ProcessSignals signals;
        kill(getpid(), SIGTERM);
        _exit(signals.Wait() == SIGTERM ? 42 : 43);
      },
      testing::ExitedWithCode(42), "");
  EXPECT_EXIT(
      {
        ProcessSignals signals;
        kill(getpid(), SIGINT);
        _exit(signals.WaitFor(std::chrono::seconds(10)) == SIGINT ? 42 : 43);
      },
      testing::ExitedWithCode(42), "");
}

TEST_F(ProcessSignalsDeathTest, WaitForGivesUpInTime) {
  EXPECT_EXIT(
      {
        ProcessSignals signals;
        _exit(signals.WaitFor(milliseconds(10)) == 0 ? 42 : 43);
      },
      testing::ExitedWithCode(42), "");
}

TEST_F(ProcessSignalsDeathTest, WatchdogEndsAStopThatTakesTooLong) {
  EXPECT_EXIT(
      {
        ProcessSignals signals;
        signals.StartWatchdog(milliseconds(20));
        for (;;) pause();
      },
      testing::ExitedWithCode(1), "longer than 20 ms");
}

TEST_F(ProcessSignalsDeathTest, SecondSignalEndsTheStop) {
  EXPECT_EXIT(
      {
        ProcessSignals signals;
        kill(getpid(), SIGTERM);
        signals.Wait();
        signals.StartWatchdog(std::chrono::minutes(1));
        kill(getpid(), SIGTERM);
        for (;;) pause();
      },
      testing::ExitedWithCode(1), "second signal");
}

TEST_F(ProcessSignalsDeathTest, AClosedPipeDoesNotEndTheProcess) {
  EXPECT_EXIT(
      {
        ProcessSignals signals;
        int ends[2];
        if (pipe(ends) != 0) _exit(43);
        close(ends[0]);
        _exit(write(ends[1], "x", 1) == -1 ? 42 : 43);
      },
      testing::ExitedWithCode(42), "");
}

}  // namespace
}  // namespace dateline
