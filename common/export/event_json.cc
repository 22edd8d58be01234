#include "common/export/event_json.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <map>

#include "absl/strings/escaping.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/export/json_writer.h"
#include "common/export/message_json.h"
#include "dateline/events/v1/event_data.pb.h"

namespace dateline::exporting {
namespace {

using io::cloudevents::v1::CloudEvent;
using Attribute = CloudEvent::CloudEventAttributeValue;

void WriteAttribute(const std::string& name, const Attribute& attribute, JsonWriter* json) {
  switch (attribute.attr_case()) {
    case Attribute::kCeBoolean:
      return json->Bool(name, attribute.ce_boolean());
    case Attribute::kCeInteger:
      return json->Integer(name, attribute.ce_integer());
    case Attribute::kCeTimestamp:
      return json->String(name, google::protobuf::util::TimeUtil::ToString(attribute.ce_timestamp()));
    case Attribute::kCeUri:
      return json->String(name, attribute.ce_uri());
    case Attribute::kCeUriRef:
      return json->String(name, attribute.ce_uri_ref());
    case Attribute::kCeBytes:
      return json->String(name, absl::Base64Escape(attribute.ce_bytes()));
    default:
      return json->String(name, attribute.ce_string());
  }
}

template <class Message>
absl::StatusOr<std::string> Unpacked(const google::protobuf::Any& data) {
  Message message;
  if (!data.UnpackTo(&message)) {
    return Error(absl::StatusCode::kInternal, "UNKNOWN_EVENT_DATA",
                 fmt::format("event data of type {} cannot be decoded", data.type_url()));
  }
  return MessageJson(message);
}

// Only our own types are known, which is all that our topics carry.
absl::StatusOr<std::string> DataJson(const google::protobuf::Any& data) {
  if (data.Is<events::v1::ReleaseEvent>()) return Unpacked<events::v1::ReleaseEvent>(data);
  if (data.Is<events::v1::DocumentEvent>()) return Unpacked<events::v1::DocumentEvent>(data);
  if (data.Is<events::v1::SourceEvent>()) return Unpacked<events::v1::SourceEvent>(data);
  return Error(absl::StatusCode::kInternal, "UNKNOWN_EVENT_DATA",
               fmt::format("cannot show event data of type {}; is this program older than the suite?", data.type_url()),
               {{"type_url", data.type_url()}});
}

}  // namespace

absl::StatusOr<std::string> EventJson(const CloudEvent& event) {
  JsonWriter json(JsonWriter::Layout::kOneLine);
  json.BeginObject();
  json.String("specversion", event.spec_version());
  json.String("id", event.id());
  json.String("source", event.source());
  json.String("type", event.type());
  const std::map<std::string, Attribute> sorted(event.attributes().begin(), event.attributes().end());
  for (const auto& [name, attribute] : sorted) WriteAttribute(name, attribute, &json);
  if (event.has_proto_data()) {
    DATELINE_ASSIGN_OR_RETURN(const std::string data, DataJson(event.proto_data()));
    json.String("datacontenttype", "application/json");
    json.Raw("data", data);
  } else if (event.has_text_data()) {
    json.String("data", event.text_data());
  }
  json.EndObject();
  return json.text();
}

}  // namespace dateline::exporting
