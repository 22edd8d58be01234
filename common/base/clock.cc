#include "common/base/clock.h"

#include <algorithm>

namespace dateline {
namespace {

class SystemClock final : public Clock {
 public:
  WallTime Now() const override { return std::chrono::system_clock::now(); }
  MonotonicTime Monotonic() const override { return std::chrono::steady_clock::now(); }
};

// A monotonic clock at its epoch would make "never" and "now" the same for code that keeps default time points.
constexpr std::chrono::hours kFakeUptime{1};

// The system clock counts nanoseconds and so ends in 1677 and 2262; times on the wire reach from year 1 to 9999.
constexpr auto kWallTimeMin = std::chrono::ceil<std::chrono::microseconds>(WallTime::min().time_since_epoch());
constexpr auto kWallTimeMax = std::chrono::floor<std::chrono::microseconds>(WallTime::max().time_since_epoch());

}  // namespace

const Clock& RealClock() {
  static const SystemClock clock;
  return clock;
}

FakeClock::FakeClock(WallTime start) : start_(start) {}

WallTime FakeClock::Now() const {
  return start_ + std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(offset_ns_.load()));
}

MonotonicTime FakeClock::Monotonic() const {
  return MonotonicTime(kFakeUptime) + std::chrono::nanoseconds(offset_ns_.load());
}

void FakeClock::Advance(std::chrono::nanoseconds by) {
  offset_ns_.fetch_add(by.count());
}

int64_t ToMicros(WallTime time) {
  return std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()).count();
}

WallTime FromMicros(int64_t micros) {
  const auto bounded = std::clamp(std::chrono::microseconds(micros), kWallTimeMin, kWallTimeMax);
  return WallTime(bounded);
}

}  // namespace dateline
