#pragma once
// The log's types as messages of dateline.events.v1 and back, shared by the service and its client. Pure functions.
// What comes from the wire may be anything; the log judges it.

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/eventlog/event_log.h"
#include "dateline/events/v1/event_log_service.pb.h"
#include "io/cloudevents/v1/cloudevents.pb.h"

namespace dateline::eventlog {

events::v1::LeaseReference ToMessage(const LeaseReference& lease);
LeaseReference FromMessage(const events::v1::LeaseReference& lease);
std::vector<LeaseReference> FromMessages(const google::protobuf::RepeatedPtrField<events::v1::LeaseReference>& leases);
events::v1::DeadLetter ToMessage(const DeadLetter& letter);
DeadLetter FromMessage(const events::v1::DeadLetter& letter);

// The envelope that a record holds. DATA_LOSS (BAD_EVENT) when it does not decode.
absl::StatusOr<io::cloudevents::v1::CloudEvent> DecodeEnvelope(const Record& record);
// The record that an envelope came from.
Record ToRecord(std::string_view topic, uint64_t sequence, const io::cloudevents::v1::CloudEvent& event);

}  // namespace dateline::eventlog
