// The server's clock counted on by the local monotonic one: which looks count, and that a wrong local clock changes
// nothing.

#include "common/sql/postgres/server_clock.h"

#include <gtest/gtest.h>

#include "common/sql/postgres/connection.h"
#include "common/sql/postgres/testing/server.h"

namespace dateline::sql::postgres {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class ServerClockTest : public ::testing::Test {
 protected:
  // A look that takes `took` at a server whose clock is `ahead` of the local one.
  void Look(std::chrono::milliseconds took, std::chrono::nanoseconds ahead) {
    const MonotonicTime before = local_.Monotonic();
    local_.Advance(took / 2);
    const WallTime server = local_.Now() + ahead;
    local_.Advance(took / 2);
    clock_.Take(before, local_.Monotonic(), server);
  }
  std::chrono::nanoseconds Ahead() const { return clock_.Now() - local_.Now(); }

  FakeClock local_;
  ServerClock clock_{local_};
};

TEST_F(ServerClockTest, CountsOnFromTheLatestLook) {
  EXPECT_EQ(Ahead(), 0s) << "nobody has looked yet";
  Look(2ms, 90s);
  EXPECT_EQ(Ahead(), 90s);
  local_.Advance(1h);
  EXPECT_EQ(Ahead(), 90s);
  EXPECT_EQ(clock_.Monotonic(), local_.Monotonic());
}

TEST_F(ServerClockTest, ASlowLookDoesNotReplaceAnExactOne) {
  Look(2ms, 90s);
  // Within what the slow look leaves open, it may be wrong.
  Look(800ms, 90s + 300ms);
  EXPECT_EQ(Ahead(), 90s);
  // By and by the exact one is no better.
  local_.Advance(1h);
  Look(800ms, 90s + 300ms);
  EXPECT_EQ(Ahead(), 90s + 300ms);
}

TEST_F(ServerClockTest, AContradictionIsBelieved) {
  Look(2ms, 90s);
  // The server's clock was set, or another server answers; however slowly.
  Look(800ms, -20s);
  EXPECT_EQ(Ahead(), -20s);
  Look(2ms, 5s);
  EXPECT_EQ(Ahead(), 5s);
}

// A local clock that is wrong by hours.
class WrongClock final : public Clock {
 public:
  WallTime Now() const override { return RealClock().Now() - 3h; }
  MonotonicTime Monotonic() const override { return RealClock().Monotonic(); }
};

TEST(ServerClock, LooksAtARealServer) {
  const WrongClock wrong;
  ServerClock clock(wrong);
  auto connection = Connection::Open({.connection = testing::PostgresServer::Shared().NewDatabase()});
  ASSERT_TRUE(connection.ok()) << connection.status();
  ASSERT_TRUE(clock.Look(**connection, 0ms).ok());
  // The test's server runs on this machine.
  const std::chrono::nanoseconds off = clock.Now() - RealClock().Now();
  EXPECT_LT(std::chrono::abs(off), 500ms);
  // Looked at a moment ago: nothing is asked.
  EXPECT_TRUE(clock.Look(**connection, 1h).ok());
}

}  // namespace
}  // namespace dateline::sql::postgres
