#include "services/ingestion/polling/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace dateline::ingestion {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kPollsPerGap = 8;
constexpr uint32_t kGapsToKnow = 3;
constexpr uint32_t kGapsToMissOne = 5;
// How much the latest gap counts.
constexpr double kLearningRate = 0.15;
// Items that come within this time are one burst.
constexpr seconds kBurst{60};
constexpr double kDeviations = 6;
constexpr double kMeans = 4;
constexpr seconds kSilenceMin{2 * 86'400};

// 64-bit FNV-1a; the same on every machine.
uint64_t Hash(std::string_view text) {
  uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  // The high bits of FNV depend little on the last bytes; mix once more.
  hash ^= hash >> 33;
  return hash * 0xff51afd7ed558ccdULL;
}

// From 0 to 1.
double Share(std::string_view text) {
  return static_cast<double>(Hash(text) >> 11) / static_cast<double>(uint64_t{1} << 53);
}

milliseconds Scaled(milliseconds time, double factor) {
  return milliseconds(static_cast<int64_t>(static_cast<double>(time.count()) * factor));
}

// What the source's own rhythm suggests, without limits; nullopt while it is not known.
std::optional<milliseconds> ByRhythm(const state::SourceState& source, WallTime now) {
  if (source.rhythm().gaps() < kGapsToKnow) return std::nullopt;
  double gap = source.rhythm().gap_mean_s();
  // Who has been silent for long publishes less often than the mean remembers.
  const double silent = std::chrono::duration<double>(now - FromMicros(source.last_item_us())).count();
  gap = std::max(gap, silent / 4);
  return milliseconds(static_cast<int64_t>(gap * 1000 / kPollsPerGap));
}

milliseconds AfterFailures(const ScheduleLimits& limits, milliseconds least, uint32_t failures) {
  milliseconds wait = least;
  for (uint32_t i = 0; i < failures && wait < limits.failure_max; ++i) wait *= 2;
  return std::min(wait, std::max(limits.failure_max, least));
}

}  // namespace

WallTime NextPoll(const ScheduleLimits& limits, const ScheduleInput& input, const state::SourceState& source,
                  WallTime now) {
  const milliseconds least = input.interval.value_or(limits.interval_min);
  const milliseconds most = std::max(limits.interval_max, least);
  milliseconds wait = input.pushed ? most : std::clamp(ByRhythm(source, now).value_or(least * 2), least, most);
  const auto ask = [&](milliseconds wanted) { wait = std::max(wait, std::min(wanted, limits.asked_max)); };
  ask(input.fresh_for.value_or(milliseconds(0)));
  ask(milliseconds(source.feed_interval_ms()));
  if (input.retry_after) {
    wait = std::max(wait, *input.retry_after);
  } else if (source.consecutive_failures() > 0) {
    wait = std::max(wait, AfterFailures(limits, least, source.consecutive_failures()));
  }
  const std::string seed = fmt::format("{} {}", input.name, source.polls());
  return now + wait + Scaled(wait, 0.1 * Share(seed));
}

WallTime FirstPollOfMany(const ScheduleLimits& limits, std::string_view name, WallTime now) {
  return now + Scaled(limits.interval_min, Share(name));
}

void LearnRhythm(std::vector<WallTime> item_times, WallTime now, state::SourceState* source) {
  for (WallTime& time : item_times) time = std::min(time, now);
  std::sort(item_times.begin(), item_times.end());
  state::Rhythm& rhythm = *source->mutable_rhythm();
  for (const WallTime time : item_times) {
    if (source->last_item_us() == 0) {
      source->set_last_item_us(ToMicros(time));
      continue;
    }
    const auto gap = time - FromMicros(source->last_item_us());
    if (gap <= std::chrono::nanoseconds(0)) continue;
    source->set_last_item_us(ToMicros(time));
    if (gap < kBurst) continue;
    const double value = std::chrono::duration<double>(gap).count();
    if (rhythm.gaps() == 0) {
      rhythm.set_gap_mean_s(value);
    } else {
      // At first every gap counts the same, or the first one would count for years.
      const double rate = std::max(kLearningRate, 1.0 / (rhythm.gaps() + 1));
      const double off = value - rhythm.gap_mean_s();
      rhythm.set_gap_mean_s(rhythm.gap_mean_s() + rate * off);
      rhythm.set_gap_deviation_s(rhythm.gap_deviation_s() + rate * (std::abs(off) - rhythm.gap_deviation_s()));
    }
    rhythm.set_gaps(rhythm.gaps() + 1);
  }
}

std::optional<seconds> SilenceMax(const state::Rhythm& rhythm) {
  if (rhythm.gaps() < kGapsToMissOne) return std::nullopt;
  const double usual =
      std::max(kMeans * rhythm.gap_mean_s(), rhythm.gap_mean_s() + kDeviations * rhythm.gap_deviation_s());
  return std::max(kSilenceMin, seconds(static_cast<int64_t>(usual)));
}

}  // namespace dateline::ingestion
