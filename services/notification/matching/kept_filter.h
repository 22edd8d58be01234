#pragma once
// What an index keeps of one filter, in one piece of memory: its program, the terms that find it, its text, and what it
// is told from others by. A value that can be moved; without a filter it is empty.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "services/notification/event_types.h"

namespace dateline::notification {

class KeptFilter {
 public:
  KeptFilter() = default;
  // `hash` and `types` are the caller's: of what the filter asks for, and of which events.
  KeptFilter(uint64_t hash, EventTypeSet types, std::span<const uint32_t> program, std::span<const uint32_t> anchors,
             std::string_view text);

  explicit operator bool() const { return bytes_ != nullptr; }
  uint64_t hash() const { return head().hash; }
  EventTypeSet types() const { return head().types; }
  std::span<const uint32_t> program() const { return {words(), head().program}; }
  std::span<const uint32_t> anchors() const { return {words() + head().program, head().anchors}; }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(words() + head().program + head().anchors), head().text};
  }
  // Has the processor bring it near.
  void Fetch() const { __builtin_prefetch(bytes_.get()); }

 private:
  struct Head {
    uint64_t hash = 0;
    uint32_t program = 0;
    uint16_t anchors = 0;
    uint16_t text = 0;  // Bytes; filters have at most filter::kFilterBytesMax.
    EventTypeSet types = 0;
  };
  const Head& head() const { return *reinterpret_cast<const Head*>(bytes_.get()); }
  const uint32_t* words() const { return reinterpret_cast<const uint32_t*>(bytes_.get() + sizeof(Head)); }

  // Head, words, text.
  std::unique_ptr<unsigned char[]> bytes_;
};

}  // namespace dateline::notification
