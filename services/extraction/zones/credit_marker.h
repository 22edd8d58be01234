#pragma once
// Where the credit of a photo begins in a line: "Photo: ", "Image credit:", the copyright sign, in several languages.
// Pure, thread-safe, linear in the line.

#include <cstddef>
#include <string_view>

namespace dateline::extraction {

// Where in `text` (not folded) a photo credit begins; npos when there is none. `marker_bytes` is set to the length of
// the marker.
std::size_t FindCreditMarker(std::string_view text, std::size_t* marker_bytes);

}  // namespace dateline::extraction
