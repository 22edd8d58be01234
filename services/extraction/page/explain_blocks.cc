#include "services/extraction/page/explain_blocks.h"

#include <utility>

namespace dateline::extraction {

void MergeVerdicts(const std::vector<BlockVerdict>& verdicts, Explanation* explanation) {
  std::vector<BlockExplanation> merged;
  merged.reserve(verdicts.size());
  for (const BlockVerdict& verdict : verdicts) {
    BlockExplanation block;
    const auto at = static_cast<std::size_t>(verdict.block);
    if (verdict.block >= 0 && at < explanation->blocks.size()) {
      block = std::move(explanation->blocks[at]);
      if (!verdict.kept && !block.kept) block.rule = "block.model";
    } else {
      block.text = verdict.text;
      block.rule = "block.model";
    }
    block.signals.insert(block.signals.end(), verdict.signals.begin(), verdict.signals.end());
    merged.push_back(std::move(block));
  }
  explanation->blocks = std::move(merged);
}

}  // namespace dateline::extraction
