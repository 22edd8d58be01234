#pragma once
// A fixed set of short strings, looked for in a text all at once: one pass asks of every place, with one hash of three
// bytes, whether any of them may begin there. Much faster than a search for each where most texts hold none. It is
// made while the program is compiled and needs no memory besides itself. Immutable, thread-safe.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dateline {

template <std::size_t N>
class NeedleSet {
 public:
  // The needles have at least three bytes each; they are borrowed for as long as this lives.
  constexpr explicit NeedleSet(const std::array<std::string_view, N>& needles) : needles_(needles) {
    for (std::size_t i = N; i-- > 0;) {
      std::uint16_t& first = first_[SlotOf(needles[i], 0)];
      next_[i] = first;
      first = static_cast<std::uint16_t>(i + 1);
    }
  }

  struct Match {
    std::size_t at = std::string_view::npos;
    std::string_view needle;
  };

  // Calls `visit(i)` with the position in the list of every needle that stands at `at`, in the order of the list, until
  // it returns true; whether it did.
  template <typename Visit>
  constexpr bool VisitAt(std::string_view text, std::size_t at, Visit&& visit) const {
    if (at + kHashed > text.size()) return false;
    for (std::size_t i = first_[SlotOf(text, at)]; i != 0; i = next_[i - 1]) {
      if (text.substr(at).starts_with(needles_[i - 1]) && visit(i - 1)) return true;
    }
    return false;
  }

  // The first place at or behind `from` where a needle stands; the one that comes first in the list where several
  // begin there. `at` is npos when there is none.
  constexpr Match Find(std::string_view text, std::size_t from = 0) const {
    if (from + kHashed > text.size()) return {};
    const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at])); };
    std::uint32_t bytes = (byte(from) << 8) | (byte(from + 1) << 16);
    for (std::size_t at = from; at + kHashed <= text.size(); ++at) {
      bytes = (bytes >> 8) | (byte(at + 2) << 16);
      for (std::size_t i = first_[SlotOf(bytes)]; i != 0; i = next_[i - 1]) {
        if (text.substr(at).starts_with(needles_[i - 1])) return {at, needles_[i - 1]};
      }
    }
    return {};
  }
  constexpr bool AnyIn(std::string_view text) const { return Find(text).at != std::string_view::npos; }

 private:
  static constexpr std::size_t kHashed = 3;
  static constexpr std::size_t kSlots = 1024;
  static_assert(N > 0 && N < 0xFFFF);

  static constexpr std::size_t SlotOf(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
      return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i]));
    };
    return SlotOf(byte(0) | (byte(1) << 8) | (byte(2) << 16));
  }
  static constexpr std::size_t SlotOf(std::uint32_t three_bytes) { return (three_bytes * 0x9E3779B1U) >> 22; }

  std::array<std::string_view, N> needles_;
  std::array<std::uint16_t, kSlots> first_{};  // position plus one of the first needle that begins so; 0 for none
  std::array<std::uint16_t, N> next_{};        // the same for the needle behind each
};

}  // namespace dateline
