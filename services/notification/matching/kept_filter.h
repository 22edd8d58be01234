#pragma once
// What an index keeps of one filter, in one piece of memory: its program, the terms that find it, and its text. A value
// that can be moved; without a filter it is empty.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace dateline::notification {

class KeptFilter {
 public:
  KeptFilter() = default;
  KeptFilter(std::span<const uint32_t> program, std::span<const uint32_t> anchors, std::string_view text);

  explicit operator bool() const { return bytes_ != nullptr; }
  std::span<const uint32_t> program() const { return {words(), sizes().program}; }
  std::span<const uint32_t> anchors() const { return {words() + sizes().program, sizes().anchors}; }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(words() + sizes().program + sizes().anchors), sizes().text};
  }
  // Has the processor bring it near.
  void Fetch() const { __builtin_prefetch(bytes_.get()); }

 private:
  struct Sizes {
    uint32_t program = 0;
    uint16_t anchors = 0;
    uint16_t text = 0;  // Bytes; filters have at most filter::kFilterBytesMax.
  };
  const Sizes& sizes() const { return *reinterpret_cast<const Sizes*>(bytes_.get()); }
  const uint32_t* words() const { return reinterpret_cast<const uint32_t*>(bytes_.get() + sizeof(Sizes)); }

  // Sizes, words, text.
  std::unique_ptr<unsigned char[]> bytes_;
};

}  // namespace dateline::notification
