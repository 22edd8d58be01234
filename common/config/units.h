#pragma once
// Durations and sizes as people write them. Pure functions, shared by the configuration and the command line client.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dateline::config {

// "500ms", "3s", "5m", "1h", "7d" and sums of them from large to small such as "1h30m". "0" alone is zero. nullopt when
// malformed, negative or too large for 64 bits.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);
// Text that ParseDuration reads back to the same value, of a duration that is not negative: "1h30m", "1500ms", "0s".
std::string FormatDuration(std::chrono::milliseconds duration);

// "512", "512B", "64KiB", "16MiB", "2GiB". Powers of 1000 (kB, MB, GB) are understood too. nullopt when malformed,
// negative or too large for 64 bits.
std::optional<int64_t> ParseBytes(std::string_view text);
// The largest binary unit that divides evenly: 65536 -> "64KiB", 1000 -> "1000B".
std::string FormatBytes(int64_t bytes);

}  // namespace dateline::config
