#pragma once
// The images of a page with what it says of them: address, alternative text, caption and credit. Captions stand in
// figcaption, in elements beside the image that are named so, or in attributes; credits in elements of their own, or
// in the caption behind "Photo:", a copyright sign or in brackets. Decorations (logos, icons, trackers) are told apart.
// Pure and thread-safe; of each image a bounded neighbourhood is read.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/page/block.h"
#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

// The longest caption or credit that is kept, in bytes.
inline constexpr std::size_t kMaxCaptionBytes = 1000;
inline constexpr std::size_t kMaxCreditBytes = 200;

// The address of the image element at `i` as written: that of the picture itself, not of what stands there until it is
// loaded. Empty where the element shows nothing of its own.
std::string_view ImageReference(const HtmlTree& tree, std::size_t i);

// Reads images of one page, which it borrows. What a class or id means is found out once. Belongs to one thread.
class ImageReader {
 public:
  explicit ImageReader(const HtmlTree& tree) : tree_(tree), marks_(tree.names().size(), kUnread) {}

  // What the page says of the image element at `i`. The URI is its ImageReference; `decoration` is set for what is no
  // image of the content.
  PageImage Read(std::size_t i);

 private:
  // What the names of an element say, as bits.
  static constexpr std::uint8_t kCaption = 1;
  static constexpr std::uint8_t kCaptionFrame = 2;
  static constexpr std::uint8_t kCredit = 4;
  static constexpr std::uint8_t kDecoration = 8;
  static constexpr std::uint8_t kUnread = 128;

  std::uint8_t MarksOfName(std::uint32_t name);
  int MarksOf(const HtmlNode& node) { return MarksOfName(node.class_name) | MarksOfName(node.id_name); }
  bool IsCaption(const HtmlNode& node);
  bool IsCredit(const HtmlNode& node) { return (MarksOf(node) & kCredit) != 0; }
  std::optional<std::size_t> FigureOf(std::size_t i);
  void ReadCaption(std::size_t begin, PageImage* image);
  void ReadFigure(std::size_t figure, PageImage* image);

  const HtmlTree& tree_;
  std::vector<std::uint8_t> marks_;  // by name
};

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
