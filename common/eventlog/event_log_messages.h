#pragma once
// The log's types as messages of dateline.events.v1 and back, shared by the service and its client. Pure functions.
// What comes from the wire may be anything; what cannot be converted gives INVALID_ARGUMENT naming the field.

#include <chrono>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/eventlog/event_log.h"
#include "dateline/events/v1/event_log_service.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "io/cloudevents/v1/cloudevents.pb.h"

namespace dateline::eventlog {

google::protobuf::Timestamp ToTimestamp(WallTime time);
WallTime FromTimestamp(const google::protobuf::Timestamp& time);
google::protobuf::Duration ToDuration(std::chrono::milliseconds duration);
// Cut to milliseconds; out of range becomes the nearest value that a Duration may have.
std::chrono::milliseconds FromDuration(const google::protobuf::Duration& duration);

events::v1::LeaseReference ToMessage(const LeaseReference& lease);
LeaseReference FromMessage(const events::v1::LeaseReference& lease);
events::v1::DeadLetter ToMessage(const DeadLetter& letter);
DeadLetter FromMessage(const events::v1::DeadLetter& letter);

// The envelope that a record holds. DATA_LOSS (BAD_EVENT) when it does not decode.
absl::StatusOr<io::cloudevents::v1::CloudEvent> DecodeEnvelope(const Record& record);
// The record that an envelope came from.
Record ToRecord(std::string_view topic, uint64_t sequence, const io::cloudevents::v1::CloudEvent& event);

}  // namespace dateline::eventlog
