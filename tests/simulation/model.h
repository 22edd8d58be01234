#pragma once
// The things that the simulated world consists of: how bad it is, logs, owners, and consumers with their durable state.
// Plain values; World in world.cc gives them life.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/bus/consumer.h"

namespace dateline::simulation {

inline std::string EpochName(const Epoch& epoch) {
  return EpochToHex(epoch).substr(0, 8);
}

// How bad one history is; drawn from the seed.
struct Faults {
  double drop = 0;
  double repeat = 0;
  double late = 0;  // A message that takes up to `late_max`.
  std::chrono::nanoseconds late_max{0};
  bool reorder = false;  // Within a topic too; otherwise messages of one path keep their order.
  double read_error = 0;
  double effect_error = 0;
  double step_crash = 0;  // Per step of a consumer.
  double slow = 0;        // A step that takes up to two seconds.
};

struct Log {
  Epoch epoch{};
  std::vector<std::string> events;
  uint64_t low_water = 0;  // Events up to this one are gone.
  uint64_t published = 0;  // Known to the relay only; lost in a crash.
  uint64_t head() const { return events.size(); }
};

struct Owner {
  bool up = true;
  uint64_t life = 0;  // What was scheduled in an earlier life does not happen.
};

// One process with one durable store, following one topic.
struct Follower {
  size_t topic = 0;
  size_t host = 0;
  std::unique_ptr<bus::Consumer> consumer;  // Null while crashed.
  uint64_t life = 0;
  MonotonicTime wake_at = MonotonicTime::max();
  // Durable.
  bus::Cursor cursor;
  bus::Cursor effect;  // Up to where effects are stored; equals the cursor when they share a transaction.
};

}  // namespace dateline::simulation
