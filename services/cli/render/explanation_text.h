#pragma once
// Why each block of a document was kept or left, and which values a page gives for title and authors, as people read
// it: one line for the verdict, one for the words. Pure.

#include <string>

#include "absl/status/statusor.h"
#include "services/cli/terminal.h"
#include "services/extraction/explanation.h"

namespace dateline::cli {

// "keep  LEAD     zone.lead  words=41 prose" and below it the head of the block. In the order of the document.
absl::StatusOr<std::string> ExplanationText(const extraction::Explanation& explanation, const Style& style);

}  // namespace dateline::cli
