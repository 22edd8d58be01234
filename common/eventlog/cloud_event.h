#pragma once
// Builds the io.cloudevents.v1.CloudEvent that the log keeps and the bus carries. The sequence is known only when the
// event is appended, so owners describe an event as NewEvent and the log builds the envelope. Pure functions.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/eventlog/event_log.h"
#include "google/protobuf/any.pb.h"
#include "io/cloudevents/v1/cloudevents.pb.h"

namespace dateline::eventlog {

// Data above this size has to be thinned by its owner before it is appended.
inline constexpr size_t kEventDataBytesMax = 64 * 1024;
// The whole envelope; a larger event is refused with EVENT_TOO_LARGE.
inline constexpr size_t kEventPayloadBytesMax = kEventDataBytesMax + 16 * 1024;

// What an owner says about something that happened.
struct NewEvent {
  std::string topic{};           // "release/"
  std::string id{};              // Unique per source; a random UUID is made when it is empty.
  std::string type{};            // "org.dateline.release.published"
  std::string subject{};         // The resource name.
  std::string partition_key{};   // Attribute partitionkey; the subject when it is empty.
  WallTime time{};               // When it happened.
  std::string traceparent{};     // Empty: no such attribute.
  std::string dataref{};         // Empty: no such attribute.
  google::protobuf::Any data{};  // data.PackFrom(message)
};

// 20 digits with leading zeros, so that text order is the order of sequences.
std::string FormatSequence(Sequence sequence);

// INVALID_ARGUMENT (INVALID_EVENT) unless topic, type, subject and time are given.
absl::Status ValidateEvent(const NewEvent& event);

// The envelope. `source` is the URI-reference of the owner, for example "/dateline/storage".
io::cloudevents::v1::CloudEvent BuildCloudEvent(const NewEvent& event, std::string_view source, Sequence sequence);

// An event that is ready for the log but for its sequence, so that whoever appends it has next to nothing to do.
struct EncodedEvent {
  Record record;  // Without sequence; the payload lacks the attribute of it.
  Record WithSequence(Sequence sequence) &&;
};
// Checks the event, builds and serialises it. EVENT_TOO_LARGE, INVALID_EVENT.
absl::StatusOr<EncodedEvent> EncodeEvent(const NewEvent& event, std::string_view source);
// Both in one.
absl::StatusOr<Record> BuildRecord(const NewEvent& event, std::string_view source, Sequence sequence);

// A textual attribute of an envelope; empty when absent.
std::string_view Attribute(const io::cloudevents::v1::CloudEvent& event, const std::string& name);

}  // namespace dateline::eventlog
