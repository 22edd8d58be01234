#pragma once
// A fixed set of words, each with its position in the list that it was made of, found with one hash and as a rule one
// comparison. It is made while the program is compiled, needs no memory besides itself, and is faster than a search in
// a sorted list, since most words that are looked up are not in it. Immutable, thread-safe.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dateline {

template <std::size_t N>
class WordIndex {
 public:
  static constexpr std::size_t kNone = N;

  // The words must differ; an empty one is never found. They are borrowed for as long as this lives.
  constexpr explicit WordIndex(const std::array<std::string_view, N>& words) : words_(words) {
    for (std::size_t i = 0; i < N; ++i) {
      std::size_t slot = SlotOf(words[i]);
      while (slots_[slot] != 0) slot = (slot + 1) % kSlots;
      slots_[slot] = static_cast<std::uint16_t>(i + 1);
      if (words[i].size() > longest_) longest_ = words[i].size();
    }
  }

  // The position of `word` in the list; kNone when it is not in it.
  constexpr std::size_t Find(std::string_view word) const {
    if (word.empty() || word.size() > longest_) return kNone;
    for (std::size_t slot = SlotOf(word); slots_[slot] != 0; slot = (slot + 1) % kSlots) {
      const std::size_t i = slots_[slot] - std::size_t{1};
      if (words_[i] == word) return i;
    }
    return kNone;
  }
  constexpr bool contains(std::string_view word) const { return Find(word) != kNone; }

 private:
  static constexpr std::size_t kSlots = std::bit_ceil(4 * N);
  static_assert(N > 0 && N < 0xFFFF);

  // A few letters tell most words apart.
  static constexpr std::size_t SlotOf(std::string_view word) {
    const std::size_t n = word.size();
    if (n == 0) return 0;
    const auto byte = [&](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(word[i])); };
    const std::uint64_t sample = byte(0) | (byte(n / 4) << 8) | (byte(n / 2) << 16) | (byte(n - 1 - n / 4) << 24) |
                                 (byte(n - 1) << 32) | (static_cast<std::uint64_t>(n) << 40);
    return static_cast<std::size_t>((sample * 0x9E3779B97F4A7C15U) >> 40) % kSlots;
  }

  std::array<std::string_view, N> words_;
  std::array<std::uint16_t, kSlots> slots_{};  // position plus one; 0 is free
  std::size_t longest_ = 0;
};

}  // namespace dateline
