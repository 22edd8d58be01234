#pragma once
// Text as the comparison of revisions sees it: without what typesetting changes. Pure and thread-safe.

#include <string>
#include <string_view>

namespace dateline::storage {

// White space becomes one space, quotation marks and dashes their plain forms, invisible characters nothing.
std::string FoldForComparison(std::string_view text);

}  // namespace dateline::storage
