#pragma once
// How often one host may be asked. One request at a time goes to a host, with a least interval between the starts of
// two; an answer that asks us to slow down (429, 503) makes the host rest: as long as its Retry-After says, else a
// minute that doubles with each such answer up to a day and is forgiven after a time of quiet. Pure functions over
// HostState, which is stored, so that a restart forgets no debt.

#include <chrono>
#include <optional>

#include "common/base/clock.h"
#include "services/ingestion/sources/state.pb.h"

namespace dateline::ingestion {

struct HostLimits {
  std::chrono::milliseconds interval{1'000};          // Between the starts of two requests.
  std::chrono::milliseconds crawl_delay_max{60'000};  // What robots.txt may ask for at most.
  std::chrono::milliseconds backoff_first{60'000};
  std::chrono::milliseconds backoff_max{86'400'000};
  std::chrono::milliseconds retry_after_max{7 * 86'400'000};
  std::chrono::milliseconds quiet_min{600'000};  // Without trouble, after which it is forgiven.
};

// The earliest time at which the next request may begin.
WallTime EarliestStart(const state::HostState& host);

// A request begins now.
void StartRequest(const HostLimits& limits, WallTime now, state::HostState* host);

// Its answer came; `status` is 0 when there was none.
void TakeAnswer(const HostLimits& limits, int status, std::optional<std::chrono::milliseconds> retry_after,
                WallTime now, state::HostState* host);

// What robots.txt asks for; nullopt when it asks for nothing.
void SetCrawlDelay(const HostLimits& limits, std::optional<std::chrono::milliseconds> delay, state::HostState* host);

}  // namespace dateline::ingestion
