#include "services/extraction/page/html_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "common/text/utf8.h"
#include "common/url/url.h"
#include "services/extraction/page/block_model.h"
#include "services/extraction/page/html_vocabulary.h"
#include "services/extraction/page/page_images.h"
#include "services/extraction/page/site_boilerplate.h"

namespace dateline::extraction {
namespace {

// Text of one table that is kept.
constexpr std::size_t kMaxTableBytes = std::size_t{64} << 10;
constexpr std::size_t kVerdictBytes = 200;
constexpr float kUndecided = 0.25F;
constexpr std::size_t kMinUndecidedBytes = 40;
// Nodes around a heading in which its anchor is looked for, and how long one is at most.
constexpr std::uint32_t kAnchorReach = 4;
constexpr std::size_t kMaxAnchorNameBytes = 200;
constexpr std::size_t kMaxUriBytes = 4096;
// Room made for blocks beforehand.
constexpr std::size_t kBlocksAtOnce = 2'000;

std::string PageBase(const HtmlTree& tree, std::string_view base_uri) {
  for (const HtmlNode& node : tree.nodes()) {
    if (node.tag == Tag::kBody) break;
    if (node.tag != Tag::kBase) continue;
    const absl::StatusOr<std::string> base = url::Resolve(base_uri, tree.Attribute(node, "href"));
    if (base.ok()) return *base;
    break;
  }
  return std::string(base_uri);
}

// References of a page made absolute: http(s) URLs; empty for what is none, or leads within the page.
class UriResolver {
 public:
  explicit UriResolver(std::string_view base_uri) : base_(url::Parse(base_uri)) {}

  // Whether Absolute is likely to give anything, without the work.
  bool IsPromising(std::string_view reference) const {
    if (!base_.ok() || reference.empty() || reference.size() > kMaxUriBytes || reference.front() == '#') return false;
    const std::size_t sign = reference.find_first_of(":/?#");
    return sign == std::string_view::npos || reference[sign] != ':' || (reference[0] | 0x20) == 'h';
  }

  std::string Absolute(std::string_view reference) const {
    if (!base_.ok() || reference.empty() || reference.size() > kMaxUriBytes || reference.front() == '#') return {};
    absl::StatusOr<std::string> resolved = url::Resolve(*base_, reference);
    if (!resolved.ok() || (!resolved->starts_with("http://") && !resolved->starts_with("https://"))) return {};
    return *std::move(resolved);
  }

 private:
  absl::StatusOr<url::Url> base_;
};

class Reader {
 public:
  Reader(const HtmlTree& tree, const PageArena& arena, std::string_view base_uri)
      : tree_(tree), arena_(arena), nodes_(tree.nodes()), uris_(base_uri) {}

  PageBlocks Run() {
    if (nodes_.empty()) return std::move(out_);
    out_.truncated = tree_.truncated();
    out_.blocks.reserve(std::min<std::size_t>(nodes_.size() / 16 + 1, kBlocksAtOnce));
    Emit(arena_.containers().body);
    return std::move(out_);
  }

 private:
  // The block under construction.
  void Append(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
      if (const std::size_t space = text::SpaceAt(text, i); space > 0) {
        pending_space_ = true;
        i += space;
        continue;
      }
      // All words up to where more stands between two than one space.
      std::size_t end = text::FindSpace(text, i);
      while (end + 1 < text.size() && text[end] == ' ' && text[end + 1] > ' ') end = text::FindSpace(text, end + 1);
      if (pending_space_ && !current_.text.empty()) current_.text.push_back(' ');
      pending_space_ = false;
      current_.text.append(text.substr(i, end - i));
      i = end;
    }
  }

  void Flush() {
    pending_space_ = false;
    if (current_.shape == Shape::kTable || !current_.text.empty()) {
      // Cleaning may move bytes, and with them the links; nearly all text is clean already.
      if (current_.shape != Shape::kTable && !IsCleanLine(current_.text)) {
        std::string clean = CleanLine(current_.text);
        if (clean != current_.text) current_.links.clear();
        current_.text = std::move(clean);
      }
      if (!current_.text.empty()) {
        if (out_.blocks.size() < kMaxBlocks) {
          if (current_.shape == Shape::kHeading) SetRank();
          out_.blocks.push_back({std::move(current_), node_, link_bytes_, boxed_end_ > node_});
        } else {
          out_.truncated = true;
        }
      }
    }
    current_ = Block{};
    link_open_ = kNoElement;
    link_bytes_ = 0;
  }

  // The rank of a heading and its anchor: that of the heading, of what stands in it, or of the element that it opens.
  void SetRank() {
    std::uint32_t at = node_;
    while (HeadingLevel(nodes_[at].tag) == 0 && nodes_[at].parent != at) at = nodes_[at].parent;
    current_.level = static_cast<std::uint8_t>(HeadingLevel(nodes_[at].tag));
    std::string_view anchor = tree_.Attribute(nodes_[at], "id");
    for (std::uint32_t i = at + 1; anchor.empty() && i < nodes_[at].end && i <= at + kAnchorReach; ++i) {
      anchor = tree_.Attribute(nodes_[i], "id");
      if (anchor.empty() && nodes_[i].tag == Tag::kA) anchor = tree_.Attribute(nodes_[i], "name");
    }
    const std::uint32_t parent = nodes_[at].parent;
    if (anchor.empty() && at - parent <= kAnchorReach) anchor = tree_.Attribute(nodes_[parent], "id");
    if (anchor.size() <= kMaxAnchorNameBytes && anchor.find_first_of(" \t\r\n\"<>#") == std::string_view::npos)
      current_.anchor = std::string(anchor);
  }

  // The shape that the innermost element of meaning gives a block.
  Shape ShapeAt(std::uint32_t i, std::uint32_t container) const {
    for (std::uint32_t at = i;; at = nodes_[at].parent) {
      const Tag tag = nodes_[at].tag;
      // All that have a shape begin a block.
      if (!IsBlockTag(tag)) {
        if (at == container || at == nodes_[at].parent) return Shape::kParagraph;
        continue;
      }
      if (HeadingLevel(tag) > 0) return Shape::kHeading;
      if (tag == Tag::kFigcaption || tag == Tag::kCaption) return Shape::kCaption;
      if (tag == Tag::kBlockquote) return Shape::kQuote;
      if (tag == Tag::kLi || tag == Tag::kDd || tag == Tag::kDt) return Shape::kListItem;
      if (at == container || at == nodes_[at].parent) return Shape::kParagraph;
    }
  }

  void OpenLink(std::uint32_t i) {
    if (tree_.Attribute(nodes_[i], "href").empty()) return;
    link_open_ = i;
    link_begin_ = current_.text.size() + (pending_space_ && !current_.text.empty() ? 1 : 0);
  }

  void CloseLink() {
    if (link_open_ == kNoElement) return;
    const std::uint32_t link = std::exchange(link_open_, kNoElement);
    if (current_.text.size() <= link_begin_) return;
    link_bytes_ += static_cast<std::uint32_t>(current_.text.size() - link_begin_);
    // Where it leads is read for the blocks that are kept only.
    current_.links.push_back({static_cast<std::uint32_t>(link_begin_), static_cast<std::uint32_t>(current_.text.size()),
                              std::string(tree_.Attribute(nodes_[link], "href").substr(0, kMaxUriBytes))});
  }

  void AddImage(std::uint32_t i) {
    if (out_.images.size() >= kMaxImages) {
      out_.truncated = true;
      return;
    }
    if (!uris_.IsPromising(ImageReference(tree_, i))) return;
    out_.images.push_back({i, arena_.Inside(i, arena_.containers().chosen) && !arena_.outer(i)});
    last_image_ = static_cast<std::int32_t>(out_.images.size() - 1);
  }

  // A table of data as one block: a line for each row, cells parted by tabs. Tables that lay out the page are walked
  // into.
  bool IsDataTable(std::uint32_t i) const {
    std::size_t rows = 0;
    std::size_t cells = 0;
    for (std::uint32_t at = i + 1; at < nodes_[i].end; ++at) {
      const Tag tag = nodes_[at].tag;
      if (tag == Tag::kTable || tag == Tag::kP || tag == Tag::kDiv || tag == Tag::kH1 || tag == Tag::kUl) {
        if (arena_.sums(at).text > 200) return false;
        if (tag == Tag::kTable) return false;
      }
      rows += tag == Tag::kTr ? 1 : 0;
      cells += tag == Tag::kTd || tag == Tag::kTh ? 1 : 0;
    }
    return rows >= 2 && cells >= rows * 2;
  }

  void EmitTable(std::uint32_t i) {
    Flush();
    node_ = i;
    Block table;
    table.shape = Shape::kTable;
    std::string cell;
    bool row_open = false;
    const auto close_cell = [&] {
      if (cell.empty()) return;
      const std::string clean = CleanLine(cell);
      cell.clear();
      if (clean.empty()) return;
      if (table.text.size() + clean.size() > kMaxTableBytes) {
        out_.truncated = true;
        return;
      }
      if (row_open) table.text.push_back('\t');
      table.text.append(clean);
      row_open = true;
    };
    for (std::uint32_t at = i + 1; at < nodes_[i].end; ++at) {
      if (arena_.dead(at)) continue;
      const Tag tag = nodes_[at].tag;
      if (tag == Tag::kTr || tag == Tag::kTd || tag == Tag::kTh) close_cell();
      if (tag == Tag::kTr && row_open) {
        table.text.push_back('\n');
        row_open = false;
      }
      if (tag == Tag::kText) cell.append(nodes_[at].text);
      if (tag == Tag::kBr || IsBlockTag(tag)) cell.push_back(' ');
    }
    close_cell();
    while (!table.text.empty() && table.text.back() == '\n') table.text.pop_back();
    current_ = std::move(table);
    link_bytes_ = std::min(arena_.sums(i).link_text, static_cast<std::uint32_t>(current_.text.size()));
    Flush();
  }

  void Emit(std::uint32_t container) {
    std::vector<std::uint32_t> open;  // block elements and links that are open
    for (std::uint32_t i = container; i < nodes_[container].end;) {
      while (!open.empty() && i >= nodes_[open.back()].end) {
        if (nodes_[open.back()].tag == Tag::kA)
          CloseLink();
        else
          Flush();
        open.pop_back();
      }
      const HtmlNode& node = nodes_[i];
      if (arena_.dead(i)) {
        i = node.end;
        continue;
      }
      if (node.tag == Tag::kText && arena_.sums(i).text == 0) {
        // White space between the elements, as half of all texts are.
        pending_space_ = pending_space_ || !node.text.empty();
      } else if (node.tag == Tag::kText) {
        if (current_.text.empty()) {
          node_ = BlockElement(i);
          current_.shape = ShapeAt(i, container);
          if (current_.shape == Shape::kCaption) current_.image = last_image_;
        }
        Append(node.text);
      } else if (node.tag == Tag::kBr) {
        // Two line breaks part paragraphs; one is set like a space, or parts the lines of an address.
        if (i + 1 < nodes_[container].end && NextIsBreak(i))
          Flush();
        else
          pending_space_ = true;
      } else if (node.tag == Tag::kImg) {
        AddImage(i);
      } else if (node.tag == Tag::kA) {
        CloseLink();
        OpenLink(i);
        open.push_back(i);
      } else if (IsBlockTag(node.tag)) {
        CloseLink();
        Flush();
        if (i >= boxed_end_ && arena_.IsBox(i)) boxed_end_ = node.end;
        if (node.tag == Tag::kTable && IsDataTable(i)) {
          EmitTable(i);
          i = node.end;
          continue;
        }
        open.push_back(i);
      }
      ++i;
    }
    CloseLink();
    Flush();
  }

  // The innermost block element around a text.
  std::uint32_t BlockElement(std::uint32_t i) const {
    while (nodes_[i].parent != i && !IsBlockTag(nodes_[i].tag)) i = nodes_[i].parent;
    return i;
  }

  bool NextIsBreak(std::uint32_t i) const {
    for (std::uint32_t at = nodes_[i].end; at < nodes_.size() && at < nodes_[i].end + 3; ++at) {
      if (nodes_[at].tag == Tag::kBr) return true;
      if (nodes_[at].tag != Tag::kText || arena_.sums(at).text > 1) return false;
    }
    return false;
  }

  const HtmlTree& tree_;
  const PageArena& arena_;
  const std::vector<HtmlNode>& nodes_;
  const UriResolver uris_;
  PageBlocks out_;
  Block current_;
  std::uint32_t node_ = 0;
  std::uint32_t boxed_end_ = 0;
  std::uint32_t link_bytes_ = 0;
  bool pending_space_ = false;
  std::uint32_t link_open_ = kNoElement;
  std::size_t link_begin_ = 0;
  std::int32_t last_image_ = -1;
};

// Where the model hardly decides, the rules do: what readers are not shown is no text, and the points above a lead are,
// though they are short.
bool IsKept(const PlacedBlock& placed, const FeatureRow& row, float score) {
  const bool hidden = row[kPlainFeatures + static_cast<std::size_t>(Sign::kHidden)] > 0;
  if (score > (hidden ? kUndecided : 0.0F)) return true;
  const bool ruled = row[static_cast<std::size_t>(Feature::kRuleKeeps)] > 0;
  return ruled && score > -kUndecided && placed.link_bytes == 0 && placed.block.text.size() >= kMinUndecidedBytes;
}

// Makes the links of a kept block absolute and drops those that lead nowhere.
void ResolveLinks(const UriResolver& uris, std::size_t* total, Block* block) {
  std::vector<BlockLink> links;
  for (BlockLink& link : block->links) {
    if (*total >= kMaxLinks) break;
    link.uri = uris.Absolute(link.uri);
    if (link.uri.empty()) continue;
    links.push_back(std::move(link));
    ++*total;
  }
  block->links = std::move(links);
}

// What the page says of the images that may be shown.
std::vector<PageImage> ReadImages(const HtmlTree& tree, const UriResolver& uris, const std::vector<PlacedImage>& placed,
                                  std::vector<Block>* blocks) {
  std::vector<bool> shown(placed.size());
  for (std::size_t i = 0; i < placed.size(); ++i) shown[i] = placed[i].main;
  for (const Block& block : *blocks) {
    if (block.image >= 0) shown[static_cast<std::size_t>(block.image)] = true;
  }
  std::vector<PageImage> images(placed.size());
  ImageReader reader(tree);
  for (std::size_t i = 0; i < placed.size(); ++i) {
    if (!shown[i]) continue;
    images[i] = reader.Read(placed[i].node);
    images[i].uri = uris.Absolute(images[i].uri);
    images[i].main = placed[i].main && !images[i].uri.empty();
  }
  for (Block& block : *blocks) {
    if (block.image >= 0 && images[static_cast<std::size_t>(block.image)].uri.empty()) block.image = -1;
  }
  return images;
}

}  // namespace

PageBlocks ReadBlocks(const HtmlTree& tree, const PageArena& arena, std::string_view base_uri) {
  return Reader(tree, arena, PageBase(tree, base_uri)).Run();
}

HtmlContent ReadContent(const HtmlTree& tree, std::string_view base_uri, const PageHints& hints, bool explain,
                        bool collect_lines) {
  HtmlContent content;
  const PageArena arena(tree);
  PageBlocks page = ReadBlocks(tree, arena, base_uri);
  content.truncated = page.truncated;
  content.rule = arena.containers().rule;
  if (tree.nodes().empty()) return content;
  content.page_text = arena.sums(0).text;
  content.page_link_text = arena.sums(0).link_text;
  BlockTable table = ComputeBlockFeatures(tree, arena, page.blocks, base_uri, hints);
  const std::vector<float> scores = JudgeBlocks(&table);
  const std::vector<FeatureRow>& rows = table.rows;
  std::vector<bool> keeps(page.blocks.size());
  for (std::size_t i = 0; i < page.blocks.size(); ++i) keeps[i] = IsKept(page.blocks[i], rows[i], scores[i]);
  content.signs = ComputePageSigns(tree, arena, page.blocks, table, keeps, base_uri, hints);
  if (collect_lines) {
    LineCollector lines;
    for (const PlacedBlock& placed : page.blocks) lines.Add(placed.block.text);
    content.line_hashes = lines.Take();
  }
  const UriResolver uris(PageBase(tree, base_uri));
  std::size_t links = 0;
  for (std::size_t i = 0; i < page.blocks.size(); ++i) {
    Block& block = page.blocks[i].block;
    const bool kept = keeps[i];
    const bool placed = kept || rows[i][static_cast<std::size_t>(Feature::kRuleKeeps)] > 0;
    if (explain) {
      BlockVerdict verdict{std::string(text::TruncateUtf8(block.text, kVerdictBytes)), kept, ExplainBlock(rows[i]),
                           placed ? static_cast<std::int64_t>(content.blocks.size()) : -1};
      verdict.signals.insert(verdict.signals.begin(), fmt::format("score={:.2f}", scores[i]));
      content.verdicts.push_back(std::move(verdict));
    }
    if (!placed) continue;
    block.left = !kept;
    ResolveLinks(uris, &links, &block);
    content.blocks.push_back(std::move(block));
  }
  content.images = ReadImages(tree, uris, page.images, &content.blocks);
  content.truncated = content.truncated || links >= kMaxLinks;
  return content;
}

}  // namespace dateline::extraction
