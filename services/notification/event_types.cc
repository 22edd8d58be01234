#include "services/notification/event_types.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/base/error.h"

namespace dateline::notification {

absl::Status CheckEventTypes(const google::protobuf::RepeatedPtrField<std::string>& types) {
  for (const std::string& type : types) {
    if (std::find(kEventTypes.begin(), kEventTypes.end(), type) != kEventTypes.end()) continue;
    return FieldError("INVALID_EVENT_TYPE", "event_types",
                      fmt::format("event_types: \"{}\" is not one of {}", type, fmt::join(kEventTypes, ", ")));
  }
  return absl::OkStatus();
}

EventTypeSet TypeSet(std::string_view type) {
  for (size_t i = 0; i < kEventTypes.size(); ++i) {
    if (kEventTypes[i] == type) return static_cast<EventTypeSet>(1U << i);
  }
  return 0;
}

EventTypeSet WantedTypes(const google::protobuf::RepeatedPtrField<std::string>& types) {
  if (types.empty()) return static_cast<EventTypeSet>(TypeSet(kEventTypes[0]) | TypeSet(kEventTypes[1]));
  EventTypeSet set = 0;
  for (const std::string& type : types) set = static_cast<EventTypeSet>(set | TypeSet(type));
  return set;
}

}  // namespace dateline::notification
