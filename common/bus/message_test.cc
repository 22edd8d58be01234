// Proves that the frames are exactly those documented, byte by byte, and that decoding answers every malformed input
// with the right reason instead of a message. The last test throws random frames at the decoder: what it accepts must
// encode to the same bytes again.

#include "common/bus/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "common/base/error.h"

namespace dateline::bus {
namespace {

constexpr Epoch kEpoch = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255};

std::string HeaderOf(const Epoch& epoch, uint64_t sequence) {
  const Header header = EncodeHeader(epoch, sequence);
  return std::string(header.data(), header.size());
}

absl::StatusOr<Message> Decode(const std::vector<std::string>& frames) {
  const std::vector<std::string_view> views(frames.begin(), frames.end());
  return DecodeFrames(views);
}

TEST(Header, IsTheEpochThenTheSequenceInBigEndianOrder) {
  EXPECT_EQ(HeaderOf(kEpoch, 0x0102030405060708),
            std::string("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\xff"
                        "\x01\x02\x03\x04\x05\x06\x07\x08",
                        24));
}

TEST(DecodeFrames, ReadsAnEvent) {
  const auto message = Decode({"release/", HeaderOf(kEpoch, 42), "payload"});
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(*message, (Message{"release/", kEpoch, 42, "payload"}));
  EXPECT_FALSE(message->is_head());
}

TEST(DecodeFrames, ReadsAHeadEvenOfAnEmptyLog) {
  const auto message = Decode({"document/", HeaderOf(kEpoch, 0)});
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(*message, (Message{"document/", kEpoch, 0, std::nullopt}));
  EXPECT_TRUE(message->is_head());
}

TEST(DecodeFrames, KeepsTheLargestSequenceAndPayload) {
  const std::string payload(kPayloadBytesMax, 'x');
  const auto message = Decode({"a/", HeaderOf(kEpoch, UINT64_MAX), payload});
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->sequence, UINT64_MAX);
  EXPECT_EQ(message->payload, payload);
}

struct Malformed {
  const char* what;
  std::vector<std::string> frames;
  const char* reason;
};

TEST(DecodeFrames, RefusesWhatIsMalformedWithAReason) {
  const std::string header = HeaderOf(kEpoch, 1);
  const Malformed cases[] = {
      {"no frame", {}, "BUS_FRAME_COUNT_INVALID"},
      {"topic only", {"release/"}, "BUS_FRAME_COUNT_INVALID"},
      {"four frames", {"release/", header, "x", "y"}, "BUS_FRAME_COUNT_INVALID"},
      {"empty header", {"release/", "", "x"}, "BUS_HEADER_INVALID"},
      {"header one short", {"release/", header.substr(1), "x"}, "BUS_HEADER_INVALID"},
      {"header one long", {"release/", header + "x"}, "BUS_HEADER_INVALID"},
      {"empty topic", {"", header, "x"}, "BUS_TOPIC_INVALID"},
      {"slash only", {"/", header, "x"}, "BUS_TOPIC_INVALID"},
      {"no slash", {"release", header, "x"}, "BUS_TOPIC_INVALID"},
      {"two slashes", {"a/b/", header, "x"}, "BUS_TOPIC_INVALID"},
      {"upper case", {"Release/", header, "x"}, "BUS_TOPIC_INVALID"},
      {"NUL in topic", {std::string("a\0/", 3), header, "x"}, "BUS_TOPIC_INVALID"},
      {"long topic", {std::string(kTopicBytesMax, 'a') + "/", header, "x"}, "BUS_TOPIC_INVALID"},
      {"event 0", {"release/", HeaderOf(kEpoch, 0), "x"}, "BUS_SEQUENCE_INVALID"},
      {"empty payload", {"release/", header, ""}, "BUS_PAYLOAD_EMPTY"},
      {"large payload", {"release/", header, std::string(kPayloadBytesMax + 1, 'x')}, "BUS_PAYLOAD_TOO_LARGE"},
  };
  for (const Malformed& c : cases) {
    const auto message = Decode(c.frames);
    ASSERT_FALSE(message.ok()) << c.what;
    EXPECT_EQ(message.status().code(), absl::StatusCode::kInvalidArgument) << c.what;
    EXPECT_EQ(ErrorReason(message.status()), c.reason) << c.what;
  }
}

TEST(DecodeFrames, AcceptsOnlyWhatEncodesToTheSameBytes) {
  std::mt19937_64 random(20261122);
  const std::string alphabet = std::string("abz09._-/A ", 11) + std::string(1, '\0') + "\xff";
  int accepted = 0;
  for (int run = 0; run < 20'000; ++run) {
    std::vector<std::string> frames(random() % 5);
    for (size_t i = 0; i < frames.size(); ++i) {
      // Mostly plausible sizes, so that the deeper checks are reached.
      const size_t size = i == 1 ? 23 + random() % 3 : random() % 4;
      for (size_t k = 0; k < size; ++k) frames[i] += alphabet[random() % alphabet.size()];
      if (i == 0 && random() % 2 == 0) frames[i] += '/';
    }
    const auto message = Decode(frames);
    if (!message.ok()) continue;
    ++accepted;
    EXPECT_TRUE(ValidateMessage(*message).ok());
    EXPECT_EQ(message->topic, frames[0]);
    EXPECT_EQ(HeaderOf(message->epoch, message->sequence), frames[1]);
    EXPECT_EQ(message->payload, frames.size() == 3 ? std::optional(frames[2]) : std::nullopt);
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace dateline::bus
