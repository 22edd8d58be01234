#pragma once
// The passage that a search result shows: the stretch of the text with the most different words of the query, cut at
// whole words, and where those words stand in it. Pure and thread-safe.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/storage/search_query.h"

namespace dateline::storage {

struct Snippet {
  std::string text;                                       // At most kSnippetBytesMax bytes, one line.
  std::vector<std::pair<uint32_t, uint32_t>> highlights;  // Half-open, ascending, without overlap.
};

// The beginning of the text, without highlights, when the query's words do not stand in it (but in the title, say).
Snippet MakeSnippet(std::string_view text, const SearchQuery& query);

}  // namespace dateline::storage
