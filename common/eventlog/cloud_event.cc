#include "common/eventlog/cloud_event.h"

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "fmt/format.h"

namespace dateline::eventlog {
namespace {

using io::cloudevents::v1::CloudEvent;

constexpr size_t kTopicBytesMax = 63;
constexpr size_t kAttributeBytesMax = 2'048;

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
  CloudEvent cloud_event;
  cloud_event.set_id(event.id.empty() ? UuidV4() : event.id);
  cloud_event.set_source(std::string(source));
  cloud_event.set_spec_version("1.0");
  cloud_event.set_type(event.type);
  SetText(cloud_event, "subject", event.subject);
  *(*cloud_event.mutable_attributes())["time"].mutable_ce_timestamp() = ToTimestamp(event.time);
  SetText(cloud_event, "sequence", FormatSequence(sequence));
  SetText(cloud_event, "partitionkey", event.partition_key.empty() ? event.subject : event.partition_key);
  SetText(cloud_event, "traceparent", event.traceparent);
  if (!event.dataref.empty()) (*cloud_event.mutable_attributes())["dataref"].set_ce_uri_ref(event.dataref);
  if (!event.data.type_url().empty()) *cloud_event.mutable_proto_data() = event.data;
  return cloud_event;
}

absl::StatusOr<Record> BuildRecord(const NewEvent& event, std::string_view source, Sequence sequence) {
  DATELINE_RETURN_IF_ERROR(ValidateEvent(event));
  if (event.data.value().size() > kEventDataBytesMax) {
    return Error(absl::StatusCode::kInvalidArgument, kReasonEventTooLarge,
                 fmt::format("event {} about {}: data of {} bytes; thin it to at most {}", event.type, event.subject,
                             event.data.value().size(), kEventDataBytesMax),
                 {{"subject", event.subject}});
  }
  const CloudEvent cloud_event = BuildCloudEvent(event, source, sequence);
  Record record{.topic = event.topic,
                .sequence = sequence,
                .id = cloud_event.id(),
                .type = event.type,
                .subject = event.subject,
                .partition_key = event.partition_key.empty() ? event.subject : event.partition_key,
                // As precise as it is stored, so that what is appended equals what is read.
                .time = FromMicros(ToMicros(event.time)),
                .payload = cloud_event.SerializeAsString()};
  if (record.payload.size() > kEventPayloadBytesMax) {
    return Error(absl::StatusCode::kInvalidArgument, kReasonEventTooLarge,
                 fmt::format("event {} about {}: {} bytes; shorten its attributes, at most {} are allowed", event.type,
                             event.subject, record.payload.size(), kEventPayloadBytesMax),
                 {{"subject", event.subject}});
  }
  return record;
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
