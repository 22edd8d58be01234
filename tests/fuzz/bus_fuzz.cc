// Any frames on the bus: decoding answers a message or an error, and a message that decodes is one that may be sent,
// with the same header. The first byte of the input says how many frames there are; the rest is cut into that many
// equal parts.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "common/bus/message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t count = data[0] % 5;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  // A likely topic and header, so that mutation reaches what lies behind them.
  std::vector<std::string_view> frames;
  const size_t topic = std::min<size_t>(rest.size(), data[0] / 5);
  if (count > 0) frames.push_back(rest.substr(0, topic));
  std::string_view left = rest.substr(topic);
  while (frames.size() < count) {
    const size_t take = std::min(left.size(), frames.size() == 1 ? dateline::bus::kHeaderBytes : left.size());
    frames.push_back(left.substr(0, take));
    left.remove_prefix(take);
  }
  const auto message = dateline::bus::DecodeFrames(frames);
  if (!message.ok()) return 0;
  if (!dateline::bus::ValidateMessage(*message).ok()) std::abort();
  const auto header = dateline::bus::EncodeHeader(message->epoch, message->sequence);
  if (std::string_view(header.data(), header.size()) != frames[1]) std::abort();
  return 0;
}
