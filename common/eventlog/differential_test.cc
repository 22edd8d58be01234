// Proves that the fake behaves as the real ones: the same random operations go to MemoryEventLog and to a log in a
// database, and all answers have to be equal besides the tokens. Set DATELINE_SEED to repeat a run.

#include <cstdlib>
#include <iostream>
#include <random>

#include "common/base/error.h"
#include "common/eventlog/event_log_conformance.h"

namespace dateline::eventlog {
namespace {

constexpr int kSteps = 600;
constexpr std::string_view kTopic = "release/";

uint64_t Seed() {
  const char* given = std::getenv("DATELINE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "DATELINE_SEED=" << seed << std::endl;
  return seed;
}

// A lease as both logs know it.
struct Held {
  LeaseReference memory;
  LeaseReference real;
};

class Pair {
 public:
  Pair(uint64_t seed, const LogFactory& make) : random_(seed) {
    const LogLimits limits{.topics = {std::string(kTopic)}, .max_attempts = 2, .open_max = 12};
    memory_ = MakeMemoryLog(clock_, limits);
    real_ = make(clock_, limits);
  }

  void Step() {
    switch (Below(12)) {
      case 0:
      case 1:
      case 2:
        return Append();
      case 3:
      case 4:
      case 5:
        return Lease();
      case 6:
      case 7:
        return Ack();
      case 8:
        return Nack();
      case 9:
        return Extend();
      case 10:
        return Below(2) == 0 ? Retry() : Trim();
      default:
        clock_.Advance(std::chrono::milliseconds(Below(8'000)));
    }
  }

  void Compare() {
    EXPECT_EQ(*memory_->log().Heads(), *real_->log().Heads());
    for (const std::string group : {"g", "h"}) {
      const auto memory = memory_->log().Lag(group, kTopic);
      const auto real = real_->log().Lag(group, kTopic);
      EXPECT_EQ(memory->waiting, real->waiting);
      EXPECT_EQ(memory->open, real->open);
      EXPECT_EQ(memory->dead, real->dead);
      EXPECT_EQ(memory->done_below, real->done_below);
    }
    const Sequence after(Below(20));
    const auto memory = memory_->log().Read({.topic = std::string(kTopic), .after = after, .limit = 7});
    const auto real = real_->log().Read({.topic = std::string(kTopic), .after = after, .limit = 7});
    ASSERT_EQ(memory.ok(), real.ok());
    if (memory.ok()) {
      EXPECT_EQ(memory->records.size(), real->records.size());
    }
    const auto memory_dead = memory_->log().ListDeadLetters({});
    const auto real_dead = real_->log().ListDeadLetters({});
    ASSERT_EQ(memory_dead->dead_letters.size(), real_dead->dead_letters.size());
    for (size_t i = 0; i < memory_dead->dead_letters.size(); ++i) {
      EXPECT_EQ(memory_dead->dead_letters[i].sequence, real_dead->dead_letters[i].sequence);
      EXPECT_EQ(memory_dead->dead_letters[i].error, real_dead->dead_letters[i].error);
      EXPECT_EQ(memory_dead->dead_letters[i].attempts, real_dead->dead_letters[i].attempts);
    }
  }

 private:
  uint64_t Below(uint64_t limit) { return std::uniform_int_distribution<uint64_t>(0, limit - 1)(random_); }
  std::string AnyGroup() { return Below(2) == 0 ? "g" : "h"; }

  void Append() {
    const NewEvent event = MakeEvent(clock_, std::string(kTopic), "releases/" + std::to_string(Below(9)), Below(300));
    EXPECT_EQ(memory_->Append(event)->sequence, real_->Append(event)->sequence);
  }

  void Lease() {
    const std::string group = AnyGroup();
    const LeaseRequest request{.group = group,
                               .topic = std::string(kTopic),
                               .max = static_cast<uint32_t>(1 + Below(5)),
                               .duration = std::chrono::seconds(1 + Below(9)),
                               .holder = "w",
                               .max_bytes = 500 + Below(2'000)};
    const auto memory = memory_->log().Lease(request);
    const auto real = real_->log().Lease(request);
    ASSERT_EQ(memory->events.size(), real->events.size());
    EXPECT_EQ(memory->backlog, real->backlog);
    for (size_t i = 0; i < memory->events.size(); ++i) {
      const LeasedEvent& ours = memory->events[i];
      const LeasedEvent& theirs = real->events[i];
      EXPECT_EQ(ours.record.sequence, theirs.record.sequence);
      EXPECT_EQ(ours.attempt, theirs.attempt);
      EXPECT_EQ(ours.expire_time, theirs.expire_time);
      held_.push_back({{std::string(kTopic), group, ours.record.sequence, ours.token},
                       {std::string(kTopic), group, theirs.record.sequence, theirs.token}});
    }
  }

  // A lease from any time before: current, ended, lost or done.
  const Held* AnyHeld() { return held_.empty() ? nullptr : &held_[Below(held_.size())]; }

  void Ack() {
    const Held* held = AnyHeld();
    if (held == nullptr) return;
    EXPECT_EQ(memory_->log().Ack({held->memory})->size(), real_->log().Ack({held->real})->size());
  }

  void Nack() {
    const Held* held = AnyHeld();
    if (held == nullptr) return;
    NackRequest request{.lease = held->memory,
                        .error = "e" + std::to_string(Below(99)),
                        .retry_delay = std::chrono::milliseconds(Below(5'000)),
                        .permanent = Below(8) == 0};
    const auto memory = memory_->log().Nack(request);
    request.lease = held->real;
    const auto real = real_->log().Nack(request);
    ASSERT_EQ(ErrorReason(memory.status()), ErrorReason(real.status()));
    if (memory.ok()) {
      EXPECT_EQ(memory->dead, real->dead);
    }
  }

  void Extend() {
    const Held* held = AnyHeld();
    if (held == nullptr) return;
    const std::chrono::seconds duration(1 + Below(9));
    EXPECT_EQ(memory_->log().Extend({held->memory}, duration)->size(),
              real_->log().Extend({held->real}, duration)->size());
  }

  void Retry() {
    RetryRequest request{.topic = std::string(kTopic), .group = AnyGroup()};
    if (Below(2) == 0) request.sequences = {Sequence(Below(30)), Sequence(Below(30))};
    EXPECT_EQ(*memory_->log().RetryDeadLetters(request), *real_->log().RetryDeadLetters(request));
  }

  void Trim() {
    const WallTime before = clock_.Now() - std::chrono::milliseconds(Below(60'000));
    const TrimRequest request{.topic = std::string(kTopic),
                              .before = before,
                              .hard_before = before - std::chrono::milliseconds(Below(200'000)),
                              .limit = static_cast<uint32_t>(1 + Below(4))};
    const auto memory = memory_->log().Trim(request);
    const auto real = real_->log().Trim(request);
    EXPECT_EQ(memory->trimmed, real->trimmed);
    EXPECT_EQ(memory->abandoned, real->abandoned);
    EXPECT_EQ(memory->low_water, real->low_water);
    EXPECT_EQ(memory->more, real->more);
  }

  std::mt19937_64 random_;
  FakeClock clock_;
  std::unique_ptr<LogUnderTest> memory_;
  std::unique_ptr<LogUnderTest> real_;
  std::vector<Held> held_;
};

void RunBeside(const LogFactory& make, int steps) {
  Pair pair(Seed(), make);
  for (int step = 0; step < steps; ++step) {
    pair.Step();
    pair.Compare();
    ASSERT_FALSE(::testing::Test::HasFailure()) << "at step " << step;
  }
}

TEST(EventLogDifferential, MemoryAnswersAsSqliteDoes) {
  RunBeside(&MakeSqliteLog, kSteps);
}

TEST(EventLogDifferential, MemoryAnswersAsPostgresDoes) {
  RunBeside(&MakePostgresLog, kSteps);
}

}  // namespace
}  // namespace dateline::eventlog
