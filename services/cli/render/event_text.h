#pragma once
// Events for people, one line each; for machines there is common/export/event_json.h. Pure functions.

#include <cstdint>
#include <string>

#include "io/cloudevents/v1/cloudevents.pb.h"
#include "services/cli/terminal.h"

namespace dateline::cli {

// "05:31:07  release.published  Title  releases/…": the time is UTC. For an .revised event the changes follow, one a
// line.
std::string EventText(const io::cloudevents::v1::CloudEvent& event, const Style& style);
// The attribute `sequence` as a number; 0 when there is none.
uint64_t EventSequence(const io::cloudevents::v1::CloudEvent& event);

}  // namespace dateline::cli
