#include "common/testing/wait.h"

#include <thread>

namespace dateline::testing {
namespace {

constexpr std::chrono::milliseconds kPause{2};

}  // namespace

bool WaitUntil(std::chrono::milliseconds limit, const std::function<bool()>& predicate) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    // Asked once more after the deadline: a machine that stood still must not fail a condition that holds.
    const bool last = std::chrono::steady_clock::now() >= deadline;
    if (predicate()) return true;
    if (last) return false;
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace dateline::testing
