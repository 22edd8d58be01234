#pragma once
// What a filter would have matched in the past. Reads the log, and releases where the event does not decide; delivers
// nothing.

#include <functional>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/filter/filter.h"
#include "dateline/notification/v1/subscription_service.pb.h"
#include "services/notification/event_archive.h"
#include "services/notification/event_types.h"

namespace dateline::notification {

inline constexpr int kDryRunDaysMax = 3'650;
inline constexpr int kDryRunSamplesMax = 20;

struct DryRunParams {
  filter::Filter filter;
  EventTypeSet types = 0;
  int days = 30;
  WallTime now;
  // Asked now and then; true ends the run with DEADLINE_EXCEEDED (DRY_RUN_TOO_LONG).
  std::function<bool()> give_up;
};

// Blocks. Errors of the archive.
absl::StatusOr<v1::DryRunSubscriptionResponse> DryRun(const DryRunParams& params, EventArchive& archive);

}  // namespace dateline::notification
