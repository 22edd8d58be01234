#pragma once
// What the names of HTML elements, classes and ids say: which elements begin a block, which are headings, which names
// mark the body of an article. Tables and pure functions, thread-safe.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/extraction/page/html_tags.h"

namespace dateline::extraction {

// How much of a class or id attribute is looked at.
inline constexpr std::size_t kMaxClassBytes = 400;

// For each tag number: 1 to 6 for h1 to h6, and kBlockTag for elements that begin a new block.
inline constexpr std::uint8_t kBlockTag = 8;
extern const std::array<std::uint8_t, kTagCount> kTagKinds;

// Elements that begin a new block.
inline bool IsBlockTag(Tag tag) {
  return Number(tag) < kTagCount && (kTagKinds[Number(tag)] & kBlockTag) != 0;
}

// 1 to 6 for h1 to h6; 0 for all others.
inline int HeadingLevel(Tag tag) {
  return Number(tag) < kTagCount ? kTagKinds[Number(tag)] & 7 : 0;
}

// Whether a class or id, of which kMaxClassBytes are looked at, marks the body of an article.
bool IsBodyName(std::string_view name);

}  // namespace dateline::extraction
