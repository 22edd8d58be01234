#pragma once
// From decoded text to a document: HTML or plain text, the blocks that may be the release's, the kind of page. Pure,
// thread-safe, linear.

#include <string_view>

#include "absl/status/statusor.h"
#include "services/extraction/document.h"
#include "services/extraction/extract.h"

namespace dateline::extraction {

// `text` is the document's content in UTF-8. With `explain` the verdicts over a page's blocks are given too. INTERNAL
// when memory runs out.
absl::StatusOr<Document> ReadDocument(const Input& input, std::string_view text, bool explain);

}  // namespace dateline::extraction
