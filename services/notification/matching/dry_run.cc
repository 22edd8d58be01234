#include "services/notification/matching/dry_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/notification/matching/history_reader.h"
#include "services/notification/start_position.h"

namespace dateline::notification {
namespace {

constexpr uint32_t kPageEvents = 512;
constexpr std::chrono::hours kDay{24};

void AddSample(const StreamEvent& event, const std::vector<std::string>& reasons,
               std::deque<v1::DryRunMatch>* samples) {
  v1::DryRunMatch& match = samples->emplace_back();
  *match.mutable_release() = event.release();
  match.mutable_release()->clear_text();
  match.mutable_match_reasons()->Assign(reasons.begin(), reasons.end());
  match.set_event_sequence(event.sequence());
  if (samples->size() > static_cast<size_t>(kDryRunSamplesMax)) samples->pop_front();
}

}  // namespace

absl::StatusOr<v1::DryRunSubscriptionResponse> DryRun(const DryRunParams& params, EventArchive& archive) {
  v1::DryRunSubscriptionResponse response;
  response.mutable_daily_counts()->Resize(params.days, 0);
  const WallTime begin = params.now - kDay * params.days;
  DATELINE_ASSIGN_OR_RETURN(StreamPosition position, FindTime(archive, begin));
  std::deque<v1::DryRunMatch> samples;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const auto entries, archive.ReadEvents(position, kPageEvents));
    if (entries.empty()) break;
    for (const EventArchive::Entry& entry : entries) {
      if (params.give_up && params.give_up()) {
        return Error(
            absl::StatusCode::kDeadlineExceeded, "DRY_RUN_TOO_LONG",
            fmt::format("the events of {} days cannot be read in the time of one call; try fewer days", params.days));
      }
      position.sequence = entry.sequence;
      const auto event = std::make_shared<const StreamEvent>(position.epoch, entry.sequence, entry.payload, params.now);
      if (event->time() < begin) continue;
      DATELINE_ASSIGN_OR_RETURN(const auto wanted, WantsEvent(params.filter, params.types, event, archive));
      if (!wanted) continue;
      const auto day = std::clamp<int64_t>((event->time() - begin) / kDay, 0, params.days - 1);
      response.set_match_count(response.match_count() + 1);
      response.set_daily_counts(static_cast<int>(day), response.daily_counts(static_cast<int>(day)) + 1);
      AddSample(*event, *wanted, &samples);
    }
  }
  // The latest first.
  for (auto sample = samples.rbegin(); sample != samples.rend(); ++sample) *response.add_samples() = *sample;
  return response;
}

}  // namespace dateline::notification
