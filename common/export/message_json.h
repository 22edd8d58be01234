#pragma once
// A protobuf message as JSON on one line, byte for byte as protobuf's own printer writes it with its default options,
// in a fraction of its time: that one serialises the message first and looks every field up by name. Fields, enums and
// timestamps are written here by reflection; of a message that holds anything else (maps, bytes, other well-known
// types) the whole is left to protobuf. Pure and thread-safe.

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/statusor.h"

namespace dateline::exporting {

// INTERNAL if protobuf refuses the message, such as for a timestamp out of range.
absl::StatusOr<std::string> MessageJson(const google::protobuf::Message& message);

}  // namespace dateline::exporting
