#include "services/extraction/page/page_arena.h"

#include <algorithm>
#include <array>
#include <vector>

#include "common/base/byte_words.h"
#include "services/extraction/page/element_signs.h"
#include "services/extraction/page/html_vocabulary.h"
#include "services/extraction/page/key_numbers.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMinParagraph = 25;
constexpr std::size_t kMinMarkedText = 200;
constexpr std::size_t kMinNoscriptText = 400;

// Names of boxes that are set around an article.
constexpr std::uint32_t kAsideNames = Bit(Sign::kShareName) | Bit(Sign::kRelatedName) | Bit(Sign::kCommentName) |
                                      Bit(Sign::kSidebarName) | Bit(Sign::kMenuName) | Bit(Sign::kNoticeName) |
                                      Bit(Sign::kAdName);

// Names that say nothing of the text when they stand on an element that holds most of it.
constexpr std::uint32_t kLayoutNames = kAsideNames | Bit(Sign::kBylineName) | Bit(Sign::kTagsName) |
                                       Bit(Sign::kMediaName) | Bit(Sign::kHeaderName) | Bit(Sign::kFooterName) |
                                       Bit(Sign::kForm) | Bit(Sign::kHidden) | Bit(Sign::kHeader);

// The highest bit of the first of eight bytes.
constexpr std::uint64_t kFirstByteMask = 0x80;

bool IsWhite(char c) {
  return (c == ' ') | (c == '\n') | (c == '\t') | (c == '\r');
}

constexpr std::uint8_t kDeadTag = 1;
constexpr std::uint8_t kParagraphTag = 2;
constexpr std::array<std::uint8_t, kTagCount> kKinds = [] {
  std::array<std::uint8_t, kTagCount> kinds{};
  for (const Tag tag :
       {Tag::kScript, Tag::kStyle, Tag::kTemplate, Tag::kIframe, Tag::kObject, Tag::kSvg, Tag::kMath, Tag::kSelect,
        Tag::kInput, Tag::kTextarea, Tag::kHead, Tag::kAudio, Tag::kVideo, Tag::kCanvas, Tag::kComment})
    kinds[Number(tag)] = kDeadTag;
  for (const Tag tag : {Tag::kP, Tag::kLi, Tag::kBlockquote, Tag::kPre, Tag::kDd}) kinds[Number(tag)] = kParagraphTag;
  return kinds;
}();

bool IsDeadTag(Tag tag) {
  return Number(tag) < kTagCount && kKinds[Number(tag)] == kDeadTag;
}

// White space counts once in a row, and not at the beginning.
std::uint32_t VisibleBytes(std::string_view text) {
  std::uint32_t bytes = 0;
  bool space = true;
  for (std::size_t i = 0; i < text.size();) {
    // Of eight bytes without two in a row that may be white space all count.
    if (i + kWordBytes <= text.size()) {
      const std::uint64_t low = BytesBelow(WordAt(text, i), ' ' + 1);
      if ((low & ((low << 8) | (space ? kFirstByteMask : 0))) == 0) {
        bytes += kWordBytes;
        i += kWordBytes;
        space = IsWhite(text[i - 1]);
        continue;
      }
    }
    for (const std::size_t end = std::min(i + kWordBytes, text.size()); i < end; ++i) {
      const bool white = IsWhite(text[i]);
      bytes += static_cast<std::uint32_t>(!(white & space));
      space = white;
    }
  }
  return bytes;
}

}  // namespace

PageArena::PageArena(const HtmlTree& tree) : tree_(tree), nodes_(tree.nodes()) {
  if (nodes_.empty()) return;
  Mark();
  AddUp();
  CountAlike();
  Choose();
}

// Some pages that scripts draw give their text once more for readers without scripts: then that is the page.
bool PageArena::IsDrawnByScripts() const {
  // The bytes of text in elements for readers without scripts, and outside them.
  const auto count = [&](bool inside) {
    std::size_t bytes = 0;
    for (std::uint32_t i = 0; i < nodes_.size();) {
      const HtmlNode& node = nodes_[i];
      const bool fallback = node.tag == Tag::kNoscript;
      if (fallback && inside) {
        for (std::uint32_t at = i + 1; at < node.end; ++at) bytes += VisibleBytes(nodes_[at].text);
      } else if (!fallback && !inside && node.tag == Tag::kText) {
        bytes += VisibleBytes(node.text);
      }
      i = fallback || IsDeadTag(node.tag) ? node.end : i + 1;
    }
    return bytes;
  };
  const std::size_t without = count(true);
  return without >= kMinNoscriptText && without > count(false);
}

void PageArena::Mark() {
  flags_.assign(nodes_.size(), 0);
  own_signs_.assign(nodes_.size(), 0);
  const std::vector<std::uint32_t> name_signs = SignsOfNames(tree_);
  const bool drawn = IsDrawnByScripts();
  for (std::uint32_t i = 0; i < nodes_.size();) {
    const HtmlNode& node = nodes_[i];
    if (IsDeadTag(node.tag) || (node.tag == Tag::kNoscript && !drawn)) {
      std::fill(flags_.begin() + i, flags_.begin() + node.end, kDead | kOuter);
      i = node.end;
      continue;
    }
    if (node.tag != Tag::kText) own_signs_[i] = SignsOf(tree_, name_signs, node);
    ++i;
  }
}

// Sums from the last node to the first, so that children are done before their parents; then the signs downwards.
void PageArena::AddUp() {
  sums_.assign(nodes_.size(), {});
  for (std::uint32_t i = static_cast<std::uint32_t>(nodes_.size()); i-- > 0;) {
    if (dead(i)) continue;
    NodeSums& sums = sums_[i];
    if (nodes_[i].tag == Tag::kText) sums.text = VisibleBytes(nodes_[i].text);
    if (nodes_[i].tag == Tag::kA) sums.link_text = sums.text;
    if (i == nodes_[i].parent) continue;
    sums_[nodes_[i].parent].text += sums.text;
    sums_[nodes_[i].parent].link_text += sums.link_text;
  }
  signs_.assign(nodes_.size(), 0);
  constexpr std::uint32_t kAround = Bit(Sign::kNav) | Bit(Sign::kFooter) | Bit(Sign::kAside) | Bit(Sign::kForm) |
                                    Bit(Sign::kHidden) | Bit(Sign::kDialog);
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (dead(i)) continue;
    std::uint32_t own = own_signs_[i];
    if (own != 0 && sums_[i].text * 2 > sums_[0].text) own &= ~kLayoutNames;
    signs_[i] = own | signs_[nodes_[i].parent];
    const bool page_header =
        (signs_[i] & Bit(Sign::kHeader)) != 0 && (signs_[i] & (Bit(Sign::kArticle) | Bit(Sign::kMain))) == 0;
    if ((signs_[i] & kAround) != 0 || page_header) flags_[i] |= kOuter;
  }
  for (std::uint32_t i = static_cast<std::uint32_t>(nodes_.size()); i-- > 0;) {
    if (outer(i)) continue;
    const HtmlNode& node = nodes_[i];
    NodeSums& sums = sums_[i];
    if (node.tag == Tag::kText) sums.inner_text = sums.text;
    if (node.tag == Tag::kA) sums.inner_link_text = sums.inner_text;
    if (IsParagraph(i)) {
      sums.paragraph_text = sums.inner_text - std::min(sums.inner_text, sums.inner_link_text);
      if (sums.inner_text >= kMinParagraph) {
        const float density = static_cast<float>(sums.inner_link_text) / static_cast<float>(sums.inner_text);
        AddScore(node.parent, i,
                 (1.0F + std::min(static_cast<float>(sums.inner_text) / 100.0F, 6.0F)) * (1.0F - density));
      }
    }
    if (i == node.parent) continue;
    NodeSums& parent = sums_[node.parent];
    parent.inner_text += sums.inner_text;
    parent.inner_link_text += sums.inner_link_text;
    if (!IsParagraph(node.parent)) parent.paragraph_text += sums.paragraph_text;
  }
}

void PageArena::AddScore(std::uint32_t parent, std::uint32_t child, float value) {
  for (const float share : {1.0F, 0.5F, 0.25F}) {
    if (parent == child) return;
    sums_[parent].score += value * share;
    child = parent;
    parent = nodes_[parent].parent;
  }
}

// Siblings count as alike by element and the head of their class.
void PageArena::CountAlike() {
  constexpr std::size_t kHead = 24;
  std::vector<std::uint64_t> heads;
  heads.reserve(tree_.names().size());
  for (const std::string_view name : tree_.names()) {
    std::uint64_t hash = 1469598103934665603U;
    for (const char c : name.substr(0, kHead)) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    heads.push_back(hash);
  }
  struct Keyed {
    std::uint32_t node;
    std::uint32_t number;
    std::uint64_t key;
  };
  std::vector<Keyed> keyed;
  keyed.reserve(nodes_.size() / 2);
  for (std::uint32_t i = 1; i < nodes_.size(); ++i) {
    const HtmlNode& node = nodes_[i];
    if (!IsBlockTag(node.tag) || dead(i)) continue;
    const std::uint64_t place = (std::uint64_t{node.parent} << 32) ^ (std::uint64_t{Number(node.tag)} << 20);
    keyed.push_back({i, 0, place ^ heads[node.class_name]});
  }
  KeyNumbers numbers(keyed.size());
  std::vector<std::uint32_t> counts(keyed.size(), 0);
  for (Keyed& one : keyed) {
    one.number = numbers.Add(one.key);
    ++counts[one.number];
  }
  for (const Keyed& one : keyed) sums_[one.node].alike = counts[one.number];
}

bool PageArena::IsParagraph(std::uint32_t i) const {
  const std::uint32_t tag = Number(nodes_[i].tag);
  return tag < kTagCount && kKinds[tag] == kParagraphTag;
}

void PageArena::Choose() {
  Containers& c = containers_;
  const auto larger = [&](std::uint32_t i, std::uint32_t than) {
    return than == kNoElement || sums_[i].paragraph_text > sums_[than].paragraph_text;
  };
  enum class Answer : std::uint8_t { kUnasked, kNo, kYes };
  std::vector<Answer> body_names(tree_.names().size(), Answer::kUnasked);
  const auto names_body = [&](std::uint32_t name) {
    if (body_names[name] == Answer::kUnasked)
      body_names[name] = IsBodyName(tree_.names()[name]) ? Answer::kYes : Answer::kNo;
    return body_names[name] == Answer::kYes;
  };
  float best = 0;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (outer(i) || nodes_[i].tag == Tag::kText) continue;
    const HtmlNode& node = nodes_[i];
    if (node.tag == Tag::kBody) c.body = i;
    const NodeSums& sums = sums_[i];
    if (sums.score > 0 && sums.inner_text > 0) {
      const float density = static_cast<float>(sums.inner_link_text) / static_cast<float>(sums.inner_text);
      const float score = sums.score * (1.0F - density) * ((own_signs_[i] & kAsideNames) != 0 ? 0.3F : 1.0F);
      if (score > best) {
        best = score;
        c.scored = i;
      }
    }
    if (!IsBlockTag(node.tag)) continue;
    constexpr std::uint32_t kBody = Bit(Sign::kBodyItemprop) | Bit(Sign::kContentName) | Bit(Sign::kArticleName);
    if ((own_signs_[i] & kBody) != 0 &&
        (names_body(node.class_name) || names_body(node.id_name) ||
         tree_.Attribute(node, "itemprop") == "articleBody") &&
        larger(i, c.marked))
      c.marked = i;
    if (node.tag == Tag::kArticle) ++c.articles;
    if (node.tag == Tag::kArticle && larger(i, c.article)) c.article = i;
    if ((own_signs_[i] & Bit(Sign::kMain)) != 0 && larger(i, c.main)) c.main = i;
  }
  const std::uint32_t floor = c.scored == kNoElement ? 0 : sums_[c.scored].paragraph_text;
  const auto holds = [&](std::uint32_t i) {
    return i != kNoElement && sums_[i].inner_text >= kMinMarkedText &&
           static_cast<double>(sums_[i].paragraph_text) >= 0.7 * static_cast<double>(floor);
  };
  c.chosen = c.body;
  c.rule = "container.body";
  if (holds(c.marked)) {
    c.chosen = c.marked;
    c.rule = "container.itemprop";
  } else if (holds(c.article)) {
    c.chosen = c.article;
    c.rule = "container.article";
  } else if (holds(c.main)) {
    c.chosen = c.main;
    c.rule = "container.main";
  } else if (c.scored != kNoElement && sums_[c.scored].inner_text >= kMinMarkedText) {
    c.chosen = Widen(c.scored);
    c.rule = "container.score";
  }
}

// A parent that holds much more running text with few links is the better container: paragraphs were parted by boxes.
std::uint32_t PageArena::Widen(std::uint32_t i) const {
  for (int step = 0; step < 4 && nodes_[i].parent != i; ++step) {
    const std::uint32_t parent = nodes_[i].parent;
    if (nodes_[parent].tag == Tag::kBody || nodes_[parent].tag == Tag::kHtml) break;
    const NodeSums& outer = sums_[parent];
    const bool more = static_cast<double>(outer.paragraph_text) > 1.3 * static_cast<double>(sums_[i].paragraph_text);
    if (!more || outer.inner_link_text * 3 > outer.inner_text) break;
    i = parent;
  }
  return i;
}

bool PageArena::IsBox(std::uint32_t i) const {
  const NodeSums& sums = sums_[i];
  if (i == containers_.chosen || sums.paragraph_text * 3 > sums_[containers_.chosen].paragraph_text) return false;
  if ((own_signs_[i] & kAsideNames) != 0) return true;
  const Tag tag = nodes_[i].tag;
  const bool group =
      tag == Tag::kUl || tag == Tag::kOl || tag == Tag::kDiv || tag == Tag::kSection || tag == Tag::kTable;
  return group && sums.inner_text > 0 && sums.inner_link_text * 10 > sums.inner_text * 8 && sums.inner_text < 2000;
}

}  // namespace dateline::extraction
