#pragma once
// Waiting for what another thread or process does, without sleeping for a fixed time.

#include <chrono>
#include <functional>

#include "common/testing/namespace.h"

namespace dateline::testing {

// Long enough for a busy machine, short enough to end a hanging test.
inline constexpr std::chrono::milliseconds kPatience{10'000};

// Asks `predicate` at once and then every few milliseconds until it holds (true) or `limit` is over (false).
bool WaitUntil(std::chrono::milliseconds limit, const std::function<bool()>& predicate);
inline bool WaitUntil(const std::function<bool()>& predicate) {
  return WaitUntil(kPatience, predicate);
}

}  // namespace dateline::testing
