#include "common/eventlog/event_log_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "common/base/error.h"
#include "common/eventlog/cloud_event.h"

namespace dateline::eventlog {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
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
  // 0001-01-01 to 9999-12-31, as the type allows; anything else is brought inside so that it cannot overflow.
  const int64_t seconds = std::clamp<int64_t>(time.seconds(), -62'135'596'800, 253'402'300'799);
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

events::v1::LeaseReference ToMessage(const LeaseReference& lease) {
  events::v1::LeaseReference result;
  result.set_topic(lease.topic);
  result.set_group(lease.group);
  result.set_sequence(lease.sequence.value());
  result.set_lease_token(lease.token);
  return result;
}

LeaseReference FromMessage(const events::v1::LeaseReference& lease) {
  return {lease.topic(), lease.group(), Sequence(lease.sequence()), lease.lease_token()};
}

events::v1::DeadLetter ToMessage(const DeadLetter& letter) {
  events::v1::DeadLetter result;
  result.set_topic(letter.topic);
  result.set_group(letter.group);
  result.set_sequence(letter.sequence.value());
  result.set_subject(letter.subject);
  result.set_error(letter.error);
  result.set_attempts(letter.attempts);
  *result.mutable_dead_time() = ToTimestamp(letter.dead_time);
  return result;
}

DeadLetter FromMessage(const events::v1::DeadLetter& letter) {
  DeadLetter result;
  result.topic = letter.topic();
  result.group = letter.group();
  result.sequence = Sequence(letter.sequence());
  result.subject = letter.subject();
  result.error = letter.error();
  result.attempts = letter.attempts();
  result.dead_time = FromTimestamp(letter.dead_time());
  return result;
}

absl::StatusOr<io::cloudevents::v1::CloudEvent> DecodeEnvelope(const Record& record) {
  io::cloudevents::v1::CloudEvent event;
  if (event.ParseFromString(record.payload)) return event;
  return Error(absl::StatusCode::kDataLoss, "BAD_EVENT",
               fmt::format("event {} of {} in the log is not a CloudEvent; restore the database from a backup",
                           record.sequence.value(), record.topic),
               {{"topic", record.topic}, {"sequence", std::to_string(record.sequence.value())}});
}

Record ToRecord(std::string_view topic, uint64_t sequence, const io::cloudevents::v1::CloudEvent& event) {
  Record record;
  record.topic = std::string(topic);
  record.sequence = Sequence(sequence);
  record.id = event.id();
  record.type = event.type();
  record.subject = std::string(Attribute(event, "subject"));
  record.partition_key = std::string(Attribute(event, "partitionkey"));
  if (const auto time = event.attributes().find("time"); time != event.attributes().end()) {
    record.time = FromTimestamp(time->second.ce_timestamp());
  }
  record.payload = event.SerializeAsString();
  return record;
}

}  // namespace dateline::eventlog
