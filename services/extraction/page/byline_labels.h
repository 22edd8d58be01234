#pragma once
// Labels that stand before the names of authors, in several languages: "By", "Written by", "Autor:". Nearly every line
// of a page is asked, so that the first letters decide before anything is folded. Pure, thread-safe, constant time.

#include <cstddef>
#include <string_view>

namespace dateline::extraction {

// The bytes of a label such as "By " or "Written by: " at the head of `line`; 0 when there is none. A label that is a
// plain noun ("Author") needs a colon behind it, or nothing.
std::size_t BylineLabel(std::string_view line);

}  // namespace dateline::extraction
