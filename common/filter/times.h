#pragma once
// Dates and times in filters. Both sides of a comparison may be vague: "2018" is a whole year, and a record may know
// only the month. Each is therefore a stretch, and a comparison holds only when it holds for every moment of it. Pure.

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/filter/ast.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"

namespace dateline::filter {

// From `first` to `last`, both included: days since 1970-01-01, or microseconds since its first moment in UTC.
struct Stretch {
  int64_t first = 0;
  int64_t last = 0;
};

// "2018", "2018-01" or "2018-01-05", as days. nullopt when malformed or not in the calendar.
std::optional<Stretch> ParseDays(std::string_view text);
// The same, or RFC 3339 ("2018-01-05T11:30:00Z", "...T11:30:00.5+01:00"; without an offset it is UTC), as microseconds.
std::optional<Stretch> ParseMoments(std::string_view text);

// The days that a date may mean; nullopt when it has no year.
std::optional<Stretch> DaysOf(const google::type::Date& date);
Stretch MomentOf(const google::protobuf::Timestamp& time);

// Whether `field comparator value` certainly holds. kHas means the same as kEqual: the field lies within the value.
// kNotEqual is its opposite.
bool Holds(const Stretch& field, Comparator comparator, const Stretch& value);

}  // namespace dateline::filter
