#include "services/cli/render/event_text.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <cstdlib>

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

}  // namespace dateline::cli
