#include "services/extraction/page/html_content.h"

#include <myhtml/api.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "common/text/utf8.h"
#include "common/url/url.h"
#include "services/extraction/page/html_vocabulary.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMinParagraph = 25;
constexpr std::size_t kMinMarkedText = 200;
// Text of one cell that still counts as a cell, and cells of one table.
constexpr std::size_t kMaxTableBytes = std::size_t{64} << 10;
constexpr std::uint32_t kNone = 0xFFFFFFFF;

// What the walk adds up for each node.
struct Sums {
  std::uint32_t text = 0;
  std::uint32_t link_text = 0;
  std::uint32_t paragraph_text = 0;
  float score = 0;
};

class Reader {
 public:
  Reader(const HtmlTree& tree, std::string_view base_uri) : tree_(tree), nodes_(tree.nodes()), base_uri_(base_uri) {}

  HtmlContent Run() {
    if (nodes_.empty()) return std::move(content_);
    content_.truncated = tree_.truncated();
    FindBase();
    MarkSkipped();
    AddUp();
    const std::uint32_t container = Choose();
    Emit(container);
    return std::move(content_);
  }

 private:
  void FindBase() {
    for (const HtmlNode& node : nodes_) {
      if (node.tag == MyHTML_TAG_BODY) break;
      if (node.tag != MyHTML_TAG_BASE) continue;
      const absl::StatusOr<std::string> base = url::Resolve(base_uri_, tree_.Attribute(node, "href"));
      if (base.ok()) base_uri_ = *base;
      break;
    }
  }

  bool IsHidden(const HtmlNode& node) const {
    if (tree_.HasAttribute(node, "hidden") || tree_.Attribute(node, "aria-hidden") == "true") return true;
    const std::string_view style = tree_.Attribute(node, "style");
    if (style.empty()) return false;
    const std::size_t display = style.find("display");
    return display != std::string_view::npos &&
           style.substr(display).substr(0, 16).find("none") != std::string_view::npos;
  }

  // Whole subtrees that are never read.
  void MarkSkipped() {
    skipped_.assign(nodes_.size(), false);
    names_.resize(nodes_.size());
    for (std::uint32_t i = 0; i < nodes_.size();) {
      const HtmlNode& node = nodes_[i];
      bool skip = IsSkippedTag(node.tag);
      if (!skip && node.tag != MyHTML_TAG__TEXT) {
        if (IsBlockTag(node.tag)) names_[i] = Names(tree_, node);
        const std::string_view role = tree_.Attribute(node, "role");
        skip = IsHidden(node) || role == "navigation" || role == "banner" || role == "contentinfo" ||
               role == "search" || role == "dialog";
        // A header or footer of the page, not of an article.
        if (!skip && (node.tag == MyHTML_TAG_HEADER || node.tag == MyHTML_TAG_FOOTER))
          skip = node.tag == MyHTML_TAG_FOOTER || !InsideArticle(i);
      }
      if (skip && node.tag != MyHTML_TAG_BODY && node.tag != MyHTML_TAG_HTML) {
        std::fill(skipped_.begin() + i, skipped_.begin() + node.end, true);
        i = node.end;
      } else {
        ++i;
      }
    }
  }

  bool InsideArticle(std::uint32_t i) const {
    while (i != nodes_[i].parent) {
      i = nodes_[i].parent;
      if (nodes_[i].tag == MyHTML_TAG_ARTICLE || nodes_[i].tag == MyHTML_TAG_MAIN) return true;
    }
    return false;
  }

  // Sums of text and scores, from the last node to the first, so that children are done before their parents.
  void AddUp() {
    sums_.assign(nodes_.size(), {});
    for (std::uint32_t i = static_cast<std::uint32_t>(nodes_.size()); i-- > 0;) {
      if (skipped_[i]) continue;
      const HtmlNode& node = nodes_[i];
      Sums& sums = sums_[i];
      if (node.tag == MyHTML_TAG__TEXT) sums.text = VisibleBytes(node.text);
      if (node.tag == MyHTML_TAG_A) sums.link_text = sums.text;
      if (IsParagraph(i)) {
        sums.paragraph_text = sums.text - std::min(sums.text, sums.link_text);
        if (sums.text >= kMinParagraph) {
          const float density = static_cast<float>(sums.link_text) / static_cast<float>(sums.text);
          const float value = (1.0F + std::min(static_cast<float>(sums.text) / 100.0F, 6.0F)) * (1.0F - density);
          AddScore(node.parent, i, value);
        }
      }
      if (i == node.parent) continue;
      Sums& parent = sums_[node.parent];
      parent.text += sums.text;
      parent.link_text += sums.link_text;
      if (!IsParagraph(node.parent)) parent.paragraph_text += sums.paragraph_text;
    }
    content_.page_text = sums_[0].text;
    content_.page_link_text = sums_[0].link_text;
  }

  void AddScore(std::uint32_t parent, std::uint32_t child, float value) {
    for (const float share : {1.0F, 0.5F, 0.25F}) {
      if (parent == child) return;
      sums_[parent].score += value * share;
      child = parent;
      parent = nodes_[parent].parent;
    }
  }

  static std::uint32_t VisibleBytes(std::string_view text) {
    std::uint32_t bytes = 0;
    bool space = true;
    for (const char c : text) {
      const bool white = c == ' ' || c == '\n' || c == '\t' || c == '\r';
      if (!white || !space) ++bytes;
      space = white;
    }
    return bytes;
  }

  bool IsParagraph(std::uint32_t i) const {
    const std::uint32_t tag = nodes_[i].tag;
    return tag == MyHTML_TAG_P || tag == MyHTML_TAG_LI || tag == MyHTML_TAG_BLOCKQUOTE || tag == MyHTML_TAG_PRE ||
           tag == MyHTML_TAG_DD;
  }

  // The element that holds the article.
  std::uint32_t Choose() {
    std::uint32_t body = 0;
    std::uint32_t scored = kNone;
    std::uint32_t marked = kNone;
    std::uint32_t article = kNone;
    std::uint32_t main = kNone;
    const auto larger = [&](std::uint32_t i, std::uint32_t than) {
      return than == kNone || sums_[i].paragraph_text > sums_[than].paragraph_text;
    };
    float best = 0;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      if (skipped_[i] || nodes_[i].tag == MyHTML_TAG__TEXT) continue;
      const HtmlNode& node = nodes_[i];
      if (node.tag == MyHTML_TAG_BODY) body = i;
      const Sums& sums = sums_[i];
      if (sums.score > 0 && sums.text > 0) {
        const float density = static_cast<float>(sums.link_text) / static_cast<float>(sums.text);
        const float score = sums.score * (1.0F - density) * (IsAsideName(names_[i]) ? 0.3F : 1.0F);
        if (score > best) {
          best = score;
          scored = i;
        }
      }
      if (!IsBlockTag(node.tag)) continue;
      const bool is_marked = tree_.Attribute(node, "itemprop") == "articleBody" || IsBodyName(names_[i]);
      if (is_marked && larger(i, marked)) marked = i;
      if (node.tag == MyHTML_TAG_ARTICLE && larger(i, article)) article = i;
      if ((node.tag == MyHTML_TAG_MAIN || tree_.Attribute(node, "role") == "main") && larger(i, main)) main = i;
    }
    const std::uint32_t floor = scored == kNone ? 0 : sums_[scored].paragraph_text;
    const auto holds = [&](std::uint32_t i, double share) {
      return i != kNone && sums_[i].text >= kMinMarkedText &&
             static_cast<double>(sums_[i].paragraph_text) >= share * static_cast<double>(floor);
    };
    if (holds(marked, 0.7)) return Pick(marked, "container.itemprop");
    if (holds(article, 0.7)) return Pick(article, "container.article");
    if (holds(main, 0.7)) return Pick(main, "container.main");
    if (scored != kNone && sums_[scored].text >= kMinMarkedText) return Pick(Widen(scored), "container.score");
    return Pick(body, "container.body");
  }

  std::uint32_t Pick(std::uint32_t i, std::string_view rule) {
    content_.rule = rule;
    return i;
  }

  // A parent that holds much more running text with few links is the better container: paragraphs were parted by boxes.
  std::uint32_t Widen(std::uint32_t i) const {
    for (int step = 0; step < 4 && nodes_[i].parent != i; ++step) {
      const std::uint32_t parent = nodes_[i].parent;
      if (nodes_[parent].tag == MyHTML_TAG_BODY || nodes_[parent].tag == MyHTML_TAG_HTML) break;
      const Sums& outer = sums_[parent];
      const bool more = static_cast<double>(outer.paragraph_text) > 1.3 * static_cast<double>(sums_[i].paragraph_text);
      if (!more || outer.link_text * 3 > outer.text) break;
      i = parent;
    }
    return i;
  }

  // Inside the container: boxes that are not the article's text.
  bool IsBox(std::uint32_t i, std::uint32_t container) const {
    const Sums& sums = sums_[i];
    const Sums& whole = sums_[container];
    if (sums.paragraph_text * 3 > whole.paragraph_text) return false;
    if (IsAsideName(names_[i])) return true;
    const std::uint32_t tag = nodes_[i].tag;
    const bool group = tag == MyHTML_TAG_UL || tag == MyHTML_TAG_OL || tag == MyHTML_TAG_DIV ||
                       tag == MyHTML_TAG_SECTION || tag == MyHTML_TAG_TABLE;
    // Groups of links.
    return group && sums.text > 0 && sums.link_text * 10 > sums.text * 8 && sums.text < 2000;
  }

  std::string Absolute(std::string_view reference) const {
    if (reference.empty() || reference.size() > 4096 || reference.front() == '#') return {};
    const absl::StatusOr<std::string> resolved = url::Resolve(base_uri_, reference);
    if (!resolved.ok() || (!resolved->starts_with("http://") && !resolved->starts_with("https://"))) return {};
    return *resolved;
  }

  // The block under construction.
  void Append(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
      const text::CodePoint c = text::CodePointAt(text, i);
      if (text::IsSpace(c.value)) {
        pending_space_ = true;
      } else {
        if (pending_space_ && !current_.text.empty()) current_.text.push_back(' ');
        pending_space_ = false;
        current_.text.append(text.substr(i, c.length));
      }
      i += c.length;
    }
  }

  void Flush() {
    pending_space_ = false;
    if (current_.shape == Shape::kTable || !current_.text.empty()) {
      // Cleaning may move bytes, and with them the links; nearly all text is clean already.
      const std::string clean = current_.shape == Shape::kTable ? current_.text : CleanLine(current_.text);
      if (clean != current_.text) {
        current_.links.clear();
        current_.text = clean;
      }
      if (!current_.text.empty()) {
        if (content_.blocks.size() < kMaxBlocks) {
          content_.blocks.push_back(std::move(current_));
        } else {
          content_.truncated = true;
        }
      }
    }
    current_ = Block{};
    link_open_ = kNone;
  }

  // The shape that the innermost element of meaning gives a block.
  Shape ShapeAt(std::uint32_t i, std::uint32_t container) const {
    for (std::uint32_t at = i;; at = nodes_[at].parent) {
      const std::uint32_t tag = nodes_[at].tag;
      if (HeadingLevel(tag) > 0) return Shape::kHeading;
      if (tag == MyHTML_TAG_FIGCAPTION || tag == MyHTML_TAG_CAPTION) return Shape::kCaption;
      if (tag == MyHTML_TAG_BLOCKQUOTE) return Shape::kQuote;
      if (tag == MyHTML_TAG_LI || tag == MyHTML_TAG_DD || tag == MyHTML_TAG_DT) return Shape::kListItem;
      if (at == container || at == nodes_[at].parent) return Shape::kParagraph;
    }
  }

  void OpenLink(std::uint32_t i) {
    if (total_links_ >= kMaxLinks) return;
    link_uri_ = Absolute(tree_.Attribute(nodes_[i], "href"));
    if (link_uri_.empty()) return;
    link_open_ = i;
    link_begin_ = current_.text.size() + (pending_space_ && !current_.text.empty() ? 1 : 0);
  }

  void CloseLink() {
    if (link_open_ == kNone) return;
    link_open_ = kNone;
    if (current_.text.size() <= link_begin_) return;
    current_.links.push_back({static_cast<std::uint32_t>(link_begin_), static_cast<std::uint32_t>(current_.text.size()),
                              std::move(link_uri_)});
    ++total_links_;
  }

  void AddImage(const HtmlNode& node) {
    if (content_.images.size() >= kMaxImages) return;
    std::string uri = Absolute(tree_.Attribute(node, "src"));
    if (uri.empty()) uri = Absolute(tree_.Attribute(node, "data-src"));
    if (uri.empty()) return;
    content_.images.push_back({std::move(uri), CleanLine(tree_.Attribute(node, "alt").substr(0, 2000))});
    last_image_ = static_cast<std::int32_t>(content_.images.size() - 1);
  }

  // A table of data as one block: a line for each row, cells parted by tabs. Tables that lay out the page are walked
  // into.
  bool IsDataTable(std::uint32_t i) const {
    std::size_t rows = 0;
    std::size_t cells = 0;
    for (std::uint32_t at = i + 1; at < nodes_[i].end; ++at) {
      const std::uint32_t tag = nodes_[at].tag;
      if (tag == MyHTML_TAG_TABLE || tag == MyHTML_TAG_P || tag == MyHTML_TAG_DIV || tag == MyHTML_TAG_H1 ||
          tag == MyHTML_TAG_UL) {
        if (sums_[at].text > 200) return false;
        if (tag == MyHTML_TAG_TABLE) return false;
      }
      rows += tag == MyHTML_TAG_TR ? 1 : 0;
      cells += tag == MyHTML_TAG_TD || tag == MyHTML_TAG_TH ? 1 : 0;
    }
    return rows >= 2 && cells >= rows * 2;
  }

  void EmitTable(std::uint32_t i) {
    Flush();
    Block table;
    table.shape = Shape::kTable;
    std::string cell;
    bool row_open = false;
    const auto close_cell = [&] {
      if (cell.empty()) return;
      const std::string clean = CleanLine(cell);
      cell.clear();
      if (clean.empty() || table.text.size() + clean.size() > kMaxTableBytes) return;
      if (row_open) table.text.push_back('\t');
      table.text.append(clean);
      row_open = true;
    };
    for (std::uint32_t at = i + 1; at < nodes_[i].end; ++at) {
      if (skipped_[at]) continue;
      const std::uint32_t tag = nodes_[at].tag;
      if (tag == MyHTML_TAG_TR || tag == MyHTML_TAG_TD || tag == MyHTML_TAG_TH) close_cell();
      if (tag == MyHTML_TAG_TR && row_open) {
        table.text.push_back('\n');
        row_open = false;
      }
      if (tag == MyHTML_TAG__TEXT) cell.append(nodes_[at].text);
      if (tag == MyHTML_TAG_BR || IsBlockTag(tag)) cell.push_back(' ');
    }
    close_cell();
    while (!table.text.empty() && table.text.back() == '\n') table.text.pop_back();
    current_ = std::move(table);
    Flush();
  }

  void Emit(std::uint32_t container) {
    std::vector<std::uint32_t> open;  // block elements and links that are open
    for (std::uint32_t i = container; i < nodes_[container].end;) {
      while (!open.empty() && i >= nodes_[open.back()].end) {
        if (nodes_[open.back()].tag == MyHTML_TAG_A)
          CloseLink();
        else
          Flush();
        open.pop_back();
      }
      const HtmlNode& node = nodes_[i];
      if (skipped_[i]) {
        i = node.end;
        continue;
      }
      if (node.tag == MyHTML_TAG__TEXT) {
        if (current_.text.empty()) {
          current_.shape = ShapeAt(i, container);
          if (current_.shape == Shape::kCaption) current_.image = last_image_;
        }
        Append(node.text);
      } else if (node.tag == MyHTML_TAG_BR) {
        // Two line breaks part paragraphs; one is set like a space, or parts the lines of an address.
        if (i + 1 < nodes_[container].end && NextIsBreak(i))
          Flush();
        else
          pending_space_ = true;
      } else if (node.tag == MyHTML_TAG_IMG) {
        AddImage(node);
      } else if (node.tag == MyHTML_TAG_A) {
        CloseLink();
        OpenLink(i);
        open.push_back(i);
      } else if (IsBlockTag(node.tag)) {
        CloseLink();
        Flush();
        if (i != container && IsBox(i, container)) {
          i = node.end;
          continue;
        }
        if (node.tag == MyHTML_TAG_TABLE && IsDataTable(i)) {
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

  bool NextIsBreak(std::uint32_t i) const {
    for (std::uint32_t at = nodes_[i].end; at < nodes_.size() && at < nodes_[i].end + 3; ++at) {
      if (nodes_[at].tag == MyHTML_TAG_BR) return true;
      if (nodes_[at].tag != MyHTML_TAG__TEXT || VisibleBytes(nodes_[at].text) > 1) return false;
    }
    return false;
  }

  const HtmlTree& tree_;
  const std::vector<HtmlNode>& nodes_;
  std::string base_uri_;
  std::vector<bool> skipped_;
  std::vector<std::string> names_;
  std::vector<Sums> sums_;
  HtmlContent content_;
  Block current_;
  bool pending_space_ = false;
  std::uint32_t link_open_ = kNone;
  std::size_t link_begin_ = 0;
  std::string link_uri_;
  std::size_t total_links_ = 0;
  std::int32_t last_image_ = -1;
};

}  // namespace

HtmlContent ReadContent(const HtmlTree& tree, std::string_view base_uri) {
  return Reader(tree, base_uri).Run();
}

}  // namespace dateline::extraction
