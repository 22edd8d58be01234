#include "services/ingestion/health/source_health.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/proto_time.h"
#include "dateline/events/v1/event_data.pb.h"
#include "services/ingestion/polling/schedule.h"
#include "services/ingestion/sources/source_store.h"

namespace dateline::ingestion {
namespace {

using v1::Source;

constexpr uint32_t kPollsToBelieve = 3;
constexpr uint32_t kPagesToBelieve = 5;
constexpr uint32_t kUnmatchedPagesToBelieve = 3;
constexpr uint32_t kGoodPollsToCompare = 3;
constexpr double kLearningRate = 0.2;
// In trouble the baselines follow slowly, so that a lasting change becomes the new normal after a hundred polls.
constexpr double kSlowLearningRate = 0.01;
constexpr double kYieldShareMin = 0.3;
// A field that most items had and few have now.
constexpr double kFieldRateBefore = 0.7;
constexpr double kFieldRateNow = 0.3;
constexpr std::chrono::hours kMissingUntilGone{14 * 24};
constexpr uint32_t kMissingPollsUntilGone = 10;

void Mix(double* mean, double value, double rate) {
  *mean += rate * (value - *mean);
}

double Rate(int part, int whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / whole;
}

void Count(bool trouble, uint32_t counter, const auto& set) {
  set(trouble ? counter + 1 : 0);
}

void Learn(const PollObservation& poll, bool in_trouble, state::HealthState* health) {
  const bool first = health->good_polls() == 0;
  const double rate = first ? 1 : in_trouble ? kSlowLearningRate : kLearningRate;
  double items = health->item_count(), title = health->title_rate(), date = health->date_rate(),
         link = health->link_rate();
  Mix(&items, poll.items, rate);
  if (poll.items > 0) {
    Mix(&title, Rate(poll.with_title, poll.items), rate);
    Mix(&date, Rate(poll.with_date, poll.items), rate);
    Mix(&link, Rate(poll.with_link, poll.items), rate);
  }
  health->set_item_count(items);
  health->set_title_rate(title);
  health->set_date_rate(date);
  health->set_link_rate(link);
  if (!in_trouble) health->set_good_polls(health->good_polls() + 1);
}

// The field that most items used to have and few have now; empty when there is none.
std::string_view PoorField(const PollObservation& poll, const state::HealthState& health) {
  const auto is_poor = [&](double before, int now) {
    return before >= kFieldRateBefore && Rate(now, poll.items) <= kFieldRateNow;
  };
  if (is_poor(health.title_rate(), poll.with_title)) return "title";
  if (is_poor(health.link_rate(), poll.with_link)) return "link";
  if (is_poor(health.date_rate(), poll.with_date)) return "date";
  return {};
}

void ObserveItems(const PollObservation& poll, state::HealthState* health) {
  const bool known = health->good_polls() >= kGoodPollsToCompare;
  const bool none = poll.items == 0;
  const bool low = known && !none && poll.items < kYieldShareMin * health->item_count();
  const std::string_view poor = known && !none ? PoorField(poll, *health) : std::string_view();
  if (!poor.empty()) health->set_poor_field(std::string(poor));
  Count(none && !poll.scripted, health->empty_polls(), [&](uint32_t n) { health->set_empty_polls(n); });
  Count(poll.scripted, health->scripted_polls(), [&](uint32_t n) { health->set_scripted_polls(n); });
  Count(low, health->low_yield_polls(), [&](uint32_t n) { health->set_low_yield_polls(n); });
  Count(!poor.empty(), health->poor_field_polls(), [&](uint32_t n) { health->set_poor_field_polls(n); });
  Learn(poll, none || low || !poor.empty(), health);
}

// The same content again: what was wrong with it still is.
void ObserveUnchanged(state::HealthState* health) {
  const auto again = [](uint32_t n) { return n == 0 ? 0 : n + 1; };
  health->set_empty_polls(again(health->empty_polls()));
  health->set_scripted_polls(again(health->scripted_polls()));
  health->set_low_yield_polls(again(health->low_yield_polls()));
  health->set_poor_field_polls(again(health->poor_field_polls()));
}

// `detail`: of the latest page that could not be taken, where it is known.
std::optional<Verdict> JudgePages(const state::HealthState& health, const std::string& detail) {
  if (health.failed_pages() >= kPagesToBelieve) {
    return Verdict{Source::HEALTH_DEGRADED,
                   fmt::format("the pages of {} items in a row could not be taken{}", health.failed_pages(),
                               detail.empty() ? "" : " (" + detail + ")")};
  }
  if (health.unmatched_pages() >= kUnmatchedPagesToBelieve) {
    return Verdict{Source::HEALTH_DEGRADED,
                   fmt::format("its recipe finds no {} on the pages of {} new items in a row; the layout may have "
                               "changed",
                               health.unmatched_field(), health.unmatched_pages())};
  }
  return std::nullopt;
}

std::optional<Verdict> JudgeContent(const std::string& detail, const state::HealthState& health) {
  if (health.scripted_polls() >= kPollsToBelieve) {
    return Verdict{Source::HEALTH_NEEDS_RENDERING,
                   "the page holds no items but scripts that would draw them; name its feed instead"};
  }
  if (health.empty_polls() >= kPollsToBelieve) {
    return Verdict{Source::HEALTH_EMPTY, fmt::format("{} polls in a row gave no item{}", health.empty_polls(),
                                                     detail.empty() ? "" : " (" + detail + ")")};
  }
  if (health.low_yield_polls() >= kPollsToBelieve) {
    return Verdict{Source::HEALTH_DEGRADED, fmt::format("{} polls in a row gave far fewer items than usual ({:.0f})",
                                                        health.low_yield_polls(), health.item_count())};
  }
  if (health.poor_field_polls() >= kPollsToBelieve) {
    return Verdict{Source::HEALTH_DEGRADED,
                   fmt::format("its items lack their {}, which they used to have; the layout may have changed",
                               health.poor_field())};
  }
  return JudgePages(health, "");
}

std::optional<Verdict> JudgeSilence(const state::SourceState& source, WallTime now) {
  const auto most = SilenceMax(source.rhythm());
  if (!most || source.last_item_us() == 0) return std::nullopt;
  const auto silent = std::chrono::duration_cast<std::chrono::hours>(now - FromMicros(source.last_item_us()));
  if (silent < *most) return std::nullopt;
  return Verdict{Source::HEALTH_DEGRADED,
                 fmt::format("it has been silent for {} days; usually something appears every {:.1f} days",
                             silent.count() / 24, source.rhythm().gap_mean_s() / 86'400)};
}

Verdict JudgeFailure(const PollObservation& poll, WallTime now, const state::SourceState& source) {
  using Answer = PollObservation::Answer;
  const uint32_t failures = source.consecutive_failures();
  if (poll.answer == Answer::kGone) return {Source::HEALTH_GONE, "it answers 410 Gone: it is not polled any more"};
  if (poll.answer == Answer::kForbidden) return {Source::HEALTH_BLOCKED, poll.detail};
  if (poll.answer == Answer::kMissing && failures >= kMissingPollsUntilGone &&
      now - FromMicros(source.missing_since_us()) >= kMissingUntilGone) {
    return {Source::HEALTH_GONE, "it has answered 404 for two weeks: it is not polled any more"};
  }
  if (poll.answer == Answer::kRefused && source.health().blocked_polls() >= kPollsToBelieve) {
    return {Source::HEALTH_BLOCKED,
            fmt::format("it refused {} polls in a row ({})", source.health().blocked_polls(), poll.detail)};
  }
  return {Source::HEALTH_DEGRADED, fmt::format("{} polls in a row failed ({})", failures, poll.detail)};
}

}  // namespace

Verdict ObservePoll(const PollObservation& poll, WallTime now, state::SourceState* source) {
  using Answer = PollObservation::Answer;
  state::HealthState& health = *source->mutable_health();
  Count(poll.answer == Answer::kRefused, health.blocked_polls(), [&](uint32_t n) { health.set_blocked_polls(n); });
  if (poll.answer != Answer::kMissing) source->set_missing_since_us(0);
  if (poll.answer != Answer::kItems && poll.answer != Answer::kUnchanged) {
    source->set_consecutive_failures(source->consecutive_failures() + 1);
    if (poll.answer == Answer::kMissing && source->missing_since_us() == 0) source->set_missing_since_us(ToMicros(now));
    const Verdict verdict = JudgeFailure(poll, now, *source);
    const bool proof = verdict.health == Source::HEALTH_GONE || verdict.health == Source::HEALTH_BLOCKED;
    if (proof || source->consecutive_failures() >= kPollsToBelieve) return verdict;
    return {Source::HEALTH_UNSPECIFIED, ""};  // Too early to say anything new.
  }
  source->set_consecutive_failures(0);
  if (poll.answer == Answer::kItems) {
    ObserveItems(poll, &health);
  } else {
    ObserveUnchanged(&health);
  }
  if (auto verdict = JudgeContent(poll.detail, health)) return *verdict;
  if (auto verdict = JudgeSilence(*source, now)) return *verdict;
  const bool doubtful =
      health.empty_polls() + health.scripted_polls() + health.low_yield_polls() + health.poor_field_polls() > 0;
  return {doubtful ? Source::HEALTH_UNSPECIFIED : Source::HEALTH_OK, ""};
}

std::optional<Verdict> ObservePage(const PageObservation& page, Source::Health current, state::SourceState* source) {
  state::HealthState& health = *source->mutable_health();
  const bool was_bad = JudgePages(health, "").has_value();
  Count(!page.taken, health.failed_pages(), [&](uint32_t n) { health.set_failed_pages(n); });
  if (page.unmatched) {
    Count(!page.unmatched->empty(), health.unmatched_pages(), [&](uint32_t n) { health.set_unmatched_pages(n); });
    health.set_unmatched_field(*page.unmatched);
  }
  auto verdict = JudgePages(health, page.detail);
  if (verdict) {
    const bool news = current == Source::HEALTH_OK || current == Source::HEALTH_UNSPECIFIED;
    return news ? verdict : std::nullopt;
  }
  if (was_bad && current == Source::HEALTH_DEGRADED) return Verdict{Source::HEALTH_OK, ""};
  return std::nullopt;
}

std::optional<eventlog::NewEvent> ChangeHealth(const Verdict& verdict, WallTime now, Source* source,
                                               state::SourceState* state) {
  if (verdict.health == Source::HEALTH_UNSPECIFIED) return std::nullopt;
  const Source::Health before = source->health();
  source->set_health_cause(verdict.cause);
  if (verdict.health == before) return std::nullopt;
  source->set_health(verdict.health);
  state->mutable_health()->set_since_us(ToMicros(now));
  if (verdict.health == Source::HEALTH_OK && before == Source::HEALTH_UNSPECIFIED) return std::nullopt;
  events::v1::SourceEvent data;
  data.set_source(source->name());
  data.set_health(Source::Health_Name(verdict.health));
  data.set_previous_health(Source::Health_Name(before));
  data.set_cause(verdict.cause);
  *data.mutable_since_time() = ToTimestamp(now);
  eventlog::NewEvent event;
  event.topic = std::string(kSourceTopic);
  event.type = verdict.health == Source::HEALTH_OK ? "org.dateline.source.recovered" : "org.dateline.source.degraded";
  event.subject = source->name();
  event.partition_key = source->name();
  event.time = now;
  event.dataref = source->name();
  event.data.PackFrom(data);
  return event;
}

}  // namespace dateline::ingestion
