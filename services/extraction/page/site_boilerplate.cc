#include "services/extraction/page/site_boilerplate.h"

#include <xxhash.h>

#include <string>
#include <unordered_set>

#include "common/text/normalize.h"

namespace dateline::extraction {

std::uint64_t LineHash(std::string_view line) {
  const std::string key = text::FoldKey(line);
  return XXH3_64bits(key.data(), key.size());
}

void MarkSiteBoilerplate(std::span<const std::uint64_t> hashes, bool html, std::vector<Block>* blocks) {
  if (hashes.empty()) return;
  const std::unordered_set<std::uint64_t> known(hashes.begin(), hashes.end());
  for (Block& block : *blocks) {
    if (!known.contains(LineHash(block.text))) continue;
    (html ? block.left : block.fused) = true;
  }
}

}  // namespace dateline::extraction
