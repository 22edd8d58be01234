#pragma once
// When a source is polled next. The time between two polls follows the source's own rhythm: an eighth of the usual time
// between its items, within limits, or the most of them while a hub pushes what is new; never less than what a person
// set, the feed asks for (ttl) or HTTP caching says; longer after failures. A part of up to a tenth, taken from the
// source's name and the number of the poll, is added, so that sources spread and a run can be repeated exactly. Pure
// functions.

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "services/ingestion/sources/state.pb.h"

namespace dateline::ingestion {

struct ScheduleLimits {
  std::chrono::milliseconds interval_min{15 * 60 * 1000};  // Unless the source has its own.
  std::chrono::milliseconds interval_max{6 * 60 * 60 * 1000};
  std::chrono::milliseconds asked_max{24 * 60 * 60 * 1000};   // What a feed or a cache header may ask for.
  std::chrono::milliseconds failure_max{6 * 60 * 60 * 1000};  // Between polls of a source that fails.
};

struct ScheduleInput {
  std::string_view name{};                                 // Of the source; spreads the polls.
  std::optional<std::chrono::milliseconds> interval{};     // What a person set.
  std::optional<std::chrono::milliseconds> fresh_for{};    // Of the answer.
  std::optional<std::chrono::milliseconds> retry_after{};  // How long the host rests, which grows by itself.
  bool pushed = false;  // Its hub tells of new items by itself, so that polls only check on the hub.
};

WallTime NextPoll(const ScheduleLimits& limits, const ScheduleInput& input, const state::SourceState& source,
                  WallTime now);

// When a source that was just added in a batch is first polled: within the first interval, at a place of its own.
WallTime FirstPollOfMany(const ScheduleLimits& limits, std::string_view name, WallTime now);

// Learns from new items, in any order. Times in the future count as now.
void LearnRhythm(std::vector<WallTime> item_times, WallTime now, state::SourceState* source);

// How long a source that has this rhythm may be silent before that is remarkable; nullopt while too little is known.
std::optional<std::chrono::seconds> SilenceMax(const state::Rhythm& rhythm);

}  // namespace dateline::ingestion
