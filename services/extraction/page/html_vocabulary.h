#pragma once
// What the names of HTML elements, classes and ids say: which elements are never read, which begin a block, which boxes
// are set around an article and which hold it. Tables and pure functions, thread-safe.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

// How much of a class or id attribute is looked at.
inline constexpr std::size_t kMaxClassBytes = 400;

// Elements whose content is never read: scripts, forms, navigation, media.
bool IsSkippedTag(std::uint32_t tag);

// Elements that begin a new block.
bool IsBlockTag(std::uint32_t tag);

// 1 to 6 for h1 to h6; 0 for all others.
int HeadingLevel(std::uint32_t tag);

// Class and id of an element, lower case, with a space at both ends.
std::string Names(const HtmlTree& tree, const HtmlNode& node);

// Whether these names mark a box that is set around an article: sharing, related links, cookies, comments.
bool IsAsideName(std::string_view names);

// Whether these names mark the body of an article.
bool IsBodyName(std::string_view names);

}  // namespace dateline::extraction
