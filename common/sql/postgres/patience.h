#pragma once
// How long connections wait for a server that does not answer: as long as their options say, until their owner has to
// end. From then on they wait for a few seconds more in all, and connect to nobody any more, so that a process can stop
// in its time while its database is away: what was not acknowledged by then fails. Thread-safe.

#include <algorithm>
#include <atomic>
#include <chrono>

namespace dateline::sql::postgres {

class Patience {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // What is left for what is under way when it is known that the owner ends; a statement takes up to ten seconds
  // normally, most a few milliseconds.
  static constexpr std::chrono::milliseconds kLast{5'000};
  // For each wait after that. A server that is there answers in it.
  static constexpr std::chrono::milliseconds kLeast{500};

  // The owner has to end, `in` so long: until then it serves on. Only the first call counts.
  void End(std::chrono::milliseconds in = {}) {
    Time::rep never = kNever;
    ended_.compare_exchange_strong(never, (std::chrono::steady_clock::now() + in).time_since_epoch().count());
  }

  // How long a wait that began at `began` may go on, from `now` on, when it may take `normal` otherwise. Not positive:
  // it is over.
  std::chrono::milliseconds Left(Time began, Time now, std::chrono::milliseconds normal) const {
    Time end = began + normal;
    if (const Time::rep ended = ended_.load(); ended != kNever) {
      const Time last = Time(Time::duration(ended)) + kLast;
      end = std::min(end, std::max(last, began + kLeast));
    }
    return std::chrono::ceil<std::chrono::milliseconds>(end - now);
  }
  bool ended(Time now) const {
    const Time::rep ended = ended_.load();
    return ended != kNever && now >= Time(Time::duration(ended));
  }
  // Whether it is too late to connect anew.
  bool over(Time now) const {
    const Time::rep ended = ended_.load();
    return ended != kNever && now >= Time(Time::duration(ended)) + kLast;
  }

 private:
  static constexpr Time::rep kNever = 0;
  std::atomic<Time::rep> ended_ = kNever;  // When the owner has to end, or has had to.
};

}  // namespace dateline::sql::postgres
