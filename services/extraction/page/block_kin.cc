#include "services/extraction/page/block_kin.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "services/extraction/page/body_anchor.h"
#include "services/extraction/page/html_vocabulary.h"
#include "services/extraction/page/key_numbers.h"
#include "services/extraction/page/word_hashes.h"

namespace dateline::extraction {
namespace {

constexpr std::uint32_t kProseBytes = 80;
constexpr int kMaxLevels = 12;
constexpr int kFar = 40;
constexpr std::size_t kMaxTitleBlock = 400;
constexpr std::size_t kMaxBylineBlock = 300;
constexpr std::size_t kMaxHref = 200;
constexpr std::size_t kFormClass = 40;
// The head of a block, in which dates and signs are looked for.
constexpr std::size_t kHeadBytes = 300;

float Log(std::size_t n) {
  return std::log2(static_cast<float>(n) + 1.0F);
}
float Ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0F : static_cast<float>(part) / static_cast<float>(whole);
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// The bytes that Signs asks about: most text is none of them.
constexpr std::array<bool, 256> kIsSign = [] {
  std::array<bool, 256> is{};
  for (const char c : {':', '|', '/'}) is[static_cast<unsigned char>(c)] = true;
  for (unsigned char c = '0'; c <= '9'; ++c) is[c] = true;
  is[0xC2] = true;
  is[0xE2] = true;
  return is;
}();

// Kinds of places that links lead to.
enum class LinkKind : std::uint8_t { kOther, kTag, kPerson, kShare, kFragment, kMail, kCount };

LinkKind KindOf(std::string_view href) {
  href = href.substr(0, kMaxHref);
  if (href.empty() || href.front() == '#') return LinkKind::kFragment;
  if (href.starts_with("mailto:") || href.starts_with("tel:")) return LinkKind::kMail;
  const auto has = [&](std::string_view word) { return href.find(word) != std::string_view::npos; };
  bool share = href.starts_with("javascript:") || has("sharer") || has("send?text");
  bool tag = has("?tag=");
  bool person = false;
  for (std::size_t at = href.find('/'); at != std::string_view::npos; at = href.find('/', at + 1)) {
    const std::string_view rest = href.substr(at + 1);
    const auto begins = [&](std::string_view word) {
      return !rest.empty() && rest[0] == word[0] && rest.starts_with(word);
    };
    share = share || begins("share") || begins("intent/");
    tag = tag || begins("tag") || begins("topic") || begins("categor") || begins("keyword") || begins("section");
    person = person || begins("author") || begins("people/") || begins("profile") || begins("user") ||
             begins("autor") || begins("contributor");
  }
  return share ? LinkKind::kShare : tag ? LinkKind::kTag : person ? LinkKind::kPerson : LinkKind::kOther;
}

std::string_view HostOf(std::string_view uri) {
  std::size_t begin = uri.find("//");
  if (begin == std::string_view::npos || begin > 8) return {};
  std::string_view host = uri.substr(begin + 2);
  host = host.substr(0, host.find_first_of("/?#:"));
  return host.starts_with("www.") ? host.substr(4) : host;
}

std::uint64_t ElementKey(const HtmlTree& tree, const HtmlNode& node) {
  std::uint64_t hash = 1469598103934665603U ^ Number(node.tag);
  if (!tree.HasAttributes(node)) return hash;
  for (const char c : tree.Attribute(node, "class").substr(0, kFormClass))
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

class Filler {
 public:
  Filler(const PageArena& arena, const std::vector<PlacedBlock>& blocks, BlockTable* table)
      : arena_(arena), blocks_(blocks), places_(table->places), rows_(table->rows) {}

  void Links(std::string_view uri) {
    const std::string_view host = HostOf(uri);
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const std::vector<BlockLink>& links = blocks_[i].block.links;
      if (links.empty()) continue;
      std::array<std::size_t, static_cast<std::size_t>(LinkKind::kCount)> kinds{};
      std::size_t home = 0;
      for (const BlockLink& link : links) {
        ++kinds[static_cast<std::size_t>(KindOf(link.uri))];
        const std::string_view target = HostOf(link.uri);
        home += target.empty() || (!host.empty() && target == host) ? 1 : 0;
      }
      At(i, Feature::kLinkCount) = Log(links.size());
      At(i, Feature::kLinksHome) = Ratio(home, links.size());
      At(i, Feature::kLinkKind) = static_cast<float>(std::max_element(kinds.begin(), kinds.end()) - kinds.begin());
      At(i, Feature::kLinkFirst) = links.front().begin == 0 ? 1 : 0;
    }
  }

  // What the head and the end of the text show: years, clock times, separators, what opens and what breaks off.
  void Signs() {
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const std::string_view text = blocks_[i].block.text;
      const std::string_view head = text.substr(0, kHeadBytes);
      std::size_t years = 0;
      std::size_t clocks = 0;
      std::size_t bars = 0;
      for (std::size_t at = 0; at < head.size(); ++at) {
        const char c = head[at];
        if (!kIsSign[static_cast<unsigned char>(c)]) continue;
        const bool begins = IsDigit(c) && (at == 0 || !IsDigit(head[at - 1]));
        if (begins && at + 4 <= head.size() && (head.substr(at, 2) == "20" || head.substr(at, 2) == "19") &&
            IsDigit(head[at + 2]) && IsDigit(head[at + 3]) && (at + 4 == head.size() || !IsDigit(head[at + 4])))
          ++years;
        if (c == ':' && at > 0 && at + 2 < head.size() && IsDigit(head[at - 1]) && IsDigit(head[at + 1]) &&
            IsDigit(head[at + 2]))
          ++clocks;
        bars += c == '|' || c == '/' || head.substr(at, 2) == "\u00B7" || head.substr(at, 3) == "\u2022" ? 1 : 0;
      }
      At(i, Feature::kYears) = static_cast<float>(std::min<std::size_t>(years, 4));
      At(i, Feature::kClocks) = static_cast<float>(std::min<std::size_t>(clocks, 4));
      At(i, Feature::kBars) = Ratio(bars * 100, head.size());
      At(i, Feature::kBreaksOff) = text.ends_with("...") || text.ends_with("\u2026") ? 1 : 0;
      const bool quoted = text.starts_with('"') || text.starts_with("\u201C") || text.starts_with("\u00AB") ||
                          text.starts_with("\u201E") || text.starts_with("\u2018") || text.starts_with('\'');
      const bool lower = !text.empty() && text[0] >= 'a' && text[0] <= 'z';
      At(i, Feature::kOpening) = quoted ? 2.0F : lower ? 1.0F : !text.empty() && IsDigit(text[0]) ? 3.0F : 0.0F;
    }
  }

  // Images between a block and those beside it.
  void Images() {
    std::vector<std::uint32_t> images;
    const std::vector<HtmlNode>& nodes = arena_.nodes();
    for (std::uint32_t n = 0; n < nodes.size(); ++n) {
      const Tag tag = nodes[n].tag;
      if (tag == Tag::kImg || tag == Tag::kVideo || tag == Tag::kIframe) images.push_back(n);
    }
    std::size_t at = 0;
    bool between = false;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      between = false;
      for (; at < images.size() && images[at] < blocks_[i].node; ++at) between = true;
      At(i, Feature::kImageBefore) = between ? 1 : 0;
      if (i > 0) At(i - 1, Feature::kImageAfter) = between ? 1 : 0;
    }
  }

  // Blocks of the same form: element and class of the block's element and of the one around it.
  void Forms() {
    struct Form {
      std::size_t blocks = 0;
      std::size_t text = 0;
      std::size_t links = 0;
      std::size_t chosen = 0;
    };
    std::vector<Form> forms(blocks_.size());
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      Form& form = forms[places_[i].form];
      ++form.blocks;
      form.text += blocks_[i].block.text.size();
      form.links += blocks_[i].link_bytes;
      form.chosen += At(i, Feature::kInScored) > 0 ? 1 : 0;
    }
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const Form& form = forms[places_[i].form];
      At(i, Feature::kFormBlocks) = Log(form.blocks);
      At(i, Feature::kFormText) = Log(form.text / form.blocks);
      At(i, Feature::kFormLinks) = Ratio(form.links, form.text);
      At(i, Feature::kFormScored) = Ratio(form.chosen, form.blocks);
    }
  }

  // The element right above most running text, and how far from it each block stands.
  void Prose() {
    const std::vector<HtmlNode>& nodes = arena_.nodes();
    KeyNumbers parents(blocks_.size());
    std::vector<std::uint32_t> numbers(blocks_.size());
    std::vector<std::size_t> prose(blocks_.size(), 0);  // bytes, by the number of the element around
    std::size_t all = 0;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const PlacedBlock& b = blocks_[i];
      numbers[i] = parents.Add(nodes[b.node].parent);
      if (b.block.text.size() < kProseBytes || b.link_bytes * 3 > b.block.text.size() || arena_.outer(b.node)) continue;
      prose[numbers[i]] += b.block.text.size();
      all += b.block.text.size();
    }
    std::uint32_t main = 0;
    std::size_t most = 0;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      if (prose[numbers[i]] <= most) continue;
      main = nodes[blocks_[i].node].parent;
      most = prose[numbers[i]];
    }
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const std::uint32_t parent = nodes[blocks_[i].node].parent;
      At(i, Feature::kParentProse) = Ratio(prose[numbers[i]], all);
      std::uint32_t at = parent;
      int lift = 0;
      for (; lift < kMaxLevels && !arena_.Inside(main, at); ++lift) at = nodes[at].parent;
      At(i, Feature::kProseLift) = static_cast<float>(lift);
      At(i, Feature::kProseDrop) = static_cast<float>(
          std::min<std::uint32_t>(nodes[main].depth - std::min(nodes[main].depth, nodes[at].depth), kMaxLevels));
    }
  }

  void Title(std::string_view title) {
    std::vector<std::uint64_t> words;
    ForEachWordHash(title, [&](std::uint64_t hash) { words.push_back(hash); });
    std::sort(words.begin(), words.end());
    // Most words of a page are told to be none of the title's by six bits.
    std::uint64_t bits = 0;
    for (const std::uint64_t hash : words) bits |= std::uint64_t{1} << (hash >> 58);
    std::size_t best = blocks_.size();
    float most = 0.75F;
    for (std::size_t i = 0; i < blocks_.size() && !words.empty(); ++i) {
      if (blocks_[i].block.text.size() > kMaxTitleBlock) continue;
      std::size_t n = 0;
      std::size_t common = 0;
      ForEachWordHash(blocks_[i].block.text, [&](std::uint64_t hash) {
        ++n;
        if ((bits >> (hash >> 58) & 1) == 0) return;
        common += std::binary_search(words.begin(), words.end(), hash) ? 1 : 0;
      });
      const float share = Ratio(common, std::max(n, words.size()));
      At(i, Feature::kTitleShare) = share;
      // The heading itself rather than the path above or a link that repeats it.
      const float worth = share + (blocks_[i].block.shape == Shape::kHeading ? 0.2F : 0.0F) -
                          (arena_.outer(blocks_[i].node) ? 0.3F : 0.0F);
      if (worth <= most) continue;
      most = worth;
      best = i;
    }
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      At(i, Feature::kAfterHeadline) =
          best == blocks_.size()
              ? -100.0F
              : static_cast<float>(std::clamp<long>(static_cast<long>(i) - static_cast<long>(best), -kFar, kFar));
    }
  }

  void Authors(const std::vector<std::string_view>& authors) {
    if (authors.empty()) return;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const std::string_view text = blocks_[i].block.text;
      if (text.size() > kMaxBylineBlock) continue;
      for (const std::string_view author : authors) {
        if (author.size() < 4 || text.find(author) == std::string_view::npos) continue;
        At(i, Feature::kAuthorShare) = Ratio(author.size(), text.size());
        break;
      }
    }
  }

  void Anchor(std::string_view body) {
    const BodyAnchor anchor(body);
    float best = 0;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      At(i, Feature::kAnchorSize) = Log(anchor.size());
      const float share = anchor.empty() ? -1.0F : anchor.Share(blocks_[i].block.text);
      At(i, Feature::kAnchorShare) = share;
      best = std::max(best, share);
    }
    // Where the blocks that stand in the body end, what follows is a tail.
    if (anchor.empty()) return;
    int since = kFar;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      since = At(i, Feature::kAnchorShare) > 0.8F ? 0 : std::min(since + 1, kFar);
      At(i, Feature::kSinceAnchor) = static_cast<float>(since);
    }
    int until = kFar;
    for (std::size_t i = blocks_.size(); i-- > 0;) {
      until = At(i, Feature::kAnchorShare) > 0.8F ? 0 : std::min(until + 1, kFar);
      At(i, Feature::kUntilAnchor) = static_cast<float>(until);
    }
  }

 private:
  float& At(std::size_t i, Feature f) { return rows_[i][static_cast<std::size_t>(f)]; }

  const PageArena& arena_;
  const std::vector<PlacedBlock>& blocks_;
  const std::vector<BlockPlace>& places_;
  std::vector<FeatureRow>& rows_;
};

}  // namespace

std::vector<BlockPlace> PlacesOf(const HtmlTree& tree, const PageArena& arena, const std::vector<PlacedBlock>& blocks) {
  KeyNumbers forms(blocks.size());
  std::vector<BlockPlace> places(blocks.size());
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    BlockPlace& place = places[i];
    const std::uint32_t node = blocks[i].node;
    if (i > 0 && node == blocks[i - 1].node) {
      place = places[i - 1];
    } else {
      const HtmlNode& own = arena.nodes()[node];
      const HtmlNode& parent = arena.nodes()[own.parent];
      const std::uint64_t key = (ElementKey(tree, own) * 31 + ElementKey(tree, parent)) * 31 + own.depth;
      place.form = forms.Add(key);
      place.parent = own.parent;
      place.outer = parent.parent;
    }
    place.bytes = static_cast<std::uint32_t>(blocks[i].block.text.size());
  }
  return places;
}

void FillKinFeatures(const PageArena& arena, const std::vector<PlacedBlock>& blocks, std::string_view uri,
                     const PageHints& hints, BlockTable* table) {
  Filler filler(arena, blocks, table);
  filler.Links(uri);
  filler.Signs();
  filler.Images();
  filler.Forms();
  filler.Prose();
  filler.Title(hints.title);
  filler.Authors(hints.authors);
  filler.Anchor(hints.article_body);
}

}  // namespace dateline::extraction
