#include "common/eventlog/event_log_messages.h"

#include <fmt/format.h>

#include <string>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/eventlog/cloud_event.h"

namespace dateline::eventlog {

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

std::vector<LeaseReference> FromMessages(const google::protobuf::RepeatedPtrField<events::v1::LeaseReference>& leases) {
  std::vector<LeaseReference> result;
  result.reserve(static_cast<size_t>(leases.size()));
  for (const events::v1::LeaseReference& lease : leases) result.push_back(FromMessage(lease));
  return result;
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
