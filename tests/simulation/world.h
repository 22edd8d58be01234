#pragma once
// The event pipeline as a simulation in one thread with virtual time: owners that commit to their logs and publish,
// a bus that drops, repeats, delays, reorders and disappears, and consumers that drive the real bus::Consumer, all of
// which crash and come back between any two steps. Everything follows from the seed. An oracle checks each effect at
// the moment it becomes durable, and after all faults are healed that every consumer reaches the head in bounded time.

#include <cstdint>
#include <string>

#include "common/bus/consumer.h"

namespace dateline::simulation {

// Mistakes put in on purpose, outside the product's code, to prove that the oracle sees them.
enum class Mutation {
  kNone,
  kNoGapDetection,      // Whatever comes next on the bus is taken as the next event.
  kNoEpochDetection,    // Every message and every answer is taken as being of the known epoch.
  kNoSilenceDetection,  // A dead bus is taken as a quiet one.
  kCursorBeforeEffect,  // The cursor is stored first, the effect in a second transaction.
  kCursorAfterEffect,   // The effect is stored first, the cursor in a second transaction.
  kSkipsFailedEffects,  // A failed effect is reported as done.
};

struct Outcome {
  // What went wrong, with the virtual time; empty when nothing did.
  std::string violation;
  // How much happened, to show that the faults are exercised at all.
  bus::ConsumerStats consumers;
  uint64_t consumer_crashes = 0;
  uint64_t owner_crashes = 0;
  uint64_t wipes = 0;
  uint64_t trims = 0;
  uint64_t trim_resyncs = 0;
  uint64_t bus_never_returns = 0;
};

// One history. Deterministic: the same arguments give the same outcome on every machine.
Outcome Simulate(uint64_t seed, Mutation mutation);

}  // namespace dateline::simulation
