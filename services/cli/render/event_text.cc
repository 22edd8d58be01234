#include "services/cli/render/event_text.h"

#include <fmt/format.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <cstdlib>

#include "common/base/error.h"
#include "dateline/events/v1/event_data.pb.h"

namespace dateline::cli {
namespace {

using google::protobuf::util::TimeUtil;
using io::cloudevents::v1::CloudEvent;
using Attribute = CloudEvent::CloudEventAttributeValue;

const Attribute* FindAttribute(const CloudEvent& event, const std::string& name) {
  const auto found = event.attributes().find(name);
  return found == event.attributes().end() ? nullptr : &found->second;
}

std::string StringAttribute(const CloudEvent& event, const std::string& name) {
  const Attribute* value = FindAttribute(event, name);
  return value == nullptr ? std::string() : value->ce_string();
}

google::protobuf::Value AttributeValue(const Attribute& attribute) {
  google::protobuf::Value value;
  switch (attribute.attr_case()) {
    case Attribute::kCeBoolean:
      value.set_bool_value(attribute.ce_boolean());
      break;
    case Attribute::kCeInteger:
      value.set_number_value(attribute.ce_integer());
      break;
    case Attribute::kCeTimestamp:
      value.set_string_value(TimeUtil::ToString(attribute.ce_timestamp()));
      break;
    case Attribute::kCeUri:
      value.set_string_value(attribute.ce_uri());
      break;
    case Attribute::kCeUriRef:
      value.set_string_value(attribute.ce_uri_ref());
      break;
    case Attribute::kCeBytes:
      value.set_string_value(attribute.ce_bytes());
      break;
    default:
      value.set_string_value(attribute.ce_string());
      break;
  }
  return value;
}

// The data as a JSON object. Only our own types are known, which is all that our topics carry.
absl::StatusOr<google::protobuf::Struct> DataStruct(const google::protobuf::Any& data) {
  std::string json;
  const auto convert = [&](auto message) {
    return data.UnpackTo(&message) && google::protobuf::util::MessageToJsonString(message, &json).ok();
  };
  const bool converted = data.Is<events::v1::ReleaseEvent>()    ? convert(events::v1::ReleaseEvent())
                         : data.Is<events::v1::DocumentEvent>() ? convert(events::v1::DocumentEvent())
                         : data.Is<events::v1::SourceEvent>()   ? convert(events::v1::SourceEvent())
                                                                : false;
  google::protobuf::Struct object;
  if (!converted || !google::protobuf::util::JsonStringToMessage(json, &object).ok()) {
    return Error(
        absl::StatusCode::kInternal, "UNKNOWN_EVENT_DATA",
        fmt::format("cannot show event data of type {}; is this program older than the suite?", data.type_url()),
        {{"type_url", data.type_url()}});
  }
  return object;
}

}  // namespace

uint64_t EventSequence(const CloudEvent& event) {
  return std::strtoull(StringAttribute(event, "sequence").c_str(), nullptr, 10);
}

std::string EventText(const CloudEvent& event, const Style& style) {
  events::v1::ReleaseEvent data;
  event.proto_data().UnpackTo(&data);
  std::string time = "--:--:--";
  if (const Attribute* at = FindAttribute(event, "time"); at != nullptr) {
    const std::string stamp = TimeUtil::ToString(at->ce_timestamp());
    if (stamp.size() >= 19) time = stamp.substr(11, 8);
  }
  constexpr std::string_view kPrefix = "org.dateline.";
  std::string_view type = event.type();
  if (type.starts_with(kPrefix)) type.remove_prefix(kPrefix.size());
  std::string line = fmt::format("{}  {}  {}  {}", style.Dim(time), style.Good(type),
                                 style.Bold(data.release().title().empty() ? "(no title)" : data.release().title()),
                                 style.Dim(StringAttribute(event, "subject")));
  for (const auto& change : data.changes()) line += fmt::format("\n          {}", change.description());
  return line;
}

absl::StatusOr<std::string> EventJson(const CloudEvent& event) {
  google::protobuf::Struct object;
  auto& fields = *object.mutable_fields();
  fields["specversion"].set_string_value(event.spec_version());
  fields["id"].set_string_value(event.id());
  fields["source"].set_string_value(event.source());
  fields["type"].set_string_value(event.type());
  for (const auto& [name, attribute] : event.attributes()) fields[name] = AttributeValue(attribute);
  if (event.has_proto_data()) {
    auto data = DataStruct(event.proto_data());
    if (!data.ok()) return data.status();
    *fields["data"].mutable_struct_value() = *std::move(data);
    fields["datacontenttype"].set_string_value("application/json");
  } else if (event.has_text_data()) {
    fields["data"].set_string_value(event.text_data());
  }
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(object, &json).ok()) {
    return Error(absl::StatusCode::kInternal, "JSON_FAILED",
                 fmt::format("event {} cannot be written as JSON", event.id()));
  }
  return json;
}

}  // namespace dateline::cli
