#include "services/cli/site_pages.h"

#include <fmt/format.h>

#include <unordered_map>

#include "common/base/error.h"
#include "services/cli/inputs.h"

namespace dateline::cli {

absl::StatusOr<std::vector<uint64_t>> SiteLinesOf(const extraction::Extractor& extractor, const std::string& folder) {
  std::unordered_map<uint64_t, size_t> pages_with;
  size_t pages = 0;
  for (const Item& item : FindInputs({folder}).items) {
    if (pages == kSitePagesMax) break;
    const auto bytes = ReadItem(item);
    if (!bytes.ok()) continue;
    const std::string content_type = ContentTypeOfPath(item.given);
    const auto extraction = extractor.ExtractAll(
        {.bytes = *bytes, .content_type = content_type, .collect_lines = true, .omit_facts = true});
    if (!extraction.ok()) continue;
    ++pages;
    for (const uint64_t hash : extraction->line_hashes) ++pages_with[hash];
  }
  if (pages < kSitePagesMin) {
    return Error(
        absl::StatusCode::kInvalidArgument, "TOO_FEW_PAGES",
        fmt::format("{}: holds {} readable pages; give at least {} pages of the site", folder, pages, kSitePagesMin));
  }
  std::vector<uint64_t> lines;
  for (const auto& [hash, count] : pages_with) {
    if (count * 2 > pages) lines.push_back(hash);
  }
  return lines;
}

}  // namespace dateline::cli
