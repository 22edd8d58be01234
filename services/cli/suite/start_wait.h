#pragma once
// How long the suite waits for services that start. One that brings its data to this version says so on its port for
// operators, and gets the time for it: to end it would undo what it did. Pure; used by one thread.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace dateline::cli {

// What a service says of it in its answer to /readyz; empty when it says nothing.
std::string UpgradeOf(std::string_view readyz);

class StartWait {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Options {
    std::chrono::milliseconds start{30'000};                   // Without an upgrade, and after the last word of one.
    std::chrono::milliseconds upgrade{std::chrono::hours(4)};  // In all.
    std::function<void(const std::string&)> tell{};  // What is said, when it changed, every few seconds; may be null.
  };

  StartWait(Options options, Time now);

  void Upgrading(const std::string& what, Time now);
  bool IsOver(Time now) const { return now > until_; }
  int64_t Seconds(Time now) const { return std::chrono::duration_cast<std::chrono::seconds>(now - begin_).count(); }

 private:
  const Options options_;
  const Time begin_;
  Time until_;
  Time tell_from_;
  std::string told_;
};

}  // namespace dateline::cli
