#pragma once
// A document as the stages hand it on: its blocks and what it says about itself, before anything is called a release.
// A plain value.

#include <string_view>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/page/block.h"
#include "services/extraction/page/html_content.h"
#include "services/extraction/page/html_metadata.h"

namespace dateline::extraction {

struct Document {
  std::vector<Block> blocks;
  std::vector<PageImage> images;
  std::vector<BlockVerdict> verdicts;
  std::string_view container_rule;
  HtmlMetadata metadata;
  release::v1::PageType page_type = release::v1::PAGE_TYPE_UNSPECIFIED;
  // Of every line of the document, kept or not, when asked for.
  std::vector<std::uint64_t> line_hashes;
  bool html = false;
  bool truncated = false;
};

}  // namespace dateline::extraction
