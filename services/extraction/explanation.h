#pragma once
// Why each block of a document was kept or left, and what a page says of itself, as data that the command prints; the
// RPC carries the blocks. Plain values in document order; filled by Extractor::Extract when the caller passes one,
// never read by it. A block is a paragraph-like piece: see page/block.h.

#include <optional>
#include <string>
#include <vector>

#include "dateline/release/v1/release.pb.h"

namespace dateline::extraction {

// The most bytes of a block's text that its explanation carries.
inline constexpr std::size_t kMaxExplainedBytes = 200;

// One block.
struct BlockExplanation {
  // The head of its text, cut at a character.
  std::string text;
  // Whether it stands in Release.text, or is its title.
  bool kept = false;
  // The section it became part of; KIND_UNSPECIFIED for a title and for what was left.
  release::v1::Section::Kind kind = release::v1::Section::KIND_UNSPECIFIED;
  // The rule that decided, for example "block.model" or "zone.drop".
  std::string rule;
  // What the rule saw, for example "score=0.83", "link_density=0.10"; the strongest first.
  std::vector<std::string> signals;
};

// A value that a page gives for one field of the record.
struct FieldExplanation {
  // "title", "canonical" or "author".
  std::string field;
  std::string value;
  // Whether it was taken; the canonical address is not part of the record, and never is.
  bool chosen = false;
  // The places that give it, the strongest first: "title.h1", "author.byline, author.json_ld".
  std::string rule;
  // Of authors: how likely it is that a reader would name exactly these people.
  std::optional<double> probability;
};

// One document.
struct Explanation {
  // Of a page, the values of a field together, the likeliest first. Publish dates are not among them: the record
  // lists their candidates itself.
  std::vector<FieldExplanation> fields;
  // How the element that holds the text was found: "container.article" and so on; empty for plain text.
  std::string container_rule;
  std::vector<BlockExplanation> blocks;
};

}  // namespace dateline::extraction
