#pragma once
// How one log line looks; internal to this module. Pure functions.

#include <span>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/log/log.h"

namespace dateline::log {

// {"time":"2026-11-22T05:10:20.123456Z","level":"info","service":"storage","event":"started","port":7410}
std::string JsonLine(WallTime time, Level level, std::string_view service, std::string_view event,
                     std::span<const Field> fields);

// 2026-11-22T05:10:20.123456Z INFO  storage started port=7410 path="a b"
std::string TextLine(WallTime time, Level level, std::string_view service, std::string_view event,
                     std::span<const Field> fields);

// Appends `text` with JSON escapes, without the quotes. Bytes that are not UTF-8 become U+FFFD; control characters,
// those above U+007F too, are escaped, so that no value can steer a terminal.
void AppendEscaped(std::string* out, std::string_view text);

}  // namespace dateline::log
