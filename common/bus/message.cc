#include "common/bus/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace dateline::bus {
namespace {

constexpr size_t kEpochBytes = std::tuple_size_v<Epoch>;
static_assert(kEpochBytes + sizeof(uint64_t) == kHeaderBytes);

absl::Status Invalid(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

absl::Status ValidateParts(std::string_view topic, uint64_t sequence, std::optional<size_t> payload_bytes) {
  if (!IsValidTopic(topic)) {
    return Invalid(
        "BUS_TOPIC_INVALID",
        fmt::format("bus message: a topic is 2 to {} characters of [a-z0-9._-] ending in \"/\"; got {} bytes",
                    kTopicBytesMax, topic.size()));
  }
  if (!payload_bytes) return absl::OkStatus();
  if (sequence == 0) return Invalid("BUS_SEQUENCE_INVALID", "bus message: events are numbered from 1, got 0");
  if (*payload_bytes == 0) {
    return Invalid("BUS_PAYLOAD_EMPTY", "bus message: the third frame is empty; a HEAD has two frames only");
  }
  if (*payload_bytes > kPayloadBytesMax) {
    return Invalid("BUS_PAYLOAD_TOO_LARGE",
                   fmt::format("bus message: payload of {} bytes, the limit is {}; thin the event", *payload_bytes,
                               kPayloadBytesMax));
  }
  return absl::OkStatus();
}

}  // namespace

bool IsValidTopic(std::string_view topic) {
  if (topic.size() < 2 || topic.size() > kTopicBytesMax || topic.back() != '/') return false;
  topic.remove_suffix(1);
  return std::all_of(topic.begin(), topic.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

Header EncodeHeader(const Epoch& epoch, uint64_t sequence) {
  Header header;
  std::memcpy(header.data(), epoch.data(), kEpochBytes);
  for (size_t i = 0; i < sizeof(sequence); ++i) {
    header[kHeaderBytes - 1 - i] = static_cast<char>(static_cast<uint8_t>(sequence >> (8 * i)));
  }
  return header;
}

absl::Status ValidateMessage(const Message& message) {
  return ValidateParts(message.topic, message.sequence,
                       message.payload ? std::optional<size_t>(message.payload->size()) : std::nullopt);
}

absl::StatusOr<Message> DecodeFrames(std::span<const std::string_view> frames) {
  if (frames.size() != kHeadFrames && frames.size() != kEventFrames) {
    return Invalid("BUS_FRAME_COUNT_INVALID", fmt::format("bus message: {} frames, expected {} (HEAD) or {} (EVENT)",
                                                          frames.size(), kHeadFrames, kEventFrames));
  }
  const std::string_view header = frames[1];
  if (header.size() != kHeaderBytes) {
    return Invalid("BUS_HEADER_INVALID",
                   fmt::format("bus message: the second frame has {} bytes, expected {}", header.size(), kHeaderBytes));
  }
  Message message;
  std::memcpy(message.epoch.data(), header.data(), kEpochBytes);
  for (size_t i = kEpochBytes; i < kHeaderBytes; ++i) {
    message.sequence = message.sequence << 8 | static_cast<uint8_t>(header[i]);
  }
  const bool is_event = frames.size() == kEventFrames;
  DATELINE_RETURN_IF_ERROR(
      ValidateParts(frames[0], message.sequence, is_event ? std::optional<size_t>(frames[2].size()) : std::nullopt));
  message.topic = std::string(frames[0]);
  if (is_event) message.payload = std::string(frames[2]);
  return message;
}

}  // namespace dateline::bus
