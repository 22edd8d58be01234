#pragma once
// Checks of what only a mistake in our own code can break. They are active in every build and end the process, because
// to go on would corrupt data. Never used on input, network or disk: those give an absl::Status.

#include <string_view>

namespace dateline {

// Prints one line on stderr and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition, std::string_view why);

}  // namespace dateline

// Ends the process unless `condition` holds. `why` says what the caller did wrong; it is evaluated only then.
#define DATELINE_CHECK(condition, why)                                              \
  do {                                                                              \
    if (!(condition)) ::dateline::CheckFailed(__FILE__, __LINE__, #condition, why); \
  } while (false)
