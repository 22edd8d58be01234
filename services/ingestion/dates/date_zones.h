#pragma once
// What the names of time zones stand for: abbreviations as mail and feeds use them, and the names of the tz database
// through ICU. Internal to this module; thread-safe.

#include <chrono>
#include <optional>
#include <string_view>

namespace dateline::dates {

// The distance from UTC of an abbreviation ("est"), folded. Those that several countries share mean what they mean in
// RFC 822, or where most feeds that use them come from.
std::optional<std::chrono::minutes> ZoneOffset(std::string_view folded);

// The moment of a local time in a zone of the tz database ("Europe/Brussels"); nullopt when there is no such zone.
std::optional<std::chrono::sys_seconds> InNamedZone(std::string_view name, std::chrono::sys_seconds local);

}  // namespace dateline::dates
