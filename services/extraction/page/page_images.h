#pragma once
// The images of a page with what it says of them: address, alternative text, caption and credit. Captions stand in
// figcaption, in elements beside the image that are named so, or in attributes; credits in elements of their own, or
// in the caption behind "Photo:", a copyright sign or in brackets. Decorations (logos, icons, trackers) are told apart.
// Pure and thread-safe; of each image a bounded neighbourhood is read.

#include <cstdint>
#include <string>
#include <string_view>

#include "services/extraction/page/block.h"
#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

// The longest caption or credit that is kept, in bytes.
inline constexpr std::size_t kMaxCaptionBytes = 1000;
inline constexpr std::size_t kMaxCreditBytes = 200;

// What the page says of the image element at `i`. The URI is the reference as written, empty where the element shows
// nothing of its own; `decoration` is set for what is no image of the content.
PageImage ReadImage(const HtmlTree& tree, std::size_t i);

// Whether an address is that of a logo, icon, placeholder or counter.
bool IsDecorationUri(std::string_view uri);

// The same for all sizes in which a site keeps an image: the file's name without "-1024x683" and the like.
std::string ImageKey(std::string_view uri);

// The parts of a line under an image; both are pieces of it, without marks and brackets at their ends.
struct CaptionParts {
  std::string_view caption;
  std::string_view credit;
};
CaptionParts SplitCredit(std::string_view line);

// A credit without "Photo:", copyright signs and brackets around it.
std::string_view WithoutCreditMarks(std::string_view credit);

}  // namespace dateline::extraction
