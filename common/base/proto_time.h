#pragma once
// Times and durations as protobuf's messages and back, for everything that crosses a wire or lies in a record. What
// comes in may be anything: it is brought inside the range of the result, never overflows. Pure and thread-safe.

#include <chrono>

#include "common/base/clock.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace dateline {

// As precise as databases keep times, to the microsecond.
google::protobuf::Timestamp ToTimestamp(WallTime time);
WallTime FromTimestamp(const google::protobuf::Timestamp& time);

google::protobuf::Duration ToDuration(std::chrono::milliseconds duration);
// Cut to milliseconds.
std::chrono::milliseconds FromDuration(const google::protobuf::Duration& duration);

}  // namespace dateline
