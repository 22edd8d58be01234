#pragma once
// Time as a dependency, so that domain code can be tested and simulated. Implementations are thread-safe. A Clock is
// owned by main (or the test) and outlives all that holds a reference to it.

#include <atomic>
#include <chrono>
#include <cstdint>

namespace dateline {

using WallTime = std::chrono::system_clock::time_point;
using MonotonicTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  // The time of day in UTC; may jump. For records and schedules that people see.
  virtual WallTime Now() const = 0;
  // Never goes back. For timeouts, leases held in memory and measured durations.
  virtual MonotonicTime Monotonic() const = 0;
};

// The machine's clock.
const Clock& RealClock();

// A clock that moves only when told to.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime start = WallTime(std::chrono::seconds(1'700'000'000)));
  WallTime Now() const override;
  MonotonicTime Monotonic() const override;
  void Advance(std::chrono::nanoseconds by);

 private:
  std::atomic<int64_t> offset_ns_{0};
  WallTime start_;
};

// Microseconds since 1970-01-01T00:00:00Z, the form in which databases keep times. What lies outside of WallTime (years
// 1677 to 2262) becomes its nearest end.
int64_t ToMicros(WallTime time);
WallTime FromMicros(int64_t micros);

}  // namespace dateline
