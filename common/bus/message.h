#pragma once
// What travels on the bus, and its frames. An EVENT is three frames: the topic ("release/"), a header of 24 bytes
// (epoch, then the sequence as an unsigned big-endian number of 64 bits) and a serialised io.cloudevents.v1.CloudEvent.
// A HEAD is the first two only; its sequence is the last one that the topic's log holds, 0 when it is empty. The
// payload is opaque here, so that the bus costs no parsing. Pure functions, thread-safe. Decoding is total: whatever
// bytes come in, the answer is a message or an error status.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/ids.h"

namespace dateline::bus {

inline constexpr size_t kTopicBytesMax = 64;
inline constexpr size_t kHeaderBytes = 24;
// The limit of one frame on every socket. The log's own limit for an event (64 KiB of data) is far below.
inline constexpr size_t kPayloadBytesMax = size_t{1} << 20;
inline constexpr size_t kEventFrames = 3;
inline constexpr size_t kHeadFrames = 2;

struct Message {
  std::string topic;
  Epoch epoch{};
  uint64_t sequence = 0;               // EVENT: from 1. HEAD: from 0.
  std::optional<std::string> payload;  // Absent in a HEAD.

  bool is_head() const { return !payload.has_value(); }
  bool operator==(const Message&) const = default;
};

using Header = std::array<char, kHeaderBytes>;

// A topic is 2 to kTopicBytesMax characters of [a-z0-9._-] of which the last is "/": the slash keeps a subscription by
// prefix from catching longer names.
bool IsValidTopic(std::string_view topic);

Header EncodeHeader(const Epoch& epoch, uint64_t sequence);

// INVALID_ARGUMENT with reason BUS_TOPIC_INVALID, BUS_SEQUENCE_INVALID (an EVENT numbered 0), BUS_PAYLOAD_EMPTY or
// BUS_PAYLOAD_TOO_LARGE when the message must not be sent.
absl::Status ValidateMessage(const Message& message);

// The message that the frames hold. INVALID_ARGUMENT with the reasons of ValidateMessage, or BUS_FRAME_COUNT_INVALID,
// or BUS_HEADER_INVALID when the second frame is not exactly kHeaderBytes long.
absl::StatusOr<Message> DecodeFrames(std::span<const std::string_view> frames);

}  // namespace dateline::bus
