// Proves that a consumer's effects are exactly the committed events, in order, each once, under any mix of lost,
// repeated, late and reordered messages, dead buses, cut links, failing reads and effects, crashes between any two
// steps, trimmed and wiped logs; and that it catches up in bounded time once things are well, also when the bus never
// comes back. Each run is one random history made from a seed. DATELINE_SIMULATION_SEED replays one seed (or is the
// first of several with DATELINE_SIMULATION_RUNS). That the oracle can fail is proved by mistakes put in on purpose.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "tests/simulation/world.h"

namespace dateline::simulation {
namespace {

constexpr uint64_t kFirstSeed = 1;
#if defined(__SANITIZE_THREAD__)
constexpr uint64_t kDefaultRuns = 200;  // Fifteen times slower; and a simulation has one thread.
#else
constexpr uint64_t kDefaultRuns = 1000;
#endif
// Seeds within which every mutation has to be found.
constexpr uint64_t kMutationSeeds = 300;

std::optional<uint64_t> FromEnvironment(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

void Add(const Outcome& from, Outcome* to) {
  to->consumers.applied += from.consumers.applied;
  to->consumers.apply_failures += from.consumers.apply_failures;
  to->consumers.duplicates += from.consumers.duplicates;
  to->consumers.gaps += from.consumers.gaps;
  to->consumers.silences += from.consumers.silences;
  to->consumers.foreign_epochs += from.consumers.foreign_epochs;
  to->consumers.buffer_drops += from.consumers.buffer_drops;
  to->consumers.read_failures += from.consumers.read_failures;
  to->consumers.resyncs += from.consumers.resyncs;
  to->consumer_crashes += from.consumer_crashes;
  to->owner_crashes += from.owner_crashes;
  to->wipes += from.wipes;
  to->trims += from.trims;
  to->trim_resyncs += from.trim_resyncs;
  to->bus_never_returns += from.bus_never_returns;
}

TEST(Pipeline, AppliesEveryCommittedEventOnceAndInOrder) {
  const std::optional<uint64_t> seed = FromEnvironment("DATELINE_SIMULATION_SEED");
  const uint64_t runs = FromEnvironment("DATELINE_SIMULATION_RUNS").value_or(seed ? 1 : kDefaultRuns);
  const uint64_t first = seed.value_or(kFirstSeed);
  Outcome total;
  for (uint64_t i = 0; i < runs; ++i) {
    const Outcome outcome = Simulate(first + i, Mutation::kNone);
    ASSERT_EQ(outcome.violation, "") << "replay with DATELINE_SIMULATION_SEED=" << first + i;
    Add(outcome, &total);
  }
  RecordProperty("first_seed", std::to_string(first));
  RecordProperty("runs", std::to_string(runs));
  RecordProperty("applied", std::to_string(total.consumers.applied));
  if (runs < kDefaultRuns) return;
  // A simulation that never meets a fault proves nothing.
  EXPECT_GT(total.consumers.applied, runs * 100);
  EXPECT_GT(total.consumers.apply_failures, runs);
  EXPECT_GT(total.consumers.duplicates, runs);
  EXPECT_GT(total.consumers.gaps, runs);
  EXPECT_GT(total.consumers.silences, runs);
  EXPECT_GT(total.consumers.foreign_epochs, runs / 10);
  EXPECT_GT(total.consumers.buffer_drops, runs / 10);
  EXPECT_GT(total.consumers.read_failures, runs);
  EXPECT_GT(total.consumers.resyncs, runs / 10);
  EXPECT_GT(total.consumer_crashes, runs);
  EXPECT_GT(total.owner_crashes, runs);
  EXPECT_GT(total.wipes, runs / 10);
  EXPECT_GT(total.trims, runs / 10);
  EXPECT_GT(total.trim_resyncs, runs / 100);
  EXPECT_GT(total.bus_never_returns, runs / 20);
}

TEST(Pipeline, IsDeterministic) {
  for (const uint64_t seed : {7u, 8u, 9u}) {
    const Outcome first = Simulate(seed, Mutation::kNone);
    const Outcome second = Simulate(seed, Mutation::kNone);
    EXPECT_EQ(first.consumers.applied, second.consumers.applied);
    EXPECT_EQ(first.consumers.reads, second.consumers.reads);
    EXPECT_EQ(first.consumer_crashes, second.consumer_crashes);
  }
}

class Mistake : public ::testing::TestWithParam<std::pair<const char*, Mutation>> {};

TEST_P(Mistake, IsFound) {
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + kMutationSeeds; ++seed) {
    const std::string violation = Simulate(seed, GetParam().second).violation;
    if (violation.empty()) continue;
    RecordProperty("seed", std::to_string(seed));
    RecordProperty("violation", violation);
    return;
  }
  FAIL() << "the oracle does not see it in " << kMutationSeeds << " histories";
}

INSTANTIATE_TEST_SUITE_P(PutInOnPurpose, Mistake,
                         ::testing::Values(std::pair("NoGapDetection", Mutation::kNoGapDetection),
                                           std::pair("NoEpochDetection", Mutation::kNoEpochDetection),
                                           std::pair("NoSilenceDetection", Mutation::kNoSilenceDetection),
                                           std::pair("CursorBeforeEffect", Mutation::kCursorBeforeEffect),
                                           std::pair("CursorAfterEffect", Mutation::kCursorAfterEffect),
                                           std::pair("SkipsFailedEffects", Mutation::kSkipsFailedEffects)),
                         [](const auto& mistake) { return mistake.param.first; });

}  // namespace
}  // namespace dateline::simulation
