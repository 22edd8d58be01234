#include "services/extraction/page/site_boilerplate.h"

#include <xxhash.h>

#include <string>
#include <utility>

#include "common/text/normalize.h"

namespace dateline::extraction {

std::uint64_t LineHash(std::string_view line) {
  const std::string key = text::FoldKey(line);
  return XXH3_64bits(key.data(), key.size());
}

void LineCollector::Add(std::string_view line) {
  if (line.empty() || line.size() > kMaxSiteLineBytes) return;
  const std::uint64_t hash = LineHash(line);
  if (seen_.insert(hash).second) hashes_.push_back(hash);
}

std::vector<std::uint64_t> LineCollector::Take() {
  if (hashes_.size() > kMaxCollectedLines) {
    constexpr std::ptrdiff_t kHalf = kMaxCollectedLines / 2;
    hashes_.erase(hashes_.begin() + kHalf, hashes_.end() - kHalf);
  }
  seen_.clear();
  return std::exchange(hashes_, {});
}

void MarkSiteBoilerplate(std::span<const std::uint64_t> hashes, bool html, std::vector<Block>* blocks) {
  if (hashes.empty()) return;
  const std::unordered_set<std::uint64_t> known(hashes.begin(), hashes.end());
  for (Block& block : *blocks) {
    if (block.text.size() > kMaxSiteLineBytes || !known.contains(LineHash(block.text))) continue;
    (html ? block.left : block.site) = true;
  }
}

}  // namespace dateline::extraction
