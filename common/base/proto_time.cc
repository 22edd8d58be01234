#include "common/base/proto_time.h"

#include <algorithm>
#include <cstdint>

namespace dateline {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
// 0001-01-01 to 9999-12-31, as google.protobuf.Timestamp allows.
constexpr int64_t kSecondsMin = -62'135'596'800;
constexpr int64_t kSecondsMax = 253'402'300'799;
// What google.protobuf.Duration may hold: about 10,000 years.
constexpr int64_t kDurationSecondsMax = 315'576'000'000;

}  // namespace

google::protobuf::Timestamp ToTimestamp(WallTime time) {
  const int64_t micros = ToMicros(time);
  // Rounded towards the past, because the nanoseconds of a Timestamp are never negative.
  const int64_t part = ((micros % kMicrosPerSecond) + kMicrosPerSecond) % kMicrosPerSecond;
  google::protobuf::Timestamp result;
  result.set_seconds((micros - part) / kMicrosPerSecond);
  result.set_nanos(static_cast<int32_t>(part * 1'000));
  return result;
}

WallTime FromTimestamp(const google::protobuf::Timestamp& time) {
  const int64_t seconds = std::clamp(time.seconds(), kSecondsMin, kSecondsMax);
  return FromMicros(seconds * kMicrosPerSecond + time.nanos() / 1'000);
}

google::protobuf::Duration ToDuration(std::chrono::milliseconds duration) {
  google::protobuf::Duration result;
  result.set_seconds(duration.count() / 1'000);
  result.set_nanos(static_cast<int32_t>(duration.count() % 1'000) * 1'000'000);
  return result;
}

std::chrono::milliseconds FromDuration(const google::protobuf::Duration& duration) {
  const int64_t seconds = std::clamp(duration.seconds(), -kDurationSecondsMax, kDurationSecondsMax);
  return std::chrono::milliseconds(seconds * 1'000 + duration.nanos() / 1'000'000);
}

}  // namespace dateline
