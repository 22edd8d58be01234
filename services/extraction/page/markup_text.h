#pragma once
// Short values out of markup as one clean line: attribute values and JSON-LD strings are often escaped twice, and
// bylines are set in several elements. Pure, thread-safe, linear, bounded by kMaxMarkupLineBytes.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

// The longest value that is read.
inline constexpr std::size_t kMaxMarkupLineBytes = 1000;

// `raw` in one clean line, without tags, with the character references that were escaped twice resolved.
std::string MarkupLine(std::string_view raw);

// The text of the element at `i` in one clean line: the first kMaxMarkupLineBytes; nothing of scripts and styles.
std::string ElementLine(const HtmlTree& tree, std::size_t i);

// The same of a heading, up to a paragraph or time that is set inside it.
std::string HeadingLine(const HtmlTree& tree, std::size_t i);

// What begins or ends inside a heading where an element does: "Harbours" and "Basin reopens" of
// "<h1><span>Harbours</span> Basin reopens</h1>". Those that end it come first, then those that begin it, the longest
// first; a few at the most.
struct HeadingPart {
  std::string line;
  bool ends = false;  // it ends the heading
};
std::vector<HeadingPart> HeadingParts(const HtmlTree& tree, std::size_t i);

// How many bytes of text stand in the element, counted up to `limit`.
std::size_t ElementTextBytes(const HtmlTree& tree, std::size_t i, std::size_t limit);

}  // namespace dateline::extraction
