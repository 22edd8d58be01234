#pragma once
// What stands before a date in its line and says of what it is the date, over links and elements: "Posted by Ada Quay
// on". Pure and thread-safe; looks at no more than a dozen nodes.

#include <cstddef>
#include <string>
#include <string_view>

#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

// The text of the line that stands before the text or element at node `i`, behind what is said of a number there;
// empty when it is no short one.
std::string LineBefore(const HtmlTree& tree, std::size_t i);

// Whether such a line says that of publishing or of a change, and holds no date of its own.
bool IsDateLabel(std::string_view before);
// The same, and that it is the date of a change or an answer: "Last reply by Ada Quay".
bool IsChangeLabel(std::string_view before);

}  // namespace dateline::extraction
