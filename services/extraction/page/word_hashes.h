#pragma once
// The words of a text as hashes, for asking quickly whether the same words stand somewhere else. A word is a run of
// letters and digits, ASCII folded to lower case; characters of scripts that set no spaces are words of their own.
// Punctuation parts words and is skipped. Pure; linear; allocates nothing.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dateline::extraction {

// Calls `visit(std::uint64_t hash)` for every word in order.
template <typename Visit>
void ForEachWordHash(std::string_view text, Visit&& visit) {
  constexpr std::uint64_t kSeed = 1469598103934665603U;
  constexpr std::uint64_t kPrime = 1099511628211U;
  std::uint64_t hash = kSeed;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= 'A' && c <= 'Z') c = static_cast<unsigned char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 0xC3 && c < 0xE2)) {
      hash = (hash ^ c) * kPrime;
      // The rest of a character of two or three bytes.
      for (; c >= 0xC3 && i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xC0U) == 0x80U; ++i)
        hash = (hash ^ static_cast<unsigned char>(text[i + 1])) * kPrime;
      continue;
    }
    if (hash != kSeed) visit(hash);
    hash = kSeed;
    // 0xC2 and 0xE2 lead to punctuation and signs; what is above is Han, kana, Hangul and the like.
    if (c >= 0xE3) hash = (hash ^ c) * kPrime;
    if (c < 0x80) continue;
    for (; i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xC0U) == 0x80U; ++i) {
      if (c >= 0xE3) hash = (hash ^ static_cast<unsigned char>(text[i + 1])) * kPrime;
    }
    if (hash != kSeed) visit(hash);
    hash = kSeed;
  }
  if (hash != kSeed) visit(hash);
}

}  // namespace dateline::extraction
