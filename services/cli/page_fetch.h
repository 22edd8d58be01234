#pragma once
// One page, once, for the person who asks: the archive's rules of politeness are ingestion's. Private addresses are
// theirs to ask for. Used from one thread.

#include <string>

#include "absl/status/statusor.h"
#include "common/http/fetcher.h"
#include "services/cli/inputs.h"

namespace dateline::cli {

// The answer when its status is a success.
absl::StatusOr<http::Response> FetchPage(const std::string& url);

// The bytes of a file, of standard input or of a URL, with what came with them.
struct OpenedItem {
  std::string bytes;
  std::string url;  // Final URL of a fetched one; empty otherwise.
  std::string content_type;
  std::string content_location;
  std::string content_language;
};
absl::StatusOr<OpenedItem> OpenItem(const Item& item);

}  // namespace dateline::cli
