#include "services/notification/matching/kept_filter.h"

#include <cstring>
#include <limits>
#include <new>

#include "common/base/check.h"

namespace dateline::notification {

KeptFilter::KeptFilter(uint64_t hash, EventTypeSet types, std::span<const uint32_t> program,
                       std::span<const uint32_t> anchors, std::string_view text) {
  DATELINE_CHECK(
      anchors.size() <= std::numeric_limits<uint16_t>::max() && text.size() <= std::numeric_limits<uint16_t>::max(),
      "the limits of filters are smaller");
  bytes_.reset(new unsigned char[sizeof(Head) + program.size_bytes() + anchors.size_bytes() + text.size()]);
  new (bytes_.get()) Head{hash, static_cast<uint32_t>(program.size()), static_cast<uint16_t>(anchors.size()),
                          static_cast<uint16_t>(text.size()), types};
  unsigned char* at = bytes_.get() + sizeof(Head);
  std::memcpy(at, program.data(), program.size_bytes());
  at += program.size_bytes();
  if (!anchors.empty()) std::memcpy(at, anchors.data(), anchors.size_bytes());
  at += anchors.size_bytes();
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
}

}  // namespace dateline::notification
