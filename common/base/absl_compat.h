#pragma once
// Debian's Abseil is built with its own string_view, which does not convert to std's. This is the only place where the
// two meet; everything else says std::string_view.

#include <string_view>

#include "absl/strings/string_view.h"

namespace dateline {

inline absl::string_view ToAbsl(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view ToStd(absl::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace dateline
