#include "common/eventlog/cloud_event.h"

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "common/base/proto_wire.h"
#include "common/base/status_macros.h"
#include "fmt/format.h"

namespace dateline::eventlog {
namespace {

using io::cloudevents::v1::CloudEvent;

constexpr size_t kTopicBytesMax = 63;
constexpr size_t kAttributeBytesMax = 2'048;
constexpr const char* kSequence = "sequence";
constexpr size_t kSequenceBytesMax = 64;  // Of its attribute.

void SetText(CloudEvent& event, const char* name, std::string_view value) {
  if (!value.empty()) (*event.mutable_attributes())[name].set_ce_string(std::string(value));
}

absl::Status Invalid(std::string_view field, std::string_view why) {
  return FieldError(kReasonInvalidEvent, field, why);
}

absl::Status CheckLength(std::string_view field, std::string_view value, bool required) {
  if (required && value.empty()) return Invalid(field, "empty; every event has one");
  if (value.size() > kAttributeBytesMax) {
    return Invalid(field, fmt::format("{} bytes; at most {} are allowed", value.size(), kAttributeBytesMax));
  }
  return absl::OkStatus();
}

// All but sequence and data.
CloudEvent BuildEnvelope(const NewEvent& event, std::string_view source) {
  CloudEvent cloud_event;
  cloud_event.set_id(event.id.empty() ? UuidV4() : event.id);
  cloud_event.set_source(std::string(source));
  cloud_event.set_spec_version("1.0");
  cloud_event.set_type(event.type);
  SetText(cloud_event, "subject", event.subject);
  *(*cloud_event.mutable_attributes())["time"].mutable_ce_timestamp() = ToTimestamp(event.time);
  SetText(cloud_event, "partitionkey", event.partition_key.empty() ? event.subject : event.partition_key);
  SetText(cloud_event, "traceparent", event.traceparent);
  if (!event.dataref.empty()) (*cloud_event.mutable_attributes())["dataref"].set_ce_uri_ref(event.dataref);
  return cloud_event;
}

// The attribute of the sequence, serialised up to its digits, with which it ends.
const std::string& SequenceHead() {
  static const std::string head = [] {
    CloudEvent only;
    const std::string digits = FormatSequence({});
    SetText(only, kSequence, digits);
    std::string bytes = only.SerializeAsString();
    bytes.resize(bytes.size() - digits.size());
    return bytes;
  }();
  return head;
}

}  // namespace

std::string FormatSequence(Sequence sequence) {
  return fmt::format("{:020}", sequence.value());
}

absl::Status ValidateEvent(const NewEvent& event) {
  if (event.topic.size() < 2 || event.topic.size() > kTopicBytesMax || event.topic.back() != '/') {
    return Invalid("topic", fmt::format("\"{}\"; give a name of at most {} bytes that ends with '/'", event.topic,
                                        kTopicBytesMax));
  }
  DATELINE_RETURN_IF_ERROR(CheckLength("type", event.type, true));
  DATELINE_RETURN_IF_ERROR(CheckLength("subject", event.subject, true));
  DATELINE_RETURN_IF_ERROR(CheckLength("id", event.id, false));
  DATELINE_RETURN_IF_ERROR(CheckLength("partition_key", event.partition_key, false));
  DATELINE_RETURN_IF_ERROR(CheckLength("traceparent", event.traceparent, false));
  DATELINE_RETURN_IF_ERROR(CheckLength("dataref", event.dataref, false));
  if (event.time == WallTime()) return Invalid("time", "not set; every event has one");
  return absl::OkStatus();
}

CloudEvent BuildCloudEvent(const NewEvent& event, std::string_view source, Sequence sequence) {
  CloudEvent cloud_event = BuildEnvelope(event, source);
  SetText(cloud_event, kSequence, FormatSequence(sequence));
  if (!event.data.type_url().empty()) *cloud_event.mutable_proto_data() = event.data;
  return cloud_event;
}

Record EncodedEvent::WithSequence(Sequence sequence) && {
  record.sequence = sequence;
  record.payload.append(SequenceHead()).append(FormatSequence(sequence));
  return std::move(record);
}

absl::StatusOr<EncodedEvent> EncodeEvent(const NewEvent& event, std::string_view source) {
  DATELINE_RETURN_IF_ERROR(ValidateEvent(event));
  if (event.data.value().size() > kEventDataBytesMax) {
    return Error(absl::StatusCode::kInvalidArgument, kReasonEventTooLarge,
                 fmt::format("event {} about {}: data of {} bytes; thin it to at most {}", event.type, event.subject,
                             event.data.value().size(), kEventDataBytesMax),
                 {{"subject", event.subject}});
  }
  const CloudEvent envelope = BuildEnvelope(event, source);
  EncodedEvent encoded{{.topic = event.topic,
                        .sequence = {},
                        .id = envelope.id(),
                        .type = event.type,
                        .subject = event.subject,
                        .partition_key = event.partition_key.empty() ? event.subject : event.partition_key,
                        // As precise as it is stored, so that what is appended equals what is read.
                        .time = FromMicros(ToMicros(event.time)),
                        .payload = {}}};
  std::string& payload = encoded.record.payload;
  const size_t data_bytes = event.data.type_url().empty() ? 0 : event.data.ByteSizeLong();
  payload.reserve(envelope.ByteSizeLong() + data_bytes + kSequenceBytesMax + 16);
  envelope.AppendToString(&payload);
  if (data_bytes > 0) {
    AppendFieldHead(CloudEvent::kProtoDataFieldNumber, data_bytes, &payload);
    event.data.AppendToString(&payload);
  }
  if (payload.size() + kSequenceBytesMax > kEventPayloadBytesMax) {
    return Error(absl::StatusCode::kInvalidArgument, kReasonEventTooLarge,
                 fmt::format("event {} about {}: {} bytes; shorten its attributes, at most {} are allowed", event.type,
                             event.subject, payload.size() + kSequenceBytesMax, kEventPayloadBytesMax),
                 {{"subject", event.subject}});
  }
  return encoded;
}

absl::StatusOr<Record> BuildRecord(const NewEvent& event, std::string_view source, Sequence sequence) {
  DATELINE_ASSIGN_OR_RETURN(EncodedEvent encoded, EncodeEvent(event, source));
  return std::move(encoded).WithSequence(sequence);
}

std::string_view Attribute(const CloudEvent& event, const std::string& name) {
  const auto found = event.attributes().find(name);
  if (found == event.attributes().end()) return {};
  switch (found->second.attr_case()) {
    case CloudEvent::CloudEventAttributeValue::kCeString:
      return found->second.ce_string();
    case CloudEvent::CloudEventAttributeValue::kCeUri:
      return found->second.ce_uri();
    case CloudEvent::CloudEventAttributeValue::kCeUriRef:
      return found->second.ce_uri_ref();
    default:
      return {};
  }
}

}  // namespace dateline::eventlog
