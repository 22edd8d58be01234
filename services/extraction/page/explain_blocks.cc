#include "services/extraction/page/explain_blocks.h"

#include <fmt/format.h>

#include <utility>

#include "services/extraction/page/author_choice.h"

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

void ExplainMetadata(const HtmlMetadata& metadata, Explanation* explanation) {
  if (!metadata.title.empty()) {
    explanation->fields.push_back({.field = "title",
                                   .value = metadata.title,
                                   .chosen = true,
                                   .rule = std::string(metadata.title_rule),
                                   .probability = {}});
  }
  if (!metadata.canonical.empty()) {
    explanation->fields.push_back({.field = "canonical",
                                   .value = metadata.canonical,
                                   .chosen = false,
                                   .rule = "link.canonical",
                                   .probability = {}});
  }
  const AuthorCandidate* chosen = ChooseAuthor(metadata.author_candidates);
  for (const AuthorCandidate& candidate : metadata.author_candidates) {
    FieldExplanation& field = explanation->fields.emplace_back();
    field.field = "author";
    field.value = fmt::format("{}", fmt::join(candidate.names, "; "));
    field.chosen = &candidate == chosen;
    for (const AuthorSource source : candidate.sources) {
      const std::string_view rule = AuthorRule(source);
      if (field.rule.find(rule) != std::string::npos) continue;
      field.rule.append(field.rule.empty() ? "" : ", ").append(rule);
    }
    field.probability = candidate.probability;
  }
}

}  // namespace dateline::extraction
