#include "services/ingestion/polling/host_budget.h"

#include <algorithm>

namespace dateline::ingestion {
namespace {

using std::chrono::milliseconds;

milliseconds Doubled(const HostLimits& limits, uint32_t level) {
  milliseconds wait = limits.backoff_first;
  for (uint32_t i = 1; i < level && wait < limits.backoff_max; ++i) wait *= 2;
  return std::min(wait, limits.backoff_max);
}

}  // namespace

WallTime EarliestStart(const state::HostState& host) {
  return FromMicros(std::max(host.next_start_us(), host.backoff_until_us()));
}

void StartRequest(const HostLimits& limits, WallTime now, state::HostState* host) {
  host->set_next_start_us(ToMicros(now + std::max(limits.interval, milliseconds(host->crawl_delay_ms()))));
}

void TakeAnswer(const HostLimits& limits, int status, std::optional<milliseconds> retry_after, WallTime now,
                state::HostState* host) {
  if (status == 429 || status == 503) {
    if (retry_after) {
      host->set_backoff_until_us(ToMicros(now + std::min(*retry_after, limits.retry_after_max)));
    } else {
      host->set_backoff_level(host->backoff_level() + 1);
      host->set_backoff_until_us(ToMicros(now + Doubled(limits, host->backoff_level())));
    }
    host->set_trouble_us(ToMicros(now));
    return;
  }
  if (host->backoff_level() == 0 || status == 0 || status >= 500) return;
  // As long as the latest rest was, so that a host which is overloaded every ten minutes is not asked every minute.
  const milliseconds quiet = std::max(limits.quiet_min, Doubled(limits, host->backoff_level()));
  if (now >= FromMicros(host->backoff_until_us()) + quiet) host->set_backoff_level(0);
}

void SetCrawlDelay(const HostLimits& limits, std::optional<milliseconds> delay, state::HostState* host) {
  host->set_crawl_delay_ms(
      std::clamp(delay.value_or(milliseconds(0)), milliseconds(0), limits.crawl_delay_max).count());
}

}  // namespace dateline::ingestion
