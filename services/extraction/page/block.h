#pragma once
// A block is one paragraph-like piece of a document: the common form that HTML pages and plain text take before zoning.
// Blocks are plain values in reading order; their text is UTF-8 in form C on one line (a table keeps line ends and
// tabs).

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dateline::extraction {

// The most blocks that one document may have; the rest is cut with a notice.
inline constexpr std::size_t kMaxBlocks = 100'000;
// The most links that are kept of one document.
inline constexpr std::size_t kMaxLinks = 2'000;
// The most images that are kept of one document.
inline constexpr std::size_t kMaxImages = 200;

// How the source sets a block.
enum class Shape : std::uint8_t { kParagraph, kHeading, kListItem, kTable, kQuote, kCaption };

// A link inside a block: bytes [begin, end) of its text.
struct BlockLink {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::string uri;
};

// One paragraph-like piece.
struct Block {
  Shape shape = Shape::kParagraph;
  std::string text;
  // An empty line, or the edge of a block element, comes before it. Lines of plain text set solid have none.
  bool gap_before = true;
  // It began with a bullet or number that was taken off.
  bool bullet = false;
  // It is the label that a fused line repeated, or the sentence that was fused to it ("Our WorkAs the leading ...").
  bool fused = false;
  // Of a page: it stands where the release does but is not its text ("2 min read", a label, a byline). Zoning may still
  // make it a caption, a contact or a date line, never main text.
  bool left = false;
  // Of plain text: the line stands on most pages of its site.
  bool site = false;
  // Of a heading: its rank, 1 to 6, and the anchor by which links lead to it; 0 and empty for others.
  std::uint8_t level = 0;
  std::string anchor;
  std::vector<BlockLink> links;
  // Index into Page::images of the image that a caption belongs to; -1 for none.
  std::int32_t image = -1;
};

// An image of a page.
struct PageImage {
  std::string uri;
  std::string alt_text;
  std::string caption = {};  // without the credit
  std::string credit = {};
  bool main = false;        // it stands in the element that holds the article
  bool decoration = false;  // a logo, icon or counter
};

// `text` without control characters, zero-width spaces and soft hyphens, in form C, white space collapsed.
std::string CleanLine(std::string_view text);
// Whether CleanLine surely gives `text` back as it is; false may also be said of a clean line with rare characters.
bool IsCleanLine(std::string_view text);

}  // namespace dateline::extraction
