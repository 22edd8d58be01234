#pragma once
// The publish date out of the data that a page's scripts carry: where a page is drawn by scripts, its article's fields
// stand in them ("publishedAt":"2024-03-05T10:30:00Z") and nowhere else. Pure; linear in the length of the scripts.

#include <string>

#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

// The value of the fields that are called like a time of publishing, where all of them give the same day; else empty.
std::string ScriptPublishDate(const HtmlTree& tree);

}  // namespace dateline::extraction
