#pragma once
// An event as the JSON event format of CloudEvents 1.0 asks: attributes as members, the data as JSON. What webhooks
// post, what is streamed over HTTP and what `dateline watch --json` prints. Pure and thread-safe.

#include <string>

#include "absl/status/statusor.h"
#include "io/cloudevents/v1/cloudevents.pb.h"

namespace dateline::exporting {

// One line: the required attributes, then the others by name, then the data. INTERNAL (UNKNOWN_EVENT_DATA) for data of
// a type that this program does not know.
absl::StatusOr<std::string> EventJson(const io::cloudevents::v1::CloudEvent& event);

}  // namespace dateline::exporting
