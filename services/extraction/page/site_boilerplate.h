#pragma once
// Lines that stand on most pages of a site are the site's and not a release's. Whoever sees many pages of a site
// (storage) counts the hashes of their lines, which are collected here, and hands over the frequent ones. Pure.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "services/extraction/page/block.h"

namespace dateline::extraction {

// Distinct lines that are collected of one document: half of them from its head, half from its end, where sites set
// what is theirs.
inline constexpr std::size_t kMaxCollectedLines = 1000;
// Longer lines are text.
inline constexpr std::size_t kMaxSiteLineBytes = 600;

// The hash of a line: 64-bit XXH3 of its text::FoldKey form.
std::uint64_t LineHash(std::string_view line);

// Collects the hashes of a document's lines.
class LineCollector {
 public:
  void Add(std::string_view line);
  // Those collected, each once; ends the collection.
  std::vector<std::uint64_t> Take();

 private:
  std::vector<std::uint64_t> hashes_;
  std::unordered_set<std::uint64_t> seen_;
};

// Marks the blocks whose hash is among `hashes` (in any order) as the site's: those of a page as Block::left, those of
// plain text as Block::site. O(blocks + hashes).
void MarkSiteBoilerplate(std::span<const std::uint64_t> hashes, bool html, std::vector<Block>* blocks);

}  // namespace dateline::extraction
